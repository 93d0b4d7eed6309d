"""A recording as the JSON that other programs rely on (``tapeviz inspect --json``).

What the contract names keeps its name and meaning. The fields that it does not name (``place``, ``value_form``,
``value_tensor``, ``output_cotangents``, ``path``, ``seed`` and so on) are there so that `recording_document` can
rebuild the recording whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Protocol

import msgspec

from tapeviz.model.accumulators import Accumulator
from tapeviz.model.expansion import Expansion
from tapeviz.model.recording import (
    Assignment,
    Contribution,
    GradientCall,
    JacobianRow,
    Op,
    Recording,
    Source,
    Tape,
    Tensor,
)
from tapeviz.model.tensor import TouchedRows
from tapeviz.storage.values import Json, json_number, nested, value_fields

FORMAT = "tapeviz-recording"
VERSION = 2
"""The version of files in which loops are folded: what is not whole stands in an entry of its own."""

WHOLE_VERSION = 1
"""The version of documents that list everything."""


def recording_json(recording: Recording) -> dict[str, Json]:
    """Give the contract's JSON form of a recording, as dictionaries and lists that `json.dumps` takes.

    Values of up to 4,096 elements are inline; those of the same tensor are one shared list. Of folded loops only what
    is kept whole is in it; the contract's form is that of the `expanded` recording.
    """
    return {"format": FORMAT, "version": VERSION if recording.laps else WHOLE_VERSION, **_recording_json(recording)}


def contract_chunks(recording: Recording) -> Iterator[bytes]:
    """Give the contract's JSON form in pieces of UTF-8, every iteration of a folded loop written out.

    Of a long run it is large; it is never there as a whole.
    """
    if not recording.laps:
        yield msgspec.json.encode(recording_json(recording))
        return
    whole = Expansion(recording)
    inline = _Inlined(whole)
    listed: dict[str, Iterator[Json]] = {
        "tapes": map(_tape_json, whole.tapes()),
        "ops": map(_op_json, whole.ops()),
        "tensors": map(_tensor_json, whole.tensors()),
        "gradient_calls": (_call_json(call, inline) for call in whole.calls()),
        "assignments": map(_assignment_json, whole.assignments()),
    }
    opening = b"{"
    for key, value in recording_json(whole.rest()).items():
        yield opening + msgspec.json.encode(key) + b":"
        opening = b","
        if key not in listed:
            yield msgspec.json.encode(value)
            continue
        before = b"["
        for member in listed[key]:
            yield before + msgspec.json.encode(member)
            before = b","
        yield b"[]" if before == b"[" else b"]"
    yield b"}"


class _Inlined:
    """The values of an expansion's tensors as they stand in JSON, each made when it is asked for."""

    def __init__(self, whole: Expansion) -> None:
        self._whole = whole

    def __getitem__(self, tensor: int) -> Json:
        return nested(self._whole.value(tensor))


class _Values(Protocol):
    """The values of tensors as they stand in JSON, by tensor."""

    def __getitem__(self, tensor: int, /) -> Json: ...


def _tape_json(tape: Tape) -> dict[str, Json]:
    return {**asdict(tape), "released": tape.released_at is not None}


def _assignment_json(assignment: Assignment) -> dict[str, Json]:
    return {
        "variable": assignment.variable,
        "op": assignment.op,
        "line": assignment.line,
        **value_fields(assignment.value),
    }


def _recording_json(recording: Recording) -> dict[str, Json]:
    tensors = [_tensor_json(tensor) for tensor in recording.tensors]
    inline = [tensor["value"] for tensor in tensors]
    return {
        "source": asdict(recording.source),
        "tapes": [_tape_json(tape) for tape in recording.tapes],
        "ops": [_op_json(op) for op in recording.ops],
        "tensors": tensors,
        "gradient_calls": [_call_json(call, inline) for call in recording.gradient_calls],
        "assignments": [_assignment_json(assignment) for assignment in recording.assignments],
        "accumulators": [_accumulator_json(accumulator, inline) for accumulator in recording.accumulators],
        "series": [{**asdict(series), "iterations": series.iterations} for series in recording.series],
        "output": recording.output,
        "errors": [asdict(error) for error in recording.errors],
        "invocations": [asdict(invocation) for invocation in recording.invocations],
        "findings": [asdict(finding) for finding in recording.findings],
        "ended_by": recording.ended_by,
        "duration": recording.duration,
        "tensorflow_version": recording.tensorflow_version,
        "insides": [
            {
                "op": inside.op,
                "kind": inside.kind,
                "title": inside.title,
                "recording": inside.recording and _recording_json(inside.recording),
                "calls": inside.calls,
                "note": inside.note,
                "ops": inside.ops,
            }
            for inside in recording.insides
        ],
        "traces": [asdict(trace) for trace in recording.traces],
        "notes": recording.notes,
        "ends": recording.ends,
        "figures": [
            {"position": figure.position, "width": figure.width, "height": figure.height, "title": figure.title}
            for figure in recording.figures
        ],
    }


def _tensor_json(tensor: Tensor) -> dict[str, Json]:
    return {
        "id": tensor.id,
        "name": tensor.name,
        "role": tensor.role,
        "trainable": tensor.trainable,
        "dtype": tensor.dtype,
        "shape": tensor.shape,
        "producer": tensor.producer,
        "slices": tensor.value and tensor.value.slices and _slices_json(tensor.value.slices),
        **value_fields(tensor.value),
    }


def _slices_json(slices: TouchedRows) -> dict[str, Json]:
    return {
        "rows": slices.rows,
        "touched": slices.touched,
        "pieces": slices.pieces,
        "indices": slices.indices,
        **value_fields(slices.values),
    }


def _op_json(op: Op) -> dict[str, Json]:
    return {
        "id": op.id,
        "type": op.type,
        "inputs": op.inputs,
        "outputs": op.outputs,
        "line": op.line,
        "scope": op.scope,
        "recorded_by": op.recorded_by,
        "made_by": op.made_by,
        "thread": op.thread,
        "invocation": op.invocation,
        "saved": op.saved,
        "is_stopped": op.is_stopped,
        "place": op.place and asdict(op.place),
        "attributes": {
            name: json_number(value) if isinstance(value, float) else value for name, value in op.attributes.items()
        },
    }


def _call_json(call: GradientCall, inline: _Values) -> dict[str, Json]:
    return {
        "id": call.id,
        "tape": call.tape,
        "method": call.method,
        "line": call.line,
        "target": call.target,
        "unconnected_gradients": call.unconnected_gradients,
        "sources": [_source_json(source, inline) for source in call.sources],
        "contributions": [_contribution_json(contribution, inline) for contribution in call.contributions],
        "checked": call.checked,
        "seed": call.seed,
        "started_at": call.started_at,
        "ended_at": call.ended_at,
        "largest_error": json_number(call.largest_error),
        "defect": call.defect,
        "rows": [_row_json(row, inline) for row in call.rows],
        "note": call.note,
    }


def _row_json(row: JacobianRow, inline: _Values) -> dict[str, Json]:
    return {
        "index": row.index,
        "seed": row.seed,
        "values": [_inlined(result, inline) for result in row.results],
        "results": row.results,
        "contributions": [_contribution_json(contribution, inline) for contribution in row.contributions],
    }


def _accumulator_json(accumulator: Accumulator, inline: _Values) -> dict[str, Json]:
    return {
        **asdict(accumulator),
        "primals": [
            {**asdict(primal), "tangent_value": _inlined(primal.tangent, inline)} for primal in accumulator.primals
        ],
        "answers": [
            {
                "tensor": answer.tensor,
                "name": answer.name,
                "line": answer.line,
                "value": _inlined(answer.value, inline),
                "value_tensor": answer.value,
            }
            for answer in accumulator.answers
        ],
    }


def _inlined(tensor: int | None, inline: _Values) -> Json:
    return None if tensor is None else inline[tensor]


def _source_json(source: Source, inline: _Values) -> dict[str, Json]:
    return {
        "tensor": source.tensor,
        "name": source.name,
        "value": _inlined(source.value, inline),
        "why_none": source.why_none and asdict(source.why_none),
        "path": source.path,
        "value_tensor": source.value,
    }


def _contribution_json(contribution: Contribution, inline: _Values) -> dict[str, Json]:
    cotangents = contribution.output_cotangents
    return {
        "op": contribution.op,
        "input_index": contribution.input_index,
        "tensor": contribution.tensor,
        "cotangents": [_inlined(cotangent, inline) for cotangent in cotangents],
        "value": _inlined(contribution.value, inline),
        "output_cotangents": cotangents,
        "value_tensor": contribution.value,
    }
