"""The frozen result of a layout."""

from __future__ import annotations

from dataclasses import dataclass, field

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A node's rectangle by its centre; pixels at zoom 1."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphLayout:
    """Boxes by node id and orthogonal polylines by edge id (from source border to target border), and the extent.

    `frames` are the rectangles around the unfolded groups, by group id, each before those within it.
    """

    nodes: dict[str, Box]
    edges: dict[str, tuple[Point, ...]]
    width: float
    height: float
    frames: dict[str, Box] = field(default_factory=dict)
