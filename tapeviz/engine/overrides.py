"""Gives variables of a lesson other values: in its syntax tree, before it runs; its text stays as it is."""

from __future__ import annotations

import ast
import functools
import math
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_MAKERS = frozenset(("Variable", "constant", "convert_to_tensor"))
_VALUE_KEYWORDS = frozenset(("initial_value", "value"))
_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: lambda base, exponent: float(base) ** float(exponent),
}
_CONSTANTS = {"pi": math.pi, "e": math.e, "inf": math.inf}

Slot = tuple[ast.expr, Callable[[ast.expr], None]]
"""The expression that stands for a value, and what puts another one in its place."""


def override(trees: Mapping[int, ast.Module | SyntaxError], values: Mapping[str, str]) -> None:
    """Replace, in place, the values that the lesson gives to top-level names.

    What can be set is the value of ``x = 2.0``, ``x = tf.Variable(2.0)`` or ``x = tf.constant([1.0, 2.0])`` where it
    is first bound at the top level of the lesson. A whole number set for one with decimals is one with decimals.

    Parameters
    ----------
    trees : mapping of int to ast.Module or SyntaxError
        The cells, in order.
    values : mapping of str to str
        Numbers, nested lists of numbers, or arithmetic of numbers, by name: ``"[[1, 2], [3, 4]]"``, ``"-1/3"``.

    Raises
    ------
    ValueError
        Where a name cannot be set, or its value is no number or nested list of numbers.
    """
    slots: dict[str, Slot] = {}
    for tree in trees.values():
        if isinstance(tree, SyntaxError):
            return  # The lesson will say so itself.
        for statement in tree.body:
            for name, slot in _slots(statement):
                slots.setdefault(name, slot)
    for name, text in values.items():
        if name not in slots:
            settable = f"What can be set: {', '.join(slots)}." if slots else "It gives no name a plain value."
            raise ValueError(f"The lesson has no variable '{name}' whose value can be set. {settable}")
        old, put = slots[name]
        put(_expression(_number(name, text), old))


def _slots(statement: ast.stmt) -> Iterator[tuple[str, Slot]]:
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        targets: list[ast.expr] = [statement.target]
    elif isinstance(statement, ast.Assign):
        targets = statement.targets
    else:
        return

    def put_value(new: ast.expr) -> None:
        statement.value = new

    value = statement.value
    for target in targets:
        if isinstance(target, ast.Name) and value is not None:
            yield from _slot(target, (value, put_value))
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            for index, (part, element) in enumerate(zip(target.elts, value.elts, strict=True)):
                if isinstance(part, ast.Name):
                    yield from _slot(part, (element, _putter(value.elts, index)))


def _slot(target: ast.Name, slot: Slot) -> Iterator[tuple[str, Slot]]:
    value = slot[0]
    if _is_plain(value):
        yield target.id, slot
    elif isinstance(value, ast.Call) and _called(value.func) in _MAKERS:
        if value.args:
            yield target.id, (value.args[0], _putter(value.args, 0))
        for keyword in value.keywords:
            if keyword.arg in _VALUE_KEYWORDS:
                yield target.id, (keyword.value, functools.partial(setattr, keyword, "value"))


def _putter(elements: list[ast.expr], index: int) -> Callable[[ast.expr], None]:
    def put(new: ast.expr) -> None:
        elements[index] = new

    return put


def _called(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _is_plain(value: ast.expr) -> bool:
    if any(isinstance(node, ast.Name) for node in ast.walk(value)):
        return False
    try:
        _evaluated(value)
    except (ValueError, ArithmeticError):  # what is 1 / 0 the lesson will say itself
        return False
    return True


def _number(name: str, text: str) -> Any:
    try:
        return _evaluated(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, ArithmeticError, RecursionError, MemoryError):
        raise ValueError(
            f"The value '{text}' for '{name}' is no number and no list of numbers; write 2.5 or [[1, 2], [3, 4]]."
        ) from None


def _evaluated(node: ast.expr) -> Any:
    """Work out numbers, lists of numbers and arithmetic of numbers; raise ValueError at anything else."""
    match node:
        case ast.Constant(value=bool() | int() | float() | complex() as number):
            return number
        case ast.Name(id=name) if name in _CONSTANTS:
            return _CONSTANTS[name]
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return [_evaluated(element) for element in elements]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return operator.neg(_scalar(operand))
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _scalar(operand)
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _OPERATORS:
            return _OPERATORS[type(sign)](_scalar(left), _scalar(right))
    raise ValueError("this is no number")


def _scalar(node: ast.expr) -> Any:
    value = _evaluated(node)
    if isinstance(value, list):
        raise ValueError("arithmetic is for numbers only")
    return value


def _expression(value: Any, old: ast.expr) -> ast.expr:
    """Write a value as an expression that stands where `old` stands."""
    is_whole = _is_plain(old) and not _has_decimals(_evaluated(old))
    new = _written(value, is_whole)
    for node in ast.walk(new):
        ast.copy_location(node, old)
    return new


def _has_decimals(value: Any) -> bool:
    return any(map(_has_decimals, value)) if isinstance(value, list) else isinstance(value, float | complex)


def _written(value: Any, is_whole: bool) -> ast.expr:
    if isinstance(value, list):
        return ast.List(elts=[_written(element, is_whole) for element in value], ctx=ast.Load())
    if isinstance(value, int) and not isinstance(value, bool) and not is_whole:
        value = float(value)
    return ast.Constant(value=value)
