"""What a node computes, written out in the lesson's names: ``3x × y``, ``Σ(x @ W + b)``."""

from __future__ import annotations

from tapeviz.model.numbers import format_factor, format_value
from tapeviz.model.plumbing import IDENTITY_TYPES, flowing_inputs
from tapeviz.model.recording import Op
from tapeviz.model.rules import Rule, symbol_of
from tapeviz.model.rules.notation import ATOM, COMPARISON, PRODUCT, SUM, TIGHT, Piece, Style, piece_of, show
from tapeviz.model.rules.rule import letter_of
from tapeviz.model.story import Story

LONGEST_PART = 24
"""Characters of an operand that are still written out; a longer one is an ellipsis."""

DEEPEST = 8
LARGEST_SUM = 4
_TOP = Style(times=" × ")
_INFIX = frozenset({">", "≥", "<", "≤", "=", "≠", "and", "or", "//"})
_TRANSPARENT = IDENTITY_TYPES | {"Cast", "StopGradient"}


def title_of(story: Story, op: Op) -> str:
    """Write what an op computes, its operands built up from what they were computed from."""
    return _expression(story, op, 0).text


def _expression(story: Story, op: Op, depth: int) -> Piece:
    rule = story.rule(op)
    places = list(flowing_inputs(op.type, len(op.inputs)))
    operands = {letter_of(place): _operand(story, op.inputs[place], depth) for place in places}
    if rule is None or not rule.is_elementwise:
        return _applied(symbol_of(op.type), op.type, list(operands.values()))
    for letter, attribute in rule.parameters:
        operands[letter] = piece_of(format_factor(op.attributes.get(attribute, letter)))
    return show(_forward(rule, len(places)), operands, TIGHT if depth else _TOP)


def _forward(rule: Rule, arity: int) -> str:
    if rule.is_variadic:
        return " + ".join(letter_of(place) for place in range(min(arity, LARGEST_SUM)))
    return rule.forward


def _operand(story: Story, tensor: int, depth: int) -> Piece:
    found = story.recording.tensors[tensor]
    name = story.lesson_name(tensor)
    if name:
        return piece_of(name)
    op = None if found.producer is None else story.recording.ops[found.producer]
    if op is not None and op.type in _TRANSPARENT:
        return _operand(story, op.inputs[0], depth)
    if op is not None:
        piece = _expression(story, op, depth + 1) if depth < DEEPEST else piece_of("…")
        return piece if len(piece.text) <= LONGEST_PART else piece_of("…")
    number = story.scalar_constant(tensor)
    if number is not None:
        return piece_of(format_factor(number))
    return piece_of(f"[{format_value(found.value).strip('[]')}]" if found.value is not None else found.role)


def _applied(symbol: str, op_type: str, operands: list[Piece]) -> Piece:
    """Write an op that has no formula of its own: ``uᵀ``, ``u @ v``, ``x[…]``, ``softmax(u)``."""
    if not operands or symbol.endswith(")"):
        return piece_of(symbol)
    if symbol in _INFIX and len(operands) == 2:
        return Piece(f"{operands[0].within(SUM)} {symbol} {operands[1].within(SUM)}", COMPARISON)
    if symbol == "@" and len(operands) == 2:
        return Piece(f"{operands[0].within(PRODUCT)} @ {operands[1].within(ATOM)}", PRODUCT)
    if symbol.startswith("( )"):
        return piece_of(operands[0].within(ATOM) + symbol.removeprefix("( )"))
    if symbol.startswith("["):
        return piece_of(operands[0].within(ATOM) + "[…]")
    if op_type == "L2Loss":
        return piece_of(f"½‖{operands[0].text}‖²")
    more = ", …" if len(operands) > LARGEST_SUM else ""
    return piece_of(f"{symbol}({', '.join(piece.text for piece in operands[:LARGEST_SUM])}{more})")
