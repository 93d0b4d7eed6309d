"""Numbers as a lecturer writes them on the board: four significant digits, a true minus sign, no ``1.0000000e+00``."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from tapeviz.model.identity import Same
from tapeviz.model.tensor import TensorValue, TouchedRows

THIN_SPACE = "\u2009"
MINUS = "−"
MAX_MATRIX_SIDE = 6
"""The longest side of a tensor that is written out number by number."""

MAX_INLINE_LENGTH = 4
"""The longest vector that is written within a line of text."""

CELLS_KEPT = 1024
_SMALLEST_PLAIN = 1e-4
_SMALLEST_GROUPED = 9_999.5
_SMALLEST_HUGE = 9_999_999.5
_POWER = re.compile(r"×10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)")
_LINE_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_LATEX = {MINUS: "-", THIN_SPACE: r"\,", "∞": r"\infty", "NaN": r"\mathrm{NaN}"}
_SUPERSCRIPTS = str.maketrans("0123456789-−.", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻·")


def format_number(x: Any) -> str:
    """Write one number: ``18.00``, ``0.7311``, ``12 345``, ``1.2×10⁻⁵``, ``−∞``, ``True``, ``1.000+2.000i``.

    Parameters
    ----------
    x : bool, int, float, complex or NumPy scalar
        An integer is written in full, a real number to four significant digits.
    """
    plain = _plain(x)
    if isinstance(plain, bool):
        return str(plain)
    if isinstance(plain, int):
        return _grouped(plain)
    if isinstance(plain, complex):
        return _joined(format_number(plain.real), format_number(plain.imag))
    return _format_real(plain)


def format_factor(x: Any) -> str:
    """Write a number as short as it can be, for use within a symbol: ``3``, ``0.5``, ``−2``, ``0.3333``."""
    mantissa, times, power = format_number(x).partition("×")
    if "." in mantissa and "i" not in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return mantissa + times + power


def format_full(x: Any) -> str:
    """Write a number, or every number of a value, with all the digits it takes to tell it from its neighbours."""
    if x is None:
        return ""
    if isinstance(x, TensorValue):
        return _format_full_value(x)
    plain = _plain(x)
    if isinstance(plain, complex):
        return _joined(format_full(x.real), format_full(x.imag))
    if not isinstance(plain, float):
        return format_number(plain)
    if not math.isfinite(plain):
        return _format_real(plain)
    digits = np.format_float_positional if _is_positional(plain) else np.format_float_scientific
    mantissa, has_exponent, exponent = digits(x, trim="0").partition("e")
    power = f"×10{superscript(int(exponent))}" if has_exponent else ""
    return mantissa.replace("-", MINUS) + power


def format_value(value: TensorValue | None) -> str:
    """Write a tensor within a line: a scalar and a short vector in numbers, a larger one by shape and norm.

    Indexed slices are written by how many rows they touch: ``3 of 1 000 rows``.
    """
    if value is None:
        return ""
    if value.text is not None:
        return value.text
    if value.slices is not None:
        return f"{_grouped(value.slices.touched)} of {_grouped(value.slices.rows)} rows"
    if value.is_whole and len(value.shape) <= 1 and value.size <= MAX_INLINE_LENGTH:
        numbers = [format_number(x) for x in value.array.ravel()]
        return f"[{', '.join(numbers)}]" if value.shape else numbers[0]
    shape = format_shape(value.shape)
    if value.size == 0:
        return f"{shape} · empty"
    norm = norm_of(value)
    return shape if norm is None else f"{shape} · norm {format_number(norm)}"


def format_shape(shape: tuple[int, ...]) -> str:
    """Write a shape: ``scalar``, ``(10)`` for a vector of ten, ``2×3`` for a matrix."""
    if not shape:
        return "scalar"
    return f"({shape[0]})" if len(shape) == 1 else "×".join(str(side) for side in shape)


def matrix_cells(value: TensorValue | None) -> tuple[tuple[str, ...], ...]:
    """Write out a tensor of up to 6 × 6 number by number, a vector as one row; empty for any other."""
    return () if value is None else _cells(Same(value))


@lru_cache(maxsize=CELLS_KEPT)
def _cells(same: Same) -> tuple[tuple[str, ...], ...]:
    """Write a matrix out once: the picture asks for it again at every painting."""
    (value,) = same.objects
    if not value.is_whole or len(value.shape) > 2 or not value.size or value.slices is not None:
        return ()
    if any(side > MAX_MATRIX_SIDE for side in value.shape):
        return ()
    return tuple(tuple(format_number(x) for x in row) for row in np.atleast_2d(value.array))


def touched_cells(value: TensorValue | None) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Write out the rows that indexed slices touch, each with its index, where there are up to 6 × 6 numbers."""
    if value is None or value.slices is None or len(value.slices.indices) != value.slices.touched:
        return ()
    touched = value.slices.values
    rows = matrix_cells(replace(touched, shape=(touched.shape[0], 1)) if len(touched.shape) == 1 else touched)
    return tuple((str(index), row) for index, row in zip(value.slices.indices, rows, strict=False))


def touched_words(slices: TouchedRows) -> str:
    """Name the rows that indexed slices touch: ``4, 7 and 9``, ``1, 2, 3, 4, …``."""
    shown = [_grouped(index) for index in slices.indices[:MAX_INLINE_LENGTH]]
    if slices.touched > MAX_INLINE_LENGTH:
        return f"{', '.join(shown)}, …"
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else "".join(shown)


def superscript(x: float) -> str:
    """Write a number as an exponent: ``²``, ``⁻¹``, ``⁰·⁵``."""
    return format_factor(x).translate(_SUPERSCRIPTS)


def latex_of_numbers(text: str) -> str:
    """Turn numbers and signs as they are shown (``6 − 2.7×10⁻⁵``) into LaTeX."""
    text = _POWER.sub(lambda match: rf" \cdot 10^{{{match[1].translate(_LINE_DIGITS)}}}", text)
    for shown, latex in _LATEX.items():
        text = text.replace(shown, latex)
    return text


def _plain(x: Any) -> bool | int | float | complex:
    if isinstance(x, np.generic):
        x = x.item()
    if isinstance(x, bool | int | float | complex):
        return x
    raise TypeError(f"{type(x).__name__} is no number")


def _format_real(x: float) -> str:
    if math.isnan(x):
        return "NaN"
    sign = MINUS if x < 0 else ""
    size = abs(x)
    if math.isinf(size):
        return f"{sign}∞"
    if size == 0:
        return "0.000"
    if size >= _SMALLEST_HUGE or size < _SMALLEST_PLAIN:
        return sign + _scientific(size)
    if size >= _SMALLEST_GROUPED:
        return sign + _grouped(round(size))
    digits = f"{size:#.4g}".removesuffix(".")
    return sign + (_grouped(int(digits)) if "." not in digits else digits)


def _scientific(size: float) -> str:
    mantissa, exponent = f"{size:.3e}".split("e")
    shortened = mantissa.rstrip("0")
    return f"{shortened}{'0' if shortened.endswith('.') else ''}×10{superscript(int(exponent))}"


def _grouped(x: int) -> str:
    return f"{x:,}".replace(",", THIN_SPACE).replace("-", MINUS)


def _joined(real: str, imaginary: str) -> str:
    sign = "" if imaginary.startswith(MINUS) else "+"
    return f"{real}{sign}{imaginary}i"


def _is_positional(x: float) -> bool:
    return x == 0 or _SMALLEST_PLAIN <= abs(x) < 1e16


def _format_full_value(value: TensorValue) -> str:
    if value.text is not None:
        return value.text
    if not value.is_whole:
        return format_value(value)
    return _nested(value.array)


def _nested(array: np.ndarray[Any, Any]) -> str:
    if not array.ndim:
        return format_full(array[()])
    return f"[{', '.join(_nested(part) if part.ndim else format_full(part) for part in array)}]"


def bracketed(text: str) -> str:
    """Write a number as a factor after a sign of multiplication: a negative one in brackets."""
    return f"({text})" if text.startswith(MINUS) else text


def norm_of(value: TensorValue) -> float | None:
    """Return the Euclidean norm of all elements, None where it is not known or there is none."""
    if value.summary is not None:
        return value.summary.norm
    if not value.is_whole or value.array.dtype.kind not in "iufc":
        return None
    array = value.array
    return float(np.linalg.norm(array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)))
