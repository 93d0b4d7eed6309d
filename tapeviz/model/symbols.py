"""Symbols of ops with a scalar constant folded into them: ``3×``, ``( )²``, ``+ 1``, ``1 −``."""

from __future__ import annotations

from typing import Any

from tapeviz.model.numbers import format_factor, superscript
from tapeviz.model.rules import symbol_of

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
