"""What is said of forward mode: tangents beside primals, op by op, and what the two modes cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tapeviz.model.accumulators import Accumulator
from tapeviz.model.explanation import Inspection, Row, Section
from tapeviz.model.forward_mode import Cost, cost_of, dotted, tangents_of
from tapeviz.model.graph import GraphNode
from tapeviz.model.naming import names_of
from tapeviz.model.numbers import MINUS, bracketed, format_number, format_value
from tapeviz.model.recording import Op
from tapeviz.model.rules import Rule
from tapeviz.model.rules.naming import local_text
from tapeviz.model.rules.notation import latex_name, typeset
from tapeviz.model.rules.rule import letter_of
from tapeviz.model.story import Story, called, is_scalar, joined, spoken
from tapeviz.model.subjects import source_label

NO_TANGENT = "It has no tangent: nothing that was given one leads here."


class Term(NamedTuple):
    """One input's part in the tangent of an op: which input, its tangent, and the local derivative if it is at hand."""

    input_index: int
    tangent: int
    local: float | None


def seed_text(story: Story, accumulator: Accumulator) -> str:
    """Say which tangents forward mode begins with."""
    named = [
        called(dotted(source_label(story.recording, primal.tensor, primal.name)), story.value(primal.tangent))
        for primal in accumulator.primals
    ]
    if not named:
        return "No primal was given a tangent."
    many = f"{len(named)} tangents are given" if len(named) > 3 else f"{joined(named)} {_verb(named)} given"
    return f"Forward mode starts at the inputs: {many}, the direction in which they move."


def forward_texts(story: Story, accumulator: Accumulator, node: GraphNode, op: Op, made: str) -> list[str]:
    """Say what an op makes and how its tangent comes about; the fullest text first."""
    tangent = _tangent_of(story, accumulator, op)
    if tangent is None:
        return [f"{node.symbol} makes {made}. {NO_TANGENT}", f"{node.symbol} makes {made}; it has no tangent."]
    value = spoken(story.value(tangent))
    plain = f"{node.symbol} makes {made}; its tangent is {value}."
    rule = story.rule(op)
    terms = terms_of(story, accumulator, op, rule)
    if not is_scalar(story.value(tangent)) or not terms or any(term.local is None for term in terms):
        if rule is not None and rule.is_elementwise and len(terms) == 1:
            names = names_of(story, op, rule)
            local = local_text(rule, terms[0].input_index, names)
            if local not in {"", "1"}:
                return [f"{node.symbol} makes {made}; its tangent is multiplied by {local}: {value}.", plain]
        return [plain]
    sum_ = " + ".join(
        f"{bracketed(format_number(term.local))} · {bracketed(spoken(story.value(term.tangent)))}" for term in terms
    )
    return [f"{node.symbol} makes {made}; its tangent is {sum_} = {value}.", plain]


def result_texts(story: Story, accumulator: Accumulator) -> list[str]:
    """Say what ``acc.jvp`` returned, and what it took; the fullest text first."""
    told = [_answer_text(story, name, value) for name, value in _answers(story, accumulator)]
    returned = f"acc.jvp returns {joined(told)}." if told else "acc.jvp was not asked for anything."
    cost = cost_of(story.recording, accumulator)
    if accumulator.defect:
        return [accumulator.defect]
    if cost is None:
        return [returned]
    brief = f"acc.jvp returns {len(told)} tangents." if len(told) > 1 else returned
    return [f"{returned} {text}" for text in _cost_texts(cost)[:1]] + [returned, brief]


def tangent_section(story: Story, playhead: int, accumulator: Accumulator, op: Op, *, waiting: str) -> Section:
    """Account for the tangent of an op as far as the playhead has come."""
    if story.forward_at.get(op.id, 0) > playhead:
        return Section(title="Tangent", tone="tangent", notes=(waiting,))
    tangent = _tangent_of(story, accumulator, op)
    if tangent is None:
        return Section(title="Tangent", tone="tangent", notes=(NO_TANGENT,))
    rule = story.rule(op)
    names = {} if rule is None else names_of(story, op, rule)
    rows: list[Row] = []
    terms = terms_of(story, accumulator, op, rule)
    for term in terms:
        name = names.get(letter_of(term.input_index), letter_of(term.input_index))
        rows.append(_row(story, f"{dotted(name)} comes in", term.tangent))
        if rule is not None and term.local is not None:
            label = f"× local derivative ({local_text(rule, term.input_index, names)})"
            rows.append(Row(label=label, number=format_number(term.local), tone="tangent"))
    rows.append(_row(story, f"= tangent {dotted(names.get('z', 'z'))}", tangent, is_result=True))
    indices = [term.input_index for term in terms]
    is_told = rule is not None and rule.is_elementwise and bool(indices)
    return Section(
        title="Tangent",
        tone="tangent",
        formula=_rule_text(rule, indices, names) if rule is not None and is_told else "",
        latex=_rule_latex(rule, indices, names) if rule is not None and is_told else "",
        rows=tuple(rows),
        notes=() if is_told else ("By the forward rule that TensorFlow makes of the op's gradient.",),
    )


def leaf_section(story: Story, accumulator: Accumulator, node: GraphNode) -> Section:
    """Account for the tangent of a variable, a tensor or the target."""
    tangents = tangents_of(accumulator, story.recording)
    tensors = (*(() if node.tensor is None else (node.tensor,)), *node.values)
    tangent = next((tangents[tensor] for tensor in tensors if tensor in tangents), None)
    if tangent is None:
        return Section(title="Tangent", tone="tangent", notes=(NO_TANGENT,))
    given = "Given with the primal." if any(primal.tensor == node.tensor for primal in accumulator.primals) else ""
    row = _row(story, dotted(node.symbol), tangent, is_result=True)
    return Section(title="Tangent", tone="tangent", rows=(row,), notes=(given,) if given else ())


def summary(story: Story, playhead: int, accumulator: Accumulator, title: str) -> Inspection:
    """Account for the whole of a forward mode: what was given, and at the end what it gave and what it took."""
    is_over = story.timeline.steps[playhead].phase == "result"
    given = []
    for primal in accumulator.primals:
        name = source_label(story.recording, primal.tensor, primal.name)
        value = story.value(primal.tensor)
        given.append(Row(label=name, number=format_value(value), tone="forward", tensor=primal.tensor))
        given.append(_row(story, dotted(name), primal.tangent))
    sections = [Section(title="Given", tone="forward", rows=tuple(given))]
    if is_over:
        rows = [
            Row(label=dotted(name), number="None", tone="tangent", is_result=True)
            if value is None
            else _row(story, dotted(name), value, is_result=True)
            for name, value in _answers(story, accumulator)
        ]
        checked = "Checked: each tangent that came out of a rule went into the next, and acc.jvp returned the last."
        notes = (accumulator.defect,) if accumulator.defect else (checked,) if accumulator.checked else ()
        sections.append(Section(title="Result", tone="tangent", rows=tuple(rows), notes=notes))
        cost = cost_of(story.recording, accumulator)
        if cost is not None:
            sections.append(Section(title="Cost", tone="plain", notes=tuple(_cost_texts(cost)), is_card=True))
    facts = ["tf.autodiff.ForwardAccumulator", *([f"line {accumulator.line}"] if accumulator.line else [])]
    tensors = tuple(value for _, value in _answers(story, accumulator) if value is not None) if is_over else ()
    return Inspection(
        kicker="FORWARD MODE",
        title=title,
        subtitle=" · ".join(facts),
        sections=tuple(sections),
        tensors=tuple(dict.fromkeys(tensors)),
    )


def terms_of(story: Story, accumulator: Accumulator, op: Op, rule: Rule | None) -> list[Term]:
    """List the inputs whose tangents make the op's, with local derivatives where they give TensorFlow's number."""
    jvp = next((each for each in accumulator.jvps if each.op == op.id), None)
    if jvp is None:
        return []
    moving = [(index, tangent) for index, tangent in enumerate(jvp.input_tangents) if tangent is not None]
    locals_ = [_local(story, op, rule, index) for index, _ in moving]
    terms = [Term(index, tangent, local) for (index, tangent), local in zip(moving, locals_, strict=True)]
    if _adds_up(story, terms, jvp.output_tangents[0]):
        return terms
    return [term._replace(local=None) for term in terms]


def _local(story: Story, op: Op, rule: Rule | None, input_index: int) -> float | None:
    if rule is None or not rule.is_elementwise:
        return None
    local = story.local(op, rule, input_index)
    if local is None or local.size != 1 or np.iscomplexobj(local):
        return None
    return float(local.reshape(-1)[0])


def _adds_up(story: Story, terms: Sequence[Term], tangent: int | None) -> bool:
    total = story.value(tangent)
    if total is None or not is_scalar(total):
        return False
    made = 0.0
    for term in terms:
        value = story.value(term.tangent)
        if value is None or not is_scalar(value) or term.local is None:
            return False
        made += term.local * float(value.array.item())
    its = float(total.array.item())
    tolerance = {2: 2e-2, 4: 1e-4}.get(total.array.dtype.itemsize, 1e-9)
    return bool(np.isclose(made, its, rtol=tolerance, atol=1e-30, equal_nan=True))


def _rule_text(rule: Rule, indices: Sequence[int], names: dict[str, str]) -> str:
    parts = []
    for index in indices:
        name, local = names.get(letter_of(index), letter_of(index)), local_text(rule, index, names)
        is_loose = " + " in local or f" {MINUS} " in local
        factor = "" if local == "1" else f"({local}) · " if is_loose else f"{local} · "
        parts.append(f"{factor}{dotted(name)}")
    return f"{dotted(names.get('z', 'z'))} = {' + '.join(parts)}"


def _rule_latex(rule: Rule, indices: Sequence[int], names: dict[str, str]) -> str:
    tex = {letter: latex_name(name) for letter, name in names.items() if name[:1].isalpha()}
    tex |= {letter: name.replace(MINUS, "-") for letter, name in names.items() if not name[:1].isalpha()}
    parts = []
    for index in indices:
        letter, local = letter_of(index), rule.local_of(index)
        factor = "" if local == "1" else rf"\left({typeset(local, tex).text}\right) "
        parts.append(rf"{factor}\dot{{{tex.get(letter, letter)}}}")
    return rf"\dot{{{tex.get('z', 'z')}}} = {' + '.join(parts)}"


def _answers(story: Story, accumulator: Accumulator) -> list[tuple[str, int | None]]:
    return [(source_label(story.recording, answer.tensor, answer.name), answer.value) for answer in accumulator.answers]


def _answer_text(story: Story, name: str, value: int | None) -> str:
    return f"None for {name}, which no primal leads to" if value is None else called(dotted(name), story.value(value))


def _cost_texts(cost: Cost) -> list[str]:
    took = f"Forward mode applied {_counted(cost.forward_rules, 'rule')} in one pass, beside the ops"
    if cost.backward_rules is None:
        texts = [f"{took}."]
    else:
        where = "" if cost.line is None else f" (line {cost.line})"
        texts = [f"{took}; reverse mode{where} {_counted(cost.backward_rules, 'VJP')} after them."]
    passes = (
        f"The whole Jacobian takes {_counted(cost.inputs, 'pass', 'passes')} in forward mode, one per input number, "
        f"and {_counted(cost.outputs, 'pass', 'passes')} in reverse mode, one per output number."
    )
    return [*texts, passes]


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{format_number(count)} {one if count == 1 else many or one + 's'}"


def _tangent_of(story: Story, accumulator: Accumulator, op: Op) -> int | None:
    tangents = tangents_of(accumulator, story.recording)
    return next((tangents[tensor] for tensor in op.outputs if tensor in tangents), None)


def _row(story: Story, label: str, tensor: int, *, is_result: bool = False) -> Row:
    number = format_value(story.value(tensor))
    return Row(label=label, number=number, tone="tangent", is_result=is_result, tensor=tensor)


def _verb(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
