"""What each tape of a run holds: what it keeps for the backward pass and how large that is, and what it left out."""

from __future__ import annotations

import functools
import math
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tapeviz.model.identity import Same
from tapeviz.model.plumbing import SHAPE_TYPES
from tapeviz.model.recording import GradientCall, Op, Recording, Tape
from tapeviz.model.unrecorded import reason_not_recorded, same_as

_UNASKED = frozenset({"VarHandleOp", "NoOp", "ReadVariableOp"})
"""Ops of which no one asks why they are not on a tape; the op that goes on with what was read is listed instead."""

_UNITS = ("B", "kB", "MB", "GB")
_SIZES = {"bfloat16": 2, "half": 2, "bool": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptValue:
    """A tensor that a tape keeps for the backward pass.

    `size` is in bytes, None where the tensor holds no numbers. `kept_by` are the ops that it is kept for. `is_read`
    says whether an op of a backward pass took its numbers as an input, None where no backward pass was seen;
    `is_shape_read` whether one looked at its shape alone.
    """

    tensor: int
    size: int | None
    kept_by: tuple[int, ...]
    is_read: bool | None
    is_shape_read: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """An op that ran within the block of a tape and is not on it, and why."""

    op: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TapeContents:
    """One tape, or the tapes of a loop by one of them.

    `op_count` is how many ops it holds; `own_ops` are those whose gradient function is Python's (a custom gradient, a
    ``tf.function``): of what they keep, only what the backward pass read is known. `ending` says how long it held them.
    """

    tape: Tape
    iterations: int
    calls: tuple[int, ...]
    op_count: int
    own_ops: tuple[int, ...]
    values: tuple[KeptValue, ...]
    left_out: tuple[LeftOut, ...]
    ending: str

    @property
    def size(self) -> int:
        """The memory of all that is kept, bytes; what several ops keep counts once."""
        return sum(value.size or 0 for value in self.values)

    @property
    def read_size(self) -> int:
        """The memory of what the backward pass read of it, bytes."""
        return sum(value.size or 0 for value in self.values if value.is_read)


def tape_contents(recording: Recording, shown: int | None = None) -> tuple[TapeContents, ...]:
    """List what each tape holds, in the order in which they began.

    The tapes of a loop are listed once: by tape `shown` where it is one of them, or else by the first.
    """
    loop_of = {tape: series for series in recording.series for tape in series.tape_ids}
    listed = []
    for tape in recording.tapes:
        series = loop_of.get(tape.id)
        if series is None:
            listed.append(contents_of(recording, tape))
        elif tape.id == (shown if shown in series.tape_ids else series.tape_ids[0]):
            listed.append(contents_of(recording, tape, iterations=series.iterations))
    return tuple(listed)


def contents_of(recording: Recording, tape: Tape, *, iterations: int = 1) -> TapeContents:
    """Say what one tape holds."""
    calls = [call for call in recording.gradient_calls if call.tape == tape.id]
    block = recording.ops[tape.entered_at : tape.exited_at]
    held = [op for op in block if tape.id in op.recorded_by and not any(op.id < reset for reset in tape.resets)]
    own = [op for op in held if _has_own_gradient(op)]
    return TapeContents(
        tape=tape,
        iterations=iterations,
        calls=tuple(call.id for call in calls),
        op_count=len(held),
        own_ops=tuple(op.id for op in own),
        values=tuple(_values(recording, held, own, calls)),
        left_out=tuple(_left_out(recording, tape, block)),
        ending=_ending(recording, tape, calls),
    )


def size_of(recording: Recording, tensor: int) -> int | None:
    """Give the memory of a tensor's numbers, bytes; None where it holds none (a string, a resource)."""
    found = recording.tensors[tensor]
    shape = found.value.shape if found.value is not None else found.shape
    if any(side < 0 for side in shape):
        return None
    if found.dtype in _SIZES:
        return math.prod(shape) * _SIZES[found.dtype]
    if not found.dtype.startswith(("float", "int", "uint", "complex")):
        return None
    try:
        return math.prod(shape) * np.dtype(found.dtype).itemsize
    except TypeError:  # an eight-bit float, which NumPy does not know
        return math.prod(shape)


def size_text(size: int | None) -> str:
    """Write a memory size: ``24 B``, ``1.2 kB``, ``3.1 MB``."""
    if size is None:
        return ""
    power = min(max(len(str(size)) - 1, 0) // 3, len(_UNITS) - 1)
    return f"{size} B" if power == 0 else f"{size / 1000**power:.3g} {_UNITS[power]}"


def _values(recording: Recording, held: list[Op], own: list[Op], calls: list[GradientCall]) -> Iterable[KeptValue]:
    read = _read_by_backward_passes(recording, calls, of_shapes=False)
    shapes_read = _read_by_backward_passes(recording, calls, of_shapes=True)
    looked_at = read | shapes_read
    kept_by: dict[int, list[int]] = {}
    for op in held:
        for tensor in op.saved:
            kept_by.setdefault(tensor, []).append(op.id)
    for op in own:
        for tensor in dict.fromkeys((*op.inputs, *op.outputs)):
            if tensor in looked_at:
                kept_by.setdefault(tensor, []).append(op.id)
    is_seen = any(call.method == "gradient" for call in calls)
    memories: dict[tuple[int, int], list[int]] = {}
    for tensor in kept_by:
        memories.setdefault(_memory_of(recording, tensor), []).append(tensor)
    for (root, _), tensors in memories.items():
        yield KeptValue(
            tensor=root,
            size=size_of(recording, tensors[0]),
            kept_by=tuple(dict.fromkeys(op for tensor in tensors for op in kept_by[tensor])),
            is_read=any(tensor in read for tensor in tensors) if is_seen else None,
            is_shape_read=any(tensor in shapes_read for tensor in tensors),
        )


def _memory_of(recording: Recording, tensor: int) -> tuple[int, int]:
    """Say whose memory a tensor shares: what is read of a variable is the variable's own until that is assigned to."""
    root, producer = same_as(recording, tensor), recording.tensors[tensor].producer
    if producer is None or recording.tensors[root].role != "variable":
        return root, 0
    return root, bisect_left(_assignments_of(Same(recording)).get(root, []), producer)


@functools.lru_cache(maxsize=2)
def _assignments_of(same: Same) -> dict[int, list[int]]:
    """List, for each variable, the ops that gave it a value, in their order."""
    (recording,) = same.objects
    ops: dict[int, list[int]] = {}
    for assignment in recording.assignments:
        if assignment.op is not None:
            ops.setdefault(assignment.variable, []).append(assignment.op)
    return ops


def _read_by_backward_passes(recording: Recording, calls: list[GradientCall], *, of_shapes: bool) -> set[int]:
    return {
        tensor
        for call in calls
        for op in recording.ops[call.started_at : call.ended_at]
        if op.made_by == call.id and (op.type in SHAPE_TYPES) == of_shapes
        for tensor in op.inputs
    }


def _has_own_gradient(op: Op) -> bool:
    return bool(op.attributes.get("custom_gradient")) or op.type.startswith("__")


def _left_out(recording: Recording, tape: Tape, block: tuple[Op, ...]) -> Iterable[LeftOut]:
    for op in block:
        if op.made_by is not None or op.type in _UNASKED:
            continue
        reason = reason_not_recorded(recording, tape, op)
        if reason:
            yield LeftOut(op=op.id, reason=reason)


def _ending(recording: Recording, tape: Tape, calls: list[GradientCall]) -> str:
    if tape.released_at is None:
        return "still held at the end" if calls else "never asked for a gradient, still held at the end"
    if not tape.persistent:
        by = next((call for call in calls if call.ended_at == tape.released_at), None)
        return f"released by the gradient call on line {by.line}" if by and by.line else "released by its gradient call"
    before = next((op.line for op in reversed(recording.ops[: tape.released_at]) if op.line), None)
    return "let go" if before is None else f"let go after line {before}"
