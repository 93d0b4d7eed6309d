"""A recording that contradicts itself is turned away at birth, not when it is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tapeviz.model.accumulators import Accumulator
from tapeviz.model.fold_checks import check_folds
from tapeviz.model.recording import (
    Contribution,
    Finding,
    GradientCall,
    Inside,
    Invocation,
    Op,
    OutputFigure,
    Recording,
    Tape,
    Tensor,
)

MAX_FIGURES = 64
MAX_FIGURE_BYTES = 4 * 2**20
MAX_FIGURE_PIXELS = 4096
"""So many figures are kept of a run, each up to so many bytes and so many pixels at its longest side."""

_PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


def check_recording(recording: Recording) -> None:
    """Make sure that everything a recording refers to is there, and that nothing is used before it was made.

    An op may use only tensors that no later op makes, so a checked recording has no cycles.

    Raises
    ------
    ValueError
        With a sentence that names the first contradiction.
    """
    for kind, things in (
        ("tape", recording.tapes),
        ("op", recording.ops),
        ("tensor", recording.tensors),
        ("gradient call", recording.gradient_calls),
        ("series", recording.series),
        ("invocation", recording.invocations),
        ("accumulator", recording.accumulators),
    ):
        _check_ids(kind, things)
    for tensor in recording.tensors:
        _check_tensor(recording, tensor)
    for op in recording.ops:
        _check_op(recording, op)
    for invocation in recording.invocations:
        _check_invocation(invocation)
    for tape in recording.tapes:
        _check_tape(recording, tape)
    for call in recording.gradient_calls:
        _check_call(recording, call)
    for accumulator in recording.accumulators:
        _check_accumulator(recording, accumulator)
    for assignment in recording.assignments:
        _check_present("an assignment", "tensor", [assignment.variable], recording.tensors)
        _check_present("an assignment", "op", [assignment.op], recording.ops)
    for finding in recording.findings:
        _check_finding(recording, finding)
    _check_present("the recording", "tensor", recording.ends, recording.tensors)
    for inside in recording.insides:
        _check_inside(recording, inside)
    check_folds(recording)
    for series in recording.series:
        _check_present(f"series {series.id}", "tape", series.tape_ids, recording.tapes)
    if len(recording.figures) > MAX_FIGURES:
        raise ValueError(f"there are {len(recording.figures)} figures, more than are kept")
    for figure in recording.figures:
        _check_figure(recording, figure)


def _check_invocation(invocation: Invocation) -> None:
    if invocation.parent is not None and not 0 <= invocation.parent < invocation.id:
        raise ValueError(f"invocation {invocation.id} lies within one that did not begin before it")


def _check_finding(recording: Recording, finding: Finding) -> None:
    _check_present("a finding", "op", (finding.op, *finding.ops), recording.ops)
    _check_present("a finding", "gradient call", [finding.call], recording.gradient_calls)
    if finding.call is not None:
        sources = recording.gradient_calls[finding.call].sources
        _check_present("a finding", "source", [finding.source], sources)


def _check_inside(recording: Recording, inside: Inside) -> None:
    who = f"what op {inside.op} opens into"
    _check_present(who, "op", [inside.op], recording.ops)
    _check_present(who, "op", inside.ops, recording.ops)
    _check_present(who, "gradient call", inside.calls, recording.gradient_calls)
    if inside.recording is None:
        if not inside.note:
            raise ValueError(f"{who} is not there, and nothing says why")
        return
    if len(inside.calls) != len(inside.recording.gradient_calls):
        raise ValueError(
            f"{who} has {len(inside.recording.gradient_calls)} gradient calls that belong to {len(inside.calls)}"
        )
    check_recording(inside.recording)


def _check_ids(kind: str, things: Sequence[Any]) -> None:
    for place, thing in enumerate(things):
        if thing.id != place:
            raise ValueError(f"the {kind} at place {place} calls itself {thing.id}")


def _check_present(who: str, kind: str, ids: Iterable[int | None], things: Sequence[object]) -> None:
    for id_ in ids:
        if id_ is not None and not 0 <= id_ < len(things):
            raise ValueError(f"{who} refers to {kind} {id_}, which is not there")


def _check_tensor(recording: Recording, tensor: Tensor) -> None:
    _check_present(f"tensor {tensor.id}", "op", [tensor.producer], recording.ops)
    if tensor.producer is not None and tensor.id not in recording.ops[tensor.producer].outputs:
        raise ValueError(f"tensor {tensor.id} is said to come from op {tensor.producer}, which does not make it")


def _check_op(recording: Recording, op: Op) -> None:
    who = f"op {op.id}"
    _check_present(who, "tensor", op.inputs, recording.tensors)
    _check_present(who, "tensor", op.outputs, recording.tensors)
    if not {*op.saved} <= {*op.inputs, *op.outputs}:
        raise ValueError(f"{who} is said to keep a tensor that it neither takes nor makes")
    _check_present(who, "tape", op.recorded_by, recording.tapes)
    _check_present(who, "gradient call", [op.made_by], recording.gradient_calls)
    _check_present(who, "invocation", [op.invocation], recording.invocations)
    for tensor in op.inputs:
        producer = recording.tensors[tensor].producer
        if producer is not None and producer >= op.id:
            raise ValueError(f"{who} uses tensor {tensor} before op {producer} makes it")


def _check_tape(recording: Recording, tape: Tape) -> None:
    who = f"tape {tape.id}"
    _check_present(who, "tape", [tape.parent], recording.tapes)
    _check_present(who, "tensor", tape.watched, recording.tensors)
    _check_order(who, recording, tape.entered_at, tape.exited_at)
    _check_order(who, recording, tape.entered_at, tape.released_at)
    if tape.parent == tape.id:
        raise ValueError(f"{who} lies within itself")


def _check_call(recording: Recording, call: GradientCall) -> None:
    who = f"gradient call {call.id}"
    _check_present(who, "tape", [call.tape], recording.tapes)
    _check_order(who, recording, call.started_at, call.ended_at)
    _check_present(who, "tensor", (*call.target, *call.seed), recording.tensors)
    if len(call.seed) != len(call.target):
        raise ValueError(f"{who} has {len(call.target)} targets but {len(call.seed)} seeds")
    for source in call.sources:
        _check_present(who, "tensor", (source.tensor, source.value), recording.tensors)
        if source.why_none is not None:
            cuts = source.why_none.cuts
            _check_present(who, "op", [source.why_none.cut_at, *(cut.op for cut in cuts)], recording.ops)
            _check_present(who, "tensor", (cut.tensor for cut in cuts), recording.tensors)
    _check_contributions(who, recording, call.contributions)
    for place, row in enumerate(call.rows):
        _check_present(f"row {place} of {who}", "tensor", (*row.seed, *row.results), recording.tensors)
        if len(row.seed) != len(call.target) or len(row.results) != len(call.sources):
            raise ValueError(f"row {place} of {who} has other targets or sources than the call")
        _check_contributions(f"row {place} of {who}", recording, row.contributions)


def _check_accumulator(recording: Recording, accumulator: Accumulator) -> None:
    who = f"accumulator {accumulator.id}"
    _check_present(who, "accumulator", [accumulator.parent], recording.accumulators)
    if accumulator.parent is not None and accumulator.parent >= accumulator.id:
        raise ValueError(f"{who} lies within itself or a later one")
    _check_order(who, recording, accumulator.entered_at, accumulator.exited_at)
    for primal in accumulator.primals:
        _check_present(who, "tensor", (primal.tensor, primal.tangent), recording.tensors)
    for answer in accumulator.answers:
        _check_present(who, "tensor", (answer.tensor, answer.value), recording.tensors)
    for jvp in accumulator.jvps:
        _check_present(who, "op", [jvp.op], recording.ops)
        _check_present(who, "tensor", (*jvp.input_tangents, *jvp.output_tangents), recording.tensors)
        op = recording.ops[jvp.op]
        if len(jvp.input_tangents) != len(op.inputs) or len(jvp.output_tangents) != len(op.outputs):
            raise ValueError(f"{who} has other tangents than op {op.id} has inputs and outputs")


def _check_contributions(who: str, recording: Recording, contributions: Iterable[Contribution]) -> None:
    for contribution in contributions:
        _check_present(who, "op", [contribution.op], recording.ops)
        tensors = (contribution.tensor, contribution.value, *contribution.output_cotangents)
        _check_present(who, "tensor", tensors, recording.tensors)
        _check_contribution(who, recording.ops[contribution.op], contribution)


def _check_figure(recording: Recording, figure: OutputFigure) -> None:
    if not 0 <= figure.position <= len(recording.output):
        raise ValueError(f"a figure stands at character {figure.position} of the output, which is not there")
    if not (0 < figure.width <= MAX_FIGURE_PIXELS and 0 < figure.height <= MAX_FIGURE_PIXELS):
        raise ValueError(f"a figure of {figure.width} by {figure.height} pixels is not one that is kept")
    head = _PNG + figure.width.to_bytes(4, "big") + figure.height.to_bytes(4, "big")
    if len(figure.png) > MAX_FIGURE_BYTES or not figure.png.startswith(head):
        raise ValueError(f"a figure is no picture of {figure.width} by {figure.height} pixels")


def _check_contribution(who: str, op: Op, contribution: Contribution) -> None:
    if not 0 <= contribution.input_index < len(op.inputs):
        raise ValueError(f"{who} sends a contribution to an input that op {op.id} does not have")
    if op.inputs[contribution.input_index] != contribution.tensor:
        raise ValueError(
            f"{who} sends a contribution to tensor {contribution.tensor}, which is not what op {op.id} was given"
        )
    if len(contribution.output_cotangents) != len(op.outputs):
        raise ValueError(f"{who} lets {len(contribution.output_cotangents)} cotangents into op {op.id}, one per output")


def _check_order(who: str, recording: Recording, start: int, end: int | None) -> None:
    """Both are ids of the first op that ran after a moment, so the one past the last op is allowed."""
    if not 0 <= start <= (len(recording.ops) if end is None else end) <= len(recording.ops):
        raise ValueError(f"{who} ends before it begins")
