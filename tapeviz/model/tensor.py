"""The value of a tensor as it crosses from the worker to the window: whole when small, summarised when not."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

MAX_INLINE_ELEMENTS = 4096
"""A value of up to this many elements travels whole; a larger one is summarised and fetched on demand."""

BLOCK = 1 << 18
"""How many elements are summarised at a time."""

MAX_PREVIEW_SIDE = 32
"""The longest side of the down-sampled picture that stands for a large value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorSummary:
    """What is said of a value that is too large to show whole.

    ``min`` to ``norm`` are taken over the finite elements and are None when there are none.
    """

    min: float | None
    max: float | None
    mean: float | None
    std: float | None
    norm: float | None
    nan_count: int
    inf_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchedRows:
    """What a sparse gradient (``tf.IndexedSlices``) says: a few rows of a large tensor, and nothing of the others.

    `rows` is the length of the first axis, `touched` how many different rows got something, `pieces` how many slices
    came (a row may come twice; then they are summed). `indices` are the first of the touched rows in ascending order,
    `values` what each of them got: shape (len(indices), ...).
    """

    rows: int
    touched: int
    pieces: int
    indices: tuple[int, ...]
    values: TensorValue


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorValue:
    """The numbers of one tensor, immutable and comparable.

    Parameters
    ----------
    encoding : str
        NumPy's name of the layout of `data`, such as ``"<f4"``; empty where the tensor holds no numbers.
    shape : tuple of int
    data : bytes or None
        The elements in C order; None where there are more than `MAX_INLINE_ELEMENTS` or they are no numbers.
    summary : TensorSummary or None
        Present for every numeric value whose `data` is None.
    preview : TensorValue or None
        A small picture (at most 32 × 32) of a value that is too large to travel whole.
    text : str or None
        What stands for a value that holds no numbers (strings, resources).
    slices : TouchedRows or None
        Where TensorFlow had the value as indexed slices; the numbers are then what those stand for.
    """

    encoding: str
    shape: tuple[int, ...]
    data: bytes | None
    summary: TensorSummary | None = None
    preview: TensorValue | None = None
    text: str | None = None
    slices: TouchedRows | None = None

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)

    @property
    def is_whole(self) -> bool:
        """Whether every element is here."""
        return self.data is not None

    @property
    def array(self) -> npt.NDArray[Any]:
        """The elements as a read-only array of `shape`.

        Raises
        ------
        ValueError
            Where the value is not whole.
        """
        if self.data is None:
            raise ValueError("this value is summarised; ask the worker for the whole of it")
        return np.frombuffer(self.data, dtype=np.dtype(self.encoding)).reshape(self.shape)


def summarise(array: npt.NDArray[Any]) -> TensorSummary:
    """Summarise an array of numbers; complex ones by their magnitude.

    The array is read block by block: a copy of all of it in double precision may be what no memory is left for.
    """
    flat = array.reshape(-1)
    counts = np.zeros(3, dtype=np.int64)
    lowest, highest, total, squares = np.inf, -np.inf, 0.0, 0.0
    for start in range(0, flat.size, BLOCK):
        numbers = _real(flat[start : start + BLOCK])
        finite = numbers[np.isfinite(numbers)]
        nan = int(np.isnan(numbers).sum())
        counts += (finite.size, nan, numbers.size - finite.size - nan)
        if finite.size:
            lowest, highest = min(lowest, float(finite.min())), max(highest, float(finite.max()))
            total, squares = total + float(finite.sum()), squares + float(np.square(finite).sum())
    size, nan_count, inf_count = (int(count) for count in counts)
    if not size:
        return TensorSummary(
            min=None, max=None, mean=None, std=None, norm=None, nan_count=nan_count, inf_count=inf_count
        )
    mean = total / size
    return TensorSummary(
        min=lowest,
        max=highest,
        mean=mean,
        std=math.sqrt(_spread(flat, mean) / size),
        norm=math.sqrt(squares),
        nan_count=nan_count,
        inf_count=inf_count,
    )


def _real(block: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    numbers = np.abs(block) if np.iscomplexobj(block) else block
    return numbers.astype(np.float64, copy=False)


def _spread(flat: npt.NDArray[Any], mean: float) -> float:
    """Sum the squared distances from the mean; in a second reading, so that large means lose no digits."""
    spread = 0.0
    for start in range(0, flat.size, BLOCK):
        numbers = _real(flat[start : start + BLOCK])
        spread += float(np.square(numbers[np.isfinite(numbers)] - mean).sum())
    return spread


def value_of_array(array: npt.NDArray[Any]) -> TensorValue:
    """Pack an array of numbers: whole up to `MAX_INLINE_ELEMENTS`, summarised with a preview beyond."""
    if array.size <= MAX_INLINE_ELEMENTS:
        return TensorValue(encoding=array.dtype.str, shape=array.shape, data=array.tobytes())
    return TensorValue(
        encoding=array.dtype.str,
        shape=array.shape,
        data=None,
        summary=summarise(array),
        preview=_preview(array),
    )


def whole_value(array: npt.NDArray[Any]) -> TensorValue:
    """Pack all of an array of numbers, however many there are."""
    return TensorValue(encoding=array.dtype.str, shape=array.shape, data=array.tobytes())


def _preview(array: npt.NDArray[Any]) -> TensorValue:
    rows = array.reshape(-1, array.shape[-1]) if array.ndim > 1 else array.reshape(1, -1)
    picked = rows[_even_sample(rows.shape[0])][:, _even_sample(rows.shape[1])]
    return TensorValue(encoding=picked.dtype.str, shape=picked.shape, data=picked.tobytes())


def _even_sample(length: int) -> npt.NDArray[np.intp]:
    return np.linspace(0, length - 1, min(length, MAX_PREVIEW_SIDE)).astype(np.intp)
