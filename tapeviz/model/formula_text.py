"""A formula's tree written as a lecturer would type it, for the form: ``f(x, y) = x^2 + 3xy + y^3``."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tapeviz.model.expression import Apply, Binary, Call, Constant, Expression, Item, Name, Negative, Number
from tapeviz.model.formula import Formula, parse_formula

_TIGHTNESS = {"+": 10, "-": 10, "*": 20, "/": 20, "@": 20, "**": 30}
_SIGN = 25
_ATOM = 40


def formula_text(
    name: str,
    parameters: tuple[str, ...],
    body: Expression,
    *,
    variables: Collection[str] = (),
    functions: Mapping[str, Formula] | None = None,
) -> str:
    """Write a formula, with products written together (``3xy``) where that still means the same."""
    head = f"{name}({', '.join(parameters)})" if parameters else name
    for is_compact in (True, False):
        text = f"{head} = {_text(body, is_compact)}"
        back = parse_formula(text, variables=variables, functions=functions)
        if isinstance(back, Formula) and back.body == body:
            break
    return text


def expression_text(expression: Expression) -> str:
    """Write an expression of numbers, such as ``pi/2``."""
    return _text(expression, is_compact=False)


def _text(expression: Expression, is_compact: bool) -> str:
    def within(part: Expression, tightness: int) -> str:
        text = _text(part, is_compact)
        return f"({text})" if _tightness(part) < tightness else text

    match expression:
        case Number(word) | Constant(word) | Name(word):
            return word
        case Negative(operand):
            return f"-{within(operand, _SIGN + 1 if isinstance(operand, Negative) else _SIGN)}"
        case Binary("*", left, right) if is_compact and _is_written_together(left, right):
            return within(left, 20) + within(right, 21)
        case Binary("**", left, right):
            return f"{within(left, 31)}^{within(right, _SIGN)}"
        case Binary("/", left, right):
            return f"{within(left, 20)}/{within(right, 21)}"
        case Binary(operator, left, right):
            return f"{within(left, _TIGHTNESS[operator])} {operator} {within(right, _TIGHTNESS[operator] + 1)}"
        case Call("transpose", (Number(word),)):
            return f"({word}).T"
        case Call("transpose", (operand,)):
            return f"{within(operand, _ATOM)}.T"
        case Call(function, arguments) | Apply(function, arguments):
            return f"{function}({', '.join(_text(argument, is_compact) for argument in arguments)})"
        case Item(operand, indices):
            return f"{within(operand, _ATOM)}[{', '.join(str(index) for index in indices)}]"


def _tightness(expression: Expression) -> int:
    match expression:
        case Binary(operator, _, _):
            return _TIGHTNESS[operator]
        case Negative():
            return _SIGN
        case _:
            return _ATOM


def _is_written_together(left: Expression, right: Expression) -> bool:
    """Whether a product needs no sign: ``3x``, ``3xy``, ``2(x + 1)``, ``3x^2``, ``2sin(x)``."""
    while isinstance(left, Binary) and left.operator == "*":
        if not _is_written_together(left.left, left.right):
            return False
        left = left.right
    is_short = isinstance(left, Name) and len(left.name) == 1
    match right:
        case Name(name):
            return isinstance(left, Number) or (is_short and len(name) == 1)
        case Binary("**", Name(name), _):
            return isinstance(left, Number) or (is_short and len(name) == 1)
        case Binary("+" | "-", _, _) | Call() | Apply():
            return isinstance(left, Number)
        case _:
            return False
