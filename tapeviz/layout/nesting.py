"""Frames within frames: each unfolded group is laid out by itself and stands as one large node in what is around it.

So no foreign node can stand within a frame and no two frames can overlap, whatever the graph. A line that crosses a
frame's border does so at a port: in the picture within, a port is a point in the first or the last layer; in the
picture around, it is a fixed place on the side of the large node.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tapeviz.layout.geometry import Box, GraphLayout, Point
from tapeviz.layout.levels import lay_out_level
from tapeviz.layout.ports import Border
from tapeviz.layout.sizes import TITLE_ROOM, LabelSize, PictureSizes, Size
from tapeviz.model.graph import GraphEdge, GraphGroup, GraphNode, OpGraph

PORT_SIZE: Size = (2.0, 2.0)
NEAR = 0.01
"""Pixels that rounding may put between two ends of one straight line."""


@dataclass(slots=True, kw_only=True)
class _Level:
    """What stands directly within one group, or outside of all of them: its nodes, frames and lines."""

    group: GraphGroup | None
    nodes: list[GraphNode] = field(default_factory=list)
    edges: list[GraphEdge] = field(default_factory=list)
    entering: list[str] = field(default_factory=list)
    leaving: list[str] = field(default_factory=list)


def lay_out_nested(graph: OpGraph, sizes: PictureSizes, is_down: bool) -> GraphLayout:
    """Lay out a graph with its frames, in a room where the flow runs to the right; see `layout_graph`."""
    return _Nested(graph, sizes, is_down).layout()


class _Nested:
    def __init__(self, graph: OpGraph, sizes: PictureSizes, is_down: bool) -> None:
        self._graph = graph
        self._sizes = sizes
        self._is_down = is_down
        self._groups = {group.id: group for group in graph.groups if not group.is_folded}
        self._home = {name: group.id for group in self._groups.values() for name in group.nodes}
        self._around = {node.id: self._frames_around(node.id) for node in graph.nodes}
        self._levels: dict[str | None, _Level] = {None: _Level(group=None)}
        self._levels.update((name, _Level(group=group)) for name, group in self._groups.items())
        self._inner: dict[str, GraphLayout] = {}
        self._fill()

    def _frames_around(self, node: str) -> tuple[str, ...]:
        """List the frames around a node, the outermost first."""
        found: list[str] = []
        at = self._home.get(node)
        while at is not None:
            found.append(at)
            at = self._groups[at].parent
        return tuple(reversed(found))

    def _fill(self) -> None:
        for node in self._graph.nodes:
            self._levels[self._home.get(node.id)].nodes.append(node)
        for group in self._groups.values():
            self._levels[group.parent].nodes.append(_frame_node(group))
        for edge in self._graph.edges:
            tail, head = self._around[edge.source], self._around[edge.target]
            shared = sum(1 for one, other in zip(tail, head, strict=False) if one == other)
            level = tail[shared - 1] if shared else None
            source = tail[shared] if len(tail) > shared else edge.source
            target = head[shared] if len(head) > shared else edge.target
            self._levels[level].edges.append(replace(edge, source=source, target=target))
            for k in range(shared, len(tail)):
                inner = tail[k + 1] if k + 1 < len(tail) else edge.source
                self._levels[tail[k]].edges.append(replace(edge, source=inner, target=_port(edge.id, "out")))
                self._levels[tail[k]].leaving.append(edge.id)
            for k in range(shared, len(head)):
                inner = head[k + 1] if k + 1 < len(head) else edge.target
                self._levels[head[k]].edges.append(replace(edge, source=_port(edge.id, "in"), target=inner))
                self._levels[head[k]].entering.append(edge.id)

    def layout(self) -> GraphLayout:
        """Lay out every level, the inner ones first, and put them into each other."""
        for group in reversed(self._groups.values()):
            self._inner[group.id] = self._lay_out(self._levels[group.id])
        outer = self._lay_out(self._levels[None])
        placed = _Placed()
        self._place(None, outer, (0.0, 0.0), placed)
        return GraphLayout(
            nodes={node.id: placed.nodes[node.id] for node in self._graph.nodes},
            edges={edge.id: self._joined(edge, placed.pieces) for edge in self._graph.edges},
            width=outer.width,
            height=outer.height,
            frames={name: placed.frames[name] for name in self._groups},
        )

    def _lay_out(self, level: _Level) -> GraphLayout:
        firsts = [_port(edge, "in") for edge in level.entering]
        lasts = [_port(edge, "out") for edge in level.leaving]
        ports = [_port_node(name) for name in (*firsts, *lasts)]
        graph = replace(self._graph, nodes=(*level.nodes, *ports), edges=tuple(level.edges), groups=())
        border = Border(
            firsts=frozenset(firsts),
            lasts=frozenset(lasts),
            frames=frozenset(node.id for node in level.nodes if node.id in self._groups),
            entering=self._offsets(level.edges, "in"),
            leaving=self._offsets(level.edges, "out"),
        )
        return lay_out_level(graph, self._sizes_of(level, ports), self._is_down, border)

    def _offsets(self, edges: Sequence[GraphEdge], side: str) -> dict[str, float]:
        """Where the lines of a level meet the frames in it: the distances of their ports from the frames' middles."""
        offsets = {}
        for edge in edges:
            name = edge.target if side == "in" else edge.source
            if name in self._inner:
                inner = self._inner[name]
                offsets[edge.id] = (
                    self._shift()[1] + inner.nodes[_port(edge.id, side)].y - self._frame_size(name)[1] / 2
                )
        return offsets

    def _sizes_of(self, level: _Level, ports: Sequence[GraphNode]) -> PictureSizes:
        own = {node.id for node in level.nodes if node.id not in self._groups}
        boxes = {name: self._sizes.boxes[name] for name in own}
        boxes.update((node.id, self._frame_size(node.id)) for node in level.nodes if node.id in self._groups)
        boxes.update((port.id, PORT_SIZE) for port in ports)
        labels: Mapping[str, LabelSize] = {
            edge.id: self._sizes.labels[edge.id]
            for edge in level.edges
            if edge.source in own and edge.id in self._sizes.labels
        }
        chips = {name: size for name, size in self._sizes.chips.items() if name in own}
        return PictureSizes(boxes=boxes, chips=chips, labels=labels)

    def _shift(self) -> Point:
        """Where the picture within a frame begins: under the title, which is beside it once the picture is turned."""
        return (TITLE_ROOM, 0.0) if self._is_down else (0.0, TITLE_ROOM)

    def _frame_size(self, name: str) -> Size:
        inner, title = self._inner[name], self._sizes.titles.get(name, (0.0, 0.0))
        along, across = self._shift()
        return max(inner.width + along, title[0]), max(inner.height + across, title[1])

    def _place(self, name: str | None, layout: GraphLayout, corner: Point, placed: _Placed) -> None:
        """Put the picture of a level where its frame stands, and then the pictures of the frames in it."""
        for edge, route in layout.edges.items():
            placed.pieces[(name, edge)] = [(x + corner[0], y + corner[1]) for x, y in route]
        for node, box in layout.nodes.items():
            moved = replace(box, x=box.x + corner[0], y=box.y + corner[1])
            if node in self._groups:
                placed.frames[node] = moved
                along, across = self._shift()
                inner = (moved.x - moved.width / 2 + along, moved.y - moved.height / 2 + across)
                self._place(node, self._inner[node], inner, placed)
            elif node in self._around:
                placed.nodes[node] = moved

    def _joined(self, edge: GraphEdge, pieces: Mapping[tuple[str | None, str], list[Point]]) -> tuple[Point, ...]:
        """Join the pieces of a line: out of the frames around its source, and into those around its target."""
        tail, head = self._around[edge.source], self._around[edge.target]
        shared = sum(1 for one, other in zip(tail, head, strict=False) if one == other)
        levels = [*reversed(tail[shared:]), tail[shared - 1] if shared else None, *head[shared:]]
        return _straightened([point for level in levels for point in pieces[(level, edge.id)]])


@dataclass(slots=True)
class _Placed:
    """What has its place in the whole picture; lines in pieces, by the frame that they lie in."""

    nodes: dict[str, Box] = field(default_factory=dict)
    frames: dict[str, Box] = field(default_factory=dict)
    pieces: dict[tuple[str | None, str], list[Point]] = field(default_factory=dict)


def _port(edge: str, side: str) -> str:
    return f"{side}|{edge}"


def _port_node(name: str) -> GraphNode:
    return GraphNode(
        id=name,
        kind="constant",
        symbol="",
        title="",
        op=None,
        tensor=None,
        values=(),
        folded_ops=(),
        line=None,
        is_recorded=True,
    )


def _frame_node(group: GraphGroup) -> GraphNode:
    return replace(_port_node(group.id), kind="group")


def _straightened(points: Sequence[Point]) -> tuple[Point, ...]:
    """Drop the points that a line passes without turning; what is a rounding error apart is in line."""
    kept: list[Point] = []
    for point in points:
        here = (_snapped(point[0], kept[-1][0]), _snapped(point[1], kept[-1][1])) if kept else point
        if len(kept) > 1 and any(kept[-2][k] == kept[-1][k] == here[k] for k in (0, 1)):
            kept[-1] = here
        elif not kept or here != kept[-1]:
            kept.append(here)
    return tuple(kept)


def _snapped(pixels: float, before: float) -> float:
    return before if abs(pixels - before) < NEAR else pixels
