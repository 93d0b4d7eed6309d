"""The tree of a formula, and the functions that formulas may use."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Operator = Literal["+", "-", "*", "/", "**", "@"]


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was typed (``3``, ``0.5``, ``1e-3``)."""

    text: str


@dataclass(frozen=True, slots=True)
class Constant:
    """``pi`` or ``e``."""

    name: str


@dataclass(frozen=True, slots=True)
class Name:
    """A parameter, a variable, or the value of another function."""

    name: str


@dataclass(frozen=True, slots=True)
class Negative:
    """The operand with its sign turned."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands and what stands between them."""

    operator: Operator
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Call:
    """A built-in function (a key of `FUNCTIONS`) of its arguments."""

    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Apply:
    """A function of the form, of its arguments: ``f(x, 2)``."""

    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One element of a vector or a matrix, or a row of it: ``x[0]``, ``A[0, 1]``."""

    operand: Expression
    indices: tuple[int, ...]


Expression = Number | Constant | Name | Negative | Binary | Call | Apply | Item


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltIn:
    """A function that formulas may use.

    `tensorflow` is what it is called in a script, `python` what stands for it where all arguments are numbers;
    `reduction` names it where a single argument is folded to a scalar. `most` is the largest number of arguments.
    """

    tensorflow: str
    python: str = ""
    least: int = 1
    most: int = 1
    reduction: str = ""


FUNCTIONS: dict[str, BuiltIn] = {
    "sin": BuiltIn(tensorflow="tf.sin", python="math.sin"),
    "cos": BuiltIn(tensorflow="tf.cos", python="math.cos"),
    "tan": BuiltIn(tensorflow="tf.tan", python="math.tan"),
    "asin": BuiltIn(tensorflow="tf.asin", python="math.asin"),
    "acos": BuiltIn(tensorflow="tf.acos", python="math.acos"),
    "atan": BuiltIn(tensorflow="tf.atan", python="math.atan"),
    "sinh": BuiltIn(tensorflow="tf.sinh", python="math.sinh"),
    "cosh": BuiltIn(tensorflow="tf.cosh", python="math.cosh"),
    "tanh": BuiltIn(tensorflow="tf.tanh", python="math.tanh"),
    "exp": BuiltIn(tensorflow="tf.exp", python="math.exp"),
    "log": BuiltIn(tensorflow="tf.math.log", python="math.log"),
    "sqrt": BuiltIn(tensorflow="tf.sqrt", python="math.sqrt"),
    "sigmoid": BuiltIn(tensorflow="tf.sigmoid"),
    "relu": BuiltIn(tensorflow="tf.nn.relu"),
    "softplus": BuiltIn(tensorflow="tf.nn.softplus"),
    "abs": BuiltIn(tensorflow="tf.abs", python="abs"),
    "max": BuiltIn(tensorflow="tf.maximum", python="max", most=9, reduction="tf.reduce_max"),
    "min": BuiltIn(tensorflow="tf.minimum", python="min", most=9, reduction="tf.reduce_min"),
    "sum": BuiltIn(tensorflow="tf.reduce_sum"),
    "mean": BuiltIn(tensorflow="tf.reduce_mean"),
    "norm": BuiltIn(tensorflow="tf.norm"),
    "dot": BuiltIn(tensorflow="tf.tensordot", least=2, most=2),
    "transpose": BuiltIn(tensorflow="tf.transpose"),
}
"""Every built-in function by the name that formulas use."""

ALIASES: dict[str, str] = {
    "ln": "log",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "maximum": "max",
    "minimum": "min",
    "σ": "sigmoid",
}
"""Other spellings of the same functions. ``matmul(a, b)`` is read as ``a @ b``."""

CONSTANTS: dict[str, str] = {"pi": "math.pi", "e": "math.e"}
"""Named numbers, and what a script calls them."""


_PLAIN: dict[str, Callable[..., float]] = {"abs": abs, "max": max, "min": min}


def children(expression: Expression) -> tuple[Expression, ...]:
    """List what an expression is made of, one level down."""
    match expression:
        case Negative(operand) | Item(operand, _):
            return (operand,)
        case Binary(_, left, right):
            return (left, right)
        case Call(_, arguments) | Apply(_, arguments):
            return arguments
        case _:
            return ()


def names_in(expression: Expression) -> tuple[str, ...]:
    """List the names that an expression uses, in reading order, each once; functions of the form not among them."""
    found: dict[str, None] = {}
    waiting = [expression]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Name):
            found[part.name] = None
        waiting.extend(reversed(children(part)))
    return tuple(found)


def replaced(expression: Expression, values: dict[str, Expression]) -> Expression:
    """Put other expressions in the place of names."""
    match expression:
        case Name(name):
            return values.get(name, expression)
        case Negative(operand):
            return Negative(replaced(operand, values))
        case Binary(operator, left, right):
            return Binary(operator, replaced(left, values), replaced(right, values))
        case Call(function, arguments):
            return Call(function, tuple(replaced(argument, values) for argument in arguments))
        case Apply(function, arguments):
            return Apply(function, tuple(replaced(argument, values) for argument in arguments))
        case Item(operand, indices):
            return Item(replaced(operand, values), indices)
        case _:
            return expression


def number_of(expression: Expression) -> float:
    """Work out an expression of numbers.

    Raises
    ------
    ValueError, ZeroDivisionError, OverflowError
        Where it has no value.
    """
    match expression:
        case Number(text):
            return float(text)
        case Constant(name):
            return math.pi if name == "pi" else math.e
        case Negative(operand):
            return -number_of(operand)
        case Binary(operator, left, right):
            return _combined(operator, number_of(left), number_of(right))
        case Call(name, arguments) if FUNCTIONS[name].python:
            numbers = [number_of(argument) for argument in arguments]
            if name in _PLAIN:
                return float(_PLAIN[name](*numbers))
            return float(getattr(math, name)(*numbers))
        case _:
            raise ValueError("this is no number")


def _combined(operator: Operator, left: float, right: float) -> float:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / right
        case "**":
            return math.pow(left, right)
        case "@":
            raise ValueError("@ multiplies matrices")
