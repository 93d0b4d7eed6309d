"""Looking up what a folded lap held: its values in the stacks, and where its things would stand had it been kept."""

from __future__ import annotations

import functools
import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from tapeviz.model.folds import Fold, Laps, Moment, Stack
from tapeviz.model.identity import Same
from tapeviz.model.recording import Recording, Tensor
from tapeviz.model.tensor import TensorValue

Rows = tuple[npt.NDArray[np.int64], npt.NDArray[Any]]
"""Whole values: which places or iterations they are of, in order, and a matrix with one flattened value in each row."""

NOT_KEPT = "not kept of this iteration"
"""What stands for a value that there was no room for."""


@dataclass(frozen=True, slots=True)
class FoldedLaps:
    """The folded laps of one template: runs of numbers, in order."""

    fold: Fold
    runs: tuple[Laps, ...]
    _firsts: tuple[int, ...]
    _before: dict[int, list[int]] = field(default_factory=dict)

    def place(self, lap: int, stride: int) -> int | None:
        """Say at which place a stack of this stride holds a lap's value; None where it does not."""
        if lap % stride:
            return None
        run = bisect_right(self._firsts, lap) - 1
        return self._counts(stride)[run] + _multiples(self._firsts[run], lap, stride)

    def kept(self, stride: int) -> int:
        """Count the values that a stack of this stride holds."""
        return self._counts(stride)[-1]

    def numbers(self) -> npt.NDArray[np.int64]:
        """List the numbers of the laps, in order."""
        parts = [np.arange(run.first, run.first + run.count) for run in self.runs]
        return np.concatenate([*parts, np.zeros(0, np.int64)]).astype(np.int64)

    def _counts(self, stride: int) -> list[int]:
        if stride not in self._before:
            counts = [_multiples(run.first, run.first + run.count, stride) for run in self.runs]
            self._before[stride] = list(accumulate(counts, initial=0))
        return self._before[stride]


def _multiples(start: int, end: int, stride: int) -> int:
    """Count the multiples of `stride` from `start` on, below `end`."""
    return (end - 1) // stride - (start - 1) // stride


class LapBook:
    """The laps of a recording by their numbers. To be had from `laps_of`."""

    def __init__(self, recording: Recording) -> None:
        self.runs = recording.laps
        self._firsts = [laps.first for laps in recording.laps]
        self._folds = recording.folds
        folded: dict[int, list[Laps]] = {}
        for laps in recording.laps:
            if laps.at is not None:
                folded.setdefault(laps.fold, []).append(laps)
        self.folded = {
            fold: FoldedLaps(recording.folds[fold], tuple(runs), tuple(laps.first for laps in runs))
            for fold, runs in folded.items()
        }

    def laps_at(self, lap: int) -> Laps | None:
        """Find the run of laps that a lap belongs to; None where the recording says nothing of it."""
        place = bisect_right(self._firsts, lap) - 1
        if place < 0:
            return None
        laps = self.runs[place]
        return laps if lap < laps.first + laps.count else None

    def value(self, stack: Stack, fold: int, lap: int) -> TensorValue | None:
        """Give the value that a stack of a fold holds of a lap; None where it was not kept."""
        place = self.folded[fold].place(lap, stack.stride)
        return None if place is None else value_in(stack, place)


@functools.lru_cache(maxsize=4)
def _book(same: Same) -> LapBook:
    (recording,) = same.objects
    return LapBook(recording)


def laps_of(recording: Recording) -> LapBook:
    """Give the laps of a recording; the work is done once for each."""
    return _book(Same(recording))


def value_in(stack: Stack, place: int) -> TensorValue:
    """Give the value at a place of a stack."""
    if stack.values:
        return stack.values[place]
    size = bytes_each(stack)
    return TensorValue(encoding=stack.encoding, shape=stack.shape, data=stack.data[place * size : (place + 1) * size])


def missing(shape: tuple[int, ...]) -> TensorValue:
    """Give what stands for a value that was not kept."""
    return TensorValue(encoding="", shape=shape, data=None, text=NOT_KEPT)


def with_value(tensor: Tensor, value: TensorValue | None) -> Tensor:
    """Give a tensor another value; what was said of its rows goes with the old one."""
    return Tensor(
        id=tensor.id,
        name=tensor.name,
        role=tensor.role,
        trainable=tensor.trainable,
        dtype=tensor.dtype,
        shape=tensor.shape if value is None else value.shape,
        value=value,
        producer=tensor.producer,
    )


def bytes_each(stack: Stack) -> int:
    """Say how many bytes one value of a stack takes in its `data`."""
    return math.prod(stack.shape) * np.dtype(stack.encoding).itemsize


def elements_of(stack: Stack, element: int) -> npt.NDArray[np.float64]:
    """Give one element (its place in C order) of every value of a stack; see `number_in`."""
    if not stack.values:
        rows = np.frombuffer(stack.data, np.dtype(stack.encoding)).reshape(-1, math.prod(stack.shape))
        return _real(rows[:, element]) if element < rows.shape[1] else np.full(len(rows), np.nan)
    return np.array([number_in(value, element) for value in stack.values])


def number_in(value: TensorValue | None, element: int) -> float:
    """Give one element of a value as a number: NaN where there is none, the magnitude of a complex one."""
    if value is None or value.data is None or not value.encoding or element >= value.size:
        return math.nan
    return float(_real(value.array.reshape(-1)[element : element + 1])[0])


def rows_in(stack: Stack, size: int) -> Rows:
    """Give the values of a stack that are whole and have `size` elements: their places, and a matrix."""
    if not stack.values:
        rows = np.frombuffer(stack.data, np.dtype(stack.encoding)).reshape(-1, max(math.prod(stack.shape), 1))
        return (np.arange(len(rows)), rows) if rows.shape[1] == size else no_rows(size)
    found = [(place, row) for place, value in enumerate(stack.values) if (row := row_of(value, size)) is not None]
    if not found:
        return no_rows(size)
    return np.array([place for place, _ in found]), np.stack([row for _, row in found])


def row_of(value: TensorValue | None, size: int) -> npt.NDArray[Any] | None:
    """Give all elements of a value in C order; None where they are not here or not `size` of them."""
    if value is None or value.data is None or not value.encoding or value.size != size:
        return None
    return value.array.reshape(-1)


def no_rows(size: int) -> Rows:
    """Give what there is where nothing was kept."""
    return np.zeros(0, np.int64), np.zeros((0, size))


def norms_in(stack: Stack) -> npt.NDArray[np.float64]:
    """Give the Euclidean norm of every value of a stack; see `norm_of`."""
    if not stack.values:
        rows = np.frombuffer(stack.data, np.dtype(stack.encoding)).reshape(-1, max(math.prod(stack.shape), 1))
        norms: npt.NDArray[np.float64] = np.linalg.norm(rows.astype(np.float64), axis=1)
        return norms
    return np.array([norm_of(value) for value in stack.values])


def norm_of(value: TensorValue | None) -> float:
    """Give the Euclidean norm of a value, of a summarised one as its summary has it; NaN where there is none."""
    if value is None or not value.encoding:
        return math.nan
    if value.data is not None:
        return float(np.linalg.norm(value.array.astype(np.float64)))
    finite = value.summary is not None and not value.summary.nan_count and not value.summary.inf_count
    return value.summary.norm or 0.0 if finite and value.summary is not None else math.nan


def _real(numbers: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
    return (np.abs(numbers) if np.iscomplexobj(numbers) else numbers).astype(np.float64)


def length_of(fold: Fold) -> Moment:
    """Say how many ops, tapes, calls and assignments one lap has."""
    start, end = fold.start, fold.end
    return Moment(
        op=end.op - start.op,
        tape=end.tape - start.tape,
        call=end.call - start.call,
        assignment=end.assignment - start.assignment,
    )


def folded_runs(laps: Sequence[Laps]) -> Iterator[tuple[Laps, Moment]]:
    """List the runs of folded laps in order, each with its moment."""
    for run in laps:
        if run.at is not None:
            yield run, run.at
