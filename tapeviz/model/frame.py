"""What the picture shows at one playhead. A value that is not computed yet is not in it."""

from __future__ import annotations

import functools
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from tapeviz.model.adjoints import Adjoint, adjoints, cotangents, sums_on_edges
from tapeviz.model.badges import badges_of
from tapeviz.model.cuts import cuts_of
from tapeviz.model.forward_mode import dotted, tangents_of
from tapeviz.model.graph import GraphEdge, GraphNode, OpGraph
from tapeviz.model.identity import Same
from tapeviz.model.reach import view_of
from tapeviz.model.recording import Recording
from tapeviz.model.tensor import TensorValue
from tapeviz.model.timeline import Phase, Timeline
from tapeviz.model.updates import Update

Reached = Literal["waiting", "forward", "backward"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFrame:
    """One node at this playhead.

    `value` is its forward value once computed; `adjoint` the (running) sum of what came back, in TensorFlow's numbers;
    `is_running_sum` says that more contributions are still to come. `adjoint_label` is the left side of its chip
    (``∂f/∂y``), empty where the chip shows the number alone. `before` is what a variable held until it was given
    `value`, after the gradients were there. `tangent` is what forward mode has for it by now, and `tangent_label` the
    left side of its chip (``ẏ``). `cut` says why the path ends here where no edge shows it, `badge` that a gradient
    became ``0`` here or a number ``NaN`` or ``∞``.
    """

    reached: Reached
    value: TensorValue | None
    adjoint: TensorValue | None
    adjoint_label: str
    is_running_sum: bool
    is_none: bool
    is_live: bool
    before: TensorValue | None = None
    tangent: TensorValue | None = None
    tangent_label: str = ""
    cut: str = ""
    badge: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeFrame:
    """One edge at this playhead: what flows forward on it, what came back on it, and whether it happens now.

    `tangent` is what flows forward beside the value in forward mode. `cut` says in a few words why nothing can come
    back on it; empty where something can.
    """

    reached: Reached
    value: TensorValue | None
    cotangent: TensorValue | None
    is_live: bool
    tangent: TensorValue | None = None
    cut: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The whole picture at one playhead, keyed by node and edge ids."""

    playhead: int
    phase: Phase
    nodes: dict[str, NodeFrame]
    edges: dict[str, EdgeFrame]


_NO_ADJOINT = Adjoint(label="", sums=())

Shown = TypeVar("Shown", NodeFrame, EdgeFrame)

_FRAMES_KEPT = 2


def build_frame(recording: Recording, graph: OpGraph, timeline: Timeline, playhead: int) -> Frame:
    """Say what the picture shows at a playhead; the work is done once per timeline and kept.

    Raises
    ------
    IndexError
        Where the timeline has no such step.
    """
    return _frames_of(Same(recording, graph, timeline)).at(playhead)


class Frames:
    """All frames of one timeline. Nodes and edges that a step leaves as they were keep the very same frame object."""

    def __init__(self, recording: Recording, graph: OpGraph, timeline: Timeline) -> None:
        self._timeline = timeline
        schedule = _Schedule(recording, graph, timeline)
        self._nodes = _Reel({node.id: schedule.node_frames(node) for node in graph.nodes})
        self._edges = _Reel({edge.id: schedule.edge_frames(edge) for edge in graph.edges})

    def at(self, playhead: int) -> Frame:
        """Say what the picture shows at a playhead.

        Raises
        ------
        IndexError
            Where the timeline has no such step.
        """
        if not 0 <= playhead <= self._timeline.last:
            raise IndexError(f"the timeline has steps 0 to {self._timeline.last}, there is no step {playhead}")
        return Frame(
            playhead=playhead,
            phase=self._timeline.steps[playhead].phase,
            nodes=self._nodes.at(playhead),
            edges=self._edges.at(playhead),
        )


class _Reel(Generic[Shown]):
    """What every element shows from which step on, wound to one playhead; winding on or back touches only changes."""

    def __init__(self, keyed: dict[str, dict[int, Shown]]) -> None:
        self._playhead = 0
        self._shown: dict[str, Shown] = {name: frames[0] for name, frames in keyed.items()}
        self._after: dict[int, dict[str, Shown]] = defaultdict(dict)
        self._before: dict[int, dict[str, Shown]] = defaultdict(dict)
        for name, frames in keyed.items():
            shown = frames[0]
            for step, frame in frames.items():
                if frame != shown:
                    self._before[step][name], self._after[step][name] = shown, frame
                    shown = frame

    def at(self, playhead: int) -> dict[str, Shown]:
        onward = [self._after[step] for step in range(self._playhead + 1, playhead + 1) if step in self._after]
        back = [self._before[step] for step in range(self._playhead, playhead, -1) if step in self._before]
        if onward or back:
            self._shown = dict(self._shown)
            for changes in onward or back:
                self._shown.update(changes)
        self._playhead = playhead
        return self._shown


class _Schedule:
    """When each thing happens in a timeline."""

    def __init__(self, recording: Recording, graph: OpGraph, timeline: Timeline) -> None:
        self._recording = recording
        self._last, self._result = timeline.last, timeline.result
        self._updates: dict[str, dict[int, Update]] = defaultdict(dict)
        for step in timeline.steps:
            if step.update is not None:
                self._updates[step.nodes[0]][step.index] = step.update
        self._forward = {op: step.index for step in timeline.steps if step.phase == "forward" for op in step.ops}
        self._vjps: dict[int, list[int]] = defaultdict(list)
        for step in timeline.steps:
            if step.phase == "vjp":
                for op in step.ops:
                    self._vjps[op].append(step.index)
        flowing = cotangents(recording, graph, timeline)
        self._sent = sums_on_edges(recording, graph, flowing)
        self._adjoints = adjoints(recording, graph, timeline, flowing)
        self._cuts, self._badges = cuts_of(recording, graph), badges_of(recording, graph)
        self._nodes = {node.id: node for node in graph.nodes}
        self._outgoing: dict[str, list[GraphEdge]] = defaultdict(list)
        for edge in graph.edges:
            self._outgoing[edge.source].append(edge)
        self._incoming = {edge.target: edge for edge in graph.edges if edge.op is None}
        view = view_of(recording, graph.subject, is_folded=graph.is_folded)
        begun = view.tape or view.accumulator
        self._begin = begun.entered_at if begun else 0
        self._tangents = tangents_of(view.accumulator, recording) if view.accumulator else None
        self._tangents_at = next((step.index for step in timeline.steps if step.phase == "tangents"), 0)
        self._assignments: dict[int, list[tuple[int, TensorValue]]] = defaultdict(list)
        for assignment in recording.assignments:
            if assignment.op is not None:
                self._assignments[assignment.variable].append((assignment.op, assignment.value))

    def _computed_at(self, node: GraphNode) -> int:
        """Find the step in which a node has its value."""
        if node.kind == "target":
            return self._computed_at(self._nodes[self._incoming[node.id].source])
        return self._forward[node.ops[0]] if node.ops else 0

    def node_frames(self, node: GraphNode) -> dict[int, NodeFrame]:
        """Build what a node shows, by the step from which on it shows it."""
        computed, returned = self._computed_at(node), self._returned_at(node)
        live = {self._forward[op] for op in node.ops} | {step for op in node.ops for step in self._vjps.get(op, ())}
        values, adjoint = self._values(node), self._adjoints.get(node.id, _NO_ADJOINT)
        sums = dict(adjoint.sums)
        steps_of_sums = [step for step, _ in adjoint.sums] or [self._result]
        begun_at, complete_at = steps_of_sums[0], steps_of_sums[-1]
        updates = self._updates[node.id]
        live |= updates.keys()
        value, total, before = None, None, None
        frames: dict[int, NodeFrame] = {}
        tangent, tangent_at = self._tangent(node)
        is_none = adjoint.is_none or (self._tangents is not None and node.kind == "target" and tangent is None)
        end, (badge, badge_at) = self._cuts.ends.get(node.id, ""), self._badge(node)
        changes = {0, computed, tangent_at, returned or 0, badge_at, *values, *sums}
        for step in self._moments(changes | {self._result} if is_none or end else changes, live):
            value, total = values.get(step, value), sums.get(step, total)
            if step in updates and node.kind == "variable":
                value, before = updates[step].after, updates[step].before
            frames[step] = NodeFrame(
                reached=_reached(step, computed, returned),
                value=value,
                adjoint=total,
                adjoint_label=adjoint.label if total is not None and step >= complete_at else "",
                is_running_sum=begun_at <= step < complete_at,
                is_none=is_none and step >= self._result,
                is_live=step in live,
                before=before,
                tangent=tangent if step >= tangent_at else None,
                tangent_label=dotted(node.symbol) if self._tangents is not None and not node.ops else "",
                cut=end if step >= self._result else "",
                badge=badge if step >= badge_at else "",
            )
        return frames

    def _badge(self, node: GraphNode) -> tuple[str, int]:
        """Find the mark of a node, and the step from which on it is there: when its op runs, or its VJP."""
        badge = self._badges.get(node.id)
        if badge is None:
            return "", 0
        at = self._vjps.get(badge.op, [self._result])[0] if badge.is_backward else self._computed_at(node)
        return badge.text, at

    def _tangent(self, node: GraphNode) -> tuple[TensorValue | None, int]:
        """Find the tangent of a node in forward mode, and the step from which on it is there."""
        tensors = (*(() if node.tensor is None else (node.tensor,)), *node.values)
        tangents = self._tangents or {}
        found = next((tangents[tensor] for tensor in tensors if tensor in tangents), None)
        is_given = not node.ops and node.kind != "target"
        return None if found is None else self._value(found), self._tangents_at if is_given else self._computed_at(node)

    def edge_frames(self, edge: GraphEdge) -> dict[int, EdgeFrame]:
        """Build what an edge shows, by the step from which on it shows it."""
        source = self._nodes[edge.source]
        consumed = self._forward[edge.op] if edge.op is not None else None
        computed = consumed if not source.ops and consumed is not None else self._computed_at(source)
        sent = dict(self._sent.get(edge.id, ()))
        returned = min(sent, default=None)
        if edge.op is None:
            returned = self._returned_at(self._nodes[edge.target])
        value = self._edge_value(edge, source) if edge.op is not None else None
        live = {step for step in (consumed, returned, *sent) if step is not None}
        cotangent: TensorValue | None = None
        carried = (self._tangents or {}).get(edge.tensor)
        tangent = None if carried is None or edge.op is None else self._value(carried)
        cut = self._cuts.edges.get(edge.id, "")
        frames: dict[int, EdgeFrame] = {}
        for step in self._moments({0, computed, self._result} if cut else {0, computed}, live):
            cotangent = sent.get(step, cotangent)
            frames[step] = EdgeFrame(
                reached=_reached(step, computed, returned),
                value=value if step >= computed else None,
                cotangent=cotangent,
                is_live=step in live,
                tangent=tangent if step >= computed else None,
                cut=cut if step >= self._result else "",
            )
        return frames

    def _moments(self, changes: set[int], live: set[int]) -> list[int]:
        """List the steps at which something changes; what is live in one step is not in the next."""
        moments = sorted(changes | live | {step + 1 for step in live})
        return moments if moments[-1] <= self._last else moments[:-1]

    def _returned_at(self, node: GraphNode) -> int | None:
        """Find the step in which the backward pass comes to a node."""
        if node.ops:
            return min((step for op in node.ops for step in self._vjps.get(op, ())), default=None)
        adjoint = self._adjoints.get(node.id)
        return adjoint.sums[0][0] if adjoint and adjoint.sums else None

    def _values(self, node: GraphNode) -> dict[int, TensorValue | None]:
        """List what a node holds from which step on; a variable may change between its reads."""
        if node.kind != "variable":
            tensor = node.tensor if node.tensor is not None else next(iter(node.values), None)
            return {self._computed_at(node): None if tensor is None else self._value(tensor)}
        held: dict[int, TensorValue | None] = {}
        for edge in self._outgoing[node.id]:
            if edge.op is not None:
                held[self._forward[edge.op]] = self._edge_value(edge, node)
        first = held[min(held)] if held else self._held(node, self._begin)
        return {0: first, **held}

    def _edge_value(self, edge: GraphEdge, source: GraphNode) -> TensorValue | None:
        if source.kind == "variable" and edge.tensor == source.tensor:
            return self._held(source, self._begin if edge.op is None else edge.op)
        return self._value(edge.tensor)

    def _held(self, variable: GraphNode, before: int) -> TensorValue | None:
        """Find what a variable held before an op ran."""
        if variable.tensor is None:
            return None
        assigned = self._assignments[variable.tensor]
        count = bisect_left(assigned, before, key=lambda moment: moment[0])
        return assigned[count - 1][1] if count else self._value(variable.tensor)

    def _value(self, tensor: int) -> TensorValue | None:
        return self._recording.tensors[tensor].value


def _reached(step: int, computed: int, returned: int | None) -> Reached:
    if returned is not None and step >= returned:
        return "backward"
    return "forward" if step >= computed else "waiting"


@functools.lru_cache(maxsize=_FRAMES_KEPT)
def _frames_of(same: Same) -> Frames:
    return Frames(*same.objects)
