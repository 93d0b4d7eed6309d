"""Nodes that were dragged elsewhere: their edges find a new way, everything else stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from tapeviz.layout.geometry import Box, GraphLayout, Point
from tapeviz.layout.sizes import Direction, Size
from tapeviz.model.graph import GraphEdge, OpGraph
from tapeviz.model.group_folding import nodes_within

CLEAR = 9.0
STUB = 22.0
LABEL_STUB = 76.0
LANES = 14
THROUGH_NODE = 4000.0
ON_LINE = 400.0
CROSSING = 60.0
BEND = 24.0
MAX_GROWTH = 32.0
FRAME_CLEAR = 18.0
"""Pixels between a frame and a node that was dragged towards it."""

Route = tuple[Point, ...]


def move_nodes(
    graph: OpGraph, layout: GraphLayout, positions: Mapping[str, Point], *, direction: Direction = "right"
) -> GraphLayout:
    """Put nodes elsewhere and lead the edges anew that end in them or would run through them.

    Parameters
    ----------
    graph : OpGraph
    layout : GraphLayout
    positions : mapping of node id to the new middle, pixels; nodes that the graph has not are passed over
    direction : where the flow runs
    """
    moved = {name: place for name, place in positions.items() if name in layout.nodes}
    moved = {name: place for name, place in moved.items() if place != _middle(layout.nodes[name])}
    if not moved:
        return layout
    nodes = dict(layout.nodes)
    for name, (x, y) in moved.items():
        nodes[name] = Box(x=x, y=y, width=nodes[name].width, height=nodes[name].height)
    led = [edge for edge in graph.edges if _must_be_led(edge, layout, nodes, moved)]
    edges = {name: route for name, route in layout.edges.items() if name not in {edge.id for edge in led}}
    router = _Router(nodes, direction)
    for edge in led:
        old = layout.edges[edge.id]
        start = _carried(old[0], layout.nodes[edge.source], nodes[edge.source])
        end = _carried(old[-1], layout.nodes[edge.target], nodes[edge.target])
        edges[edge.id] = router.lead(edge, start, end, edges)
    frames = {name: _reaching(frame, graph, name, moved, nodes) for name, frame in layout.frames.items()}
    right = max(box.x + box.width / 2 for box in (*nodes.values(), *frames.values()))
    bottom = max(box.y + box.height / 2 for box in (*nodes.values(), *frames.values()))
    return GraphLayout(
        nodes=nodes,
        edges={edge.id: edges[edge.id] for edge in graph.edges},
        width=max(layout.width, right + STUB),
        height=max(layout.height, bottom + STUB),
        frames=frames,
    )


def _reaching(frame: Box, graph: OpGraph, name: str, moved: Mapping[str, Point], nodes: Mapping[str, Box]) -> Box:
    """Let a frame reach as far as the nodes within it that were dragged."""
    group = next(group for group in graph.groups if group.id == name)
    dragged = [nodes[node] for node in nodes_within(graph, group) if node in moved]
    if not dragged:
        return frame
    areas = [_area(frame, 0.0), *(_area(box, FRAME_CLEAR) for box in dragged)]
    left, top = min(area[0] for area in areas), min(area[1] for area in areas)
    right, bottom = max(area[2] for area in areas), max(area[3] for area in areas)
    return Box(x=(left + right) / 2, y=(top + bottom) / 2, width=right - left, height=bottom - top)


def _middle(box: Box) -> Point:
    return box.x, box.y


def _carried(point: Point, old: Box, new: Box) -> Point:
    return point[0] + new.x - old.x, point[1] + new.y - old.y


def _must_be_led(edge: GraphEdge, layout: GraphLayout, nodes: Mapping[str, Box], moved: Mapping[str, Point]) -> bool:
    if edge.source in moved or edge.target in moved:
        return True
    boxes = np.array([_area(nodes[name], CLEAR / 2) for name in moved])
    return bool(_hits(layout.edges[edge.id], boxes).any())


def _area(box: Box, grow: float) -> tuple[float, float, float, float]:
    half_width, half_height = box.width / 2 + grow, box.height / 2 + grow
    return box.x - half_width, box.y - half_height, box.x + half_width, box.y + half_height


def _hits(route: Route, boxes: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Say for each box whether the route runs through it."""
    hit = np.zeros(len(boxes), dtype=bool)
    for (x0, y0), (x1, y1) in pairwise(route):
        hit |= (
            (boxes[:, 0] < max(x0, x1))
            & (boxes[:, 2] > min(x0, x1))
            & (boxes[:, 1] < max(y0, y1))
            & (boxes[:, 3] > min(y0, y1))
        )
    return hit


def _turned(route: Route) -> Route:
    return tuple((y, x) for x, y in route)


class _Router:
    """Leads one edge at a time, by trying ways of up to five stretches and taking the one that disturbs least."""

    def __init__(self, nodes: Mapping[str, Box], direction: Direction) -> None:
        self._is_down = direction == "down"
        self._names = list(nodes)
        areas = [_area(box, CLEAR) for box in nodes.values()]
        if self._is_down:
            areas = [(y0, x0, y1, x1) for x0, y0, x1, y1 in areas]
        self._boxes = np.array(areas)

    def lead(self, edge: GraphEdge, start: Point, end: Point, others: Mapping[str, Route]) -> Route:
        """Find a way from port to port, in the coordinates of the layout."""
        if self._is_down:
            start, end = (start[1], start[0]), (end[1], end[0])
        lines = np.array(
            [
                (*first, *second)
                for route in others.values()
                for first, second in pairwise(_turned(route) if self._is_down else route)
            ]
        ).reshape(-1, 4)
        ends = {self._names.index(edge.source), self._names.index(edge.target)}
        foreign = np.array([k not in ends for k in range(len(self._names))])
        best = min(self._ways(start, end), key=lambda way: self._cost(way, lines, foreign))
        return _turned(best) if self._is_down else best

    def _ways(self, start: Point, end: Point) -> Iterator[Route]:
        (u0, v0), (u1, v1) = start, end
        if v0 == v1 and u1 > u0:
            yield start, end
        reach = u1 - u0
        if reach > 2 * STUB:
            turns = sorted({u0 + STUB, min(u0 + LABEL_STUB, u1 - STUB), (u0 + u1) / 2, u1 - STUB - 8, u1 - STUB})
            for u in turns:
                if v0 != v1:
                    yield start, (u, v0), (u, v1), end
        lanes = {float(side) for side in (*(self._boxes[:, 1] - 6), *(self._boxes[:, 3] + 6))}
        lanes.add((v0 + v1) / 2)
        for lane in sorted(lanes, key=lambda v: (abs(v - v0) + abs(v - v1), v))[:LANES]:
            for out in (STUB, STUB + 12, LABEL_STUB):
                for back in (STUB, STUB + 12):
                    yield start, (u0 + out, v0), (u0 + out, lane), (u1 - back, lane), (u1 - back, v1), end

    def _cost(self, way: Route, lines: npt.NDArray[np.float64], foreign: npt.NDArray[np.bool_]) -> float:
        cost = BEND * len(way)
        for first, second in pairwise(way):
            cost += abs(second[0] - first[0]) + abs(second[1] - first[1])
        cost += THROUGH_NODE * float((_hits(way, self._boxes) & foreign).sum())
        # The stubs begin inside the grown boxes of their own nodes; only what lies between them may not run through.
        cost += THROUGH_NODE * float((_hits(way[1:-1], self._boxes) & ~foreign).sum()) if len(way) > 3 else 0.0
        for (x0, y0), (x1, y1) in pairwise(way):
            low_x, high_x, low_y, high_y = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
            touched = (
                (np.minimum(lines[:, 0], lines[:, 2]) < high_x + 6)
                & (np.maximum(lines[:, 0], lines[:, 2]) > low_x - 6)
                & (np.minimum(lines[:, 1], lines[:, 3]) < high_y + 6)
                & (np.maximum(lines[:, 1], lines[:, 3]) > low_y - 6)
            )
            is_alike = (lines[:, 1] == lines[:, 3]) == (y0 == y1)
            cost += ON_LINE * float((touched & is_alike).sum()) + CROSSING * float((touched & ~is_alike).sum())
        return cost


def widen_nodes(
    graph: OpGraph, layout: GraphLayout, boxes: Mapping[str, Size], *, direction: Direction = "right"
) -> GraphLayout | None:
    """Let boxes grow a little around their middles, for numbers that became longer; nothing else moves.

    Returns
    -------
    GraphLayout or None
        None where a box would have to grow by so much that the graph is better laid out anew.
    """
    nodes = {}
    for name, box in layout.nodes.items():
        width, height = boxes[name]
        if width - box.width > MAX_GROWTH or height - box.height > 1.0:
            return None
        nodes[name] = Box(x=box.x, y=box.y, width=max(width, box.width), height=box.height)
    if direction == "down" or nodes == layout.nodes:
        return replace(layout, nodes=nodes)
    edges = {}
    for edge in graph.edges:
        route = layout.edges[edge.id]
        (x0, y0), (x1, y1) = route[0], route[-1]
        out = (nodes[edge.source].width - layout.nodes[edge.source].width) / 2
        into = (nodes[edge.target].width - layout.nodes[edge.target].width) / 2
        edges[edge.id] = ((x0 + out, y0), *route[1:-1], (x1 - into, y1))
    return replace(layout, nodes=nodes, edges=edges)
