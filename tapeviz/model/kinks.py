"""Where functions have a kink or a step: ReLU and |x| at 0, ties in max, floor at an integer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tapeviz.model.recording import AttributeValue

Array = npt.NDArray[Any]
Attributes = Mapping[str, AttributeValue]


def kink_of(
    op_type: str, inputs: Sequence[Array], output_dtype: npt.DTypeLike, attributes: Attributes
) -> tuple[int, str] | None:
    """Say at how many elements an op stands at a kink, and how: ``its input is 0``; None where it stands at none.

    Parameters
    ----------
    op_type : str
    inputs : sequence of array
        The recorded values of the op's inputs.
    output_dtype : dtype of its first output
        A cast to integers is a step function.
    attributes : mapping
    """
    if op_type == "Cast":
        return _at(_is_whole(inputs[0]), _STEP) if np.dtype(output_dtype).kind in "iu" else None
    for op_types, test in _TESTS:
        if op_type in op_types:
            return test(inputs, attributes)
    return None


def _at(places: Array, words: str) -> tuple[int, str] | None:
    count = int(np.count_nonzero(places))
    return (count, words) if count else None


def _is_whole(values: Array) -> Array:
    return np.asarray(values == np.round(values))


_ZERO = "its input is 0"
_STEP = "its input is an integer, where it steps"
_TIE = "its inputs are equal"


def _at_zero(inputs: Sequence[Array], _: Attributes) -> tuple[int, str] | None:
    return _at(inputs[0] == 0, _ZERO)


def _at_zero_or_six(inputs: Sequence[Array], _: Attributes) -> tuple[int, str] | None:
    return _at(inputs[0] == 0, _ZERO) or _at(inputs[0] == 6, "its input is 6")


def _at_integer(inputs: Sequence[Array], _: Attributes) -> tuple[int, str] | None:
    return _at(_is_whole(inputs[0]), _STEP)


def _at_half(inputs: Sequence[Array], _: Attributes) -> tuple[int, str] | None:
    return _at(_is_whole(inputs[0] - 0.5), "its input lies halfway between two integers, where it steps")


def _at_multiple(inputs: Sequence[Array], _: Attributes) -> tuple[int, str] | None:
    with np.errstate(all="ignore"):
        return _at(_is_whole(inputs[0] / inputs[1]), "its first input is a multiple of the second, where it steps")


def _at_equal(inputs: Sequence[Array], _: Attributes) -> tuple[int, str] | None:
    return _at(np.equal(inputs[0], inputs[1]), _TIE)


def _at_bound(inputs: Sequence[Array], _: Attributes) -> tuple[int, str] | None:
    return _at((inputs[0] == inputs[1]) | (inputs[0] == inputs[2]), "its input is at the bound")


def _at_largest(inputs: Sequence[Array], _: Attributes) -> tuple[int, str] | None:
    return _tied(inputs, inputs[0], "largest")


def _at_smallest(inputs: Sequence[Array], _: Attributes) -> tuple[int, str] | None:
    return _tied(inputs, -inputs[0], "smallest")


def _tied(inputs: Sequence[Array], values: Array, which: str) -> tuple[int, str] | None:
    axes = tuple(int(axis) for axis in np.ravel(inputs[1])) if len(inputs) > 1 else tuple(range(values.ndim))
    count = (values == values.max(axis=axes, keepdims=True)).sum(axis=axes) if values.size and values.ndim else 0
    most = int(np.max(count, initial=0))
    return (int(np.count_nonzero(np.greater(count, 1))), f"{most} of its inputs are the {which}") if most > 1 else None


_Test = Callable[[Sequence[Array], Attributes], tuple[int, str] | None]
_TESTS: tuple[tuple[frozenset[str], _Test], ...] = (
    (frozenset({"Relu", "LeakyRelu", "Selu", "Elu", "Abs", "Sign", "Sqrt", "Rsqrt", "Pow", "EuclideanNorm"}), _at_zero),
    (frozenset({"Relu6"}), _at_zero_or_six),
    (frozenset({"Floor", "Ceil"}), _at_integer),
    (frozenset({"Round", "Rint"}), _at_half),
    (frozenset({"FloorMod", "FloorDiv", "Mod", "TruncateMod", "TruncateDiv"}), _at_multiple),
    (
        frozenset({"Maximum", "Minimum", "Greater", "GreaterEqual", "Less", "LessEqual", "Equal", "NotEqual"}),
        _at_equal,
    ),
    (frozenset({"ClipByValue"}), _at_bound),
    (frozenset({"Max", "ArgMax"}), _at_largest),
    (frozenset({"Min", "ArgMin"}), _at_smallest),
)
