"""Why a gate let a cotangent through or blocked it: the decision of a piecewise op at these very numbers."""

from __future__ import annotations

from collections.abc import Sequence

from tapeviz.model.numbers import format_number

GATES = frozenset(
    {"Relu", "Relu6", "LeakyRelu", "Elu", "Selu", "ClipByValue", "Maximum", "Minimum", "SelectV2", "Select"}
)
"""Ops that decide by a comparison what their VJP sends."""


def reason_of(op_type: str, inputs: Sequence[float], input_index: int) -> str:
    """Say what decided about one input of a gate: ``2.000 > 0``; empty where there is nothing to say.

    Parameters
    ----------
    op_type : str
    inputs : sequence of float
        The scalar primals.
    input_index : int
        The input that is looked at.
    """
    match op_type:
        case "Relu" | "LeakyRelu" | "Elu" | "Selu":
            return _against_zero(inputs[0])
        case "Relu6":
            return _within(inputs[0], 0.0, 6.0)
        case "ClipByValue":
            return _within(*inputs)
        case "Maximum" | "Minimum":
            return _against(inputs[input_index], inputs[1 - input_index])
        case "SelectV2" | "Select":
            return f"the condition is {bool(inputs[0])}"
    return ""


def _against_zero(value: float) -> str:
    if value > 0:
        return f"{format_number(value)} > 0"
    return f"{format_number(value)} < 0" if value < 0 else "it is exactly 0"


def _within(value: float, low: float, high: float) -> str:
    if value < low:
        return f"{format_number(value)} < {format_number(low)}"
    if value > high:
        return f"{format_number(value)} > {format_number(high)}"
    return f"{format_number(value)} is within bounds"


def _against(value: float, other: float) -> str:
    sign = ">" if value > other else "<" if value < other else "="
    return f"{format_number(value)} {sign} {format_number(other)}"
