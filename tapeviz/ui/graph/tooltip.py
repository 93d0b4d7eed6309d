"""What a tooltip says: TensorFlow's own names, every digit, and the line."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from tapeviz.model.frame import Frame
from tapeviz.model.graph import GraphEdge, GraphNode
from tapeviz.model.numbers import format_full, format_shape, format_value
from tapeviz.model.recording import Recording
from tapeviz.model.subjects import inside_of
from tapeviz.model.tensor import TensorValue
from tapeviz.model.unrecorded import reason_not_recorded

MAX_FULL = 400
Translate = Callable[[str], str]


def node_tooltip(node: GraphNode, frame: Frame | None, recording: Recording, tape: int | None, tr: Translate) -> str:
    """Describe a node: type, shape and dtype, line, value and adjoint with all digits, and why it is not on `tape`."""
    state = frame.nodes.get(node.id) if frame else None
    facts = [f"<b>{escape(node.title)}</b>"]
    if node.kind == "group":
        facts = [f"<b>{escape(node.symbol)}</b>", escape(node.title)]
    if node.tensor is not None:
        tensor = recording.tensors[node.tensor]
        facts.append(f"{escape(tensor.dtype)} · {format_shape(tensor.shape)}")
    if node.line is not None:
        facts.append(tr("line {0}").format(node.line))
    if node.opens:
        facts.append(tr("Double-click to see what is inside."))
    elif why_shut(node, recording):
        facts.append(escape(why_shut(node, recording)))
    if not node.is_recorded:
        facts.append(tr("ran, but the tape does not hold it"))
        if node.op is not None and tape is not None:
            facts.append(escape(reason_not_recorded(recording, recording.tapes[tape], recording.ops[node.op])))
    if state is not None:
        facts += _numbers(state.value, tr("value"))
        facts += _numbers(state.tangent, state.tangent_label or tr("tangent"))
        facts += _numbers(
            state.adjoint, tr("sum so far") if state.is_running_sum else state.adjoint_label or tr("adjoint")
        )
    return "<br>".join(facts)


def why_shut(node: GraphNode, recording: Recording) -> str:
    """Say why the op of a node does not open, though it consists of others; empty where there is nothing to say."""
    inside = None if node.op is None or node.opens else inside_of(recording, node.op)
    return "" if inside is None else inside.note


def edge_tooltip(edge: GraphEdge, frame: Frame | None, recording: Recording, tr: Translate) -> str:
    """Describe an edge: the tensor on it, what flows forward and what came back."""
    state = frame.edges.get(edge.id) if frame else None
    tensor = recording.tensors[edge.tensor]
    facts = [f"<b>{escape(tensor.name or tr('tensor'))}</b>", f"{escape(tensor.dtype)} · {format_shape(tensor.shape)}"]
    if state is not None:
        facts += _numbers(state.value, tr("forward"))
        facts += _numbers(state.tangent, tr("tangent"))
        facts += _numbers(state.cotangent, tr("back"))
        facts += [tr("cut: {0}").format(escape(state.cut))] if state.cut else []
    return "<br>".join(facts)


def _numbers(value: TensorValue | None, label: str) -> list[str]:
    if value is None:
        return []
    full = format_full(value)
    return [f"{escape(label)}: {escape(full if len(full) <= MAX_FULL else format_value(value))}"]
