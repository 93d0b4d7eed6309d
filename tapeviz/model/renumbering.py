"""The things of a recording under other ids."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from tapeviz.model.recording import Contribution, GradientCall, JacobianRow, Op, Recording, Source, Tape
from tapeviz.model.why_none import WhyNone


class Numbering(Protocol):
    """Gives each id another one. Moments are ids of the first op that ran after them."""

    def op(self, op: int) -> int:
        """Renumber an op."""

    def tape(self, tape: int) -> int:
        """Renumber a tape."""

    def call(self, call: int) -> int:
        """Renumber a gradient call."""

    def tensor(self, tensor: int) -> int:
        """Renumber a tensor."""

    def invocation(self, invocation: int) -> int:
        """Renumber an invocation."""

    def moment(self, moment: int, *, tape: int = -1, call: int = -1) -> int:
        """Renumber a moment that belongs to a tape or to a call."""


def renumbered_op(op: Op, to: Numbering) -> Op:
    """Give an op its other id, and those of all it refers to."""
    return replace(
        op,
        id=to.op(op.id),
        inputs=tuple([to.tensor(tensor) for tensor in op.inputs]),
        outputs=tuple([to.tensor(tensor) for tensor in op.outputs]),
        recorded_by=tuple([to.tape(tape) for tape in op.recorded_by]),
        made_by=None if op.made_by is None else to.call(op.made_by),
        saved=tuple([to.tensor(tensor) for tensor in op.saved]),
        invocation=None if op.invocation is None else to.invocation(op.invocation),
    )


def renumbered_tape(tape: Tape, to: Numbering) -> Tape:
    """Give a tape its other id, and those of all it refers to."""
    return replace(
        tape,
        id=to.tape(tape.id),
        parent=None if tape.parent is None else to.tape(tape.parent),
        entered_at=to.moment(tape.entered_at, tape=tape.id),
        exited_at=None if tape.exited_at is None else to.moment(tape.exited_at, tape=tape.id),
        released_at=None if tape.released_at is None else to.moment(tape.released_at, tape=tape.id),
        watched=tuple([to.tensor(tensor) for tensor in tape.watched]),
        resets=tuple([to.moment(moment, tape=tape.id) for moment in tape.resets]),
    )


def renumbered_call(call: GradientCall, to: Numbering) -> GradientCall:
    """Give a gradient call its other id, and those of all it refers to."""
    return replace(
        call,
        id=to.call(call.id),
        tape=to.tape(call.tape),
        target=tuple([to.tensor(tensor) for tensor in call.target]),
        seed=_tensors(call.seed, to),
        sources=tuple([_source(source, to) for source in call.sources]),
        contributions=_contributions(call.contributions, to),
        started_at=to.moment(call.started_at, call=call.id),
        ended_at=to.moment(call.ended_at, call=call.id),
        rows=tuple([_row(row, to) for row in call.rows]),
    )


def renumbered(recording: Recording, to: Numbering) -> Recording:
    """Renumber what a recording says of ops, calls and tensors elsewhere: findings, accumulators, insides, traces."""
    return replace(
        recording,
        findings=tuple(
            replace(
                finding,
                op=None if finding.op is None else to.op(finding.op),
                ops=tuple([to.op(op) for op in finding.ops]),
                call=None if finding.call is None else to.call(finding.call),
            )
            for finding in recording.findings
        ),
        accumulators=tuple(
            replace(
                accumulator,
                entered_at=to.moment(accumulator.entered_at),
                exited_at=None if accumulator.exited_at is None else to.moment(accumulator.exited_at),
                jvps=tuple(
                    replace(
                        jvp,
                        op=to.op(jvp.op),
                        input_tangents=_tensors(jvp.input_tangents, to),
                        output_tangents=_tensors(jvp.output_tangents, to),
                    )
                    for jvp in accumulator.jvps
                ),
                primals=tuple(
                    replace(primal, tensor=to.tensor(primal.tensor), tangent=to.tensor(primal.tangent))
                    for primal in accumulator.primals
                ),
                answers=tuple(
                    replace(answer, tensor=to.tensor(answer.tensor), value=_tensor(answer.value, to))
                    for answer in accumulator.answers
                ),
            )
            for accumulator in recording.accumulators
        ),
        insides=tuple(
            replace(inside, op=to.op(inside.op), calls=tuple([to.call(call) for call in inside.calls]))
            for inside in recording.insides
        ),
        traces=tuple(replace(trace, at=to.moment(trace.at)) for trace in recording.traces),
    )


def _tensor(tensor: int | None, to: Numbering) -> int | None:
    return None if tensor is None else to.tensor(tensor)


def _tensors(tensors: Iterable[int | None], to: Numbering) -> tuple[int | None, ...]:
    return tuple([_tensor(tensor, to) for tensor in tensors])


def _source(source: Source, to: Numbering) -> Source:
    why = source.why_none
    return replace(
        source,
        tensor=to.tensor(source.tensor),
        value=_tensor(source.value, to),
        why_none=None if why is None else _why_none(why, to),
    )


def _why_none(why: WhyNone, to: Numbering) -> WhyNone:
    return replace(
        why,
        cut_at=None if why.cut_at is None else to.op(why.cut_at),
        cuts=tuple(
            replace(cut, op=None if cut.op is None else to.op(cut.op), tensor=_tensor(cut.tensor, to))
            for cut in why.cuts
        ),
    )


def _contributions(contributions: Iterable[Contribution], to: Numbering) -> tuple[Contribution, ...]:
    return tuple(
        [
            Contribution(
                op=to.op(contribution.op),
                output_cotangents=_tensors(contribution.output_cotangents, to),
                input_index=contribution.input_index,
                tensor=to.tensor(contribution.tensor),
                value=_tensor(contribution.value, to),
            )
            for contribution in contributions
        ]
    )


def _row(row: JacobianRow, to: Numbering) -> JacobianRow:
    return replace(
        row,
        seed=_tensors(row.seed, to),
        results=_tensors(row.results, to),
        contributions=_contributions(row.contributions, to),
    )
