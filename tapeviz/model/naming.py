"""What the letters of a rule stand for in one op: the lesson's own names, where they tell the operands apart."""

from __future__ import annotations

from collections.abc import Iterator

from tapeviz.model.numbers import format_factor
from tapeviz.model.recording import Op
from tapeviz.model.rules import Rule
from tapeviz.model.rules.rule import letter_of
from tapeviz.model.story import Story

LONGEST_NAME = 12
_OPERAND_LETTERS = ("u", "v", "w", "s", "t", "p")
_RESULT_LETTERS = ("z", "q", "r")


def names_of(story: Story, op: Op, rule: Rule) -> dict[str, str]:
    """Name the operands and the result of an op: ``{"u": "3", "v": "y", "z": "z"}``.

    An operand is called what the lesson calls it, a constant scalar is written as its number, and any other gets a
    letter that the lesson does not use. Two operands of one name get letters as well: ``x · x`` has two factors, each
    with a derivative of its own.
    """
    taken = {node.symbol for node in story.graph.nodes if node.kind != "op"}
    letters = [letter for letter in _OPERAND_LETTERS if letter not in taken]
    given = [_operand_name(story, tensor) for tensor in op.inputs]
    names: dict[str, str] = {}
    for index, name in enumerate(given):
        is_number = name[:1] in {"−", *"0123456789"}
        is_clear = bool(name) and (is_number or given.count(name) == 1)
        if is_clear:
            names[letter_of(index)] = name
            continue
        # The letter of its place in the rule, so that no other operand, called by its own, looks the same.
        letter = letter_of(index) if letter_of(index) in letters else next(iter(letters), letter_of(index))
        letters = [free for free in letters if free != letter]
        names[letter_of(index)] = letter
    names["z"] = _result_name(story, op, taken | set(names.values()))
    names |= dict(_parameters(op, rule))
    return names


def _result_name(story: Story, op: Op, taken: set[str]) -> str:
    result = story.lesson_name(op.outputs[0]) if len(op.outputs) == 1 else ""
    if result and len(result) <= LONGEST_NAME:
        return result
    return next((letter for letter in _RESULT_LETTERS if letter not in taken), "z")


def _parameters(op: Op, rule: Rule) -> Iterator[tuple[str, str]]:
    for letter, attribute in rule.parameters:
        value = op.attributes.get(attribute)
        if isinstance(value, int | float):
            yield letter, format_factor(value)


def _operand_name(story: Story, tensor: int) -> str:
    """Find the lesson's name of an operand or its number; empty where it has neither."""
    number = story.scalar_constant(tensor)
    if number is not None:
        return format_factor(number)
    name = story.lesson_name(tensor)
    return name if len(name) <= LONGEST_NAME else ""
