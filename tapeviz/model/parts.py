"""A few ops of a recording as a recording of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tapeviz.model.recording import LessonSource, Op, Recording, Tensor


def part_of(recording: Recording, ops: Sequence[int], ends: Sequence[int], names: Mapping[int, str]) -> Recording:
    """Take some ops out of a recording, with the tensors that they use and make, and no tape.

    Parameters
    ----------
    recording : Recording
    ops : sequence of int
        The ids of the ops, ascending.
    ends : sequence of int
        The tensors that the picture of them ends with.
    names : mapping of int to str
        What tensors without a name are called there.
    """
    kept = [recording.ops[op] for op in ops]
    used = [tensor for op in kept for tensor in (*op.inputs, *op.outputs)]
    tensors = {tensor: place for place, tensor in enumerate(dict.fromkeys([*used, *ends]))}
    places = {op: place for place, op in enumerate(ops)}
    return Recording(
        source=LessonSource(name=recording.source.name, text=""),
        tapes=(),
        ops=tuple(_op(op, places, tensors) for op in kept),
        tensors=tuple(_tensor(recording.tensors[tensor], tensors, places, names) for tensor in tensors),
        gradient_calls=(),
        assignments=(),
        series=(),
        output="",
        errors=(),
        ends=tuple(tensors[tensor] for tensor in ends),
    )


def _op(op: Op, places: Mapping[int, int], tensors: Mapping[int, int]) -> Op:
    return replace(
        op,
        id=places[op.id],
        inputs=tuple(tensors[tensor] for tensor in op.inputs),
        outputs=tuple(tensors[tensor] for tensor in op.outputs),
        recorded_by=(),
        made_by=None,
        invocation=None,
        saved=(),
        is_stopped=False,
    )


def _tensor(tensor: Tensor, tensors: Mapping[int, int], places: Mapping[int, int], names: Mapping[int, str]) -> Tensor:
    producer = places.get(tensor.producer) if tensor.producer is not None else None
    role = "constant" if producer is None and tensor.role != "variable" else tensor.role
    name = tensor.name or names.get(tensor.id)
    return replace(tensor, id=tensors[tensor.id], producer=producer, role=role, name=name)
