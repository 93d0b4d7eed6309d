"""How large each part of the picture is drawn, from the numbers it will hold at the end of the timeline."""

from __future__ import annotations

from collections import Counter

from tapeviz.layout.sizes import LabelSize, PictureSizes, Size
from tapeviz.model.frame import EdgeFrame, Frame, NodeFrame
from tapeviz.model.graph import GraphEdge, GraphGroup, GraphNode, OpGraph
from tapeviz.model.numbers import format_value
from tapeviz.model.tensor import TensorValue
from tapeviz.paint.fonts import MONO, SANS
from tapeviz.paint.values import text_width, value_size

OP_SIZE = 52.0
SYMBOL_SIZE = 19.0
LONG_SYMBOL_SIZE = 15.0
NAME_SIZE = 17.0
BOX_VALUE_SIZE = 13.0
CHIP_TEXT_SIZE = 12.0
CHIP_HEIGHT = 26.0
CHIP_PADDING = 13.0
LABEL_ROW = 18.0
MIN_NUMBER_WIDTH = 51.0
"""Room for seven signs: a number that grows while its variable is dragged does not move the picture."""

TANGENT_PADDING = 6.0
TITLE_TEXT_SIZE = 12.5
TITLE_HEIGHT = 30.0
TITLE_PADDING = 12.0
FOLD_SIGN = 13.0
COUNT_SIZE = 12.0
GROUP_HEIGHT = 62.0
GROUP_VALUE_ROOM = 16.0
"""What a folded group is high without its value, and the space that the value needs beside its own height."""

NONE_MARK_WIDTH = 20.0
ELLIPSIS = " …"
CUT_TEXT_SIZE = 12.0


def measure(graph: OpGraph, frame: Frame) -> PictureSizes:
    """Measure boxes, chips and labels of `graph` as `frame` fills them; needs the fonts to be loaded."""
    fan_out = Counter(edge.source for edge in graph.edges)
    node_of = {node.id: node for node in graph.nodes}
    boxes = {node.id: box_size(node, frame.nodes.get(node.id)) for node in graph.nodes}
    chips = {}
    for node in graph.nodes:
        state = frame.nodes.get(node.id)
        if state is not None and has_chip(node, state, fan_out[node.id]):
            chips[node.id] = chip_size(state)
    shown: set[str] = set()
    labels = {}
    for edge in graph.edges:
        state_of_edge = frame.edges.get(edge.id)
        if state_of_edge is not None:
            labels[edge.id] = _label_size(edge, state_of_edge, node_of, shown)
    titles = {group.id: title_size(group) for group in graph.groups if not group.is_folded}
    return PictureSizes(boxes=boxes, chips=chips, labels=labels, titles=titles)


def title_size(group: GraphGroup) -> Size:
    """Give the size of a frame's title with the sign before it that folds the frame."""
    return TITLE_PADDING * 2 + FOLD_SIGN + 6 + text_width(group.title, SANS, TITLE_TEXT_SIZE, 600), TITLE_HEIGHT


def symbol_size(symbol: str) -> float:
    """Give the type size of an op's symbol, pixels."""
    return SYMBOL_SIZE if len(symbol) <= 4 else LONG_SYMBOL_SIZE


def has_own_name(node: GraphNode, state: NodeFrame | None) -> bool:
    """Whether a card has a name above its value; a constant without one shows its value alone."""
    return node.symbol != "" and (state is None or state.value is None or node.symbol != format_value(state.value))


def has_chip(node: GraphNode, state: NodeFrame, fan_out: int) -> bool:
    """Whether the adjoint stands in a chip by the node: at the ends of the graph, and where several shares meet."""
    if node.kind in ("op", "group"):
        return bool(state.cut) or (fan_out > 1 and state.adjoint is not None)
    return state.is_none or bool(state.cut) or chip_value(state) is not None


def box_size(node: GraphNode, state: NodeFrame | None) -> Size:
    """Give the size of a node's box before its ports widen it."""
    if node.kind == "op":
        size = symbol_size(node.symbol)
        return max(OP_SIZE, text_width(node.symbol, SANS, size, 600) + 28), OP_SIZE
    value_width, value_height = card_value_size(state)
    if node.kind == "group":
        words = max(text_width(node.symbol, SANS, LONG_SYMBOL_SIZE, 600), text_width(node.title, SANS, COUNT_SIZE, 500))
        below = value_height + GROUP_VALUE_ROOM if state is not None and state.value is not None else 0.0
        return max(120.0, words + FOLD_SIGN + 40, value_width + 36), GROUP_HEIGHT + below
    name_width = text_width(node.symbol, MONO, NAME_SIZE, 700)
    if not has_own_name(node, state):
        return max(64.0, value_width + 28), max(44.0, value_height + 24)
    low_width, low_height = (84.0, 60.0) if node.kind == "target" else (104.0, 72.0)
    extra = max(0.0, value_height - BOX_VALUE_SIZE - 2)
    return max(low_width, name_width + 32, value_width + 28), low_height + extra


def change_of(state: NodeFrame | None) -> tuple[str, str] | None:
    """Give what a variable held and what it holds now, where both are numbers that fit on its card."""
    if state is None or state.before is None or state.value is None or state.value.shape or state.before.shape:
        return None
    return f"{format_value(state.before)} → ", format_value(state.value)


def card_value_size(state: NodeFrame | None) -> Size:
    """Give the room that the value on a card takes."""
    change = change_of(state)
    if change is None:
        return value_size(state.value if state else None, BOX_VALUE_SIZE)
    return text_width("".join(change), MONO, BOX_VALUE_SIZE, 600), BOX_VALUE_SIZE + 2


def chip_value(state: NodeFrame) -> TensorValue | None:
    """Give what stands in the chip by a node: what came back to it, or in forward mode its tangent."""
    return state.adjoint if state.tangent is None else state.tangent


def chip_size(state: NodeFrame) -> Size:
    """Give the size of the chip that holds an adjoint, or says that there is none."""
    shown = chip_value(state)
    if shown is None:
        return NONE_MARK_WIDTH + text_width(none_text(state), SANS, CHIP_TEXT_SIZE, 600) + 24, CHIP_HEIGHT
    label = text_width(chip_label(state), SANS, CHIP_TEXT_SIZE, 600)
    width, height = value_size(shown, CHIP_TEXT_SIZE, 600)
    if height > CHIP_TEXT_SIZE + 2:
        return max(label, width) + 2 * CHIP_PADDING, height + 12 + (LABEL_ROW if chip_top(state) else 0)
    if state.is_running_sum:
        width += text_width(ELLIPSIS, MONO, CHIP_TEXT_SIZE, 600)
    return max(label + width + 2 * CHIP_PADDING, 60.0), CHIP_HEIGHT


def none_text(state: NodeFrame) -> str:
    """Say that nothing came back, and why where no edge shows it; of an op only the latter: ``left TensorFlow``."""
    none = f"{chip_label(state)}None" if state.is_none or not state.cut else ""
    return " · ".join(part for part in (none, state.cut) if part)


def cut_size(words: str) -> Size:
    """Give the room for the words at a broken edge."""
    return text_width(words, SANS, CUT_TEXT_SIZE, 600) + 4, CUT_TEXT_SIZE + 6


def chip_label(state: NodeFrame) -> str:
    """Say what stands before the number: nothing while the sum is still running, for it is no derivative yet."""
    label = state.adjoint_label or state.tangent_label
    if not label or state.is_running_sum:
        return ""
    is_above = value_size(chip_value(state), CHIP_TEXT_SIZE, 600)[1] > CHIP_TEXT_SIZE + 2
    return label if is_above else f"{label} = "


def chip_top(state: NodeFrame) -> str:
    """Say what stands above a chip's matrix: what it is, or that more is to come; empty for a seed."""
    return chip_label(state) or (ELLIPSIS.strip() if state.is_running_sum else "")


def _label_size(edge: GraphEdge, state: EdgeFrame, node_of: dict[str, GraphNode], shown: set[str]) -> LabelSize:
    """Nothing is said twice: the target and the cards hold their own value, an op's tensor is drawn out once."""
    if node_of[edge.target].kind == "target":
        return LabelSize(cotangent=cut_size(state.cut)) if state.cut else LabelSize()
    value, cotangent = value_size(state.value), value_size(state.cotangent, weight=600)
    is_scalar = state.value is not None and not state.value.shape
    if not is_scalar:
        is_made_out = node_of[edge.source].kind == "op" or node_of[edge.source].tensor is None
        if not is_made_out or edge.source in shown:
            value = (0.0, 0.0)
        shown.add(edge.source)
    elif value[0]:
        value = (max(value[0], MIN_NUMBER_WIDTH), value[1])
    if state.tangent is not None:
        width, height = value_size(state.tangent, weight=600)
        rise = TANGENT_PADDING if state.tangent.shape else TANGENT_PADDING / 2
        cotangent = (max(width + 3 * rise, MIN_NUMBER_WIDTH), height + rise)
    if state.cut:
        cotangent = cut_size(state.cut)
    if state.cotangent is not None and not state.cotangent.shape:
        cotangent = (max(cotangent[0], MIN_NUMBER_WIDTH), cotangent[1])
    return LabelSize(value=value, cotangent=cotangent)
