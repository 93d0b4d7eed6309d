"""Folding groups into single nodes, and which of them are folded unless somebody chooses otherwise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace

from tapeviz.model.graph import GraphEdge, GraphGroup, GraphNode, OpGraph, structure_of
from tapeviz.model.recording import Recording

SLIDE = 30
"""So many nodes fit on a slide: a larger graph begins with groups folded."""

FEW = 6
MOST_OPENED = 120
"""A picture of few nodes opens its largest group all the same, unless it would become larger than this."""


def folded_groups(graph: OpGraph, chosen: Mapping[str, bool]) -> frozenset[str]:
    """Say which groups are folded: those that somebody folded, and by default as many as the size of the graph asks.

    Parameters
    ----------
    graph : OpGraph
        With all its groups unfolded.
    chosen : mapping of group id to whether it was folded (True) or unfolded (False) by hand
    """
    folded = _folded_by_default(graph)
    return frozenset(group.id for group in graph.groups if chosen.get(group.id, group.id in folded))


def least_nodes(graph: OpGraph) -> int:
    """Count the nodes that are drawn with every group folded."""
    inside = sum(len(group.nodes) for group in graph.groups)
    return len(graph.nodes) - inside + sum(group.parent is None for group in graph.groups)


def path_to(graph: OpGraph, node: str) -> tuple[str, ...]:
    """List the groups around a node, or a group, of the unfolded graph, the outermost first."""
    by_id = {group.id: group for group in graph.groups}
    holding = next((group.id for group in graph.groups if node in group.nodes), None)
    at = by_id[node].parent if node in by_id else holding
    path: list[str] = []
    while at is not None:
        path.append(at)
        at = by_id[at].parent
    return tuple(reversed(path))


def group_of(graph: OpGraph, name: str | None) -> GraphGroup | None:
    """Find the group of this id among those that can be seen."""
    return next((group for group in graph.groups if group.id == name), None)


def nodes_within(graph: OpGraph, group: GraphGroup) -> frozenset[str]:
    """Give the drawn nodes within a group, at any depth; a folded group is its own node."""
    if group.is_folded:
        return frozenset({group.id})
    inner = (other for other in graph.groups if other.parent == group.id and not other.is_folded)
    return frozenset(group.nodes).union(*(nodes_within(graph, other) for other in inner))


def _folded_by_default(graph: OpGraph) -> frozenset[str]:
    if not graph.groups or len(graph.nodes) <= SLIDE:
        return frozenset()
    children: dict[str | None, list[GraphGroup]] = defaultdict(list)
    for group in graph.groups:
        children[group.parent].append(group)
    grown = {group.id: len(group.nodes) + len(children[group.id]) - 1 for group in graph.groups}
    count = least_nodes(graph)
    opened: set[str] = set()
    waiting = [children[None]]
    while waiting:
        siblings = waiting.pop(0)
        chosen = _opened_together(siblings, grown, SLIDE - count)
        count += sum(grown[group.id] for group in chosen)
        opened.update(group.id for group in chosen)
        waiting += [children[group.id] for group in chosen if children[group.id]]
    closed = [group for group in graph.groups if group.id not in opened and group.parent in {None, *opened}]
    if count < FEW and closed:
        largest = max(closed, key=lambda group: len(group.ops))
        if count + grown[largest.id] <= MOST_OPENED:
            opened.add(largest.id)
    return frozenset(group.id for group in graph.groups if group.id not in opened)


def _opened_together(siblings: list[GraphGroup], grown: Mapping[str, int], room: int) -> list[GraphGroup]:
    """Open all of them where there is room, or else the one that most of the ops are in: equals stay alike."""
    if sum(grown[group.id] for group in siblings) <= room:
        return siblings
    largest = max(siblings, key=lambda group: len(group.ops))
    is_main = 2 * len(largest.ops) > sum(len(group.ops) for group in siblings)
    return [largest] if is_main and grown[largest.id] <= room else []


def fold_groups(recording: Recording, graph: OpGraph, folded: Set[str]) -> OpGraph:
    """Draw groups as one node each.

    The edges by which one tensor leads into a folded group become one, which keeps the id of the first of them.
    """
    if not folded:
        return replace(graph, structure=structure_of(graph.nodes, graph.edges, graph.groups)) if graph.groups else graph
    return _Folding(recording, graph, folded).graph()


class _Folding:
    """One folding of one graph."""

    def __init__(self, recording: Recording, graph: OpGraph, folded: Set[str]) -> None:
        self._recording = recording
        self._graph = graph
        self._by_id = {group.id: group for group in graph.groups}
        self._home = {name: group.id for group in graph.groups for name in group.nodes}
        self._outermost = {group.id: self._outermost_folded(group, folded) for group in graph.groups}
        self._nodes = {node.id: node for node in graph.nodes}
        self._inside: dict[str, list[GraphNode]] = defaultdict(list)
        for node in graph.nodes:
            self._inside[self._drawn_as(node.id)].append(node)

    def _outermost_folded(self, group: GraphGroup, folded: Set[str]) -> str | None:
        found = None
        at: str | None = group.id
        while at is not None:
            if at in folded:
                found = at
            at = self._by_id[at].parent
        return found

    def _drawn_as(self, node: str) -> str:
        home = self._home.get(node)
        return (self._outermost[home] if home is not None else None) or node

    def graph(self) -> OpGraph:
        """Fold."""
        edges = tuple(self._edges())
        nodes = tuple(self._drawn(edges))
        groups = tuple(self._groups())
        return replace(
            self._graph, nodes=nodes, edges=edges, groups=groups, structure=structure_of(nodes, edges, groups)
        )

    def _edges(self) -> Iterable[GraphEdge]:
        merged: dict[tuple[str, str, int | None, str | None], list[GraphEdge]] = {}
        for edge in self._graph.edges:
            source, target = self._drawn_as(edge.source), self._drawn_as(edge.target)
            if source == target:
                continue
            is_merged = target in self._by_id
            tensor = None if self._nodes[edge.source].tensor is not None else edge.tensor
            key = (edge.source if is_merged else source, target, tensor, None if is_merged else edge.id)
            merged.setdefault(key, []).append(replace(edge, source=source, target=target))
        for alike in merged.values():
            consumers = tuple(consumer for edge in alike for consumer in edge.consumers)
            yield replace(alike[0], merged=consumers) if len(alike) > 1 else alike[0]

    def _drawn(self, edges: tuple[GraphEdge, ...]) -> Iterator[GraphNode]:
        leaving: dict[str, list[int]] = defaultdict(list)
        for edge in edges:
            if edge.source in self._by_id and edge.tensor not in leaving[edge.source]:
                leaving[edge.source].append(edge.tensor)
        done: set[str] = set()
        for node in self._graph.nodes:
            name = self._drawn_as(node.id)
            if name == node.id:
                yield node
            elif node.op is not None and name not in done:
                done.add(name)
                yield self._folded_node(self._by_id[name], tuple(leaving[name]))

    def _folded_node(self, group: GraphGroup, leaving: tuple[int, ...]) -> GraphNode:
        inside = self._inside[group.id]
        return GraphNode(
            id=group.id,
            kind="group",
            symbol=group.title,
            title=f"{len(group.ops)} ops" if len(group.ops) > 1 else "1 op",
            op=None,
            tensor=leaving[0] if len(leaving) == 1 else None,
            values=leaving,
            folded_ops=tuple(sorted({op for node in inside for op in node.folded_ops})),
            line=group.line,
            is_recorded=any(node.is_recorded for node in inside if node.op is not None),
            members=group.ops,
        )

    def _groups(self) -> Iterator[GraphGroup]:
        folded_in: dict[str, list[str]] = defaultdict(list)
        for group in self._graph.groups:
            if self._outermost[group.id] == group.id and group.parent is not None:
                folded_in[group.parent].append(group.id)
        for group in self._graph.groups:
            outermost = self._outermost[group.id]
            if outermost is None:
                yield replace(group, nodes=(*group.nodes, *folded_in[group.id]))
            elif outermost == group.id:
                yield replace(group, nodes=(), is_folded=True)
