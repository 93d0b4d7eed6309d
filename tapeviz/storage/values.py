"""The numbers of a tensor as JSON, and back, without losing a bit.

Numbers are JSON numbers, booleans JSON booleans, a complex number is ``{"re": …, "im": …}``; a NaN or an infinity is
the string ``"NaN"``, ``"Infinity"`` or ``"-Infinity"``. Beside the numbers stands ``value_form``, which says how they
lie in memory; its ``bits`` are there only where JSON cannot tell the value (the payload of a NaN).
"""

from __future__ import annotations

import base64
import math
from dataclasses import asdict
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from tapeviz.model.tensor import TensorSummary, TensorValue

Json = Any
"""What a JSON document is made of: dictionaries, lists, strings, numbers, booleans and None."""


class StoredSummary(msgspec.Struct, kw_only=True):
    """A `TensorSummary` as it stands in a file, where infinities are strings."""

    min: float | str | None
    max: float | str | None
    mean: float | str | None
    std: float | str | None
    norm: float | str | None
    nan_count: int
    inf_count: int


class StoredForm(msgspec.Struct, kw_only=True):
    """How a value lies in memory: NumPy's name of the layout, the shape, and what the numbers alone cannot tell."""

    encoding: str
    shape: tuple[int, ...]
    bits: str | None = None
    text: str | None = None
    preview: StoredValue | None = None


class StoredValue(msgspec.Struct, kw_only=True):
    """A value as it stands in a file; `value_form` is None where there was no value at all."""

    value: Any = None
    summary: StoredSummary | None = None
    value_form: StoredForm | None = None


def json_number(number: float | None) -> Json:
    """Give a number as JSON can hold it: infinities and NaN by name."""
    if number is None or math.isfinite(number):
        return number
    if math.isnan(number):
        return "NaN"
    return "Infinity" if number > 0 else "-Infinity"


def nested(value: TensorValue | None) -> Json:
    """Give the elements of a value as nested lists (a bare number for a scalar), or None where they are not here."""
    if value is None or value.data is None:
        return None
    array = value.array
    if array.dtype.kind in "biu":
        return array.tolist()
    if array.dtype.kind == "f":
        return array.tolist() if np.isfinite(array).all() else _each(array.tolist(), json_number)
    return _each(array.tolist(), lambda number: {"re": json_number(number.real), "im": json_number(number.imag)})


def _has_nan(value: TensorValue) -> bool:
    array = value.array
    return array.dtype.kind in "fc" and bool(np.isnan(array).any())


def _each(lists: Json, convert: Any) -> Json:
    return [_each(element, convert) for element in lists] if isinstance(lists, list) else convert(lists)


def value_fields(value: TensorValue | None) -> dict[str, Json]:
    """Give the three fields by which a value stands in the JSON form: ``value``, ``summary``, ``value_form``."""
    if value is None:
        return {"value": None, "summary": None, "value_form": None}
    numbers = nested(value)
    summary = value.summary and {key: json_number(number) for key, number in asdict(value.summary).items()}
    form: dict[str, Json] = {"encoding": value.encoding, "shape": list(value.shape)}
    if value.data is not None and _has_nan(value) and _packed(numbers, value.encoding, value.shape) != value.data:
        form["bits"] = base64.b64encode(value.data).decode("ascii")
    if value.text is not None:
        form["text"] = value.text
    if value.preview is not None:
        form["preview"] = value_fields(value.preview)
    return {"value": numbers, "summary": summary, "value_form": form}


def value_of(stored: StoredValue) -> TensorValue | None:
    """Rebuild a value from its JSON form.

    Raises
    ------
    ValueError
        Where the numbers do not fit the shape or the layout that is claimed for them.
    """
    form = stored.value_form
    if form is None:
        return None
    data = None
    if form.bits is not None:
        data = base64.b64decode(form.bits, validate=True)
        if len(data) != math.prod(form.shape) * numeric_layout(form.encoding).itemsize:
            raise ValueError("the bits of a value do not fit its shape")
    elif stored.value is not None:
        data = _packed(stored.value, form.encoding, form.shape)
    return TensorValue(
        encoding=form.encoding,
        shape=form.shape,
        data=data,
        summary=None if stored.summary is None else _summary_of(stored.summary),
        preview=None if form.preview is None else value_of(form.preview),
        text=form.text,
    )


def numeric_layout(encoding: str) -> np.dtype[Any]:
    """Give the layout that `encoding` names; a ValueError where it is not one of plain numbers."""
    try:
        layout = np.dtype(encoding)
    except (TypeError, SyntaxError) as error:
        raise ValueError(f"unknown layout {encoding[:40]!r}") from error
    if layout.kind not in "biufc" or layout.str != encoding:
        raise ValueError(f"unknown layout {encoding[:40]!r}")
    return layout


def _summary_of(stored: StoredSummary) -> TensorSummary:
    def number(stored_number: float | str | None) -> float | None:
        return None if stored_number is None else float(stored_number)

    return TensorSummary(
        min=number(stored.min),
        max=number(stored.max),
        mean=number(stored.mean),
        std=number(stored.std),
        norm=number(stored.norm),
        nan_count=stored.nan_count,
        inf_count=stored.inf_count,
    )


def _packed(numbers: Json, encoding: str, shape: tuple[int, ...]) -> bytes:
    """Lay nested lists of numbers out in memory, in C order."""
    layout = numeric_layout(encoding)
    if layout.kind == "c":
        numbers = _each(numbers, lambda pair: complex(float(pair["re"]), float(pair["im"])))
    array: npt.NDArray[Any] = np.array(numbers, dtype=layout)
    if 0 in shape and not array.size:
        return b""
    if array.shape != shape:
        raise ValueError("the numbers of a value do not fit its shape")
    return array.tobytes()
