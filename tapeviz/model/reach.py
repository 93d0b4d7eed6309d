"""Which of the ops that ran are drawn for a subject, and which are folded away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tapeviz.model.accumulators import Accumulator
from tapeviz.model.forward_mode import accumulator_of, asked_tensors
from tapeviz.model.graph import Subject
from tapeviz.model.lookups import ops_on, variables_of, with_ancestors
from tapeviz.model.plumbing import IDENTITY_TYPES, SHAPE_TYPES, computes_tangents, flowing_inputs
from tapeviz.model.recording import GradientCall, Op, Recording, Tape
from tapeviz.model.subjects import call_of, tape_of

_UNCUT_CAUSES = frozenset({"not_trainable", "not_watched", "variable_became_tensor"})
"""Causes of a None that lie with the source itself: no op is to blame for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What a subject reaches of a recording.

    `drawn` and `hidden` are op ids in the order in which they ran. `recorded` are those that the tape holds. `roots`
    leads from the output of a folded identity (a variable's read) to the tensor that it is the same as.
    """

    drawn: tuple[int, ...]
    hidden: tuple[int, ...]
    recorded: frozenset[int]
    roots: dict[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One subject of one recording, as it is to be drawn: its call and its tape, or its accumulator, if it has them.

    `ops` are those that ran before the call was made and that the tape holds or that lead to what it holds and to the
    targets; without a tape all; in forward mode those that ran before the accumulator was left.
    `carried` are the ops that got a tangent of the accumulator: in forward mode they are what is recorded.
    `sources` are the tensors that the call differentiates by, with the names it gives them; `targets` those that it
    differentiates; `watched` those that the tape was told to watch.
    """

    recording: Recording
    ops: tuple[Op, ...]
    call: GradientCall | None
    tape: Tape | None
    accumulator: Accumulator | None
    carried: frozenset[int]
    watched: frozenset[int]
    sources: dict[int, str | None]
    targets: tuple[int, ...]
    is_folded: bool

    def inputs(self, op: Op) -> Sequence[int]:
        """List the inputs of an op that are drawn as edges."""
        return flowing_inputs(op.type, len(op.inputs)) if self.is_folded else range(len(op.inputs))

    def is_recorded(self, op: Op) -> bool:
        """Whether the tape looked at holds the op; in forward mode, whether it got a tangent."""
        if self.accumulator is not None:
            return op.id in self.carried
        return self.tape is not None and self.tape.id in op.recorded_by

    def is_on_tape(self, tensor: int) -> bool:
        """Whether the tape keeps a cotangent that is sent to a tensor."""
        found = self.recording.tensors[tensor]
        if found.role == "variable" or tensor in self.watched:
            return True
        return found.producer is not None and self.is_recorded(self.recording.ops[found.producer])


def view_of(recording: Recording, subject: Subject, *, is_folded: bool) -> View:
    """Look up the call and the tape of a subject, or its accumulator."""
    accumulator = accumulator_of(recording, subject)
    if accumulator is not None:
        return _forward_view(recording, accumulator, is_folded=is_folded)
    tape = tape_of(recording, subject)
    call = call_of(recording, subject)
    targets = call.target if call else () if tape is not None else recording.ends
    return View(
        recording=recording,
        ops=_ops_of(recording, call, tape, targets),
        call=call,
        tape=None if tape is None else recording.tapes[tape],
        accumulator=None,
        carried=frozenset(),
        watched=_watched(recording, tape),
        sources={source.tensor: source.name for source in call.sources} if call else {},
        targets=targets,
        is_folded=is_folded,
    )


def _ops_of(
    recording: Recording, call: GradientCall | None, tape: int | None, targets: tuple[int, ...]
) -> tuple[Op, ...]:
    before = call.started_at if call else len(recording.ops)
    if tape is None:
        return recording.ops[:before]
    held = [op for op in ops_on(recording, tape) if op.id < before]
    return with_ancestors(recording, held, targets)


def _forward_view(recording: Recording, accumulator: Accumulator, *, is_folded: bool) -> View:
    return View(
        recording=recording,
        ops=recording.ops[: accumulator.exited_at],
        call=None,
        tape=None,
        accumulator=accumulator,
        carried=frozenset(jvp.op for jvp in accumulator.jvps),
        watched=frozenset(primal.tensor for primal in accumulator.primals),
        sources={primal.tensor: primal.name for primal in accumulator.primals},
        targets=asked_tensors(recording, accumulator),
        is_folded=is_folded,
    )


def _watched(recording: Recording, tape: int | None) -> frozenset[int]:
    if tape is not None and recording.tapes[tape].watched:
        return frozenset(recording.tapes[tape].watched)
    return frozenset(tensor.id for tensor in recording.tensors if tensor.role == "watched")


def reach_of(view: View) -> Reach:
    """Choose the ops that are drawn.

    They are the ops that the tape holds, dead ends too, and those that it does not hold on the way from a source, a
    variable or a watched tensor to them: so that it can be seen where a path leaves the tape. Backward ops of an inner
    tape are drawn where they lead to the target. Folded, the plumbing is left out.
    """
    recorded = frozenset(op.id for op in view.ops if view.is_recorded(op))
    passed, roots = _follow(view, recorded, _origins(view))
    inner = {op for inside in view.recording.insides for op in inside.ops} if view.is_folded else set[int]()
    ends = [op for op in view.ops if op.id in recorded - inner and _is_kept(view, op, passed)]
    if view.tape is None and view.accumulator is None:
        ends = [op for op in view.ops if op.id in passed]
    starts = [*view.targets, *(op.inputs[place] for op in ends for place in view.inputs(op))]
    reached = {op.id for op in ends} | _ancestors(view, starts, passed, _leaves(view, recorded))
    reached |= _beyond_leaves(view, recorded, starts)
    folded = {view.recording.tensors[tensor].producer for tensor in roots}
    drawn = reached - folded
    hidden = (recorded | (reached & folded)) - drawn
    return Reach(drawn=tuple(sorted(drawn)), hidden=tuple(sorted(hidden)), recorded=recorded, roots=roots)


def _is_kept(view: View, op: Op, passed: set[int]) -> bool:
    is_second_order = op.made_by is not None or computes_tangents(op.type)
    return not view.is_folded or (not is_second_order and op.id in passed)


def _origins(view: View) -> set[int]:
    tensors = view.recording.tensors
    if view.tape is None and view.accumulator is None:
        return {tensor.id for tensor in tensors if tensor.producer is None or tensor.role == "variable"}
    return {*variables_of(view.recording), *view.watched, *view.sources}


def _follow(view: View, recorded: frozenset[int], origins: set[int]) -> tuple[set[int], dict[int, int]]:
    """Follow the numbers forward from `origins`: the ops they pass, and what the folded identities among them are."""
    reached, passed, roots = set(origins), set[int](), dict[int, int]()
    unfolded = _unfolded_ops(view, recorded)
    for op in view.ops:
        is_foreign = op.made_by is not None and op.id not in recorded
        if is_foreign or not op.outputs or (view.is_folded and op.type in SHAPE_TYPES):
            continue
        if not any(op.inputs[place] in reached for place in view.inputs(op)):
            continue
        passed.add(op.id)
        reached.update(op.outputs)
        if view.is_folded and op.type in IDENTITY_TYPES and op.id not in unfolded:
            for source, output in zip(op.inputs, op.outputs, strict=False):
                if view.recording.tensors[output].producer == op.id:
                    roots[output] = roots.get(source, source)
    return passed, roots


def _unfolded_ops(view: View, recorded: frozenset[int]) -> set[int | None]:
    """Find the identities that say something: they make a source, or a path leaves the tape at them."""
    tensors = view.recording.tensors
    speaking = {tensors[tensor].producer for tensor in view.sources}
    if view.tape is None:
        return speaking
    ends = {tensor for op in view.ops if op.id in recorded for tensor in op.inputs} | set(view.targets)
    whys = [source.why_none for source in view.call.sources if source.why_none] if view.call else []
    cuts = {why.cut_at for why in whys if why.cause not in _UNCUT_CAUSES}
    for op in view.ops:
        is_cut = op.id in cuts or op.id < view.tape.entered_at
        if is_cut and op.type in IDENTITY_TYPES and op.id not in recorded and ends.intersection(op.outputs):
            speaking.add(op.id)
    return speaking


def _leaves(view: View, recorded: frozenset[int]) -> set[int]:
    """Tensors that the picture begins with: what made them is another story."""
    tensors = view.recording.tensors
    watched = {tensor for tensor in view.watched if tensors[tensor].producer not in recorded}
    return watched | variables_of(view.recording)


def _ancestors(view: View, starts: Iterable[int], passed: set[int], leaves: set[int]) -> set[int]:
    tensors, ops = view.recording.tensors, view.recording.ops
    found: set[int] = set()
    waiting = list(starts)
    while waiting:
        tensor = waiting.pop()
        producer = tensors[tensor].producer
        if producer is None or tensor in leaves or producer in found or producer not in passed:
            continue
        found.add(producer)
        op = ops[producer]
        waiting.extend(op.inputs[place] for place in view.inputs(op))
    return found


def _beyond_leaves(view: View, recorded: frozenset[int], starts: list[int]) -> set[int]:
    """Find the ops between a source without a gradient and a watched tensor that was made from it outside the tape."""
    unconnected = {source.tensor for source in view.call.sources if source.value is None} if view.call else set()
    if not unconnected:
        return set()
    passed, _ = _follow(view, recorded, unconnected)
    return _ancestors(view, starts, passed, unconnected)
