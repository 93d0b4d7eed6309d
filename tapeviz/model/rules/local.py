"""The local derivatives of a rule in numbers, from the primals that TensorFlow computed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from tapeviz.model.rules.notation import evaluate, functions_in
from tapeviz.model.rules.rule import Rule, letter_of

Array = npt.NDArray[Any]


def _sigmoid(u: Array) -> Array:
    return 1 / (1 + np.exp(-u))


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abs": np.abs,
    "sign": np.sign,
    "floor": np.floor,
    "sqrt": np.sqrt,
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "atan2": np.arctan2,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "sigmoid": _sigmoid,
    "erf": np.vectorize(math.erf, otypes=[np.float64]),
    "max": np.maximum,
    "min": np.minimum,
    "where": np.where,
}
"""What the functions of the notation mean for arrays."""


def primals_of(
    rule: Rule, inputs: Sequence[Array], output: Array, attributes: Mapping[str, object]
) -> dict[str, Array | float]:
    """Bind the letters of a rule: u, v, w to the inputs, z to the output, parameters to attributes of the op."""
    values: dict[str, Array | float] = {letter_of(index): _wide(value) for index, value in enumerate(inputs)}
    values["z"] = _wide(output)
    values["pi"] = math.pi
    for letter, attribute in rule.parameters:
        value = attributes.get(attribute)
        if isinstance(value, int | float):
            values[letter] = float(value)
    return values


def local_derivative(
    rule: Rule, input_index: int, inputs: Sequence[Array], output: Array, attributes: Mapping[str, object]
) -> Array | None:
    """Evaluate the local derivative by one input, of the shape of the output, in double precision.

    Returns None where the rule has none, where it needs a special function that NumPy lacks, and where an attribute it
    needs was not recorded.
    """
    expression = rule.local_of(input_index)
    if not expression or not functions_in(expression) <= FUNCTIONS.keys():
        return None
    values = primals_of(rule, inputs, output, attributes)
    if any(letter not in values for letter, _ in rule.parameters):
        return None
    with np.errstate(all="ignore"):
        local = np.asarray(evaluate(expression, values, FUNCTIONS))
    return np.broadcast_to(local if np.iscomplexobj(local) else local.astype(np.float64), output.shape)


def _wide(array: Array) -> Array:
    if np.issubdtype(array.dtype, np.complexfloating):
        return array.astype(np.complex128)
    return array if array.dtype == np.bool_ else array.astype(np.float64)


def power_rule(rule: Rule, exponent: float) -> Rule:
    """Make the rule of a power with a constant exponent: ``y³`` with the local derivative ``3y²``."""
    shown = _literal(exponent)
    if exponent == 1:
        local = "1"
    elif exponent == 2:
        local = "2 * u"
    elif exponent == -1:
        local = "-u ** -2"
    else:
        local = f"{shown} * u ** {_literal(exponent - 1)}"
    return replace(rule, forward=f"u ** {shown}", locals=(local, ""))


def _literal(number: float) -> str:
    rounded = round(number, 12)
    return str(int(rounded)) if rounded == int(rounded) else repr(rounded)
