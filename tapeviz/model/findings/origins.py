"""Why an op gives a NaN or an infinity, at the very numbers that it was given, and what the standard mend is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tapeviz.model.findings.numbers import Array
from tapeviz.model.numbers import format_number
from tapeviz.model.recording import Op

FIXES = {
    "log_of_zero": "Keep the argument above 0: tf.math.log(tf.maximum(x, 1e-7)); for log(1 + x) use tf.math.log1p.",
    "log_of_negative": "A logarithm wants a positive argument.",
    "overflow": "Use the form that cannot overflow: tf.nn.softplus, tf.nn.softmax, tf.reduce_logsumexp or tf.sigmoid.",
    "too_large": "The numbers grow beyond what the dtype can hold: take smaller steps, or scale them.",
    "given": "Clean the numbers that the lesson begins with, for instance with tf.where(tf.math.is_nan(x), 0.0, x).",
    "zero_by_zero": "Use tf.math.divide_no_nan, or add a small number to the divisor.",
    "division_by_zero": "Use tf.math.divide_no_nan, or add a small number to the divisor.",
    "root_of_negative": "A root wants an argument that is not negative.",
    "root_at_zero": "Add a small number under the root: tf.sqrt(x + 1e-12).",
    "power": "Keep the base of a power with such an exponent above 0.",
    "where_branch": (
        "Use the double where: choose a harmless argument first, as in tf.where(c, f(tf.where(c, x, 1.0)), other)."
    ),
    "domain": "Keep the argument inside the domain by a small margin: tf.clip_by_value(x, -1 + 1e-6, 1 - 1e-6).",
    "infinite_argument": "Keep infinities out of it: replace them by large numbers, such as x.dtype.min.",
    "other": "Look at the numbers that go into it.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Why it happened: one word, the words after the op's name, and the mend."""

    cause: str
    words: str
    fix: str


def _origin(cause: str, words: str) -> Origin:
    return Origin(cause=cause, words=words, fix=FIXES[cause])


def forward_origin(op: Op, inputs: list[Array | None], output: Array | None) -> Origin:
    """Say why an op made a NaN or an infinity."""
    numbers = _elements(inputs, output)
    if numbers is None:
        return _origin("other", "gives numbers that are not finite")
    given, made = numbers
    result = format_number(made)
    first = given[0] if given else 0.0
    if any(not np.isfinite(number) for number in given):
        return _origin("infinite_argument", f"makes {result} of {' and '.join(map(format_number, given))}")
    match op.type:
        case "Log" | "Xlogy":
            cause = "log_of_zero" if first == 0 else "log_of_negative"
            return _origin(cause, f"takes the logarithm of {format_number(first)}, which is {result}")
        case "Log1p":
            cause = "log_of_zero" if first == -1 else "log_of_negative"
            return _origin(cause, f"takes the logarithm of 1 + {format_number(first)}, which is {result}")
        case "Exp" | "Expm1" | "Sinh" | "Cosh" | "Softplus":
            return _origin(
                "overflow", f"overflows: at {format_number(first)} it is larger than {_dtype(output)} can hold"
            )
        case "RealDiv" | "Div" if len(given) > 1:
            cause = "zero_by_zero" if first == 0 else "division_by_zero"
            return _origin(cause, f"divides {format_number(first)} by {format_number(given[1])}, which is {result}")
        case "Reciprocal" | "Inv" | "Rsqrt":
            return _origin("division_by_zero", f"divides by {format_number(first)}, which gives {result}")
        case "Sqrt":
            return _origin("root_of_negative", f"takes the square root of {format_number(first)}, which is {result}")
        case "Pow" if len(given) > 1:
            cause = "power" if first == 0 or np.isnan(made) else "too_large"
            return _origin(
                cause, f"takes {format_number(first)} to the power {format_number(given[1])}, which is {result}"
            )
        case "Acos" | "Asin" | "Atanh" | "Acosh":
            return _origin("domain", f"is not defined at {format_number(first)}: it gives {result}")
    return _origin("too_large" if not np.isnan(made) else "other", f"gives {result}, of numbers that are finite")


def given_origin(name: str) -> Origin:
    """Say that a NaN was there from the start."""
    return _origin("given", f"is given a NaN: {name or 'one of its numbers'} holds one from the start")


def _elements(inputs: list[Array | None], output: Array | None) -> tuple[list[float], float] | None:
    """Return the numbers that went into the first element that is not finite, and that element."""
    if output is None:
        return None
    places = np.flatnonzero(~np.isfinite(output))
    if not places.size:
        return None
    given = []
    for array in inputs:
        try:
            given.append(np.broadcast_to(array, output.shape).flat[places[0]] if array is not None else None)
        except ValueError:
            given.append(None)
    return [number for number in given if number is not None], output.flat[places[0]]


def backward_origin(
    op: Op,
    input_index: int,
    inputs: list[Array | None],
    upstream: Array | None,
    element: int | None,
    *,
    is_masked: bool,
) -> Origin:
    """Say why an op's VJP made a NaN or an infinity of finite numbers.

    Parameters
    ----------
    op : Op
    input_index : int
        The input to which it was sent.
    inputs, upstream : arrays or None
        The primals and the cotangent that came in.
    element : int or None
        The place of the first bad number in C order, where input and output have one shape.
    is_masked : bool
        Whether what came in passed a ``tf.where``.
    """
    own = inputs[input_index] if input_index < len(inputs) else None
    primal = _at(own, element)
    came = _at(upstream, element)
    derivative = _derivative_in_words(op, primal, input_index)
    if came == 0:
        words = f"is sent 0 and multiplies it by its local derivative, {derivative}: 0 × ∞ is NaN"
        if is_masked:
            return _origin("where_branch", f"stands in a branch that tf.where does not choose; it {words}")
        return _origin(_backward_cause(op, primal), words)
    return _origin(_backward_cause(op, primal), f"sends back what is not finite: its local derivative is {derivative}")


def _backward_cause(op: Op, primal: float | None) -> str:
    match op.type:
        case "Sqrt" | "Rsqrt" | "Pow" if primal == 0 or primal is None:
            return "root_at_zero"
        case "Pow" | "Square" | "Mul":
            return "too_large"
        case "Log" | "Log1p" | "Xlogy":
            return "log_of_zero"
        case "RealDiv" | "Div" | "Reciprocal" | "Inv" | "DivNoNan":
            return "division_by_zero"
        case "Acos" | "Asin" | "Atanh" | "Acosh":
            return "domain"
        case "Exp" | "Expm1":
            return "overflow"
    return "other"


def _derivative_in_words(op: Op, primal: float | None, input_index: int) -> str:
    at = "" if primal is None else f" at {format_number(primal)}"
    match op.type:
        case "Sqrt":
            return f"1/(2√x) = ∞{at}"
        case "Log":
            return f"1/x = ∞{at}"
        case "Log1p":
            return f"1/(1 + x) = ∞{at}"
        case "RealDiv" | "Div":
            return "1/v, which is ∞ at v = 0" if input_index == 0 else f"−u/v², which is not finite{at}"
        case "Exp" | "Expm1":
            return f"eˣ = ∞{at}"
        case "Reciprocal" | "Inv":
            return f"−1/x² = −∞{at}"
        case "Rsqrt":
            return f"−1/(2x√x), which is not finite{at}"
        case "Acos" | "Asin":
            return f"1/√(1 − x²), which is ∞{at}"
    return f"not finite{at}"


def _at(array: Array | None, element: int | None) -> float | None:
    if array is None or not array.size:
        return None
    if array.size == 1:
        element = 0
    return None if element is None or element >= array.size else float(np.real(array.flat[element]))


def _dtype(output: Array | None) -> str:
    return "its dtype" if output is None else output.dtype.name
