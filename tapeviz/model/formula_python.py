"""Python code of a lesson read back into a formula's tree, where a formula can say it."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable

from tapeviz.model.expression import (
    FUNCTIONS,
    Binary,
    Call,
    Constant,
    Expression,
    Item,
    Name,
    Negative,
    Number,
    Operator,
    names_in,
)

_OPERATORS: dict[type[ast.operator], Operator] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
    ast.MatMult: "@",
}
_BINARY: dict[str, Operator] = {
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
    "truediv": "/",
    "pow": "**",
    "matmul": "@",
    "matvec": "@",
}
_UNARY = {
    **{name: name for name, built_in in FUNCTIONS.items() if built_in.most == 1},
    "reduce_sum": "sum",
    "reduce_mean": "mean",
    "reduce_max": "max",
    "reduce_min": "min",
}
_TYPED_NUMBER = re.compile(r"\d+(\.\d*)?([eE][+-]?\d+)?")
_ROOMS = {"tf", "tf.math", "tf.nn", "tf.linalg", "math", "np"}


Source = Callable[[ast.expr], str]


class InexpressibleError(Exception):
    """The form has no way to write this; `what` names it in words and `line` is where it stands."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(what)
        self.what = what
        self.line = line


def expression_of(node: ast.expr, source: Source = ast.unparse) -> Expression:
    """Read a Python expression; `source` gives the very text of a node, so that ``1e-3`` stays what it is.

    Raises
    ------
    InexpressibleError
        Where a formula cannot say it.
    """
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool) and math.isfinite(value):
            return Number(_number_text(value, source(node)))
        case ast.Name(id=name):
            return Name(name)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return Negative(expression_of(operand, source))
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return expression_of(operand, source)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
            return Binary(_OPERATORS[type(operator)], expression_of(left, source), expression_of(right, source))
        case ast.Attribute(value=ast.Name(id="math" | "np"), attr="pi" | "e" as name):
            return Constant(name)
        case ast.Subscript(value=operand, slice=index):
            return Item(expression_of(operand, source), _indices(index))
        case ast.Call():
            return _call(node, source)
    raise InexpressibleError(f"`{ast.unparse(node)}`", node.lineno)


def _number_text(value: float, text: str) -> str:
    return text if _TYPED_NUMBER.fullmatch(text) else repr(value)


def _indices(node: ast.expr) -> tuple[int, ...]:
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    indices: list[int] = []
    for part in parts:
        match part:
            case ast.Constant(value=int() as index):
                indices.append(index)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as index)):
                indices.append(-index)
            case _:
                raise InexpressibleError(f"the index `{ast.unparse(node)}`", node.lineno)
    return tuple(indices)


def _call(node: ast.Call, source: Source) -> Expression:
    room, _, name = ast.unparse(node.func).rpartition(".")
    options = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
    reader = _READERS.get(name)
    if reader is not None and (room in _ROOMS or (not room and name in {"abs", "max", "min"})):
        tree = reader([expression_of(argument, source) for argument in node.args], options)
        if tree is not None:
            return tree
    raise InexpressibleError(f"`{ast.unparse(node)}`", node.lineno)


_Reader = Callable[[list[Expression], dict[str | None, str]], Expression | None]


def _unary_reader(function: str) -> _Reader:
    def read(given: list[Expression], options: dict[str | None, str]) -> Expression | None:
        return Call(function, (given[0],)) if len(given) == 1 and not options else None

    return read


def _binary_reader(operator: Operator) -> _Reader:
    def read(given: list[Expression], options: dict[str | None, str]) -> Expression | None:
        return Binary(operator, given[0], given[1]) if len(given) == 2 and not options else None

    return read


def _choice_reader(function: str) -> _Reader:
    def read(given: list[Expression], options: dict[str | None, str]) -> Expression | None:
        if len(given) < 2 or options:
            return None
        first = given[0]
        # maximum(maximum(a, b), c) is what max(a, b, c) is written as.
        is_nested = isinstance(first, Call) and first.function == function and len(first.arguments) > 1
        is_nested = is_nested and bool(names_in(first))
        parts = (*first.arguments, *given[1:]) if is_nested and isinstance(first, Call) else tuple(given)
        return Call(function, parts) if len(parts) <= FUNCTIONS[function].most else Call(function, tuple(given))

    return read


def _matvec(given: list[Expression], options: dict[str | None, str]) -> Expression | None:
    if len(given) != 2:
        return None
    if options == {"transpose_a": "True"}:
        return Binary("@", given[1], given[0])
    return None if options else Binary("@", given[0], given[1])


def _tensordot(given: list[Expression], options: dict[str | None, str]) -> Expression | None:
    if options == {"axes": "1"} and len(given) == 2:
        return Call("dot", (given[0], given[1]))
    is_positional = len(given) == 3 and given[2] == Number("1") and not options
    return Call("dot", (given[0], given[1])) if is_positional else None


_READERS: dict[str, _Reader] = {
    **{name: _unary_reader(function) for name, function in _UNARY.items()},
    **{name: _binary_reader(operator) for name, operator in _BINARY.items()},
    **{name: _choice_reader(name[:3]) for name in ("maximum", "minimum", "max", "min")},
    "matvec": _matvec,
    "tensordot": _tensordot,
    "square": lambda given, options: Binary("**", given[0], Number("2")) if len(given) == 1 and not options else None,
    "negative": lambda given, options: Negative(given[0]) if len(given) == 1 and not options else None,
    "constant": lambda given, options: given[0] if len(given) == 1 and not options else None,
}
"""How a call is read, by the last part of its name."""
