"""From TensorFlow's tensors to the values that a recording keeps."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from tapeviz.engine import tap
from tapeviz.model.tensor import MAX_INLINE_ELEMENTS, TensorValue, TouchedRows, value_of_array

Array = npt.NDArray[Any]

_ENCODINGS: dict[Any, str] = {}
MAX_TOUCHED_ROWS = 64
"""Of a sparse gradient that touches more rows, the first ones are kept beside the whole."""

_MADE_IDS = itertools.count(-1, -1)


class MadeTensor:
    """A tensor that TensorFlow stands for without making it: a sparse gradient written out, a seed of ones."""

    def __init__(self, array: Array, dtype: Any, slices: TouchedRows | None = None) -> None:
        self.slices = slices
        self._id = next(_MADE_IDS)
        self.array = array
        self.dtype = dtype
        self.shape = array.shape


class CondensedTensor:
    """What is left of a large tensor whose numbers were let go: its value, summarised."""

    def __init__(self, tensor: Any, value: TensorValue) -> None:
        self._id = tensor._id
        self.dtype = tensor.dtype
        self.shape = value.shape
        self.value = value


def is_large(tensor: Any) -> bool:
    """Whether a tensor holds so many numbers that a recording shows a summary of them."""
    if isinstance(tensor, tap.IndexedSlices):
        return True
    if type(tensor) is tap.EagerTensor:
        return bool(tensor.dtype in tap.COMMON_DTYPES and tensor._num_elements() > MAX_INLINE_ELEMENTS)
    return type(tensor) is MadeTensor and tensor.array.size > MAX_INLINE_ELEMENTS


def condensed(tensor: Any) -> CondensedTensor | MadeTensor:
    """Summarise a large tensor and let its numbers go; small indexed slices are written out."""
    if isinstance(tensor, tap.IndexedSlices):
        tensor = written_out(tensor)
    return CondensedTensor(tensor, value_of(tensor)) if is_large(tensor) else tensor


def written_out(slices: Any) -> MadeTensor:
    """Write a sparse gradient (``tf.IndexedSlices``) out as the dense tensor it stands for."""
    dense = _dense(slices)
    return MadeTensor(dense, slices.dtype, _touched(slices, dense))


def _touched(slices: Any, dense: Array) -> TouchedRows | None:
    """Say which rows of the dense tensor the slices touch; None where that is no tensor of rows."""
    if not dense.ndim or not dense.size:
        return None
    pieces = array_of(slices.indices).reshape(-1)
    touched = np.unique(pieces)
    kept = touched[: max(1, min(MAX_TOUCHED_ROWS, MAX_INLINE_ELEMENTS * len(dense) // dense.size))]
    return TouchedRows(
        rows=len(dense),
        touched=len(touched),
        pieces=len(pieces),
        indices=tuple(int(index) for index in kept),
        values=value_of_array(dense[kept]),
    )


def holds_numbers(tensor: Any) -> bool:
    """Whether there are numbers in a tensor, or in the variable that a handle stands for: a text has no derivative."""
    dtype, _ = tap.held_by(tensor) or (tensor.dtype, ())
    return dtype not in (tap.RESOURCE, tap.VARIANT) and _numpy_dtype(dtype).kind not in "OSUV"


def ones_like(tensor: Any) -> MadeTensor:
    """Make the seed that a backward pass begins with where none is given; for a handle, one like its variable."""
    dtype, shape = tap.held_by(tensor) or (tensor.dtype, tuple(tensor.shape))
    return MadeTensor(np.ones(shape, _numpy_dtype(dtype)), dtype)


def zeros_like(tensor: Any) -> MadeTensor:
    """Make what stands for an unconnected source; one zero stands for all."""
    dtype, _ = tap.held_by(tensor) or (tensor.dtype, ())
    return MadeTensor(np.zeros((), _numpy_dtype(dtype)), dtype)


def array_of(tensor: Any) -> Array:
    """Return the numbers of a tensor, of indexed slices (written out), without copying.

    Formats that NumPy has no name for (``bfloat16``, the 8-bit floats) come as float32.

    Raises
    ------
    TypeError
        Where the tensor holds no numbers.
    """
    if type(tensor) is MadeTensor:
        return tensor.array
    if type(tensor) is CondensedTensor:
        raise TypeError("the numbers of this tensor were let go")
    if isinstance(tensor, tap.IndexedSlices):
        return _dense(tensor)
    try:
        array = np.asarray(tensor._numpy())
    except Exception as error:
        raise TypeError(f"a tensor of dtype {tensor.dtype.name} holds no numbers") from error
    if array.dtype.kind == "V" or array.dtype.num >= _FIRST_FOREIGN:
        return array.astype(np.float32)
    if array.dtype.kind in "OSU":
        raise TypeError("a tensor of strings holds no numbers")
    return array


def value_of(tensor: Any) -> TensorValue:
    """Pack the value of a tensor; one that holds no numbers gets a text in their place."""
    if type(tensor) is CondensedTensor:
        return tensor.value
    if type(tensor) is MadeTensor and tensor.slices is not None:
        return replace(value_of_array(tensor.array), slices=tensor.slices)
    numbers = tensor._numpy() if type(tensor) is tap.EagerTensor and tensor.dtype in tap.COMMON_DTYPES else None
    if numbers is None:
        try:
            numbers = array_of(tensor)
        except TypeError:
            return TensorValue(encoding="", shape=_shape(tensor), data=None, text=_text(tensor))
    if numbers.size > MAX_INLINE_ELEMENTS:
        return value_of_array(numbers)
    dtype = numbers.dtype
    encoding = _ENCODINGS.get(dtype)
    if encoding is None:
        encoding = _ENCODINGS[dtype] = dtype.str
    return TensorValue(encoding=encoding, shape=numbers.shape, data=numbers.tobytes())


def _dense(slices: Any) -> Array:
    values, indices = array_of(slices.values), array_of(slices.indices)
    if slices.dense_shape is not None:
        shape = tuple(int(length) for length in array_of(slices.dense_shape))
    else:
        shape = (int(indices.max(initial=-1)) + 1, *values.shape[1:])
    dense = np.zeros(shape, values.dtype)
    np.add.at(dense, indices, values)
    return dense


def _shape(tensor: Any) -> tuple[int, ...]:
    return tuple(tensor.shape) if tensor.shape.rank is not None else ()


def _text(tensor: Any) -> str:
    if tensor.dtype.name == "string":
        return repr([_decoded(text) for text in np.ravel(tensor._numpy())[:_MAX_TEXTS]])
    return str(tensor.dtype.name)


def _decoded(text: Any) -> str:
    return text.decode(errors="replace") if isinstance(text, bytes) else str(text)


_MAX_TEXTS = 16
_FIRST_FOREIGN = 256


def _numpy_dtype(dtype: Any) -> Any:
    found = np.dtype(dtype.as_numpy_dtype)
    return np.dtype(np.float32) if found.num >= _FIRST_FOREIGN else found
