"""Where each edge leaves and enters a node: one port per edge, far enough apart for the numbers beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from tapeviz.layout.order import keeps_input_order
from tapeviz.layout.sizes import (
    INPUT_PITCH,
    LABEL_OFFSET,
    PORT_PITCH,
    LabelSize,
    Size,
)
from tapeviz.model.graph import GraphEdge, OpGraph

PAIR_GAP = 6.0
CORNER_CLEAR = 13.0
OP_CLEAR = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Offsets from the node's middle across the flow, by edge id, and the box sizes that have room for them."""

    leaving: dict[str, float]
    entering: dict[str, float]
    boxes: dict[str, Size]


@dataclass(frozen=True, slots=True, kw_only=True)
class Border:
    """How the picture of one level meets the frames around it and in it.

    `firsts` are the nodes at which lines come in, `lasts` those at which they go out. `frames` are nodes that are
    pictures themselves: their ports are where those pictures have them, `entering` and `leaving` by edge id, as
    distances from the frame's middle across the flow.
    """

    firsts: frozenset[str] = frozenset()
    lasts: frozenset[str] = frozenset()
    frames: frozenset[str] = frozenset()
    entering: Mapping[str, float] = field(default_factory=dict)
    leaving: Mapping[str, float] = field(default_factory=dict)


OPEN = Border()
"""That of a picture without frames."""


def place_ports(
    graph: OpGraph,
    boxes: dict[str, Size],
    labels: dict[str, LabelSize],
    rank_of: dict[str, tuple[int, int]],
    border: Border = OPEN,
) -> Ports:
    """Place the ports of every node, and widen boxes that are too small for theirs.

    Parameters
    ----------
    graph : OpGraph
    boxes : dict of node id to (along the flow, across it), pixels
    labels : dict of edge id to label sizes in the same orientation
    rank_of : dict of edge id to the places, in their layers, of the items next to its source and its target
    border : Border
    """
    outgoing: dict[str, list[GraphEdge]] = defaultdict(list)
    incoming: dict[str, list[GraphEdge]] = defaultdict(list)
    for edge in graph.edges:
        outgoing[edge.source].append(edge)
        incoming[edge.target].append(edge)
    leaving: dict[str, float] = {}
    entering: dict[str, float] = {}
    grown = dict(boxes)
    for node in graph.nodes:
        if node.id in border.frames:
            leaving.update((edge.id, border.leaving[edge.id]) for edge in outgoing[node.id])
            entering.update((edge.id, border.entering[edge.id]) for edge in incoming[node.id])
            continue
        out = sorted(outgoing[node.id], key=lambda edge: (rank_of[edge.id][0], edge.input_index))
        gaps = [_pitch(labels.get(a.id), labels.get(b.id)) for a, b in pairwise(out)]
        leaving.update(_spread(out, gaps))
        into = incoming[node.id]
        is_ordered = keeps_input_order(node)
        into = sorted(into, key=lambda edge: (0 if is_ordered else rank_of[edge.id][1], edge.input_index))
        entering.update(_spread(into, [INPUT_PITCH] * (len(into) - 1)))
        clear = CORNER_CLEAR if node.kind != "op" else OP_CLEAR
        room = max(sum(gaps), INPUT_PITCH * (len(into) - 1)) + 2 * clear
        along, across = grown[node.id]
        grown[node.id] = (along, max(across, room))
    return Ports(leaving=leaving, entering=entering, boxes=grown)


def _pitch(upper: LabelSize | None, lower: LabelSize | None) -> float:
    below = upper.cotangent[1] if upper else 0.0
    above = lower.value[1] if lower else 0.0
    return max(PORT_PITCH, below + above + 2 * LABEL_OFFSET + PAIR_GAP)


def _spread(edges: list[GraphEdge], gaps: list[float]) -> dict[str, float]:
    offset = -sum(gaps) / 2
    offsets = {}
    for edge, gap in zip(edges, [*gaps, 0.0], strict=False):
        offsets[edge.id] = offset
        offset += gap
    return offsets
