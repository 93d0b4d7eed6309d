"""How numbers flowed from tensor to tensor in a run: through ops, recorded or not, variables, and Python."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import networkx as nx

from tapeviz.model.connectivity.syntax import LessonSyntax
from tapeviz.model.facts import Departure, RunFacts
from tapeviz.model.nondifferentiable import SHAPE_ONLY
from tapeviz.model.recording import Op, Recording

FlowKind = Literal["op", "state", "python"]
State = tuple[Literal["state"], int]
Node = int | State
"""A tensor id, or the state that op ``n`` left in a variable, as ``("state", n)``."""

ASSIGNING_PREFIXES = ("Assign", "ResourceApply", "ResourceSparseApply", "ResourceScatter", "ResourceStridedSliceAssign")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One way by which the numbers of node `start` came into node `end`.

    `op` carried it; for a passage through Python it is the op that first used what came back (None where none did),
    and `departure` says where TensorFlow was left.
    """

    start: Node
    end: Node
    op: int | None
    kind: FlowKind
    departure: Departure | None = None


def is_assignment(op: Op) -> bool:
    """Whether the op changes what a variable holds."""
    return op.type.startswith(ASSIGNING_PREFIXES)


class FlowGraph:
    """Every flow of one run, walked backward from a target.

    Parameters
    ----------
    recording : Recording
    facts : RunFacts
    syntax : LessonSyntax
        The lesson's text, which says what became of values that left TensorFlow.
    """

    def __init__(self, recording: Recording, facts: RunFacts, syntax: LessonSyntax) -> None:
        self._recording = recording
        self._syntax = syntax
        self._assignments: dict[int, list[int]] = {}
        self._users: dict[int, list[int]] = {}
        self._departed = {departure.tensor for departure in facts.departures}
        self._departures: dict[int | None, list[Departure]] = {}
        for departure in facts.departures:
            self._departures.setdefault(departure.line, []).append(departure)
        for op in recording.ops:
            if is_assignment(op) and op.inputs:
                self._assignments.setdefault(op.inputs[0], []).append(op.id)
            for tensor in op.inputs:
                if recording.tensors[tensor].producer is None:
                    self._users.setdefault(tensor, []).append(op.id)

    def has_reader(self, tensor: int, before: int) -> bool:
        """Whether anything took the numbers of `tensor` before op `before` ran."""
        if tensor in self._departed:
            return True
        if self._recording.tensors[tensor].producer is not None:
            return True
        readers = self._users.get(tensor, [])
        assignments = self._assignments.get(tensor, [])
        return any(user not in assignments for user in readers[: bisect_left(readers, before)])

    def paths(self, source: int, targets: Iterable[int], tape_entered_at: int) -> nx.MultiDiGraph:
        """Return every flow that lies on a path from `source` to a target; empty where there is no path.

        What a variable was assigned before the tape began counts only where nothing else links the two, and so does
        what follows from shapes alone: a path that exists only through them is still a path.
        """
        targets = tuple(targets)
        for since, with_shapes in ((tape_entered_at, False), (0, False), (0, True)):
            graph = self._ancestry(targets, since, with_shapes)
            if source in graph:
                on_path = nx.descendants(graph, source) | {source}
                return graph.subgraph(on_path)
        return nx.MultiDiGraph()

    def ancestors(self, tensor: int) -> set[int]:
        """Return every tensor from which `tensor` was computed by ops alone."""
        found: set[int] = set()
        waiting = [tensor]
        while waiting:
            for flow in self._through_op(waiting.pop(), with_shapes=False):
                if isinstance(flow.start, int) and flow.start not in found:
                    found.add(flow.start)
                    waiting.append(flow.start)
        return found

    def roots(self, tensor: int) -> list[int]:
        """Return the tensors that no op made and from which `tensor` was computed."""
        return sorted(t for t in self.ancestors(tensor) if self._recording.tensors[t].producer is None)

    def _ancestry(self, targets: tuple[int, ...], since: int, with_shapes: bool) -> nx.MultiDiGraph:
        graph = nx.MultiDiGraph()
        graph.add_nodes_from(targets)
        waiting: list[Node] = list(targets)
        while waiting:
            for flow in self._incoming(waiting.pop(), since, with_shapes):
                if flow.start not in graph:
                    waiting.append(flow.start)
                graph.add_edge(flow.start, flow.end, flow=flow)
        return graph

    def _incoming(self, node: Node, since: int, with_shapes: bool) -> list[Flow]:
        if isinstance(node, tuple):
            return self._into_state(node, since)
        if self._recording.tensors[node].producer is None:
            return self._through_python(node)
        return [*self._through_op(node, with_shapes), *self._from_state(node, since)]

    def _through_op(self, tensor: int, with_shapes: bool) -> list[Flow]:
        producer = self._recording.tensors[tensor].producer
        if producer is None:
            return []
        op = self._recording.ops[producer]
        if op.type in SHAPE_ONLY and not with_shapes:
            return []
        return [Flow(start=start, end=tensor, op=op.id, kind="op") for start in dict.fromkeys(op.inputs)]

    def _from_state(self, tensor: int, since: int) -> list[Flow]:
        producer = self._recording.tensors[tensor].producer
        if producer is None or is_assignment(self._recording.ops[producer]):
            return []
        states = (self._last_state(start, producer, since) for start in self._recording.ops[producer].inputs)
        return [Flow(start=state, end=tensor, op=producer, kind="state") for state in states if state is not None]

    def _into_state(self, state: State, since: int) -> list[Flow]:
        op = self._recording.ops[state[1]]
        flows = [Flow(start=start, end=state, op=op.id, kind="state") for start in dict.fromkeys(op.inputs[1:])]
        earlier = self._last_state(op.inputs[0], op.id, since)
        if op.type != "AssignVariableOp" and earlier is not None:
            flows.append(Flow(start=earlier, end=state, op=op.id, kind="state"))
        return flows

    def _last_state(self, variable: int, before: int, since: int) -> State | None:
        written = self._assignments.get(variable)
        if not written:
            return None
        place = bisect_left(written, before)
        if place == 0 or written[place - 1] < since:
            return None
        return ("state", written[place - 1])

    def _through_python(self, tensor: int) -> list[Flow]:
        """Read off the lesson's text where numbers came from that entered as a constant that no op made."""
        if not self._departures or self._recording.tensors[tensor].role == "variable":
            return []
        users = self._users.get(tensor, [])[:3]
        lines: dict[int, int | None] = {}
        for user in users:
            place = self._recording.ops[user].place
            if place is not None:
                lines |= {line: user for line in self._syntax.departures_behind(place) if line not in lines}
        name = self._recording.tensors[tensor].name
        if name is not None:
            first_user = users[0] if users else None
            lines |= {line: first_user for line in self._syntax.departures_behind_name(name) if line not in lines}
        return [
            Flow(start=departure.tensor, end=tensor, op=user, kind="python", departure=departure)
            for line, user in lines.items()
            for departure in self._departures.get(line, [])
            if departure.tensor != tensor and (user is None or departure.at <= user)
        ]
