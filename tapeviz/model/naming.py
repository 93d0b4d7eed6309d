"""What the letters of a rule stand for in one op: the lesson's own names, where they tell the operands apart."""

from __future__ import annotations

from tapeviz.model.numbers import format_factor
from tapeviz.model.recording import Op
from tapeviz.model.rules import Rule
from tapeviz.model.rules.rule import LETTERS, letter_of
from tapeviz.model.story import Story

LONGEST_NAME = 12


def names_of(story: Story, op: Op, rule: Rule) -> dict[str, str]:
    """Name the operands and the result of an op: ``{"u": "3", "v": "y", "z": "z"}``.

    An operand without a name keeps its letter, a constant scalar is written as its number. Where two operands would be
    called the same, all keep their letters: ``x · x`` has two factors, each with a derivative of its own.
    """
    names: dict[str, str] = {}
    for index, tensor in enumerate(op.inputs):
        names[letter_of(index)] = _operand_name(story, op, index, tensor) or letter_of(index)
    names["z"] = "z"
    if len(op.outputs) == 1:
        result = story.recording.tensors[op.outputs[0]].name
        names["z"] = result if result and len(result) <= LONGEST_NAME else "z"
    for letter, attribute in rule.parameters:
        value = op.attributes.get(attribute)
        if isinstance(value, int | float):
            names[letter] = format_factor(value)
    words = [name for name in names.values() if not name[-1].isdigit() or name[0].isalpha()]
    if len(set(words)) == len(words):
        return names
    return {letter: name if name[:1] in "−0123456789" else letter for letter, name in names.items()}


def _operand_name(story: Story, op: Op, index: int, tensor: int) -> str:
    number = story.scalar_constant(tensor)
    if number is not None:
        return format_factor(number)
    node = story.node_of_op.get(op.id)
    edges = story.edges_into(node.id) if node is not None else ()
    source = next((story.nodes[edge.source] for edge in edges if edge.input_index == index), None)
    if source is not None and source.kind != "op" and source.symbol and len(source.symbol) <= LONGEST_NAME:
        return source.symbol
    name = story.recording.tensors[tensor].name
    if not name or len(name) > LONGEST_NAME or name in LETTERS:
        return name if name == letter_of(index) else ""
    return name
