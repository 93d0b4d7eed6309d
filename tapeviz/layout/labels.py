"""Where the numbers stand: beside a straight stretch of their line, clear of everything else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from tapeviz.layout.geometry import Box, GraphLayout, Point
from tapeviz.layout.sizes import (
    CHIP_GAP,
    LABEL_OFFSET,
    LABEL_START,
    Direction,
    LabelSize,
    PictureSizes,
    Size,
)
from tapeviz.model.graph import OpGraph

LINE_CLEAR = 1.5
END_CLEAR = 14.0
SCALES = (1.0, 0.85, 0.72)

Rectangle = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelPlacement:
    """Boxes of the numbers by edge id and of the chips by node id, in the pixels of the layout.

    `scales` says by how much the numbers of an edge are drawn smaller, where they would not fit otherwise. `crowded`
    are the edges whose numbers find no clear place at all: nothing is ever written over something else.
    """

    values: dict[str, Box] = field(default_factory=dict)
    cotangents: dict[str, Box] = field(default_factory=dict)
    chips: dict[str, Box] = field(default_factory=dict)
    scales: dict[str, float] = field(default_factory=dict)
    crowded: frozenset[str] = frozenset()


def place_labels(
    graph: OpGraph, layout: GraphLayout, sizes: PictureSizes, *, direction: Direction = "right"
) -> LabelPlacement:
    """Place the numbers of every edge and the chips of every node.

    Parameters
    ----------
    graph : OpGraph
    layout : GraphLayout
    sizes : PictureSizes, pixels; its boxes are not read, the layout's own count
    direction : where the flow runs; chips stand under their nodes, or to the right of them where it runs down
    """
    chips = {
        name: _chip_box(layout.nodes[name], size, direction)
        for name, size in sizes.chips.items()
        if name in layout.nodes
    }
    taken = _Taken(layout, (*chips.values(), *title_boxes(layout, sizes).values()))
    values: dict[str, Box] = {}
    cotangents: dict[str, Box] = {}
    scales: dict[str, float] = {}
    crowded = set()
    for edge in graph.edges:
        label = sizes.labels.get(edge.id)
        if label is None or not max(label.value[0], label.cotangent[0]):
            continue
        found = _find_place(layout.edges[edge.id], label, edge.id, taken)
        if found is None:
            crowded.add(edge.id)
            continue
        value, cotangent, scale = found
        if value.width:
            values[edge.id] = value
        if cotangent.width:
            cotangents[edge.id] = cotangent
        if scale < 1:
            scales[edge.id] = scale
    return LabelPlacement(values=values, cotangents=cotangents, chips=chips, scales=scales, crowded=frozenset(crowded))


def title_boxes(layout: GraphLayout, sizes: PictureSizes) -> dict[str, Box]:
    """Give the places of the frames' titles: in their upper left corners, by group id."""
    boxes = {}
    for name, frame in layout.frames.items():
        width, height = sizes.titles.get(name, (0.0, 0.0))
        left, top = frame.x - frame.width / 2, frame.y - frame.height / 2
        boxes[name] = Box(x=left + width / 2, y=top + height / 2, width=width, height=height)
    return boxes


def _find_place(route: tuple[Point, ...], label: LabelSize, edge: str, taken: _Taken) -> tuple[Box, Box, float] | None:
    for scale in SCALES:
        for value, cotangent in _candidates(route, _scaled(label, scale)):
            drawn = [box for box in (value, cotangent) if box.width]
            if taken.is_free(drawn, edge):
                taken.add(drawn)
                return value, cotangent, scale
    return None


def _scaled(label: LabelSize, scale: float) -> LabelSize:
    (value_width, value_height), (cotangent_width, cotangent_height) = label.value, label.cotangent
    return LabelSize(
        value=(value_width * scale, value_height * scale),
        cotangent=(cotangent_width * scale, cotangent_height * scale),
    )


def _chip_box(box: Box, size: Size, direction: Direction) -> Box:
    width, height = size
    if direction == "down":
        return Box(x=box.x + box.width / 2 + CHIP_GAP + width / 2, y=box.y, width=width, height=height)
    return Box(x=box.x, y=box.y + box.height / 2 + CHIP_GAP + height / 2, width=width, height=height)


class _Taken:
    """Everything a number must not touch: nodes, chips, titles, numbers placed before, borders and other lines."""

    def __init__(self, layout: GraphLayout, others: Sequence[Box]) -> None:
        solid = [_rectangle(box) for box in (*layout.nodes.values(), *others)]
        self._solid = np.array(solid, dtype=float).reshape(-1, 4)
        lines, owners = [], []
        for k, points in enumerate(layout.edges.values()):
            for (x0, y0), (x1, y1) in pairwise(points):
                lines.append((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))
                owners.append(k)
        for frame in layout.frames.values():
            lines += _sides(_rectangle(frame))
            owners += [-1] * 4
        self._lines = np.array(lines, dtype=float).reshape(-1, 4)
        self._owners = np.array(owners, dtype=int)
        self._index = {name: k for k, name in enumerate(layout.edges)}
        self._labels = np.empty((64, 4))
        self._count = 0

    def is_free(self, boxes: list[Box], edge: str) -> bool:
        """Whether all `boxes` keep clear; the line of `edge` itself only counts where it turns into them."""
        labels = self._labels[: self._count]
        for box in boxes:
            rectangle = _rectangle(box)
            if _hits(rectangle, self._solid, 2.0).any() or _hits(rectangle, labels, 2.0).any():
                return False
            margin = np.where(self._owners == self._index[edge], 0.0, LINE_CLEAR)
            if _hits(rectangle, self._lines, margin).any():
                return False
        return True

    def add(self, boxes: list[Box]) -> None:
        """Take the room of `boxes`."""
        for box in boxes:
            if self._count == len(self._labels):
                self._labels = np.concatenate((self._labels, np.empty_like(self._labels)))
            self._labels[self._count] = _rectangle(box)
            self._count += 1


def _sides(rectangle: Rectangle) -> list[Rectangle]:
    x0, y0, x1, y1 = rectangle
    return [(x0, y0, x1, y0), (x0, y1, x1, y1), (x0, y0, x0, y1), (x1, y0, x1, y1)]


def _rectangle(box: Box) -> Rectangle:
    half_width, half_height = box.width / 2, box.height / 2
    return box.x - half_width, box.y - half_height, box.x + half_width, box.y + half_height


def _hits(
    rectangle: Rectangle, others: npt.NDArray[np.float64], margin: float | npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    x0, y0, x1, y1 = rectangle
    return np.asarray(
        (others[:, 0] - margin < x1)
        & (others[:, 2] + margin > x0)
        & (others[:, 1] - margin < y1)
        & (others[:, 3] + margin > y0)
    )


def _candidates(points: tuple[Point, ...], label: LabelSize) -> Iterator[tuple[Box, Box]]:
    """Places for the two numbers, best first: behind the source, before the target, then the longest stretches."""
    stretches = list(pairwise(points))
    last = len(stretches) - 1
    longest = sorted(range(last + 1), key=lambda k: (-_length(stretches[k]), k))
    for k in dict.fromkeys([0, last, *longest]):
        start, end = stretches[k]
        is_level = abs(start[1] - end[1]) < abs(start[0] - end[0])
        need = max(label.value[0], label.cotangent[0]) if is_level else max(label.value[1], label.cotangent[1])
        length = _length((start, end))
        first_clear = LABEL_START if k == 0 else LABEL_OFFSET
        last_clear = END_CLEAR if k == last else LABEL_OFFSET
        if length < need + first_clear + last_clear:
            continue
        near, far = first_clear + need / 2, length - last_clear - need / 2
        places = [near, far, (near + far) / 2] if k < last or last == 0 else [far, near, (near + far) / 2]
        for place in dict.fromkeys(places):
            share = place / length
            at = (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)
            yield _pair(at, label, is_level)


def _length(stretch: tuple[Point, Point]) -> float:
    (x0, y0), (x1, y1) = stretch
    return abs(x1 - x0) + abs(y1 - y0)


def _pair(at: Point, label: LabelSize, is_level: bool) -> tuple[Box, Box]:
    """Give the boxes of value and cotangent on the two sides of a point of the line."""
    x, y = at
    (value_width, value_height), (cotangent_width, cotangent_height) = label.value, label.cotangent
    if is_level:
        up, down = y - LABEL_OFFSET - value_height / 2, y + LABEL_OFFSET + cotangent_height / 2
        return (
            Box(x=x, y=up, width=value_width, height=value_height),
            Box(x=x, y=down, width=cotangent_width, height=cotangent_height),
        )
    left, right = x - LABEL_OFFSET - value_width / 2, x + LABEL_OFFSET + cotangent_width / 2
    return (
        Box(x=left, y=y, width=value_width, height=value_height),
        Box(x=right, y=y, width=cotangent_width, height=cotangent_height),
    )
