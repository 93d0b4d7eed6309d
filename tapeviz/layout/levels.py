"""From a graph and the sizes of its parts to places for all of them, within one frame.

graphlay decides which layer a node stands in and in what order. Ports, straight lines and tracks are placed here,
because the numbers on the lines need room that a general layout engine does not know of. The flow runs to the right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from tapeviz.layout.across import NODE_WEIGHT, PASSAGE_WEIGHT, SIDE_WEIGHT, Item, Link, straighten
from tapeviz.layout.channels import TRACK_PITCH, Crossing, assign_tracks, crossing_points
from tapeviz.layout.geometry import Box, GraphLayout, Point
from tapeviz.layout.layers import Layers, find_layers, stops_of
from tapeviz.layout.order import side_nodes
from tapeviz.layout.ports import OPEN, Border, Ports, place_ports
from tapeviz.layout.rows import Row, Span, break_into_rows, turn_back
from tapeviz.layout.sizes import (
    CHIP_GAP,
    LABEL_OFFSET,
    LABEL_START,
    PictureSizes,
    Size,
    corner_radius,
    outline_inset,
)
from tapeviz.model.graph import GraphEdge, GraphNode, OpGraph

GAP_ACROSS = 26.0
PASSAGE_ROOM = 6.0
MIN_CHANNEL = 36.0
MIN_STRAIGHT = 20.0
STRAIGHT_ROOM = 14.0
HEAD_ROOM = 26.0
MARGIN = 18.0
LABEL_CLEAR = 7.0
FAR_PORT = 400.0
"""A port further than this from the middle of a frame does not pull its neighbours into line with it."""


def lay_out_level(graph: OpGraph, sizes: PictureSizes, is_down: bool, border: Border = OPEN) -> GraphLayout:
    """Lay out what stands directly within one frame, or a graph without frames, in a room where the flow runs right.

    Parameters
    ----------
    graph : OpGraph
    sizes : PictureSizes, pixels along the flow and across it
    is_down : whether the picture will be turned, so that its flow runs down the canvas
    border : Border
        How its lines meet the frame around it and the frames in it.

    Raises
    ------
    LayoutError
        Where the graph is too entangled to be drawn.
    """
    return _Plan(graph, sizes, is_down, border).finish()


class _Plan:
    """The stages of one layout, each building on the ones before."""

    def __init__(self, graph: OpGraph, sizes: PictureSizes, is_down: bool, border: Border) -> None:
        self.graph = graph
        self.border = border
        self.sizes = sizes
        self.is_down = is_down
        self.node_of: dict[str, GraphNode] = {node.id: node for node in graph.nodes}
        self.outgoing: dict[str, list[GraphEdge]] = {node.id: [] for node in graph.nodes}
        for edge in graph.edges:
            self.outgoing[edge.source].append(edge)
        self.layers: Layers = find_layers(graph, self._footprints(), border)
        self.rank = {slot.node: k for k, layer in enumerate(self.layers) for slot in layer if slot.node}
        self.side_nodes = side_nodes(graph, border.firsts)
        self.ports = self._place_ports()
        self.items = self._place_across()
        self.at = {item.key: item.position for layer in self.items for item in layer}

    def _footprints(self) -> Mapping[str, Size]:
        footprints = {}
        for node in self.graph.nodes:
            along, across = self.sizes.boxes[node.id]
            chip = self.sizes.chips.get(node.id)
            footprints[node.id] = (along, across + chip[1] + CHIP_GAP if chip else across)
        return footprints

    def _stops(self, edge: GraphEdge) -> list[str]:
        return stops_of(edge, self.rank)

    def _place_ports(self) -> Ports:
        place = {slot.key: k for layer in self.layers for k, slot in enumerate(layer)}
        neighbours = {}
        for edge in self.graph.edges:
            stops = self._stops(edge)
            neighbours[edge.id] = (place[stops[1]], place[stops[-2]])
        return place_ports(self.graph, dict(self.sizes.boxes), dict(self.sizes.labels), neighbours, self.border)

    def _place_across(self) -> list[list[Item]]:
        layers = []
        for layer in self.layers:
            items = []
            for slot in layer:
                if slot.node:
                    items.append(self._node_item(slot.node, slot.across))
                else:
                    room = PASSAGE_ROOM
                    passage = Item(key=slot.key, before=room, after=room, weight=PASSAGE_WEIGHT, chain=slot.edge)
                    passage.position = slot.across
                    items.append(passage)
            layers.append(items)
        straighten(layers, self._links(), GAP_ACROSS)
        return layers

    def _node_item(self, name: str, across: float) -> Item:
        half = self.ports.boxes[name][1] / 2
        before = after = half
        if name in self.sizes.chips:
            after += CHIP_GAP + self.sizes.chips[name][1]
        for edge in self.outgoing[name]:
            if edge.id in self.sizes.labels:
                label, offset = self.sizes.labels[edge.id], self.ports.leaving[edge.id]
                before = max(before, label.value[1] + LABEL_OFFSET - offset)
                after = max(after, label.cotangent[1] + LABEL_OFFSET + offset)
        weight = SIDE_WEIGHT if name in self.side_nodes else NODE_WEIGHT
        return Item(key=name, before=before, after=after, weight=weight, position=across)

    def _links(self) -> list[Link]:
        links = []
        for edge in self.graph.edges:
            stops = self._stops(edge)
            for tail, head in pairwise(stops):
                links.append(
                    Link(
                        tail=tail,
                        head=head,
                        tail_offset=self._pull(self.ports.leaving[edge.id]) if tail == edge.source else 0.0,
                        head_offset=self._pull(self.ports.entering[edge.id]) if head == edge.target else 0.0,
                        is_side=edge.source in self.side_nodes and head == edge.target,
                    )
                )
        return links

    def _pull(self, offset: float) -> float:
        """Where a line pulls at a node: at its port, but at the middle of a large frame, lest frames form a stair."""
        return offset if abs(offset) <= FAR_PORT else 0.0

    def _channels(self) -> list[list[Crossing]]:
        channels: list[list[Crossing]] = [[] for _ in self.layers[1:]]
        for edge in self.graph.edges:
            stops = self._stops(edge)
            across = [self.at[stop] for stop in stops]
            across[0] += self.ports.leaving[edge.id]
            across[-1] += self.ports.entering[edge.id]
            first = self.rank[edge.source]
            for k, (start, end) in enumerate(pairwise(across)):
                channels[first + k].append(Crossing(edge=edge.id, start=start, end=end))
        return channels

    def finish(self) -> GraphLayout:
        """Assign tracks, place the layers along the flow in one row or several, and draw every edge."""
        channels = self._channels()
        spans, tracks = self._place_along([assign_tracks(channel) for channel in channels])
        rows = break_into_rows(spans, channels, self.is_down) if spans else []
        row_of = [row for row in rows for _ in range(row.first, row.last + 1)]
        boxes = {}
        for name, k in self.rank.items():
            along, across = self.ports.boxes[name]
            middle = (spans[k].start + spans[k].end) / 2 + row_of[k].along
            boxes[name] = Box(x=middle, y=self.at[name] + row_of[k].across, width=along, height=across)
        inner = self._inner_points(channels, tracks, row_of, spans)
        edges = {edge.id: self._route(edge, inner[edge.id], boxes) for edge in self.graph.edges}
        sides = [(span.top + row.across, span.bottom + row.across) for span, row in zip(spans, row_of, strict=True)]
        self._place_lonely(boxes)
        return _moved_to_origin(boxes, edges, self.sizes.chips, sides)

    def _place_along(self, counts: list[int]) -> tuple[list[Span], list[float]]:
        """Give the extents of the layers, and where the first track behind each of them lies."""
        spans: list[Span] = []
        tracks = []
        along = 0.0
        for k, layer in enumerate(self.layers):
            names = [slot.node for slot in layer if slot.node]
            chips = [self.sizes.chips[name][0] for name in names if name in self.sizes.chips]
            width = max([*(self.ports.boxes[name][0] for name in names), *chips], default=0.0)
            count = counts[k] if k < len(counts) else 0
            clear = along + width + (MIN_CHANNEL if count else MIN_STRAIGHT)
            track = max([clear, *(self._label_end(name, along + width / 2) for name in names)])
            tracks.append(track)
            items = self.items[k]
            spans.append(
                Span(
                    start=along,
                    end=along + width,
                    turn=track if k < len(counts) else along + width,
                    top=min(item.position - item.before for item in items),
                    bottom=max(item.position + item.after for item in items),
                )
            )
            along = track + (TRACK_PITCH * (count - 1) + HEAD_ROOM if count else STRAIGHT_ROOM)
        return spans, tracks

    def _label_end(self, name: str, middle: float) -> float:
        border = middle + self.ports.boxes[name][0] / 2
        labels = [self.sizes.labels[edge.id] for edge in self.outgoing[name] if edge.id in self.sizes.labels]
        widths = [max(label.value[0], label.cotangent[0]) for label in labels]
        return border + LABEL_START + max(widths) + LABEL_CLEAR if widths else 0.0

    def _inner_points(
        self, channels: list[list[Crossing]], tracks: list[float], row_of: list[Row], spans: list[Span]
    ) -> dict[str, list[Point]]:
        """Collect the corners of every edge between its ports, channel by channel."""
        corners: dict[str, list[Point]] = {edge.id: [] for edge in self.graph.edges}
        for k, channel in enumerate(channels):
            row = row_of[k]
            for crossing in channel:
                if row_of[k + 1] is not row:
                    corners[crossing.edge] += turn_back(channel, crossing.edge, row, row_of[k + 1], spans[k].turn)
                    continue
                bends = crossing_points(crossing, tracks[k])
                corners[crossing.edge] += [(along + row.along, across + row.across) for along, across in bends]
        return corners

    def _route(self, edge: GraphEdge, inner: list[Point], boxes: dict[str, Box]) -> tuple[Point, ...]:
        source, target = boxes[edge.source], boxes[edge.target]
        leaves, enters = self.ports.leaving[edge.id], self.ports.entering[edge.id]
        out = source.width / 2 - outline_inset(leaves, source.height, corner_radius(self.node_of[edge.source]))
        into = target.width / 2 - outline_inset(enters, target.height, corner_radius(self.node_of[edge.target]))
        return ((source.x + out, source.y + leaves), *inner, (target.x - into, target.y + enters))

    def _place_lonely(self, boxes: dict[str, Box]) -> None:
        """Nodes without any edge stand in a row under everything else."""
        lows = [_low_end(box, self.sizes.chips.get(name)) for name, box in boxes.items()]
        base = max(lows, default=0.0) + 2 * GAP_ACROSS
        along = 0.0
        for node in self.graph.nodes:
            if node.id not in self.rank:
                width, height = self.sizes.boxes[node.id]
                boxes[node.id] = Box(x=along + width / 2, y=base + height / 2, width=width, height=height)
                along += width + 2 * GAP_ACROSS


def _low_end(box: Box, chip: Size | None) -> float:
    return box.y + box.height / 2 + (CHIP_GAP + chip[1] if chip else 0.0)


def _moved_to_origin(
    boxes: dict[str, Box],
    edges: dict[str, tuple[Point, ...]],
    chips: Mapping[str, Size],
    sides: Sequence[tuple[float, float]],
) -> GraphLayout:
    """Leave a margin around everything; `sides` are the extents of the layers across the flow, numbers included."""
    if not boxes:
        return GraphLayout(nodes={}, edges={}, width=0.0, height=0.0)
    points = [point for route in edges.values() for point in route]
    left = min([box.x - box.width / 2 for box in boxes.values()] + [x for x, _ in points]) - MARGIN
    top = (
        min([box.y - box.height / 2 for box in boxes.values()] + [y for _, y in points] + [top for top, _ in sides])
        - MARGIN
    )
    right = max([box.x + box.width / 2 for box in boxes.values()] + [x for x, _ in points]) + MARGIN
    lows = [_low_end(box, chips.get(name)) for name, box in boxes.items()]
    bottom = max(lows + [y for _, y in points] + [low for _, low in sides]) + MARGIN
    return GraphLayout(
        nodes={
            name: Box(x=box.x - left, y=box.y - top, width=box.width, height=box.height) for name, box in boxes.items()
        },
        edges={name: tuple((_exact(x - left), _exact(y - top)) for x, y in route) for name, route in edges.items()},
        width=right - left,
        height=bottom - top,
    )


def _exact(pixels: float) -> float:
    """Drop the rounding errors of the sums, lest a straight line have two heights."""
    return round(pixels, 3)
