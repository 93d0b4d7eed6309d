"""The flows between one source and its targets, and the causes that cut them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tapeviz.model.connectivity.flow import Flow, Node
from tapeviz.model.why_none import Cause

MAX_TRIED = 64
"""Ops that are tried, one by one, as the only place where every path is cut."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A flow and every cause that cuts it."""

    flow: Flow
    causes: set[Cause] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Cut:
    """A path is cut for `cause` where `flow` passes."""

    cause: Cause
    flow: Flow


class Paths:
    """All paths from `source` to `targets`, as the edges that lie on them.

    Parameters
    ----------
    source : int
    targets : tuple of int
    edges : iterable of Edge
        In any order; every one lies on some path.
    """

    def __init__(self, source: int, targets: tuple[int, ...], edges: Iterable[Edge]) -> None:
        self.source = source
        self.targets = targets
        self.edges = sorted(edges, key=lambda edge: -1 if edge.flow.op is None else edge.flow.op)
        self._leaving: dict[Node, list[Edge]] = {}
        for edge in self.edges:
            self._leaving.setdefault(edge.flow.start, []).append(edge)

    @property
    def exist(self) -> bool:
        """Whether anything at all leads from the source to a target; a target that is the source is one."""
        return bool(self.edges) or self.source in self.targets

    def open_edges(self) -> list[Edge]:
        """Return the edges that nothing cuts."""
        return [edge for edge in self.edges if not edge.causes]

    def ops_cut_by(self, cause: Cause) -> list[int]:
        """Return every op that `cause` cuts, in the order in which they ran."""
        ops = (edge.flow.op for edge in self.edges if cause in edge.causes)
        return list(dict.fromkeys(op for op in ops if op is not None))

    def are_severed(self, is_cut: Callable[[Edge], bool]) -> bool:
        """Whether every path passes an edge of which `is_cut` is true."""
        return self.exist and not self._reached(is_cut) & set(self.targets)

    def are_severed_by(self, causes: set[Cause]) -> bool:
        """Whether `causes` together cut every path."""
        return self.are_severed(lambda edge: bool(edge.causes & causes))

    def cuts(self, cause: Cause) -> list[Cut]:
        """Return where `cause` cuts: the first op that cuts every path, or else where each path is cut first."""
        marked = [edge for edge in self.edges if cause in edge.causes]
        for op in list(dict.fromkeys(edge.flow.op for edge in marked))[:MAX_TRIED]:
            alone = [edge for edge in marked if edge.flow.op == op]
            if self.are_severed(alone.__contains__):
                return [Cut(cause=cause, flow=alone[0].flow)]
        reached = self._reached(lambda edge: cause in edge.causes)
        first = {(e.flow.op, e.flow.departure): e.flow for e in reversed(marked) if e.flow.start in reached}
        return [Cut(cause=cause, flow=flow) for flow in reversed(first.values())]

    def without(self, causes: set[Cause]) -> Paths:
        """Return the paths that none of `causes` cuts."""
        reached = self._reached(lambda edge: bool(edge.causes & causes))
        rest = [edge for edge in self.edges if edge.flow.start in reached and not edge.causes & causes]
        arriving: dict[Node, list[Edge]] = {}
        for edge in rest:
            arriving.setdefault(edge.flow.end, []).append(edge)
        useful: set[Node] = {target for target in self.targets if target in reached}
        waiting = list(useful)
        while waiting:
            for edge in arriving.get(waiting.pop(), []):
                if edge.flow.start not in useful:
                    useful.add(edge.flow.start)
                    waiting.append(edge.flow.start)
        return Paths(self.source, self.targets, [edge for edge in rest if edge.flow.end in useful])

    def _reached(self, is_cut: Callable[[Edge], bool]) -> set[Node]:
        reached: set[Node] = {self.source}
        waiting: list[Node] = [self.source]
        while waiting:
            for edge in self._leaving.get(waiting.pop(), []):
                if edge.flow.end not in reached and not is_cut(edge):
                    reached.add(edge.flow.end)
                    waiting.append(edge.flow.end)
        return reached
