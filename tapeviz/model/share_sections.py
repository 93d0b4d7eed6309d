"""The inspector's account of one VJP: the rule, the shapes at work, what came in and what was sent."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tapeviz.model.explanation import Row, Section
from tapeviz.model.graph import GraphEdge
from tapeviz.model.heats import heats_of
from tapeviz.model.latex import chain_line, latex_target
from tapeviz.model.naming import names_of
from tapeviz.model.numbers import format_number, format_value
from tapeviz.model.recording import Op
from tapeviz.model.rules import CHAPTERS, Rule
from tapeviz.model.rules.naming import derivative_latex, derivative_text, formula_text, latex_atom, local_text
from tapeviz.model.rules.rule import letter_of
from tapeviz.model.shapes_at_work import shapes_text, summed_axes
from tapeviz.model.shares import whose_gradient
from tapeviz.model.story import Story, is_scalar
from tapeviz.model.tensor import value_of_array

OTHER_THAN_RULE = "TensorFlow's own gradient goes another way than the rule at this point; these are its numbers."
CONJUGATED = "For complex numbers TensorFlow conjugates the factors of the rule; these are its numbers."
MATRIX_OPS = frozenset(
    op_type
    for chapter in ("Products", "Linear systems", "Decompositions")
    for rule in CHAPTERS[chapter]
    for op_type in rule.op_types
)
WAITING = "Not computed yet at this step."


def share_section(story: Story, op: Op, rule: Rule | None, edge: GraphEdge, title: str) -> Section:
    """Account for what an op sent along one edge: the rule, the shapes in it, the numbers as matrices or in rows."""
    upstream, sent = story.cotangent_of(op.id), story.sent(edge)
    names = {} if rule is None else names_of(story, op, rule)
    rows = [cotangent_row(f"comes in (∂{story.target_name()}/∂{names.get('z', 'z')})", story, upstream)]
    notes: tuple[str, ...] = ()
    if rule is not None and story.is_other_than_rule(op, rule, edge.input_index):
        rule, notes = None, (OTHER_THAN_RULE,)
    elif rule is not None and _is_conjugated(story, op, rule):
        rule, notes = None, (CONJUGATED,)
    elif rule is not None and rule.is_elementwise:
        rows += _local_row(story, op, rule, edge.input_index, names)
    elif rule is None:
        notes = (f"{whose_gradient(op.type)}.",)
    notes = (*notes, *_became_zero(story, op, upstream, sent))
    result = cotangent_row(f"= sent to {story.name(edge.source)}", story, sent, is_result=True)
    heats = heats_of(story, op, rule, edge.input_index, names, sent)
    return Section(
        title=title,
        tone="backward",
        formula=_formula(rule, op, edge.input_index, names),
        latex="" if rule is None else _latex(story, op, rule, edge.input_index, names),
        chain="" if rule is None else _chain(story, op, rule, edge, names),
        shapes=shapes_text(story, op, rule, edge.input_index, names),
        heats=heats,
        rows=() if heats else (*rows, result),
        notes=notes,
    )


def _became_zero(story: Story, op: Op, upstream: int | None, sent: int | None) -> tuple[str, ...]:
    """Say how many of the numbers that came in became 0, where the op works element by element."""
    came, went = story.value(upstream), story.value(sent)
    if came is None or went is None or not (came.is_whole and went.is_whole) or came.shape != went.shape:
        return ()
    if came.size < 2 or len(op.outputs) != 1 or not came.encoding or not went.encoding:
        return ()
    lost = int(np.count_nonzero((came.array != 0) & (went.array == 0)))
    return (f"{lost} of {np.count_nonzero(came.array)} numbers that came in became 0 here.",) if lost else ()


def _is_conjugated(story: Story, op: Op, rule: Rule) -> bool:
    """Whether the numbers are complex and the rule, made for real ones, has factors that TensorFlow conjugates."""
    is_complex = any(story.recording.tensors[tensor].dtype.startswith("complex") for tensor in op.inputs)
    return is_complex and rule.manner == "structural" and op.type in MATRIX_OPS


def _latex(story: Story, op: Op, rule: Rule, input_index: int, names: dict[str, str]) -> str:
    """Set the rule in LaTeX, with the sum over the axes along which this operand was broadcast."""
    latex = derivative_latex(rule, input_index, names)
    own, out = (story.recording.tensors[tensor].shape for tensor in (op.inputs[input_index], op.outputs[0]))
    axes = summed_axes(own, out) if rule.is_elementwise and op.type != "BiasAdd" else ()
    if op.type == "BiasAdd" and input_index == 1:
        axes = tuple(range(len(out) - 1))
    left, equals, right = latex.partition(" = ")
    if not axes or not equals:
        return latex
    body = rf"\left({right}\right)" if r"\text" in right else right
    return rf"{left} = \sum_{{\mathrm{{axis}}\ {', '.join(map(str, axes))}}} {body}"


def _chain(story: Story, op: Op, rule: Rule, edge: GraphEdge, names: dict[str, str]) -> str:
    """Set the chain rule with its numbers, where they are single ones."""
    upstream, sent = story.value(story.cotangent_of(op.id)), story.value(story.sent(edge))
    local = story.local(op, rule, edge.input_index)
    if upstream is None or sent is None or local is None or local.size != 1:
        return ""
    if not is_scalar(upstream) or not is_scalar(sent):
        return ""
    letter = letter_of(edge.input_index)
    result, operand = latex_atom(names.get("z", "z")), latex_atom(names.get(letter, letter))
    numbers = (upstream.array.item(), float(local.item()), sent.array.item())
    return chain_line(latex_target(story.target_name()), result, operand, numbers)


def _local_row(story: Story, op: Op, rule: Rule, input_index: int, names: dict[str, str]) -> list[Row]:
    local = story.local(op, rule, input_index)
    if local is None:
        return []
    is_same = bool(local.size) and bool((local == local.flat[0]).all())
    number = format_number(local.flat[0]) if is_same else format_value(value_of_array(local))
    return [Row(label=f"× local derivative ({local_text(rule, input_index, names)})", number=number, tone="backward")]


def _formula(rule: Rule | None, op: Op, input_index: int, names: dict[str, str]) -> str:
    if rule is None:
        return ""
    parts = [formula_text(rule, names, len(op.inputs)), derivative_text(rule, input_index, names)]
    return "   ".join(part for part in parts if part)


def cotangent_row(label: str, story: Story, tensor: int | None, *, is_result: bool = False) -> Row:
    """Write a cotangent as a row of arithmetic."""
    number = format_value(story.value(tensor))
    return Row(label=label, number=number, tone="backward", is_result=is_result, tensor=tensor)


def waiting_section(story: Story, op: Op, rule: Rule | None, edges: Sequence[GraphEdge]) -> Section:
    """Say by which rules an op will send something back, before it does."""
    formulas = []
    if rule is not None:
        names = names_of(story, op, rule)
        formulas = [derivative_text(rule, edge.input_index, names) for edge in edges]
    formula = "   ".join(text for text in formulas if text)
    return Section(title="Backward", tone="backward", formula=formula, notes=(WAITING,))
