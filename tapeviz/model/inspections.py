"""The inspector's account of a node: what it computed, what came back through it, and what it adds up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tapeviz.model.explanation import Inspection, Row, Section, SymbolicDerivative
from tapeviz.model.finding_words import marked_sections, reasons_of
from tapeviz.model.forward_words import leaf_section, tangent_section
from tapeviz.model.forward_words import summary as forward_summary
from tapeviz.model.graph import GraphNode
from tapeviz.model.latex import latex_target, sum_line
from tapeviz.model.naming import names_of
from tapeviz.model.numbers import format_factor, format_shape, format_value
from tapeviz.model.recording import GradientCall, Op, Tensor
from tapeviz.model.rules import Rule
from tapeviz.model.rules.naming import formula_text
from tapeviz.model.rules.notation import Style, latex_name, piece_of, show
from tapeviz.model.rules.rule import letter_of
from tapeviz.model.share_sections import WAITING, cotangent_row, share_section, waiting_section
from tapeviz.model.shares import kind_of
from tapeviz.model.story import Story, is_scalar, joined, spoken
from tapeviz.model.subjects import inside_of, row_position, source_name, tape_of
from tapeviz.model.tensor import TensorValue
from tapeviz.model.titles import title_of
from tapeviz.model.unrecorded import reason_not_recorded
from tapeviz.model.updates import arithmetic_of, method_of

Symbolic = Sequence[SymbolicDerivative | None]
_ARITHMETIC = Style(times=" × ")
_KINDS = {"variable": "VARIABLE", "watched": "WATCHED TENSOR", "constant": "CONSTANT", "target": "TARGET"}


def inspection_of(story: Story, playhead: int, node: GraphNode, symbolic: Symbolic) -> Inspection:
    """Account for one node as far as the playhead has come."""
    if node.op is not None:
        return _of_op(story, playhead, node, story.op(node.op), symbolic)
    return _of_tensor(story, playhead, node, symbolic)


def summary_of(story: Story, playhead: int, title: str, symbolic: Symbolic) -> Inspection:
    """Account for the whole subject: what is asked, and at the end what came out."""
    call = story.call
    if story.accumulator is not None:
        return forward_summary(story, playhead, story.accumulator, title.removeprefix("forward mode: "))
    if call is None:
        nodes = story.graph.nodes
        given = joined([node.symbol for node in nodes if node.kind in {"variable", "watched"}] or ["nothing"])
        notes = ("No gradient was asked for.", f"The tape watches {given}.")
        return Inspection(
            kicker="TAPE", title=title, subtitle="", sections=(Section(title="Tape", tone="plain", notes=notes),)
        )
    is_over = playhead >= story.timeline.result
    sections = [_given(story)]
    if is_over:
        sections += [_results(story, call), *reasons_of(story, call.sources)]
        sections += _symbolic_sections(symbolic, range(len(call.sources)))
    return Inspection(
        kicker=call.method.replace("_", " ").upper(),
        title=title,
        subtitle=" · ".join([f"tape.{call.method}", *_line(call.line), *_row_facts(story)]),
        sections=tuple(sections),
        tensors=_returned(story, call) if is_over else (),
    )


def _returned(story: Story, call: GradientCall) -> tuple[int, ...]:
    """List what TensorFlow returned: of a Jacobian the whole of it, whichever row is looked at."""
    whole = story.recording.gradient_calls[call.id]
    return tuple(source.value for source in whole.sources if source.value is not None)


def _row_facts(story: Story) -> list[str]:
    position = row_position(story.recording, story.timeline.subject)
    return [] if position is None else [f"row {position[0] + 1} of {position[1]}"]


def _given(story: Story) -> Section:
    given = [node for node in story.graph.nodes if node.kind in {"variable", "watched"}]
    found = [(node.symbol, *story.node_value(node)) for node in given]
    rows = [Row(label=name, number=format_value(value), tone="forward", tensor=tensor) for name, tensor, value in found]
    held = {tensor for group in story.graph.groups if group.is_folded for tensor in group.variables}
    notes = (f"{len(held)} variable{'s' if len(held) > 1 else ''} within folded groups.",) if held else ()
    return Section(title="Given", tone="forward", rows=tuple(rows), notes=notes)


def _results(story: Story, call: GradientCall) -> Section:
    target = story.target_name()
    rows = []
    for source in call.sources:
        number = "None" if source.value is None else format_value(story.value(source.value))
        label = f"∂{target}/∂{source_name(story.recording, source)}"
        rows.append(Row(label=label, number=number, tone="backward", is_result=True, tensor=source.value))
    if call.defect:
        notes: tuple[str, ...] = (call.defect,)
    else:
        agreed = "every row that was run equals the Jacobian" if call.rows else "every sum equals what"
        notes = (f"Checked: {agreed} {'that ' if call.rows else ''}TensorFlow returned.",) if call.checked else ()
    if call.note:
        notes = (*notes, call.note)
    return Section(title="Result", tone="backward", rows=tuple(rows), notes=notes)


def _of_op(story: Story, playhead: int, node: GraphNode, op: Op, symbolic: Symbolic) -> Inspection:
    rule = story.rule(op)
    sections = [_forward(story, playhead, node, op, rule)]
    if story.accumulator is not None:
        sections.append(tangent_section(story, playhead, story.accumulator, op, waiting=WAITING))
        return _op_inspection(story, node, op, rule, sections)
    sending = [edge for edge in story.edges_into(node.id) if story.sent(edge) is not None]
    edges = sorted(sending, key=lambda edge: story.nodes[edge.source].kind == "op")
    has_come_back = story.backward_at.get(op.id, playhead + 1) <= playhead
    if edges and has_come_back:
        titles = [f"Backward to {story.name(edge.source)}" if len(edges) > 1 else "Backward" for edge in edges]
        sections += [share_section(story, op, rule, edge, title) for edge, title in zip(edges, titles, strict=True)]
        # The matrices are what is looked at now; what went forward is told in a line each.
        if any(section.heats for section in sections):
            sections[0] = replace(sections[0], is_brief=True)
        receivers = list(dict.fromkeys(edge.source for edge in edges))
        sections += [card for receiver in receivers for card in _sum_card(story, playhead, receiver)]
        sections += _finished_symbolic(story, playhead, receivers, symbolic)
    elif edges:
        sections.append(waiting_section(story, op, rule, edges))
    else:
        sections.append(Section(title="Backward", tone="backward", notes=(_why_nothing(story, node, rule),)))
    return _op_inspection(story, node, op, rule, [*marked_sections(story, playhead, op), *sections])


def _op_inspection(story: Story, node: GraphNode, op: Op, rule: Rule | None, sections: Sequence[Section]) -> Inspection:
    # What a rule's sentence says is about the way back.
    is_told = rule is not None and story.accumulator is None
    notes = [Section(title="", tone="muted", notes=(rule.sentence,))] if rule is not None and is_told else []
    inside = inside_of(story.recording, op.id)
    if inside is not None and inside.note:
        notes.append(Section(title="Inside", tone="accent", notes=(inside.note,)))
    return Inspection(
        kicker=(rule.name if rule else kind_of(op.type)).upper(),
        title=title_of(story, op),
        subtitle=" · ".join(_op_facts(story, node, op)),
        sections=(*sections, *notes),
        tensors=tuple(story.results(op)),
    )


def _op_facts(story: Story, node: GraphNode, op: Op) -> list[str]:
    outputs = [story.recording.tensors[tensor] for tensor in story.results(op)]
    kinds = [f"{len(outputs)} outputs"] if len(outputs) > 1 else [_kind(tensor) for tensor in outputs]
    off_tape = [] if node.is_recorded else ["not on the tape"]
    thread = [f"thread {op.thread}"] if op.thread else []
    return [op.type, *_line(op.line), *kinds, *thread, *off_tape]


def _line(line: int | None) -> list[str]:
    return [] if line is None else [f"line {line}"]


def _kind(tensor: Tensor) -> str:
    return f"{format_shape(tensor.shape)} {tensor.dtype}"


def _why_nothing(story: Story, node: GraphNode, rule: Rule | None) -> str:
    if rule is not None and rule.manner == "blocking":
        return rule.sentence
    if not node.is_recorded:
        tape = tape_of(story.recording, story.timeline.subject)
        reason = ""
        if tape is not None and node.op is not None:
            reason = reason_not_recorded(story.recording, story.recording.tapes[tape], story.op(node.op))
        return f"The tape does not hold this op, so nothing goes back through it. {reason}".rstrip()
    if story.call is None:
        return "No gradient was asked for."
    return "Nothing goes back through it in this gradient call."


def _forward(story: Story, playhead: int, node: GraphNode, op: Op, rule: Rule | None) -> Section:
    if story.forward_at.get(op.id, 0) > playhead:
        return Section(title="Forward", tone="forward", notes=(WAITING,))
    values = [story.value(tensor) for tensor in (*op.inputs, *op.outputs)]
    if rule is not None and rule.is_elementwise and len(op.outputs) == 1 and all(map(is_scalar, values)):
        return Section(title="Forward", tone="forward", formula=_arithmetic(op, rule, values))
    formula = "" if rule is None else formula_text(rule, names_of(story, op, rule), len(op.inputs))
    rows = [
        _number_row(story.name(edge.source), story.value(edge.tensor), edge.tensor)
        for edge in story.edges_into(node.id)
    ]
    results = [
        Row(label="= result", number=format_value(story.value(tensor)), tone="forward", is_result=True, tensor=tensor)
        for tensor in story.results(op)
    ]
    return Section(title="Forward", tone="forward", formula=formula, rows=(*rows, *results))


def _number_row(label: str, value: TensorValue | None, tensor: int | None) -> Row:
    return Row(label=label, number=format_value(value), tone="forward", tensor=tensor)


def _arithmetic(op: Op, rule: Rule, values: Sequence[TensorValue | None]) -> str:
    numbers = {letter_of(index): piece_of(format_value(value)) for index, value in enumerate(values[:-1])}
    for letter, attribute in rule.parameters:
        numbers[letter] = piece_of(str(op.attributes.get(attribute, letter)))
    forward = rule.forward
    if rule.is_variadic:
        forward = " + ".join(letter_of(index) for index in range(len(op.inputs)))
    return f"{show(forward, numbers, _ARITHMETIC).text} = {format_value(values[-1])}"


def _sum_card(story: Story, playhead: int, node: str) -> list[Section]:
    """Write the sum at a node out, where more than one share comes together there."""
    if len(story.arrivals(node, story.timeline.last)) < 2:
        return []
    came = story.arrivals(node, playhead)
    if not came:
        return []
    labels = [f"{spoken(story.value(share.tensor))} from {share.giver}" for share in came]
    rows = [Row(label=text if not index else f"+ {text}", number="") for index, text in enumerate(labels)]
    pending = story.is_pending(node, playhead)
    total = f"= {spoken(story.adjoint(node, playhead))}{' …' if pending else ''}"
    rows[-1] = Row(label=rows[-1].label, number=total, tone="backward")
    notes = ("More is still to come.",) if pending else ()
    return [
        Section(
            title=f"Sum at {story.name(node)}",
            tone="plain",
            chain="" if pending else _sum_chain(story, node),
            rows=tuple(rows),
            notes=notes,
            is_card=True,
        )
    ]


def _sum_chain(story: Story, node: str) -> str:
    """Set the finished sum at a node in LaTeX, where its shares are single numbers."""
    last = story.timeline.last
    values = [story.value(share.tensor) for share in story.arrivals(node, last)]
    total = story.adjoint(node, last)
    numbers = [value.array.item() for value in (*values, total) if value is not None and is_scalar(value)]
    if len(numbers) <= len(values):
        return ""
    name = latex_name(story.name(node))
    return sum_line(latex_target(story.target_name()), name, numbers[:-1], numbers[-1])


def _finished_symbolic(story: Story, playhead: int, nodes: Sequence[str], symbolic: Symbolic) -> list[Section]:
    """Show the symbolic twin of each of these nodes whose sum is complete."""
    call = story.call
    if call is None:
        return []
    places = []
    for node in nodes:
        source = story.source_of(story.nodes[node])
        if source is not None and story.arrivals(node, playhead) and not story.is_pending(node, playhead):
            places.append(call.sources.index(source))
    return _symbolic_sections(symbolic, places)


def _symbolic_sections(symbolic: Symbolic, places: Sequence[int]) -> list[Section]:
    twins = [symbolic[place] for place in places if place < len(symbolic)]
    return [
        Section(title="Symbolic", tone="accent", formula=_equation(twin), latex=twin.latex)
        for twin in twins
        if twin is not None
    ]


def _equation(twin: SymbolicDerivative) -> str:
    value = format_factor(twin.value)
    parts = [twin.left, twin.expression, twin.substituted, value]
    distinct = [part for index, part in enumerate(parts) if part and part not in parts[:index]]
    return " = ".join(distinct)


def _of_tensor(story: Story, playhead: int, node: GraphNode, symbolic: Symbolic) -> Inspection:
    tensor, value = story.node_value(node)
    found = None if node.tensor is None else story.recording.tensors[node.tensor]
    is_there = node.kind != "target" or found is None or story.forward_at.get(found.producer or -1, 0) <= playhead
    rows = (_number_row("value", value, tensor),) if is_there else ()
    sections = [Section(title="Value", tone="forward", rows=rows, notes=() if is_there else (WAITING,))]
    if story.accumulator is not None:
        sections += [leaf_section(story, story.accumulator, node)] if is_there else []
    elif node.kind == "target":
        sections += _seed(story, playhead, node)
    else:
        sections += _gradient(story, playhead, node)
        sections += _finished_symbolic(story, playhead, [node.id], symbolic)
        sections += _updates(story, playhead, node)
    return Inspection(
        kicker=_KINDS.get(node.kind, node.kind.upper()),
        title=node.symbol or format_value(value),
        subtitle=" · ".join(_tensor_facts(node, value, found)),
        sections=tuple(sections),
        tensors=() if tensor is None or not is_there else (tensor,),
    )


def _updates(story: Story, playhead: int, node: GraphNode) -> list[Section]:
    """Tell which new values a variable was given after the call, so far."""
    steps = [step for step in story.timeline.steps[: playhead + 1] if step.update and node.id in step.nodes]
    sections = []
    for update in (step.update for step in steps):
        if update is None or story.call is None:
            continue
        arithmetic = arithmetic_of(story.recording, story.call, update)
        rows = (
            Row(label="held", number=format_value(update.before), tone="forward"),
            Row(label="= holds now", number=format_value(update.after), tone="accent", is_result=True),
        )
        notes = (f"{method_of(story.op(update.op).type)}{f', line {update.line}' if update.line else ''}.",)
        sections.append(Section(title="Update", tone="accent", formula=arithmetic, rows=rows, notes=notes))
    return sections


def _tensor_facts(node: GraphNode, value: TensorValue | None, found: Tensor | None) -> list[str]:
    facts = []
    if found is not None and found.role == "variable":
        facts.append("tf.Variable")
        facts.append("not trainable" if found.trainable is False else "trainable")
    if found is not None and value is not None:
        facts.append(f"{format_shape(value.shape)} {found.dtype}")
    return [*facts, *_line(node.line)]


def _seed(story: Story, playhead: int, node: GraphNode) -> list[Section]:
    call = story.call
    if call is None or node.tensor not in call.target:
        return []
    target = story.target_name()
    if story.seed_step is None:
        return []
    if playhead < story.seed_step:
        return [Section(title="Seed", tone="backward", notes=(WAITING,))]
    row = cotangent_row(f"∂{target}/∂{node.symbol}", story, call.seed[call.target.index(node.tensor)])
    return [Section(title="Seed", tone="backward", rows=(row,), notes=("The backward pass starts here.",))]


def _gradient(story: Story, playhead: int, node: GraphNode) -> list[Section]:
    source = story.source_of(node)
    is_over = playhead >= story.timeline.result and story.call is not None
    reasons = reasons_of(story, [source]) if source is not None and is_over else []
    if source is not None and source.why_none is not None and is_over:
        return reasons
    came = story.arrivals(node.id, playhead)
    if not came:
        expected = story.arrivals(node.id, story.timeline.last)
        if not expected and node.kind == "constant":
            return []
        note = WAITING if expected or not is_over else "Nothing comes back to it in this call."
        return [Section(title="Gradient", tone="backward", notes=(note,))] if story.call else []
    card = _sum_card(story, playhead, node.id)
    if card:
        return [*card, *reasons]
    label = f"∂{story.target_name()}/∂{story.name(node.id)}"
    row = cotangent_row(label, story, came[0].tensor, is_result=True)
    return [Section(title="Gradient", tone="backward", rows=(row,), notes=(f"Sent by {came[0].giver}.",)), *reasons]
