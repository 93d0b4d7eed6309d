"""The values of a loop's iterations, stacked: all of them as long as there is room, then an even sample of them."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

import numpy as np

from tapeviz.engine import tap
from tapeviz.engine.values import value_of
from tapeviz.model.folds import Stack
from tapeviz.model.tensor import MAX_INLINE_ELEMENTS, TensorValue

MAX_SCALAR_ELEMENTS = 16
"""Values of up to this many elements are sampled last of all."""

HUGE_STRIDE = 32
"""Values that are summarised are kept of one lap in so many: to summarise them takes longer than to compute them."""

SCALARS, RESULTS, LARGE, HUGE = range(4)
"""The groups that values are sampled by: scalars; what gradient calls returned and variables were given; others."""

_THINNED_FIRST = (HUGE, LARGE, RESULTS, SCALARS)
_OBJECT_BYTES = 500


class Pile:
    """The stack of one tensor while it grows. It holds nothing as long as the value is the template's each time."""

    __slots__ = ("_data", "_template", "_values", "group", "size")

    def __init__(self, template: TensorValue, *, is_result: bool) -> None:
        self.group = HUGE if template.data is None and template.summary is not None else LARGE
        if template.size <= MAX_SCALAR_ELEMENTS:
            self.group = SCALARS
        elif is_result and template.size <= MAX_INLINE_ELEMENTS:
            self.group = RESULTS
        self.size = 0
        self._template = template
        self._data: bytearray | None = None
        self._values: list[TensorValue] | None = None

    def add(self, tensor: Any, before: int) -> int:
        """Add a lap's value, which `before` kept ones went before; return by how many bytes the stack has grown."""
        old = self.size
        template = self._template.data if self._values is None else None
        value, data = None, None
        if template is not None and type(tensor) is tap.EagerTensor and tensor.dtype in tap.COMMON_DTYPES:
            data = tensor._numpy().tobytes()
            is_alike = len(data) == len(template)
        else:
            value = value_of(tensor)
            form = self._template.encoding, self._template.shape
            data, is_alike = value.data, template is not None and (value.encoding, value.shape) == form
        if is_alike and data is not None:
            self._add_alike(data, before)
        else:
            self._add_other(value_of(tensor) if value is None else value, before)
        return self.size - old

    def _add_alike(self, data: bytes, before: int) -> None:
        assert self._template.data is not None
        if self._data is None:
            if data == self._template.data:
                return
            self._data = bytearray(self._template.data * before)
        self._data += data
        self.size = len(self._data)

    def _add_other(self, value: TensorValue, before: int) -> None:
        if self._values is None:
            if self._data is None and value == self._template:
                return
            self._values = list(self._each(before))
            self._data = None
            self.size = sum(map(_weight, self._values))
        self._values.append(value)
        self.size += _weight(value)

    def _each(self, count: int) -> list[TensorValue]:
        if self._data is None:
            return [self._template] * count
        template, data = self._template, bytes(self._data)
        length = len(template.data or b"")
        return [
            TensorValue(
                encoding=template.encoding, shape=template.shape, data=data[place * length : (place + 1) * length]
            )
            for place in range(count)
        ]

    def thin(self, kept: Any) -> None:
        """Let go all but the values at the places where `kept`, an array, is true."""
        if self._values is not None:
            self._values = [value for value, is_kept in zip(self._values, kept, strict=True) if is_kept]
            self.size = sum(map(_weight, self._values))
        elif self._data is not None and len(kept):
            rows = np.frombuffer(self._data, np.uint8).reshape(len(kept), -1)
            self._data = bytearray(rows[kept].tobytes())
            self.size = len(self._data)

    def stack(self, tensor: int, stride: int) -> Stack | None:
        """Give what was stacked for `tensor`, and let it go; None where there is nothing to tell."""
        data, values = self._data, self._values
        self._data = self._values = None
        if values is not None:
            return Stack(tensor=tensor, stride=stride, values=tuple(values))
        if data is None:
            return None
        return Stack(
            tensor=tensor,
            stride=stride,
            encoding=self._template.encoding,
            shape=self._template.shape,
            data=bytes(data),
        )


class Piles:
    """The stacks of one template: one for each of its slots, then one for each of its assignments."""

    def __init__(self, piles: list[Pile]) -> None:
        self.piles = piles
        self.numbers = array("q")
        self._kept = [0] * 4

    def add(self, number: int, tensors: Sequence[Any], strides: Sequence[int], sizes: list[int]) -> None:
        """Add the values of lap `number`, and what they take to `sizes`, by group."""
        is_kept = [number % stride == 0 for stride in strides]
        kept = self._kept
        for pile, tensor in zip(self.piles, tensors, strict=True):
            group = pile.group
            if is_kept[group]:
                sizes[group] += pile.add(tensor, kept[group])
        self.numbers.append(number)
        for group, is_one in enumerate(is_kept):
            kept[group] += is_one

    def thin(self, group: int, old: int, new: int) -> None:
        """Keep only the laps of every `new`-th number, where those of every `old`-th were kept."""
        numbers = np.frombuffer(self.numbers, np.int64) if self.numbers else np.zeros(0, np.int64)
        kept = numbers[numbers % old == 0] % new == 0
        for pile in self.piles:
            if pile.group == group:
                pile.thin(kept)
        self._kept[group] = int(kept.sum())


class Budget:
    """Sees to it that the stacks of a run stay within `limit` bytes: beyond, every second value of a group goes."""

    def __init__(self, limit: int) -> None:
        self.strides = [1, 1, 1, HUGE_STRIDE]
        self._sizes = [0] * 4
        self._limit = limit

    def add(self, piles: Piles, number: int, tensors: Sequence[Any], every: Sequence[Piles]) -> None:
        """Add the values of lap `number` to `piles`; where that is too much, thin out `every` one."""
        sizes = self._sizes
        piles.add(number, tensors, self.strides, sizes)
        while sum(sizes) > self._limit:
            group = next(group for group in _THINNED_FIRST if sizes[group] > self._limit // 8)
            old = self.strides[group]
            self.strides[group] = 2 * old
            for each in every:
                each.thin(group, old, 2 * old)
            sizes[group] = sum(pile.size for each in every for pile in each.piles if pile.group == group)


def _weight(value: TensorValue) -> int:
    own = len(value.data or b"") + len(value.text or "")
    return own + _OBJECT_BYTES + (len(value.preview.data or b"") if value.preview is not None else 0)
