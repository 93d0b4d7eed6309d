"""How much room the parts of the picture take, before it is known where they go."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tapeviz.model.graph import GraphNode

Direction = Literal["right", "down"]
Size = tuple[float, float]

OP_RADIUS = 26.0
CARD_RADIUS = 12.0
PORT_PITCH = 46.0
"""Ports that numbers stand beside are at least this far apart, so that two rows of numbers fit between two lines."""

INPUT_PITCH = 24.0
LABEL_OFFSET = 5.0
"""Clear space between a line and the numbers above and below it."""

LABEL_START = 16.0
"""Numbers begin this far along an edge: behind the arrow head that the backward pass puts there."""

CHIP_GAP = 10.0

TITLE_ROOM = 24.0
"""What a frame needs for its title beside the margin that every picture has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelSize:
    """Width and height of the two numbers of one edge, in pixels at zoom 1; (0, 0) where there is none."""

    value: Size = (0.0, 0.0)
    cotangent: Size = (0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureSizes:
    """Everything that wants room: boxes and the chips under them by node id, labels by edge id, titles by group id."""

    boxes: Mapping[str, Size]
    chips: Mapping[str, Size] = field(default_factory=dict)
    labels: Mapping[str, LabelSize] = field(default_factory=dict)
    titles: Mapping[str, Size] = field(default_factory=dict)


def grown_sizes(old: PictureSizes, new: PictureSizes) -> PictureSizes:
    """Give room for what is in `new` and what was in `old`; `old` itself where that has room for all.

    So a picture whose numbers alone change, as one goes through the iterations of a loop, soon stands still. Where
    something else has a number, or numbers are of another height, nothing of `old` counts.
    """
    if old.titles != new.titles or not (old.boxes.keys() == new.boxes.keys() and _is_alike(old, new)):
        return new
    boxes = {name: _grown(old.boxes[name], size) for name, size in new.boxes.items()}
    chips = {name: _grown(old.chips[name], size) for name, size in new.chips.items()}
    labels = {
        name: LabelSize(
            value=_grown(old.labels[name].value, size.value),
            cotangent=_grown(old.labels[name].cotangent, size.cotangent),
        )
        for name, size in new.labels.items()
    }
    if boxes == old.boxes and chips == old.chips and labels == old.labels:
        return old
    return PictureSizes(boxes=boxes, chips=chips, labels=labels, titles=new.titles)


def _is_alike(old: PictureSizes, new: PictureSizes) -> bool:
    """Whether the same things have numbers, of the same heights."""
    if old.chips.keys() != new.chips.keys() or old.labels.keys() != new.labels.keys():
        return False
    pairs = [(old.chips[name], size) for name, size in new.chips.items()]
    pairs += [(old.boxes[name], size) for name, size in new.boxes.items()]
    for name, size in new.labels.items():
        pairs += [(old.labels[name].value, size.value), (old.labels[name].cotangent, size.cotangent)]
    return all(before[1] == after[1] and bool(before[0]) == bool(after[0]) for before, after in pairs)


def _grown(old: Size, new: Size) -> Size:
    return max(old[0], new[0]), new[1]


def corner_radius(node: GraphNode) -> float:
    """Give the radius of a node's corners: ops are circles that grow to pills, everything else is a card."""
    return OP_RADIUS if node.kind == "op" else CARD_RADIUS


def outline_inset(offset: float, side: float, radius: float) -> float:
    """How far a rounded outline lies inside its box, at `offset` from the middle of a side of length `side`."""
    radius = min(radius, side / 2)
    beyond = abs(offset) - (side / 2 - radius)
    if beyond <= 0:
        return 0.0
    return radius - math.sqrt(max(radius * radius - beyond * beyond, 0.0))
