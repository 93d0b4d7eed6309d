"""A formula's tree written as TensorFlow code for the script."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tapeviz.model.expression import (
    CONSTANTS,
    FUNCTIONS,
    Apply,
    Binary,
    Call,
    Constant,
    Expression,
    Item,
    Name,
    Negative,
    Number,
    Operator,
    children,
    names_in,
    replaced,
)
from tapeviz.model.formula import Formula

_TIGHTNESS: dict[Operator, int] = {"+": 10, "-": 10, "*": 20, "/": 20, "@": 20, "**": 30}
_PRODUCTS: dict[tuple[int | None, int | None], str] = {(1, 1): "dot", (2, 1): "matvec", (1, 2): "vecmat"}
_SIGN = 25
_ATOM = 40
_MATH = re.compile(r"(?<![\w.])math\.")


def tensorflow_code(
    formula: Formula, *, ranks: Mapping[str, int] | None = None, functions: Mapping[str, Formula] | None = None
) -> str:
    """Write what stands right of ``=`` in the script.

    Parameters
    ----------
    formula : Formula
    ranks : mapping
        The number of axes of each variable, where known: products of matrices and vectors are written accordingly.
    functions : mapping
        The functions defined before. One that is called with its own parameters is called by its value; with other
        arguments its formula is put in.
    """
    known = functions or {}
    body = expanded(formula.body, known)
    names = set(names_in(body))
    if not names:
        return f"tf.constant({_Writer({}, is_floating=True).text(body)})"
    return _Writer(_all_ranks(known, ranks or {})).text(body)


def constant_code(expression: Expression, *, is_floating: bool) -> str:
    """Write an expression of numbers as Python; with `is_floating` whole numbers get a decimal point."""
    return _Writer({}, is_floating=is_floating).text(expression)


def needs_math(code: str) -> bool:
    """Whether the code uses Python's ``math`` (``tf.math`` does not count)."""
    return _MATH.search(code) is not None


def expanded(expression: Expression, functions: Mapping[str, Formula]) -> Expression:
    """Turn calls of the form's functions into their values, or into their formulas where the arguments are others."""
    match expression:
        case Apply(name, arguments):
            formula = functions[name]
            given = tuple(expanded(argument, functions) for argument in arguments)
            if given == tuple(Name(parameter) for parameter in formula.parameters):
                return Name(name)
            body = replaced(formula.body, dict(zip(formula.parameters, given, strict=True)))
            return expanded(body, functions)
        case Negative(operand):
            return Negative(expanded(operand, functions))
        case Binary(operator, left, right):
            return Binary(operator, expanded(left, functions), expanded(right, functions))
        case Call(name, arguments):
            return Call(name, tuple(expanded(argument, functions) for argument in arguments))
        case Item(operand, indices):
            return Item(expanded(operand, functions), indices)
        case _:
            return expression


def rank_of(expression: Expression, ranks: Mapping[str, int]) -> int | None:
    """Count the axes of what an expression gives; None where a name's rank is not known."""
    match expression:
        case Number() | Constant():
            return 0
        case Name(name):
            return ranks.get(name)
        case Item(operand, indices):
            rank = rank_of(operand, ranks)
            return None if rank is None else max(rank - len(indices), 0)
        case Call("sum" | "mean" | "norm" | "dot", _):
            return 0
        case Call("max" | "min", (_,)):
            return 0
    parts = [rank_of(part, ranks) for part in children(expression)]
    known = [rank for rank in parts if rank is not None]
    if len(known) < len(parts):
        return None
    if isinstance(expression, Binary) and expression.operator == "@" and min(known) < 2:
        return max(sum(known) - 2, 0)
    return max(known)


def _all_ranks(functions: Mapping[str, Formula], ranks: Mapping[str, int]) -> dict[str, int]:
    found = dict(ranks)
    for name, formula in functions.items():
        rank = rank_of(expanded(formula.body, functions), found)
        if rank is not None:
            found[name] = rank
    return found


class _Writer:
    """Writes an expanded tree as TensorFlow code, with as few parentheses as it needs."""

    def __init__(self, ranks: Mapping[str, int], *, is_floating: bool = False) -> None:
        self._ranks = ranks
        self._is_floating = is_floating

    def text(self, expression: Expression) -> str:
        """Write the expression without parentheses around it."""
        match self._plain(expression):
            case Number(text):
                return f"{text}.0" if self._is_floating and text.isdigit() else text
            case Constant(name):
                return CONSTANTS[name]
            case Name(name):
                return name
            case Negative(operand):
                return f"-{self._within(operand, _SIGN + 1 if isinstance(operand, Negative) else _SIGN)}"
            case Binary("@", left, right):
                return self._product(left, right)
            case Binary(operator, left, right):
                return self._binary(operator, left, right)
            case Item(operand, indices):
                return f"{self._within(operand, _ATOM)}[{', '.join(str(index) for index in indices)}]"
            case Call(function, arguments):
                return self._call(function, arguments)
            case Apply(function, _):
                raise ValueError(f"{function} was not expanded")

    def _within(self, expression: Expression, tightness: int) -> str:
        text = self.text(expression)
        return f"({text})" if self._tightness(self._plain(expression)) < tightness else text

    def _plain(self, expression: Expression) -> Expression:
        """Leave out what does nothing: the transpose of a vector, the largest of one number."""
        while isinstance(expression, Call) and len(expression.arguments) == 1:
            operand = expression.arguments[0]
            is_idle_transpose = expression.function == "transpose" and rank_of(operand, self._ranks) in {0, 1}
            is_idle_choice = expression.function in {"max", "min"} and not names_in(operand)
            if not (is_idle_transpose or is_idle_choice):
                break
            expression = operand
        return expression

    def _tightness(self, expression: Expression) -> int:
        match expression:
            case Binary("@", _, _) if self._product_kind(expression) != "@":
                return _ATOM
            case Binary(operator, _, _):
                return _TIGHTNESS[operator]
            case Negative():
                return _SIGN
            case _:
                return _ATOM

    def _binary(self, operator: Operator, left: Expression, right: Expression) -> str:
        tightness = _TIGHTNESS[operator]
        if operator == "**":
            return f"{self._within(left, tightness + 1)}**{self._within(right, _SIGN)}"
        sign = f" {operator} " if tightness == _TIGHTNESS["+"] else operator
        return f"{self._within(left, tightness)}{sign}{self._within(right, tightness + 1)}"

    def _product_kind(self, expression: Binary) -> str:
        left, right = rank_of(expression.left, self._ranks), rank_of(expression.right, self._ranks)
        return _PRODUCTS.get((left, right), "@")

    def _product(self, left: Expression, right: Expression) -> str:
        match self._product_kind(Binary("@", left, right)):
            case "dot":
                return self._call("dot", (left, right))
            case "matvec":
                return f"tf.linalg.matvec({self.text(left)}, {self.text(right)})"
            case "vecmat":
                return f"tf.linalg.matvec({self.text(right)}, {self.text(left)}, transpose_a=True)"
        return f"{self._within(left, 20)} @ {self._within(right, 21)}"

    def _call(self, function: str, arguments: tuple[Expression, ...]) -> str:
        built_in = FUNCTIONS[function]
        if len(arguments) > 2:
            return self.text(Call(function, (Call(function, arguments[:-1]), arguments[-1])))
        is_constant = not any(names_in(argument) for argument in arguments)
        if is_constant and built_in.python:
            return f"{built_in.python}({', '.join(self.text(argument) for argument in arguments)})"
        # TensorFlow's functions refuse whole numbers: sigmoid(2) is tf.sigmoid(2.0).
        writer = _Writer(self._ranks, is_floating=True) if is_constant else self
        texts = [writer.text(argument) for argument in arguments]
        if function == "dot":
            return f"tf.tensordot({texts[0]}, {texts[1]}, axes=1)"
        if len(texts) == 1:
            return f"{built_in.reduction or built_in.tensorflow}({texts[0]})"
        return f"{built_in.tensorflow}({texts[0]}, {texts[1]})"
