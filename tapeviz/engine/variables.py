"""Variables: which handle stands for which, what each held when first seen, and every value it was given since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any, Literal, NamedTuple

import numpy as np

from tapeviz.engine import tap
from tapeviz.engine.values import array_of

Kind = Literal["reads", "assigns", "changes", "calls", "other"]

_CHANGES = ("Assign", "ResourceApply", "ResourceSparseApply", "ResourceScatter", "ResourceStridedSliceAssign")
_RANDOM_STATE = ("Stateful", "RngSkip", "RngReadAndSkip")


@dataclass(slots=True, eq=False)
class SeenVariable:
    """One variable.

    `value` is the tensor it held when it was first seen, `current` the one it was last known to hold; None where that
    is not known.
    """

    handle: Any
    dtype: Any
    shape: tuple[int, ...]
    trainable: bool | None
    title: str = ""
    value: Any = None
    current: Any = None


class RawAssignment(NamedTuple):
    """A variable was given `value` (a tensor) by the op with this index."""

    handle: int
    op: int
    value: Any


class VariableBook:
    """Every variable that a run has to do with, by the id of its handle."""

    def __init__(self) -> None:
        self.seen: dict[int, SeenVariable] = {}
        self.assignments: list[RawAssignment] = []
        self._kinds: dict[str | bytes, Kind] = {}

    def kind_of(self, op_type: str | bytes) -> Kind:
        """Say what an op does to the variables among its inputs."""
        kind = self._kinds.get(op_type)
        if kind is None:
            kind = self._kinds[op_type] = _kind(op_type.decode() if isinstance(op_type, bytes) else op_type)
        return kind

    def note(self, variable: Any) -> None:
        """Note a variable object, be it TensorFlow's or Keras'."""
        handle = variable.handle
        seen = self.seen.get(handle._id)
        if seen is None:
            self.seen[handle._id] = SeenVariable(
                handle, variable.dtype, tap.shape_of(variable.shape), bool(variable.trainable), _title(variable)
            )
        elif seen.trainable is None:
            seen.trainable, seen.title = bool(variable.trainable), _title(variable)

    def note_handle(self, handle: Any) -> SeenVariable | None:
        """Note a handle whose variable object was not met; None where it is no variable's."""
        seen = self.seen.get(handle._id)
        if seen is None:
            held = tap.held_by(handle)
            if held is None:
                return None
            seen = SeenVariable(handle, *held, None)
            self.seen[handle._id] = seen
        return seen

    def note_read(self, handle: Any, tensor: Any) -> None:
        """Note what a read gave: the value of a variable that was not seen before."""
        seen = self.note_handle(handle)
        if seen is not None and seen.value is None:
            seen.value = seen.current = tensor

    def note_plain_write(self, handle: Any, value: Any, op: int) -> None:
        """Note that op `op` gave a variable `value`: its first one where it was just created, else a new one."""
        seen = self.note_handle(handle)
        if seen is not None and seen.value is None:
            seen.value = seen.current = value
        elif seen is not None:
            self._assign(seen, op, value)

    def note_write(self, inputs: Any, op: int) -> None:
        """Note that op `op` changed variables in place: what they hold now is read from them."""
        for handle in inputs:
            seen = self.note_handle(handle) if handle.dtype == tap.RESOURCE else None
            if seen is not None:
                self._assign(seen, op, tap.read_variable(handle, seen.dtype))

    def held(self, inputs: Any) -> dict[int, Any]:
        """Return what the variables among `inputs` hold, by the ids of handles; those without a value are left out."""
        found = {}
        for handle in inputs:
            seen = self.note_handle(handle) if handle.dtype == tap.RESOURCE else None
            if seen is not None and seen.current is None and tap.has_value(handle):
                seen.value = seen.current = tap.read_variable(handle, seen.dtype)
            if seen is not None and seen.current is not None:
                found[handle._id] = seen.current
        return found

    def note_call(self, inputs: Any, op: int) -> None:
        """Note which of the variables that a function was given have another value after it."""
        for handle in inputs:
            seen = self.note_handle(handle) if handle.dtype == tap.RESOURCE else None
            if seen is None:
                continue
            value = tap.read_variable(handle, seen.dtype)
            if seen.value is None:
                seen.value = seen.current = value
            elif not _is_same(seen.current, value):
                self._assign(seen, op, value)

    def _assign(self, seen: SeenVariable, op: int, value: Any) -> None:
        seen.current = value
        self.assignments.append(RawAssignment(seen.handle._id, op, value))


def _is_same(old: Any, new: Any) -> bool:
    """Whether a variable still holds what it held: mostly its very memory, which is never written to while held."""
    before, after = array_of(old), array_of(new)
    return before.ctypes.data == after.ctypes.data or np.array_equal(before, after, equal_nan=before.dtype.kind in "fc")


def hidden_reads(caller: FrameType, inputs: Any) -> Iterator[tuple[Any, Any]]:
    """Find the variables that the function which executes an op was given, with the inputs they were read into.

    `caller` is the generated function of the op: its arguments stand in the order of the op's inputs.
    """
    code = caller.f_code
    arguments = caller.f_locals
    tensors = iter(inputs)
    given = [item for name in code.co_varnames[: code.co_argcount] for item in _items(arguments.get(name))]
    if not any(map(_is_variable, given)):
        return
    passed = {id(item) for item in given}
    for item in given:
        if not _is_variable(item):
            continue
        shape, dtype = item.shape, item.dtype
        for tensor in tensors:
            if id(tensor) not in passed and tensor.dtype == dtype and tensor.shape == shape:
                yield item, tensor
                break


def _items(argument: Any) -> Any:
    return argument if isinstance(argument, list | tuple) else (argument,)


def _is_variable(item: Any) -> bool:
    return item is not None and not isinstance(item, _PLAIN) and tap.is_variable(item)


_PLAIN = (int, float, str, bytes, tap.EagerTensor)


def _kind(op_type: str) -> Kind:
    if op_type == "ReadVariableOp":
        return "reads"
    if op_type == "AssignVariableOp":
        return "assigns"
    if op_type.startswith("__"):
        return "calls"
    return "changes" if op_type.startswith((*_CHANGES, *_RANDOM_STATE)) else "other"


def _title(variable: Any) -> str:
    title = str(getattr(variable, "path", None) or variable.name).split(":")[0]
    return "" if title == "Variable" else title
