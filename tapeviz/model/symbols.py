"""Symbols of ops with a scalar constant folded into them: ``3×``, ``( )²``, ``+ 1``, ``1 −``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tapeviz.model.numbers import format_factor, superscript
from tapeviz.model.recording import AttributeValue
from tapeviz.model.rules import symbol_of
from tapeviz.model.tensor import TensorValue

ABSORBING_TYPES = frozenset(
    {
        "Add",
        "AddV2",
        "Div",
        "DivNoNan",
        "Equal",
        "FloorDiv",
        "FloorMod",
        "Greater",
        "GreaterEqual",
        "Less",
        "LessEqual",
        "Maximum",
        "Minimum",
        "Mul",
        "NotEqual",
        "Pow",
        "RealDiv",
        "Sub",
    }
)
"""Binary ops that a scalar constant can be written into."""


def symbol_with_constant(op_type: str, constant: Any, place: int) -> str:
    """Write the symbol of a binary op whose input `place` (0 or 1) is a scalar constant.

    Parameters
    ----------
    op_type : str
        One of `ABSORBING_TYPES`.
    constant : number
    place : int
    """
    number = format_factor(constant)
    if op_type == "Pow":
        return f"( ){_raised(number, constant)}" if place else f"{number}⁽ ⁾"
    symbol = symbol_of(op_type)
    if op_type in {"Maximum", "Minimum"}:
        return f"{symbol}({f' , {number}' if place else f'{number}, '})"
    if op_type == "Mul" and not place:
        return f"{number}{symbol}"
    return f"{symbol} {number}" if place else f"{number} {symbol}"


def _raised(number: str, constant: Any) -> str:
    return f"^{number}" if "×" in number or "i" in number else superscript(constant)


def slice_symbol(bounds: Sequence[TensorValue | None], attributes: Mapping[str, AttributeValue]) -> str:
    """Write a slice as Python does: ``[0]``, ``[:, 1]``, ``[0:2]``; empty where its bounds are not known.

    Parameters
    ----------
    bounds : sequence of TensorValue or None
        Where it begins, where it ends and its strides, a vector of integers each.
    attributes : mapping
        The five masks of TensorFlow's ``StridedSlice``: bit k speaks for the k-th place between the brackets.
    """
    columns = [value.array.tolist() for value in bounds if value is not None and value.is_whole]
    if len(columns) != 3 or not all(isinstance(attributes.get(f"{name}_mask"), int) for name in _SLICE_MASKS):
        return ""
    masks = [_bits(attributes[f"{name}_mask"], len(columns[0])) for name in _SLICE_MASKS]
    places = zip(*columns, *masks, strict=True)
    return f"[{', '.join(_slice_place(*place) for place in places)}]"


_SLICE_MASKS = ("begin", "end", "ellipsis", "new_axis", "shrink_axis")


def _bits(mask: AttributeValue, count: int) -> list[bool]:
    return [bool(mask >> place & 1) if isinstance(mask, int) else False for place in range(count)]


def _slice_place(
    begin: int, end: int, stride: int, is_open: bool, is_endless: bool, is_ellipsis: bool, is_new: bool, is_index: bool
) -> str:
    if is_ellipsis:
        return "…"
    if is_new:
        return "new"
    if is_index:
        return format_factor(begin)
    bounds = f"{'' if is_open else format_factor(begin)}:{'' if is_endless else format_factor(end)}"
    return bounds if stride == 1 else f"{bounds}:{format_factor(stride)}"
