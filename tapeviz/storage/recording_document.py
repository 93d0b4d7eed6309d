"""Rebuilding a recording from its JSON form, with suspicion: the document may come from anywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import msgspec

from tapeviz.model.accumulators import Accumulator, Jvp, JvpAnswer, Primal
from tapeviz.model.checks import MAX_FIGURES, check_recording
from tapeviz.model.recording import (
    Assignment,
    Contribution,
    EndedBy,
    Finding,
    GradientCall,
    Inside,
    InsideKind,
    Invocation,
    JacobianRow,
    LessonError,
    LessonSource,
    Method,
    Op,
    OutputFigure,
    Recording,
    Role,
    Series,
    Source,
    Tape,
    Tensor,
    Trace,
    Unconnected,
)
from tapeviz.model.tensor import TensorValue, TouchedRows
from tapeviz.model.why_none import WhyNone
from tapeviz.storage.contract_json import FORMAT, VERSION, WHOLE_VERSION
from tapeviz.storage.folds_document import with_folds
from tapeviz.storage.values import StoredValue, value_of


class NewerVersionError(Exception):
    """The document was written by a later tapeviz; `version` is its version of the format."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version


class _Head(msgspec.Struct):
    format: str
    version: int


class _StoredSlices(StoredValue, kw_only=True):
    rows: int
    touched: int
    pieces: int
    indices: tuple[int, ...]


class _StoredTensor(StoredValue, kw_only=True):
    id: int
    name: str | None
    role: Role
    trainable: bool | None
    dtype: str
    shape: tuple[int, ...]
    producer: int | None
    slices: _StoredSlices | None = None


class _StoredSource(msgspec.Struct):
    tensor: int
    name: str | None
    why_none: WhyNone | None
    path: tuple[int | str, ...]
    value_tensor: int | None


class _StoredContribution(msgspec.Struct):
    op: int
    input_index: int
    tensor: int
    output_cotangents: tuple[int | None, ...]
    value_tensor: int | None


class _StoredRow(msgspec.Struct):
    index: tuple[int, ...]
    seed: tuple[int | None, ...]
    results: tuple[int | None, ...]
    contributions: tuple[_StoredContribution, ...]


class _StoredAnswer(msgspec.Struct):
    tensor: int
    name: str | None
    line: int | None
    value_tensor: int | None


class _StoredAccumulator(msgspec.Struct):
    id: int
    parent: int | None
    line: int | None
    primals: tuple[Primal, ...]
    jvps: tuple[Jvp, ...]
    answers: tuple[_StoredAnswer, ...]
    entered_at: int
    exited_at: int | None
    checked: bool
    defect: str | None


class _StoredCall(msgspec.Struct):
    id: int
    tape: int
    method: Method
    line: int | None
    target: tuple[int, ...]
    unconnected_gradients: Unconnected
    sources: tuple[_StoredSource, ...]
    contributions: tuple[_StoredContribution, ...]
    checked: bool
    seed: tuple[int | None, ...]
    started_at: int
    ended_at: int
    largest_error: float | str
    defect: str | None
    rows: tuple[_StoredRow, ...] = ()
    note: str = ""


class _StoredAssignment(StoredValue, kw_only=True):
    variable: int
    op: int | None
    line: int | None


class _StoredFigure(msgspec.Struct):
    position: int
    width: int
    height: int
    title: str


class _StoredRecording(msgspec.Struct):
    source: LessonSource
    tapes: tuple[Tape, ...]
    ops: tuple[Op, ...]
    tensors: tuple[_StoredTensor, ...]
    gradient_calls: tuple[_StoredCall, ...]
    assignments: tuple[_StoredAssignment, ...]
    series: tuple[Series, ...]
    output: str
    errors: tuple[LessonError, ...]
    ended_by: EndedBy
    duration: float
    tensorflow_version: str
    findings: tuple[Finding, ...] = ()
    accumulators: tuple[_StoredAccumulator, ...] = ()
    insides: tuple[_StoredInside, ...] = ()
    traces: tuple[Trace, ...] = ()
    notes: tuple[str, ...] = ()
    ends: tuple[int, ...] = ()
    invocations: tuple[Invocation, ...] = ()
    figures: tuple[_StoredFigure, ...] = ()


class _StoredInside(msgspec.Struct):
    op: int
    kind: InsideKind
    title: str
    recording: _StoredRecording | None
    calls: tuple[int, ...]
    note: str
    ops: tuple[int, ...] = ()


def read_recording_json(
    document: bytes, read_figure: Callable[[int], bytes], read_folds: Callable[[], bytes]
) -> Recording:
    """Rebuild the recording whose JSON form `document` is; the numbers inlined for readers are not read again.

    `read_figure` gives the bytes of the figure at a place in the list: pictures do not stand in the document.
    `read_folds` gives those of the folded loops; it is asked only where the document says that there are some.

    Raises
    ------
    NewerVersionError
        Where a later version of the format wrote it.
    ValueError
        Where it is no recording, or one that contradicts itself.
    """
    head = msgspec.json.decode(document, type=_Head)
    if head.format != FORMAT:
        raise ValueError("it is not marked as a recording")
    if head.version > VERSION:
        raise NewerVersionError(head.version)
    stored = msgspec.json.decode(document, type=_StoredRecording)
    recording = replace(_recording_of(stored), figures=_figures_of(stored.figures, read_figure))
    if head.version > WHOLE_VERSION:
        recording = with_folds(recording, read_folds())
    check_recording(recording)
    return recording


def _recording_of(stored: _StoredRecording) -> Recording:
    return Recording(
        source=stored.source,
        tapes=stored.tapes,
        ops=tuple(_with_named_numbers(op) for op in stored.ops),
        tensors=tuple(_tensor_of(tensor) for tensor in stored.tensors),
        gradient_calls=tuple(_call_of(call) for call in stored.gradient_calls),
        assignments=tuple(_assignment_of(assignment) for assignment in stored.assignments),
        series=stored.series,
        accumulators=tuple(_accumulator_of(accumulator) for accumulator in stored.accumulators),
        output=stored.output,
        errors=stored.errors,
        findings=stored.findings,
        invocations=stored.invocations,
        ended_by=stored.ended_by,
        duration=stored.duration,
        tensorflow_version=stored.tensorflow_version,
        insides=tuple(_inside_of(inside) for inside in stored.insides),
        traces=stored.traces,
        notes=stored.notes,
        ends=stored.ends,
    )


def _figures_of(stored: tuple[_StoredFigure, ...], read_figure: Callable[[int], bytes]) -> tuple[OutputFigure, ...]:
    # One more than is kept is enough for the check to say so.
    return tuple(
        OutputFigure(
            position=figure.position,
            png=read_figure(place),
            width=figure.width,
            height=figure.height,
            title=figure.title,
        )
        for place, figure in enumerate(stored[: MAX_FIGURES + 1])
    )


def _inside_of(stored: _StoredInside) -> Inside:
    return Inside(
        op=stored.op,
        kind=stored.kind,
        title=stored.title,
        recording=None if stored.recording is None else _recording_of(stored.recording),
        calls=stored.calls,
        note=stored.note,
        ops=stored.ops,
    )


_NAMED_NUMBERS: dict[str, float] = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def _with_named_numbers(op: Op) -> Op:
    """Turn the names of infinities among an op's attributes into the numbers they stand for."""
    named = {
        name: _NAMED_NUMBERS[value]
        for name, value in op.attributes.items()
        if isinstance(value, str) and value in _NAMED_NUMBERS
    }
    return replace(op, attributes={**op.attributes, **named}) if named else op


def _tensor_of(stored: _StoredTensor) -> Tensor:
    return Tensor(
        id=stored.id,
        name=stored.name,
        role=stored.role,
        trainable=stored.trainable,
        dtype=stored.dtype,
        shape=stored.shape,
        value=_value_of(stored),
        producer=stored.producer,
    )


def _value_of(stored: _StoredTensor) -> TensorValue | None:
    value = value_of(stored)
    return value if value is None or stored.slices is None else replace(value, slices=_slices_of(stored.slices))


def _slices_of(stored: _StoredSlices) -> TouchedRows:
    values = value_of(stored)
    if values is None:
        raise ValueError("indexed slices have no values")
    return TouchedRows(
        rows=stored.rows, touched=stored.touched, pieces=stored.pieces, indices=stored.indices, values=values
    )


def _call_of(stored: _StoredCall) -> GradientCall:
    return GradientCall(
        id=stored.id,
        tape=stored.tape,
        method=stored.method,
        line=stored.line,
        target=stored.target,
        seed=stored.seed,
        unconnected_gradients=stored.unconnected_gradients,
        sources=tuple(
            Source(
                tensor=source.tensor,
                name=source.name,
                path=source.path,
                value=source.value_tensor,
                why_none=source.why_none,
            )
            for source in stored.sources
        ),
        contributions=_contributions_of(stored.contributions),
        started_at=stored.started_at,
        ended_at=stored.ended_at,
        checked=stored.checked,
        largest_error=float(stored.largest_error),
        defect=stored.defect,
        rows=tuple(
            JacobianRow(
                index=row.index,
                seed=row.seed,
                results=row.results,
                contributions=_contributions_of(row.contributions),
            )
            for row in stored.rows
        ),
        note=stored.note,
    )


def _contributions_of(stored: tuple[_StoredContribution, ...]) -> tuple[Contribution, ...]:
    return tuple(
        Contribution(
            op=contribution.op,
            output_cotangents=contribution.output_cotangents,
            input_index=contribution.input_index,
            tensor=contribution.tensor,
            value=contribution.value_tensor,
        )
        for contribution in stored
    )


def _accumulator_of(stored: _StoredAccumulator) -> Accumulator:
    return Accumulator(
        id=stored.id,
        parent=stored.parent,
        line=stored.line,
        primals=stored.primals,
        jvps=stored.jvps,
        answers=tuple(
            JvpAnswer(tensor=answer.tensor, name=answer.name, line=answer.line, value=answer.value_tensor)
            for answer in stored.answers
        ),
        entered_at=stored.entered_at,
        exited_at=stored.exited_at,
        checked=stored.checked,
        defect=stored.defect,
    )


def _assignment_of(stored: _StoredAssignment) -> Assignment:
    value = value_of(stored)
    if value is None:
        raise ValueError("an assignment has no value")
    return Assignment(variable=stored.variable, op=stored.op, line=stored.line, value=value)
