"""How numbers flowed from tensor to tensor in a run: through ops, recorded or not, variables, and Python."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tapeviz.model.connectivity.syntax import LessonSyntax
from tapeviz.model.facts import Departure
from tapeviz.model.nondifferentiable import SHAPE_ONLY
from tapeviz.model.recording import GradientCall, Op, Recording

FlowKind = Literal["op", "state", "python"]
State = tuple[Literal["state"], int]
Node = int | State
"""A tensor id, or the state that op ``n`` left in a variable, as ``("state", n)``."""

ASSIGNING_PREFIXES = (
    *("Assign", "ResourceApply", "ResourceSparseApply", "ResourceScatter", "ResourceStridedSliceAssign"),
    *("QueueEnqueue", "MakeIterator"),
)
REPLACING_TYPES = frozenset({"AssignVariableOp", "MakeIterator"})
"""Assignments after which nothing is left of what was held before."""


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
    """Whether the op changes what something with a state holds: a variable, a queue, the iterator of a dataset."""
    return bool(op.inputs) and op.type.startswith(ASSIGNING_PREFIXES)


def changed_by(op: Op) -> tuple[int, tuple[int, ...]]:
    """Return the tensor that stands for the state an assignment changes, and the tensors that go into it."""
    if op.type == "MakeIterator":
        return op.inputs[1], op.inputs[:1]
    return op.inputs[0], op.inputs[1:]


class FlowGraph:
    """Every flow of one run, walked backward from a target.

    Parameters
    ----------
    recording : Recording
    departures : iterable of Departure
        Where values left TensorFlow.
    syntax : LessonSyntax
        The lesson's text, which says what became of values that left TensorFlow.
    """

    def __init__(self, recording: Recording, departures: Iterable[Departure], syntax: LessonSyntax) -> None:
        self._recording = recording
        self._syntax = syntax
        self._assignments: dict[int, list[int]] = {}
        self._departures: dict[int | None, list[Departure]] = {}
        self._reached: dict[tuple[int, bool], frozenset[int]] = {}
        for departure in departures:
            self._departures.setdefault(departure.line, []).append(departure)
        for op in recording.ops:
            if is_assignment(op):
                self._assignments.setdefault(changed_by(op)[0], []).append(op.id)

    def between(self, source: int, call: GradientCall, tape_entered_at: int) -> list[Flow]:
        """Return the flows that lie on a path from `source` to a target of `call`; none where there is no path.

        `tape_entered_at` is the id of the first op after the tape began.

        What follows from shapes alone counts only where nothing else links the two. Of what variables and Python
        numbers held before the tape began, no more is followed back than it takes to come to the source: the
        earlier iterations of a training loop say nothing about this one.
        """
        for with_shapes in (False, True):
            flows = _leading_on(self._ancestry(source, call, tape_entered_at, with_shapes), source)
            if flows:
                return flows
        return []

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

    def _ancestry(self, source: int, call: GradientCall, tape_entered_at: int, with_shapes: bool) -> list[Flow]:
        """Walk back from the targets: all that is near, and then one step into the past at a time."""
        targets = call.target
        nameless = (flow for target in targets for flow in self._nameless_departures(target, tape_entered_at))
        found = [flow for flow in nameless if not self._is_later(flow, call)]
        waiting: list[Node] = [*targets, *(flow.start for flow in found)]
        seen: set[Node] = set(waiting)
        while waiting:
            past: list[Flow] = []
            while waiting:
                for flow in self._incoming(waiting.pop(), with_shapes):
                    if self._is_later(flow, call):
                        continue
                    if self._is_past(flow, tape_entered_at):
                        past.append(flow)
                        continue
                    found.append(flow)
                    if flow.start not in seen:
                        seen.add(flow.start)
                        waiting.append(flow.start)
            if source in seen or not past or not self._is_reached(source, targets, with_shapes):
                break
            found += past
            waiting = [start for start in dict.fromkeys(flow.start for flow in past) if start not in seen]
            seen.update(waiting)
        return found

    def _is_past(self, flow: Flow, tape_entered_at: int) -> bool:
        if flow.departure is not None:
            return flow.departure.at <= tape_entered_at
        return isinstance(flow.start, tuple) and flow.start[1] < tape_entered_at

    def _is_later(self, flow: Flow, call: GradientCall) -> bool:
        """Whether the flow left TensorFlow after `call`: a name that is used again later says nothing of before."""
        left = flow.departure
        return left is not None and (left.at > call.started_at or self._syntax.runs_after(left.line, call.line))

    def _is_reached(self, source: int, targets: tuple[int, ...], with_shapes: bool) -> bool:
        """Whether anything at all leads from `source` to a target: one walk over the run, remembered."""
        key = (source, with_shapes)
        if key not in self._reached:
            self._reached[key] = self._reachable(source, with_shapes)
        reached = self._reached[key]
        return any(
            target in reached or any(flow.start in reached for flow in self._named_departures(target))
            for target in targets
        )

    def _reachable(self, source: int, with_shapes: bool) -> frozenset[int]:
        reached = {source}
        states: set[int] = set()
        for op in self._recording.ops:
            if op.type in SHAPE_ONLY and (op.made_by is not None or not with_shapes):
                continue
            is_assigning = is_assignment(op)
            state, inputs = changed_by(op) if is_assigning else (-1, op.inputs)
            is_touched = not reached.isdisjoint(inputs)
            is_touched |= any(departure.tensor in reached for departure in self._departures_into(op))
            if is_assigning and is_touched:
                states.add(state)
            elif op.type in REPLACING_TYPES:
                states.discard(state)
            if is_touched or (not is_assigning and not states.isdisjoint(inputs)):
                reached.update(op.outputs)
        return frozenset(reached)

    def _incoming(self, node: Node, with_shapes: bool) -> list[Flow]:
        if isinstance(node, tuple):
            return [*self._into_state(node), *self._through_python(self._recording.ops[node[1]], node)]
        producer = self._recording.tensors[node].producer
        if producer is None:
            return self._named_departures(node)
        return [
            *self._through_op(node, with_shapes),
            *self._from_state(node),
            *self._through_python(self._recording.ops[producer], node),
        ]

    def _through_op(self, tensor: int, with_shapes: bool) -> list[Flow]:
        producer = self._recording.tensors[tensor].producer
        if producer is None:
            return []
        op = self._recording.ops[producer]
        if op.type in SHAPE_ONLY and (op.made_by is not None or not with_shapes):
            return []
        return [Flow(start=start, end=tensor, op=op.id, kind="op") for start in dict.fromkeys(op.inputs)]

    def _from_state(self, tensor: int) -> list[Flow]:
        producer = self._recording.tensors[tensor].producer
        if producer is None or is_assignment(self._recording.ops[producer]):
            return []
        states = (self._last_state(start, producer) for start in self._recording.ops[producer].inputs)
        return [Flow(start=state, end=tensor, op=producer, kind="state") for state in states if state is not None]

    def _into_state(self, state: State) -> list[Flow]:
        op = self._recording.ops[state[1]]
        changed, inputs = changed_by(op)
        flows = [Flow(start=start, end=state, op=op.id, kind="state") for start in dict.fromkeys(inputs)]
        earlier = self._last_state(changed, op.id)
        if op.type not in REPLACING_TYPES and earlier is not None:
            flows.append(Flow(start=earlier, end=state, op=op.id, kind="state"))
        return flows

    def _last_state(self, variable: int, before: int) -> State | None:
        written = self._assignments.get(variable, [])
        place = bisect_left(written, before)
        return ("state", written[place - 1]) if place else None

    def _through_python(self, op: Op, end: Node) -> list[Flow]:
        return [
            Flow(start=departure.tensor, end=end, op=op.id, kind="python", departure=departure)
            for departure in self._departures_into(op)
        ]

    def _departures_into(self, op: Op) -> list[Departure]:
        """Read off the lesson's text which values that left TensorFlow came back as constants of this op.

        It is asked per op and not per constant, because TensorFlow shares equal constants between ops.
        """
        if not self._departures or op.place is None or op.made_by is not None:
            return []
        tensors = (self._recording.tensors[tensor] for tensor in op.inputs)
        if all(tensor.producer is not None or tensor.role == "variable" for tensor in tensors):
            return []
        return [
            departure
            for line in sorted(self._syntax.departures_behind(op.place))
            for departure in self._departures.get(line, [])
            if departure.at <= op.id and departure.tensor not in op.outputs
        ]

    def _nameless_departures(self, target: int, tape_entered_at: int) -> list[Flow]:
        """Return what left TensorFlow under the tape, for a target that no op made and that has no name.

        Such a target is handed on by a library, which a function of the lesson gave plain numbers: a loss of Keras.
        """
        found = self._recording.tensors[target]
        if found.name is not None or found.producer is not None or found.role != "constant":
            return []
        return [
            Flow(start=departure.tensor, end=target, op=None, kind="python", departure=departure)
            for departures in self._departures.values()
            for departure in departures
            if departure.at >= tape_entered_at and departure.tensor != target
        ]

    def _named_departures(self, tensor: int) -> list[Flow]:
        """Return what stands behind a target that no op made: its name is all that links it to the tape."""
        name = self._recording.tensors[tensor].name
        if name is None or self._recording.tensors[tensor].role == "variable":
            return []
        return [
            Flow(start=departure.tensor, end=tensor, op=None, kind="python", departure=departure)
            for line in sorted(self._syntax.departures_behind_name(name))
            for departure in self._departures.get(line, [])
            if departure.tensor != tensor
        ]


def _leading_on(flows: list[Flow], source: int) -> list[Flow]:
    """Return those of `flows` that can be come to from `source`."""
    leaving: dict[Node, list[Flow]] = {}
    for flow in flows:
        leaving.setdefault(flow.start, []).append(flow)
    found: list[Flow] = []
    seen: set[Node] = {source}
    waiting: list[Node] = [source]
    while waiting:
        for flow in leaving.get(waiting.pop(), []):
            found.append(flow)
            if flow.end not in seen:
                seen.add(flow.end)
                waiting.append(flow.end)
    return found
