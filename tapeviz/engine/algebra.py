"""TensorFlow's scalar ops as expressions of sympy: the rules that the window shows, applied to symbols."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import sympy

from tapeviz.engine.symbolic_functions import FUNCTIONS
from tapeviz.model.plumbing import SHAPE_TYPES
from tapeviz.model.rules import KEEPS_ONE_ELEMENT, rule_of
from tapeviz.model.rules.notation import evaluate, functions_in, parse
from tapeviz.model.rules.rule import letter_of

LARGEST_DENOMINATOR = 1000


_PASSING = frozenset({"Identity", "Snapshot", "EnsureShape", "PreventGradient", "Cast"})

FORMULAS = {"Softplus": "softplus(u)"}
"""What takes the place of a rule's own formula, so that its slope reads simply."""

_DECIDING = frozenset({"Maximum", "Minimum", "Relu", "Relu6", "ClipByValue"})
_OPPOSITES = {ast.Gt: "<=", ast.GtE: "<", ast.Lt: ">=", ast.LtE: ">"}


def is_gate(op_type: str) -> bool:
    """Whether the op decides by a comparison what it computes."""
    return op_type in _DECIDING or _choice_of(op_type) is not None


def _choice_of(op_type: str) -> ast.IfExp | None:
    """Find the formula of an op that is written as a choice: ``u if u > 0 else a * u``."""
    rule = rule_of(op_type)
    if rule is None or not rule.is_elementwise or rule.is_variadic or not rule.forward:
        return None
    formula = parse(rule.forward)
    return formula if isinstance(formula, ast.IfExp) else None


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
    if formula is None and rule is not None and rule.is_elementwise:
        if rule.is_variadic:
            return sympy.Add(*inputs)
        formula = rule.forward
    if formula is None or not functions_in(formula) <= FUNCTIONS.keys():
        return None
    return evaluate(formula, {letter_of(index): value for index, value in enumerate(inputs)}, FUNCTIONS)


def choose(
    op_type: str, inputs: Sequence[Any], numbers: Sequence[float], parameters: Mapping[str, float]
) -> tuple[Any, str]:
    """Follow the branch that a gate took at these numbers.

    Parameters
    ----------
    inputs : sequence of expressions
    numbers : sequence of float
        The primals by which TensorFlow decided.
    parameters : mapping of str to float
        The letters of the rule that stand for attributes: the slope of a leaky gate.

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
        case "Relu":
            return (u, "u > 0") if numbers[0] > 0 else (sympy.Integer(0), "u <= 0")
        case "Relu6":
            return _clipped(u, sympy.Integer(0), sympy.Integer(6), (numbers[0], 0.0, 6.0), ("0", "6"))
        case "ClipByValue":
            low, high = others
            return _clipped(u, low, high, (numbers[0], numbers[1], numbers[2]), ("v", "w"))
    return _chosen(op_type, inputs, numbers, parameters)


def _chosen(
    op_type: str, inputs: Sequence[Any], numbers: Sequence[float], parameters: Mapping[str, float]
) -> tuple[Any, str]:
    """Follow a formula that is a choice to the branch that these numbers take."""
    choice = _choice_of(op_type)
    if choice is None:
        raise ValueError(f"{op_type} decides nothing")
    letters = [letter_of(index) for index in range(len(inputs))]
    decided = dict(zip(letters, numbers, strict=True)) | dict(parameters)
    is_met = bool(evaluate(ast.unparse(choice.test), decided, {}))
    constants = {letter: number_of(value, "float32") for letter, value in parameters.items()}
    values = dict(zip(letters, inputs, strict=True)) | constants
    branch = choice.body if is_met else choice.orelse
    return sympy.sympify(evaluate(ast.unparse(branch), values, FUNCTIONS)), _condition(choice.test, decided, is_met)


def _condition(test: ast.expr, numbers: Mapping[str, float], is_met: bool) -> str:
    """Write what held: the comparison of the choice, or the one part of it that did not hold, turned round."""
    if not isinstance(test, ast.Compare):
        return ""
    if is_met:
        return ast.unparse(test)
    left = test.left
    for op, right in zip(test.ops, test.comparators, strict=True):
        part = ast.Compare(left=left, ops=[op], comparators=[right])
        if not evaluate(ast.unparse(part), numbers, {}):
            return f"{ast.unparse(left)} {_OPPOSITES[type(op)]} {ast.unparse(right)}"
        left = right
    return ""


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
