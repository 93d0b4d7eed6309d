"""The timeline: one integer, the playhead, walks over steps that were all recorded beforehand."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tapeviz.model.accumulators import Accumulator
from tapeviz.model.forward_mode import accumulator_of
from tapeviz.model.graph import GraphEdge, OpGraph, Subject
from tapeviz.model.reach import view_of
from tapeviz.model.recording import Contribution, GradientCall, Recording
from tapeviz.model.subjects import call_of
from tapeviz.model.unrecorded import same_as
from tapeviz.model.updates import Update, updates_of

Phase = Literal["start", "tangents", "forward", "seed", "vjp", "result", "assign"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of playback.

    Step 0 has phase ``start``: nothing is computed yet. In ``tangents`` forward mode begins.
    `op` is the op that runs forward or whose VJP is applied,
    None for start, seed and result. `hidden_ops` are folded plumbing ops that happen within this step.
    `group` is the folded group that the step is about: `op` is None then, and `ops` lists what happens in it, in true
    order.
    `nodes` and `edges` are the ids of what changes in it. `update` is the new value that a variable is given in it.
    """

    index: int
    phase: Phase
    op: int | None
    hidden_ops: tuple[int, ...]
    nodes: tuple[str, ...]
    edges: tuple[str, ...]
    line: int | None
    ops: tuple[int, ...] = ()
    group: str | None = None
    update: Update | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """All steps of one subject. `forward_count` and `backward_count` say how many of each there are."""

    subject: Subject
    steps: tuple[Step, ...]
    forward_count: int
    backward_count: int

    @property
    def forward_end(self) -> int:
        """The index of the last step in which an op runs forward, 0 where there is none."""
        return max((step.index for step in self.steps if step.phase == "forward"), default=0)

    @property
    def last(self) -> int:
        """The index of the last step."""
        return len(self.steps) - 1

    @property
    def result(self) -> int:
        """The index of the step in which the call returns; the last step where there is no call."""
        return self.last - self.update_count

    @property
    def update_count(self) -> int:
        """How many assignments follow the result."""
        return sum(step.phase == "assign" for step in self.steps)


def build_timeline(recording: Recording, graph: OpGraph) -> Timeline:
    """Lay out the steps of a graph: start, each drawn op forward, the seed, each VJP in its true order, the result.

    Then what was done with the gradients: each assignment to a variable that is drawn, up to the next tape or call.
    A call that no backward pass came of (no target is connected, or a Jacobian) has neither seed nor VJPs.
    Folded plumbing has no step of its own: its ops stand in `Step.hidden_ops` of the step that they belong to.
    """
    forward = _forward_steps(graph)
    steps = [_step("start"), *forward]
    call = call_of(recording, graph.subject)
    accumulator = accumulator_of(recording, graph.subject)
    if accumulator is not None:
        steps = _forward_mode_steps(graph, accumulator, forward)
    if call is not None:
        steps += [*_backward_steps(recording, graph, call), _result_step(graph, call)]
        steps += _update_steps(recording, graph, call)
    return Timeline(
        subject=graph.subject,
        steps=tuple(replace(step, index=index) for index, step in enumerate(steps)),
        forward_count=len(forward),
        backward_count=sum(step.phase == "vjp" for step in steps),
    )


def _forward_mode_steps(graph: OpGraph, accumulator: Accumulator, forward: list[Step]) -> list[Step]:
    """List the tangents that are given, each op with its tangent, and what ``acc.jvp`` was asked for."""
    primals = {primal.tensor for primal in accumulator.primals}
    given = [node.id for node in graph.nodes if node.tensor in primals and node.kind != "target"]
    targets = [node.id for node in graph.nodes if node.kind == "target"]
    asked = next((answer.line for answer in accumulator.answers), accumulator.line)
    begun = _step("tangents", nodes=given, line=accumulator.line)
    return [_step("start"), begun, *forward, _step("result", nodes=targets, line=asked)]


def next_line(timeline: Timeline, playhead: int) -> int:
    """Find the playhead at which the line after this one has run; the last step stays."""
    steps = timeline.steps
    end = min(playhead + 1, timeline.last)
    while end < timeline.last and _place(steps[end + 1]) == _place(steps[end]):
        end += 1
    return end


def previous_line(timeline: Timeline, playhead: int) -> int:
    """Find the playhead before the line of this step began to run; the first step stays."""
    steps = timeline.steps
    start = playhead
    while start > 0 and _place(steps[start - 1]) == _place(steps[playhead]):
        start -= 1
    return max(start - 1, 0)


def _place(step: Step) -> tuple[Phase, int | None]:
    return step.phase, step.line


def same_moment(old: Timeline, playhead: int, new: Timeline) -> int:
    """Find the playhead in another timeline of the same subject at which the same has happened.

    Where a group was folded it is the step in which all of the group runs; where one was unfolded, the step of its
    last op.
    """
    for step in reversed(old.steps[: playhead + 1]):
        for op in (*reversed(step.ops), *reversed(step.hidden_ops)) or (None,):
            found = (other.index for other in new.steps if other.phase == step.phase and _has(other, op, step))
            moment = next(found, None)
            if moment is not None:
                return moment
    return 0


def _has(step: Step, op: int | None, same: Step) -> bool:
    """Whether an op takes part in a step; a step without any is told by its phase, and by what it assigns."""
    if op is None:
        return step.update == same.update
    return op in step.ops or op in step.hidden_ops


def _step(
    phase: Phase,
    ops: Sequence[int] = (),
    *,
    group: str | None = None,
    hidden_ops: Iterable[int] = (),
    nodes: Iterable[str] = (),
    edges: Iterable[GraphEdge] = (),
    line: int | None = None,
) -> Step:
    return Step(
        index=0,
        phase=phase,
        op=None if group or not ops else ops[0],
        hidden_ops=tuple(hidden_ops),
        nodes=tuple(dict.fromkeys(nodes)),
        edges=tuple(dict.fromkeys(edge.id for edge in edges)),
        line=line,
        ops=tuple(ops),
        group=group,
    )


def _forward_steps(graph: OpGraph) -> list[Step]:
    drawn = [node for node in graph.nodes if node.ops]
    hidden = _hidden_by_drawn([node.ops[-1] for node in drawn], graph.hidden_ops)
    incoming = _edges_by_target(graph)
    made: dict[str, list[str]] = defaultdict(list)
    for edge in graph.edges:
        if edge.op is None:
            made[edge.source].append(edge.target)
    return [
        _step(
            "forward",
            node.ops,
            group=node.id if node.members else None,
            hidden_ops=hidden[place],
            nodes=[node.id, *made[node.id]],
            edges=incoming[node.id],
            line=node.line,
        )
        for place, node in enumerate(drawn)
    ]


def _hidden_by_drawn(drawn: list[int], hidden: tuple[int, ...]) -> dict[int, list[int]]:
    """Attach each hidden op to the drawn op that ran after it, the trailing ones to the last."""
    attached: dict[int, list[int]] = defaultdict(list)
    for op in hidden:
        attached[min(bisect_left(drawn, op), len(drawn) - 1)].append(op)
    return attached


def _edges_by_target(graph: OpGraph) -> dict[str, list[GraphEdge]]:
    edges: dict[str, list[GraphEdge]] = defaultdict(list)
    for edge in graph.edges:
        edges[edge.target].append(edge)
    return edges


def _backward_steps(recording: Recording, graph: OpGraph, call: GradientCall) -> list[Step]:
    """List the seed and the VJPs; the VJP of a folded op belongs to the step that it follows."""
    nodes = {op: node for node in graph.nodes for op in node.ops}
    edges = _edges_by_consumer(recording, graph)
    into_targets = [edge for edge in graph.edges if edge.op is None]
    targets = [edge for edge, seed in zip(into_targets, call.seed, strict=False) if seed is not None]
    if not targets:
        return []
    steps = [_step("seed", nodes=[edge.target for edge in targets], edges=targets, line=call.line)]
    for op, contributions in _applied_vjps(call):
        if op not in nodes:
            steps[-1] = replace(steps[-1], hidden_ops=(*steps[-1].hidden_ops, op))
            continue
        node = nodes[op]
        sent = [c for c in contributions if c.value is not None]
        taken = [edges[(op, c.input_index)] for c in sent if (op, c.input_index) in edges]
        touched = [node.id, *(edge.source for edge in taken)]
        if node.members:
            step = _step("vjp", [op], group=node.id, nodes=touched, edges=taken, line=node.line)
        else:
            step = _step("vjp", [op], nodes=touched, edges=taken, line=recording.ops[op].line)
        if step.group is not None and step.group == steps[-1].group:
            steps[-1] = _joined(steps[-1], step)
        else:
            steps.append(step)
    return steps


def _joined(step: Step, more: Step) -> Step:
    """Let the VJPs of a folded group that follow each other be one step."""
    return replace(
        step,
        ops=(*step.ops, *more.ops),
        nodes=tuple(dict.fromkeys((*step.nodes, *more.nodes))),
        edges=tuple(dict.fromkeys((*step.edges, *more.edges))),
    )


def _edges_by_consumer(recording: Recording, graph: OpGraph) -> dict[tuple[int, int], GraphEdge]:
    """Find the edges along which a VJP's share flows, by the op and its input; only those that the tape follows."""
    view = view_of(recording, graph.subject, is_folded=graph.is_folded)
    return {
        (op, place): edge
        for edge in graph.edges
        for op, place in edge.consumers
        if view.is_on_tape(recording.ops[op].inputs[place])
    }


def _applied_vjps(call: GradientCall) -> list[tuple[int, list[Contribution]]]:
    vjps: list[tuple[int, list[Contribution]]] = []
    for contribution in call.contributions:
        if not vjps or vjps[-1][0] != contribution.op:
            vjps.append((contribution.op, []))
        vjps[-1][1].append(contribution)
    return vjps


def _result_step(graph: OpGraph, call: GradientCall) -> Step:
    shown = {tensor: node.id for node in graph.nodes if node.kind != "target" for tensor in node.values}
    sources = [shown[source.tensor] for source in call.sources if source.tensor in shown]
    return _step("result", nodes=sources, line=call.line)


def _update_steps(recording: Recording, graph: OpGraph, call: GradientCall) -> list[Step]:
    shown = _nodes_of_variables(recording, graph)
    return [
        replace(_step("assign", nodes=[shown[update.variable]], line=update.line), update=update)
        for update in updates_of(recording, call)
        if update.variable in shown
    ]


def _nodes_of_variables(recording: Recording, graph: OpGraph) -> dict[int, str]:
    """Find the node that stands for each variable: its own, or the folded group that reads it."""
    shown = {node.tensor: node.id for node in graph.nodes if node.kind == "variable" and node.tensor is not None}
    for node in graph.nodes:
        for op in (*node.ops, *node.folded_ops) if node.kind == "group" else ():
            for tensor in recording.ops[op].inputs:
                root = same_as(recording, tensor)
                if recording.tensors[root].role == "variable":
                    shown.setdefault(root, node.id)
    return shown
