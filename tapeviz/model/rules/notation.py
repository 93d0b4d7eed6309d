"""One formula, three uses: every rule is written once as an expression and from there evaluated, shown and typeset.

The expressions are a small part of Python's own syntax (``2 * u``, ``1 if u > 0 else 0``), read with `ast` and never
executed. Because the number, the text and the LaTeX come from the same tree, they cannot say different things.
"""

from __future__ import annotations

import ast
import functools
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tapeviz.model.numbers import format_factor
from tapeviz.model.rules.words import WORDS, Word

CONDITION, COMPARISON, SUM, NEGATIVE, PRODUCT, MATRIX, POWER, ATOM = range(8)
"""How tightly a piece of text holds together; a looser piece inside a tighter one is put in brackets."""

_SUPERSCRIPTS = str.maketrans("0123456789−nxy", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻ⁿˣʸ")
_SUPERSCRIPTABLE = re.compile(r"(−?\d+|−?[nxy])\Z")
_GREEK = {"pi": r"\pi", "ε": r"\varepsilon"}
_MACRON = "\u0304"
_COMPARISONS = {ast.Gt: ">", ast.GtE: "≥", ast.Lt: "<", ast.LtE: "≤", ast.Eq: "="}
_LATEX_COMPARISONS = {">": ">", "≥": r"\geq", "<": "<", "≤": r"\leq", "=": "="}
_LATEX_FUNCTIONS = frozenset({"sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "log", "min", "max"})


class Piece(NamedTuple):
    """A piece of text and how tightly it holds together."""

    text: str
    level: int

    def within(self, level: int) -> str:
        """Give the text, in brackets where it holds together less than `level` asks."""
        return self.text if self.level >= level else f"({self.text})"


@dataclass(frozen=True, slots=True)
class Style:
    """How products and quotients are set: ``3xy`` and ``x/2`` when tight, ``3x · y`` and ``x / 2`` when not.

    `times` is the sign between factors that cannot stand beside each other.
    """

    is_tight: bool = False
    times: str = " · "


WIDE = Style()
TIGHT = Style(is_tight=True, times="·")


def piece_of(text: str) -> Piece:
    """Make a piece of a name or a number; a number with a sign holds together like a negative."""
    return Piece(text, NEGATIVE if text.startswith("−") else ATOM)


@functools.cache
def parse(expression: str) -> ast.expr:
    """Read an expression.

    Raises
    ------
    SyntaxError
        Where it is none.
    """
    return ast.parse(expression, mode="eval").body


def functions_in(expression: str) -> frozenset[str]:
    """List the functions that an expression calls: ``{"exp"}`` for ``u * exp(v)``."""
    calls = (node.func for node in ast.walk(parse(expression)) if isinstance(node, ast.Call))
    return frozenset(function.id for function in calls if isinstance(function, ast.Name))


def evaluate(expression: str, values: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]]) -> Any:
    """Evaluate an expression over any kind of number (arrays, symbols), with the functions that kind of number has.

    `functions` must hold ``where`` if the expression has a condition.

    Raises
    ------
    ValueError
        Where the expression uses syntax or a name that is not known.
    """
    return _evaluate(parse(expression), values, functions)


def _evaluate(node: ast.expr, values: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]]) -> Any:
    def of(part: ast.expr) -> Any:
        return _evaluate(part, values, functions)

    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.Name(id=name) if name in values:
            return values[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -of(operand)
        case ast.BinOp(left=left, op=op, right=right):
            return _apply(op, of(left), of(right))
        case ast.Call(func=ast.Name(id=name), args=args) if name in functions:
            return functions[name](*(of(arg) for arg in args))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return functions["where"](of(test), of(body), of(orelse))
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            return _compare(of(left), ops, [of(part) for part in comparators])
    raise ValueError(f"{ast.unparse(node)!r} cannot be evaluated here")


def _apply(op: ast.operator, left: Any, right: Any) -> Any:
    match op:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.Div():
            return left / right
        case ast.MatMult():
            return left @ right
        case ast.Pow():
            return left**right
    raise ValueError(f"{type(op).__name__} is no operator of this notation")


def _compare(left: Any, ops: list[ast.cmpop], comparators: list[Any]) -> Any:
    result: Any = None
    for op, right in zip(ops, comparators, strict=True):
        match op:
            case ast.Gt():
                holds = left > right
            case ast.GtE():
                holds = left >= right
            case ast.Lt():
                holds = left < right
            case ast.LtE():
                holds = left <= right
            case ast.Eq():
                holds = left == right
            case _:
                raise ValueError(f"{type(op).__name__} is no comparison of this notation")
        result = holds if result is None else result & holds
        left = right
    return result


def show(expression: str, names: Mapping[str, Piece] | None = None, style: Style = WIDE) -> Piece:
    """Set an expression as text, with `names` put in place of its primals: ``2 * u`` becomes ``2x``."""
    return _show(parse(expression), names or {}, style)


def _show(node: ast.expr, names: Mapping[str, Piece], style: Style) -> Piece:
    def of(part: ast.expr) -> Piece:
        return _show(part, names, style)

    match node:
        case ast.Constant(value=int() | float() as number):
            return piece_of(str(number) if isinstance(number, int) else format_factor(number))
        case ast.Name(id=name):
            return names.get(name) or piece_of("π" if name == "pi" else name)
        case ast.UnaryOp(operand=operand):
            return Piece("−" + of(operand).within(PRODUCT), NEGATIVE)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _show_power(of(left), of(right))
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _show_product(of(left), of(right), style)
        case ast.BinOp(left=left, op=ast.MatMult(), right=right):
            return _matrix_product(of(left), of(right), " ")
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            slash = "/" if style.is_tight else " / "
            return Piece(f"{_leading(of(left))}{slash}{of(right).within(POWER)}", PRODUCT)
        case ast.BinOp(left=left, op=op, right=right):
            sign, level = ("+", SUM) if isinstance(op, ast.Add) else ("−", NEGATIVE)
            return _show_sum(of(left), sign, of(right).within(max(level, SUM)))
        case ast.Call(func=ast.Name(id=name), args=args):
            return _show_call(name, [of(arg) for arg in args])
        case ast.IfExp(test=test, body=body, orelse=orelse):
            text = f"{of(body).within(SUM)} if {of(test).text}, else {of(orelse).within(SUM)}"
            return Piece(text, CONDITION)
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            parts = [of(left).within(SUM)]
            for comparison, part in zip(ops, comparators, strict=True):
                parts += [_COMPARISONS[type(comparison)], of(part).within(SUM)]
            return Piece(" ".join(parts), COMPARISON)
    raise ValueError(f"{ast.unparse(node)!r} cannot be shown")


def _matrix_product(left: Piece, right: Piece, joint: str) -> Piece:
    """Set a product of matrices; one element by element within it is put in brackets, for it is another product."""
    is_negative = left.text.startswith("−" if joint == " " else "-") and left.level in {NEGATIVE, MATRIX}
    first = left.text if is_negative else left.within(MATRIX)
    return Piece(f"{first}{joint}{right.within(MATRIX)}", NEGATIVE if is_negative else MATRIX)


def _spelled(word: Word, template: str, args: list[Piece]) -> Piece:
    texts = [arg.within(ATOM) if word.is_tight else arg.text for arg in args]
    return Piece(template.format(*texts), {"sum": SUM, "product": PRODUCT, "atom": ATOM}[word.level])


def _leading(piece: Piece) -> str:
    return piece.text if piece.level == NEGATIVE else piece.within(PRODUCT)


def _show_sum(left: Piece, sign: str, right: str) -> Piece:
    if sign == "+" and left.level == NEGATIVE and not right.startswith("−"):
        return Piece(f"{right} − {left.text.removeprefix('−')}", SUM)
    if right.startswith("−"):
        return Piece(f"{left.within(SUM)} + ({right})" if sign == "+" else f"{left.within(SUM)} − ({right})", SUM)
    return Piece(f"{left.within(SUM)} {sign} {right}", SUM)


def _show_product(left: Piece, right: Piece, style: Style) -> Piece:
    first, second = _leading(left), right.within(PRODUCT)
    level = NEGATIVE if left.level == NEGATIVE else PRODUCT
    last_factor = re.split(r"[ ·]", first)[-1]
    is_coefficient = (
        re.fullmatch(r"−?(?!1\Z)\d+", first) is not None and re.match(r"[^\W\d]|\((?!−)|√", second) is not None
    )
    is_letters = re.fullmatch(r"−?\d*([^\W\d_][⁰¹²³⁴⁵⁶⁷⁸⁹ⁿˣʸ]*)+", last_factor) is not None
    is_next_letter = re.fullmatch(r"[^\W\d_][⁰¹²³⁴⁵⁶⁷⁸⁹]*", second) is not None
    if is_coefficient or (style.is_tight and is_letters and is_next_letter and "e" not in (second, last_factor)):
        return Piece(first + second, level)
    return Piece(f"{first}{style.times}{second}", level)


def _show_power(base: Piece, exponent: Piece) -> Piece:
    if _SUPERSCRIPTABLE.match(exponent.text):
        return Piece(base.within(ATOM) + exponent.text.translate(_SUPERSCRIPTS), POWER)
    if exponent.text in {"0.5", "1/2", "1 / 2"}:
        return Piece("√" + base.within(ATOM), POWER)
    return Piece(f"{base.within(ATOM)}^{exponent.within(ATOM)}", POWER)


def _show_call(name: str, args: list[Piece]) -> Piece:
    match name, args:
        case "sqrt", [arg]:
            return Piece("√" + arg.within(ATOM), POWER)
        case "abs", [arg]:
            return Piece(f"|{arg.text}|", ATOM)
        case "exp", [arg] if _SUPERSCRIPTABLE.match(arg.text):
            return Piece("e" + arg.text.translate(_SUPERSCRIPTS), POWER)
    if name in WORDS:
        return _spelled(WORDS[name], WORDS[name].text, args)
    shown = {"sigmoid": "σ"}.get(name, name)
    return Piece(f"{shown}({', '.join(arg.text for arg in args)})", ATOM)


def typeset(expression: str, names: Mapping[str, str] | None = None) -> Piece:
    """Set an expression in LaTeX, with `names` (already LaTeX) put in place of its primals."""
    pieces = {name: Piece(text, NEGATIVE if text.startswith("-") else ATOM) for name, text in (names or {}).items()}
    return _typeset(parse(expression), pieces)


def _typeset(node: ast.expr, names: Mapping[str, Piece]) -> Piece:
    def of(part: ast.expr) -> Piece:
        return _typeset(part, names)

    match node:
        case ast.Constant(value=int() | float() as number):
            return Piece(_latex_number(number), ATOM)
        case ast.Name(id=name):
            return names.get(name) or Piece(latex_name(name), ATOM)
        case ast.UnaryOp(operand=operand):
            return Piece("-" + of(operand).within(PRODUCT), NEGATIVE)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return Piece(f"{of(left).within(ATOM)}^{{{of(right).text}}}", POWER)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _typeset_product(of(left), of(right))
        case ast.BinOp(left=left, op=ast.MatMult(), right=right):
            return _matrix_product(of(left), of(right), r" \, ")
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return Piece(rf"\frac{{{of(left).text}}}{{{of(right).text}}}", PRODUCT)
        case ast.BinOp(left=left, op=op, right=right):
            first = of(left)
            if isinstance(op, ast.Add) and first.level == NEGATIVE:
                return Piece(f"{of(right).within(SUM)} - {first.text.removeprefix('-')}", SUM)
            sign, level = ("+", SUM) if isinstance(op, ast.Add) else ("-", PRODUCT)
            return Piece(f"{first.within(SUM)} {sign} {of(right).within(level)}", SUM)
        case ast.Call(func=ast.Name(id=name), args=args):
            if name in WORDS:
                return _spelled(WORDS[name], WORDS[name].latex, [of(arg) for arg in args])
            return _typeset_call(name, [of(arg).text for arg in args])
        case ast.IfExp(test=test, body=body, orelse=orelse):
            text = rf"{of(body).text}\ \text{{if}}\ {of(test).text},\ \text{{else}}\ {of(orelse).text}"
            return Piece(text, CONDITION)
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            parts = [of(left).text]
            for comparison, part in zip(ops, comparators, strict=True):
                parts += [_LATEX_COMPARISONS[_COMPARISONS[type(comparison)]], of(part).text]
            return Piece(" ".join(parts), COMPARISON)
    raise ValueError(f"{ast.unparse(node)!r} cannot be typeset")


def _typeset_product(left: Piece, right: Piece) -> Piece:
    first, second = _leading(left), right.within(PRODUCT)
    is_coefficient = re.fullmatch(r"-?\d+", first) is not None and re.match(r"[A-Za-z(\\]", second) is not None
    is_letter = re.fullmatch(r"([A-Za-z]|\\pi)(_\{\d+\})?(\^\{\d+\})?", second) is not None
    joint = " " if is_coefficient or is_letter else r" \cdot "
    return Piece(f"{first}{joint}{second}", NEGATIVE if left.level == NEGATIVE else PRODUCT)


def _typeset_call(name: str, args: list[str]) -> Piece:
    match name, args:
        case "sqrt", [arg]:
            return Piece(rf"\sqrt{{{arg}}}", ATOM)
        case "abs", [arg]:
            return Piece(rf"\left| {arg} \right|", ATOM)
        case "exp", [arg]:
            return Piece(f"e^{{{arg}}}", POWER)
    shown = rf"\{name}" if name in _LATEX_FUNCTIONS else rf"\mathrm{{{name}}}"
    if name == "sigmoid":
        shown = r"\sigma"
    return Piece(rf"{shown}\left({', '.join(args)}\right)", ATOM)


def _latex_number(number: float) -> str:
    if isinstance(number, int):
        return str(number)
    mantissa, has_exponent, exponent = f"{number:.4g}".partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if has_exponent else mantissa


def latex_name(name: str) -> str:
    r"""Set a name of the lesson in LaTeX: ``w12`` becomes ``w_{12}``, ``loss`` becomes ``\mathrm{loss}``."""
    if name in _GREEK:
        return _GREEK[name]
    letters = unicodedata.normalize("NFD", name)
    if _MACRON in letters:
        return rf"\bar{{{latex_name(letters.replace(_MACRON, ''))}}}"
    match = re.fullmatch(r"([^\W\d_])_?(\d+)", name)
    if match:
        return f"{match[1]}_{{{match[2]}}}"
    if len(name) == 1:
        return name
    return r"\mathrm{" + name.replace("_", r"\_") + "}"
