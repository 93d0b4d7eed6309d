"""TensorFlow's scalar ops as expressions of sympy: the rules that the window shows, applied to symbols."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import sympy

from tapeviz.model.plumbing import SHAPE_TYPES
from tapeviz.model.rules import KEEPS_ONE_ELEMENT, rule_of
from tapeviz.model.rules.notation import evaluate, functions_in
from tapeviz.model.rules.rule import letter_of

LARGEST_DENOMINATOR = 1000


def _sigmoid_slope(sigmoid_of_u: Any, argindex: int = 1) -> Any:
    if argindex != 1:
        raise sympy.ArgumentIndexError(sigmoid_of_u, argindex)
    return sigmoid_of_u * (1 - sigmoid_of_u)


def _sigmoid_number(sigmoid_of_u: Any, precision: int) -> Any:
    return (1 / (1 + sympy.exp(-sigmoid_of_u.args[0])))._eval_evalf(precision)


def _softplus_slope(softplus_of_u: Any, argindex: int = 1) -> Any:
    if argindex != 1:
        raise sympy.ArgumentIndexError(softplus_of_u, argindex)
    return sigmoid(softplus_of_u.args[0])


def _softplus_number(softplus_of_u: Any, precision: int) -> Any:
    return sympy.log(1 + sympy.exp(softplus_of_u.args[0]))._eval_evalf(precision)


# Functions of their own, so that their derivatives read σ(u)·(1 − σ(u)) and σ(u), not as quotients of exponentials.
sigmoid = type("sigmoid", (sympy.Function,), {"fdiff": _sigmoid_slope, "_eval_evalf": _sigmoid_number})
softplus = type("softplus", (sympy.Function,), {"fdiff": _softplus_slope, "_eval_evalf": _softplus_number})

FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abs": sympy.Abs,
    "sign": sympy.sign,
    "sqrt": sympy.sqrt,
    "exp": sympy.exp,
    "log": sympy.log,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tan": sympy.tan,
    "asin": sympy.asin,
    "acos": sympy.acos,
    "atan": sympy.atan,
    "atan2": sympy.atan2,
    "sinh": sympy.sinh,
    "cosh": sympy.cosh,
    "tanh": sympy.tanh,
    "asinh": sympy.asinh,
    "acosh": sympy.acosh,
    "atanh": sympy.atanh,
    "sigmoid": sigmoid,
    "softplus": softplus,
    "erf": sympy.erf,
}

_PASSING = frozenset({"Identity", "Snapshot", "EnsureShape", "PreventGradient", "Cast"})

FORMULAS = {
    "Softplus": "softplus(u)",
    "SigmoidGrad": "v * u * (1 - u)",
    "TanhGrad": "v * (1 - u**2)",
    "SqrtGrad": "v / (2 * u)",
    "RsqrtGrad": "-v * u**3 / 2",
    "ReciprocalGrad": "-v * u**2",
    "InvGrad": "-v * u**2",
    "SoftplusGrad": "u * sigmoid(v)",
    "SoftsignGrad": "u / (1 + abs(v))**2",
}
"""What takes the place of a rule's own formula, and the fused ops of TensorFlow's backward pass: a second derivative
is taken through them."""

_GATED = frozenset(
    {"Maximum", "Minimum", "Relu", "Relu6", "LeakyRelu", "Elu", "Selu", "ClipByValue", "SelectV2", "Select"}
)
_JUMPING = frozenset({"FloorMod"})


def is_gate(op_type: str) -> bool:
    """Whether the op decides by a comparison what it computes."""
    return op_type in _GATED or op_type == "ReluGrad"


def is_blocking(op_type: str) -> bool:
    """Whether nothing goes back through the op."""
    rule = rule_of(op_type)
    return op_type in SHAPE_TYPES or (rule is not None and rule.manner == "blocking")


def apply(op_type: str, inputs: Sequence[Any]) -> Any | None:
    """Apply an op to symbols; None where it is not known, or works on more than single elements."""
    if op_type in _PASSING or op_type in KEEPS_ONE_ELEMENT:
        return inputs[0]
    formula = FORMULAS.get(op_type)
    rule = rule_of(op_type)
    if formula is None and rule is not None and rule.is_elementwise and op_type not in _JUMPING:
        if rule.is_variadic:
            return sympy.Add(*inputs)
        formula = rule.forward
    if formula is None or not functions_in(formula) <= FUNCTIONS.keys():
        return None
    return evaluate(formula, {letter_of(index): value for index, value in enumerate(inputs)}, FUNCTIONS)


def choose(op_type: str, inputs: Sequence[Any], numbers: Sequence[float], slope: float) -> tuple[Any, str]:
    """Follow the branch that a gate took at these numbers.

    Parameters
    ----------
    inputs : sequence of expressions
    numbers : sequence of float
        The primals by which TensorFlow decided.
    slope : float
        The slope of a leaky gate for negative numbers.

    Returns
    -------
    expression, str
        What the gate computed on its branch, and the condition as an expression of `notation` in u, v, w.
    """
    u, *others = inputs
    match op_type:
        case "Maximum":
            return (u, "u >= v") if numbers[0] >= numbers[1] else (others[0], "u < v")
        case "Minimum":
            return (u, "u <= v") if numbers[0] <= numbers[1] else (others[0], "u > v")
        case "ReluGrad":
            return (u, "v > 0") if numbers[1] > 0 else (sympy.Integer(0), "v <= 0")
        case "Relu" | "LeakyRelu" | "Elu" | "Selu":
            return _rectified(op_type, u, numbers[0], slope)
        case "Relu6":
            return _clipped(u, sympy.Integer(0), sympy.Integer(6), (numbers[0], 0.0, 6.0), ("0", "6"))
        case "ClipByValue":
            low, high = others
            return _clipped(u, low, high, (numbers[0], numbers[1], numbers[2]), ("v", "w"))
    return others[0 if numbers[0] else 1], ""


def _rectified(op_type: str, u: Any, number: float, slope: float) -> tuple[Any, str]:
    if number > 0:
        scale = sympy.Float(1.0507009873554805) if op_type == "Selu" else 1
        return scale * u, "u > 0"
    branches = {
        "Relu": sympy.Integer(0),
        "LeakyRelu": number_of(slope, "float32") * u,
        "Elu": sympy.exp(u) - 1,
        "Selu": sympy.Float(1.7580993408473766) * (sympy.exp(u) - 1),
    }
    return branches[op_type], "u <= 0"


def _clipped(
    u: Any, low: Any, high: Any, numbers: tuple[float, float, float], bounds: tuple[str, str]
) -> tuple[Any, str]:
    value, least, most = numbers
    if value < least:
        return low, f"u < {bounds[0]}"
    return (high, f"u > {bounds[1]}") if value > most else (u, f"{bounds[0]} <= u <= {bounds[1]}")


def number_of(value: float, dtype: str) -> Any:
    """Read a number as it was meant: 0.1 in single precision is 1/10, 3.1415927 is π; any other keeps its digits."""
    kind = np.dtype(dtype) if dtype in {"float16", "float32", "float64"} else np.dtype("float64")
    if not math.isfinite(value):
        return sympy.Float(value)
    for known, symbol in ((math.pi, sympy.pi), (math.e, sympy.E)):
        if kind.type(known) == kind.type(value):
            return symbol
    meant = sympy.Rational(np.format_float_positional(kind.type(value), unique=True, trim="-"))
    if meant.q <= LARGEST_DENOMINATOR:
        return meant
    near = meant.limit_denominator(12)
    return near if kind.type(float(near)) == kind.type(value) else sympy.Float(float(meant))
