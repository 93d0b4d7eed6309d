"""What one VJP sends to whom, in words: ``× sends 1.000 · 6.000 = 6.000 back to y``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tapeviz.model.graph import GraphEdge, GraphNode
from tapeviz.model.naming import names_of
from tapeviz.model.numbers import MINUS, format_number, format_shape
from tapeviz.model.reasons import GATES, reason_of
from tapeviz.model.recording import Op
from tapeviz.model.rules import Rule
from tapeviz.model.rules.naming import derivative_text, local_text
from tapeviz.model.story import Story, is_scalar, joined, shape_words, spoken
from tapeviz.model.tensor import TensorValue


def share_texts(story: Story, node: GraphNode, op: Op, rule: Rule | None, edges: Sequence[GraphEdge]) -> list[str]:
    """Say what the VJP of `op` sends along `edges`, without a full stop; the fullest text first, the shortest last."""
    shortest = f"{node.symbol} sends {_sent_to(story, edges)}"
    if rule is None:
        return [f"By TensorFlow's registered gradient, {node.symbol} sends {_sent_to(story, edges)}", shortest]
    if rule.manner == "passing" or _is_handing_on(rule, edges, story, op):
        return [*_handing_on(story, node, edges), shortest]
    if rule.is_elementwise:
        is_scalar_step = all(is_scalar(story.value(tensor)) for tensor in (*op.inputs, *op.outputs))
        if is_scalar_step and op.type in GATES:
            return [_gate_text(story, node, op, rule, edges), shortest]
        return [
            _scalar_text(story, node, op, rule, edges) if is_scalar_step else _field_text(story, node, op, rule, edges),
            shortest,
        ]
    return [*_structural_texts(story, node, op, rule, edges), shortest]


def _sent_to(story: Story, edges: Sequence[GraphEdge]) -> str:
    parts = [f"{spoken(story.value(story.sent(edge)))} to {story.name(edge.source)}" for edge in edges]
    return joined([_back(parts[0]), *parts[1:]])


def _back(text: str) -> str:
    value, receiver = text.rsplit(" to ", 1)
    return f"{value} back to {receiver}"


def _is_handing_on(rule: Rule, edges: Sequence[GraphEdge], story: Story, op: Op) -> bool:
    has_unit_locals = rule.is_elementwise and all(rule.local_of(edge.input_index) == "1" for edge in edges)
    return has_unit_locals and not any(_spread(story, op, edge) for edge in edges)


def _handing_on(story: Story, node: GraphNode, edges: Sequence[GraphEdge]) -> list[str]:
    value = spoken(story.value(story.sent(edges[0])))
    names = [story.name(edge.source) for edge in edges]
    each = "" if len(names) == 1 else "both " if len(names) == 2 else "each of "
    return [
        f"{node.symbol} hands {value} unchanged to {each}{joined(names)}",
        f"{node.symbol} hands {value} unchanged to {len(names)} operands",
    ]


def _scalar_text(story: Story, node: GraphNode, op: Op, rule: Rule, edges: Sequence[GraphEdge]) -> str:
    upstream = story.value(story.cotangent_of(op.id))
    parts = []
    for edge in edges:
        sent = story.value(story.sent(edge))
        local = story.local(op, rule, edge.input_index)
        product = ""
        if local is not None and upstream is not None and local.size == 1:
            product = f"{spoken(upstream)} · {factor(local.item())} = "
        parts.append(f"{product}{spoken(sent)} to {story.name(edge.source)}")
    return f"{node.symbol} sends {joined([_back(parts[0]), *parts[1:]])}"


def factor(number: float) -> str:
    """Write a factor after a sign of multiplication: a negative one in brackets."""
    text = format_number(number)
    return f"({text})" if text.startswith(MINUS) else text


def _gate_text(story: Story, node: GraphNode, op: Op, rule: Rule, edges: Sequence[GraphEdge]) -> str:
    upstream = story.value(story.cotangent_of(op.id))
    primals = [_number(story.value(tensor)) for tensor in op.inputs]
    clauses = []
    for edge in edges:
        sent = story.value(story.sent(edge))
        local = story.local(op, rule, edge.input_index)
        name, reason = story.name(edge.source), reason_of(op.type, primals, edge.input_index)
        slope = None if local is None else float(local.item())
        if slope == 1.0:
            clauses.append(f"lets {spoken(upstream)} through to {name} because {reason}")
        elif slope == 0.0:
            clauses.append(
                f"blocks it for {name} because {reason}"
                if clauses
                else f"blocks {spoken(upstream)} on its way to {name} because {reason}"
            )
        elif slope is not None:
            clauses.append(
                f"sends {spoken(upstream)} · {factor(slope)} = {spoken(sent)} back to {name} because {reason}"
            )
        else:
            clauses.append(f"sends {spoken(sent)} back to {name}")
    return f"{node.symbol} {joined(clauses)}"


def _number(value: TensorValue | None) -> float:
    return float("nan") if value is None else float(value.array.item())


def _spread(story: Story, op: Op, edge: GraphEdge) -> str:
    """Name what an operand was broadcast over: ``the 4 rows``; empty where it was not."""
    out = story.recording.tensors[op.outputs[0]].shape
    own = story.recording.tensors[op.inputs[edge.input_index]].shape
    if own == out:
        return ""
    if not int(np.prod(own)) > 1:
        return f"the {int(np.prod(out))} elements"
    sides = (1,) * (len(out) - len(own)) + own
    copied = [side for side, kept in zip(out, sides, strict=True) if kept == 1 and side != 1]
    if len(out) == 2 and len(copied) == 1:
        return f"the {copied[0]} {'rows' if sides[0] == 1 else 'columns'}"
    return f"the {int(np.prod(copied))} copies"


def _field_text(story: Story, node: GraphNode, op: Op, rule: Rule, edges: Sequence[GraphEdge]) -> str:
    """Tell the step of an elementwise op on whole tensors."""
    parts = []
    for edge in edges:
        spread = _spread(story, op, edge)
        summed = f", summed over {spread} it was broadcast to," if spread else ""
        value = spoken(story.value(story.sent(edge)))
        parts.append((value, summed, story.name(edge.source)))
    (value, summed, name), *rest = parts
    sent = joined([f"{value}{summed} back to {name}", *(f"{v}{s} to {n}" for v, s, n in rest)])
    locals_ = {rule.local_of(edge.input_index) for edge in edges}
    if locals_ == {"1"}:
        return f"{node.symbol} hands its cotangent on: {sent}"
    if len(edges) == 1:
        by = local_text(rule, edges[0].input_index, names_of(story, op, rule))
        return f"{node.symbol} multiplies by {by}, element by element, and sends {sent}"
    if op.type == "Mul":
        return f"{node.symbol} multiplies by the other factor, element by element: {sent}"
    return f"{node.symbol} sends, element by element, {sent}"


def _structural_texts(story: Story, node: GraphNode, op: Op, rule: Rule, edges: Sequence[GraphEdge]) -> list[str]:
    texts = []
    upstream = story.value(story.cotangent_of(op.id))
    size = story.recording.tensors[op.inputs[0]].shape
    count = int(np.prod(size))
    if op.type == "Sum" and is_scalar(upstream) and len(edges) == 1:
        texts.append(f"Σ hands {spoken(upstream)} to each of the {count} elements of {story.name(edges[0].source)}")
    elif op.type == "Mean" and is_scalar(upstream) and len(edges) == 1:
        share = story.value(story.sent(edges[0]))
        each = f" = {format_number(share.array.flat[0])}" if share is not None and share.is_whole and count else ""
        receiver = story.name(edges[0].source)
        texts.append(f"mean hands {spoken(upstream)} / {count}{each} to each of the {count} elements of {receiver}")
    elif op.type in {"MatMul", "BatchMatMulV2", "BatchMatMul", "BatchMatMulV3"}:
        texts.append(f"{node.symbol} sends {_products(story, op, rule, edges, upstream)}")
    sent = _sent_to(story, edges)
    texts.append(f"{node.symbol} {rule.backward}: {sent}")
    return texts


def _products(story: Story, op: Op, rule: Rule, edges: Sequence[GraphEdge], upstream: TensorValue | None) -> str:
    names = names_of(story, op, rule)
    parts = []
    for edge in edges:
        other = story.recording.tensors[op.inputs[1 - edge.input_index]].shape
        own = shape_words(story.value(story.sent(edge)))
        factors = [f"({shape_words(upstream)})", f"({_turned(other)})"]
        shapes = "".join(factors if edge.input_index == 0 else reversed(factors))
        formula = derivative_text(rule, edge.input_index, names)
        parts.append(f"{formula}, ({own}) = {shapes}, to {story.name(edge.source)}")
    return joined(parts)


def _turned(shape: tuple[int, ...]) -> str:
    return format_shape((*shape[:-2], shape[-1], shape[-2]))
