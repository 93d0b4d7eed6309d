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
