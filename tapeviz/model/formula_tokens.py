"""The words and signs of a formula, each with the column at which it stands."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import Literal

TokenKind = Literal["number", "word", "sign", "end"]

_PATTERN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<transpose>\.T\b|ᵀ)"
    r"|(?P<raised>[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+)"
    r"|(?P<word>[^\W\d](?:(?![⁰¹²³⁴⁵⁶⁷⁸⁹ᵀ])\w)*)"
    r"|(?P<sign>\*\*|[-+*/^@()\[\],=|·×⋅∙∗÷∕−–√])"
)
_SIGNS = {"**": "^", "·": "*", "×": "*", "⋅": "*", "∙": "*", "∗": "*", "÷": "/", "∕": "/", "−": "-", "–": "-"}
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


class UnreadableError(Exception):
    """A formula cannot be read: the column (from 0) at which it goes wrong, and a sentence that says what mends it."""

    def __init__(self, column: int, message: str) -> None:
        super().__init__(message)
        self.column = column
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One word or sign in the plain spelling (``*`` for ``·``), and the columns from which to which it stands."""

    kind: TokenKind
    text: str
    column: int
    end: int


def place(column: int) -> str:
    """Say where a column is, as people count."""
    return f"at character {column + 1}"


def tokens(text: str) -> list[Token]:
    """Cut a formula into tokens, the last of which is its end.

    Raises
    ------
    UnreadableError
        At a character that means nothing in a formula, and at a number with two points.
    """
    found: list[Token] = []
    text = text.translate(_LOWERED)
    column = 0
    while column < len(text):
        match = _PATTERN.match(text, column)
        if match is None:
            raise UnreadableError(column, f"`{text[column]}` {place(column)} means nothing in a formula: take it away.")
        found.extend(_tokens_of(match))
        column = match.end()
    found.append(Token(kind="end", text="", column=len(text), end=len(text)))
    _refuse_second_points(found)
    return found


def _tokens_of(match: re.Match[str]) -> list[Token]:
    piece, column, end = match.group(), match.start(), match.end()
    match match.lastgroup:
        case "number":
            return [Token(kind="number", text=f"0{piece}" if piece.startswith(".") else piece, column=column, end=end)]
        case "word":
            return [Token(kind="word", text=piece, column=column, end=end)]
        case "sign":
            return [Token(kind="sign", text=_SIGNS.get(piece, piece), column=column, end=end)]
        case "transpose":
            return [Token(kind="sign", text=".T", column=column, end=end)]
        case "raised":
            return _power(piece.translate(_RAISED), column, end)
        case _:
            return []


def _power(exponent: str, column: int, end: int) -> list[Token]:
    digits = exponent.lstrip("+-")
    if not digits.isdigit():
        raise UnreadableError(column, f"The exponent {place(column)} is no number: write it as ^2.")
    power = [Token(kind="sign", text="^", column=column, end=end)]
    if exponent.startswith("-"):
        power.append(Token(kind="sign", text="-", column=column, end=end))
    return [*power, Token(kind="number", text=digits, column=column, end=end)]


def _refuse_second_points(found: list[Token]) -> None:
    for left, right in itertools.pairwise(found):
        if left.kind == right.kind == "number" and right.column == left.end and right.text.startswith("0."):
            raise UnreadableError(right.column, f"The number {place(left.column)} has two points: a number has one.")
