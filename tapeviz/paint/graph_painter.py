"""The picture of a graph at one playhead, for the window and for figures alike."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from tapeviz.layout.geometry import Box, GraphLayout, Point
from tapeviz.layout.labels import LabelPlacement
from tapeviz.model.frame import EdgeFrame, Frame
from tapeviz.model.graph import GraphEdge, GraphNode, OpGraph
from tapeviz.model.numbers import norm_of
from tapeviz.model.path_words import factor_texts
from tapeviz.model.paths import GradientPath
from tapeviz.model.tensor import TensorValue
from tapeviz.paint.cut_painter import cut_point, outside_gap, paint_ends, paint_words
from tapeviz.paint.exposure import bounds_of, touched
from tapeviz.paint.fonts import MONO, font
from tapeviz.paint.frame_painter import FramePainter
from tapeviz.paint.measure import has_chip
from tapeviz.paint.node_painter import NodePainter, rectangle
from tapeviz.paint.shapes import arrow_head, edge_path
from tapeviz.paint.theme import Theme
from tapeviz.paint.values import NUMBER_SIZE, paint_text, paint_value

CHORD_ZOOM = 0.12
"""Below this zoom more edges than `MAX_FAR_PATHS` are chords; more than `MAX_SMOOTH_PATHS` are not antialiased."""

MAX_SMOOTH_PATHS = 600
MAX_FAR_PATHS = 2500

SYMBOL_ZOOM = 0.2
"""Below this zoom everything is but shapes and colours, and the titles of frames."""

NUMBER_ZOOM = 0.4
"""Below this zoom numbers on edges could not be read."""

FADED = 0.22
"""How much is left of what lies beside a path that is shown."""

PATH_WIDTH = 3.6
TRAIL_WIDTH = 12.0
EDGE_WIDTH = 1.8
LIVE_WIDTH = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How the picture is drawn, apart from its colours."""

    is_width_by_cotangent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What the lecturer points at; beside a path all fades. `differing` nodes differ from those of another picture.

    `trail` are the edges from a source that is pointed at to the place where its path is cut.
    """

    selected: str | None = None
    hovered: str | None = None
    path: GradientPath | None = None
    differing: frozenset[str] = frozenset()
    trail: frozenset[str] = frozenset()


class GraphPainter:
    """Paints one graph in one layout and one theme.

    Parameters
    ----------
    graph : OpGraph
    layout : GraphLayout
    labels : LabelPlacement
    theme : Theme
    style : Style
    """

    def __init__(
        self, graph: OpGraph, layout: GraphLayout, labels: LabelPlacement, theme: Theme, style: Style | None = None
    ) -> None:
        self.graph = graph
        self.layout = layout
        self.labels = labels
        self.theme = theme
        self.style = style or Style()
        self._nodes = NodePainter(theme)
        self.frames = FramePainter(graph, layout.frames, theme)
        self._fan_out = Counter(edge.source for edge in graph.edges)
        self._paths: dict[tuple[str, bool], QPainterPath] = {}
        self._node_bounds = bounds_of([self._node_bound(node) for node in graph.nodes])
        self._edge_bounds = bounds_of([self._edge_bound(edge) for edge in graph.edges])

    @property
    def extent(self) -> QRectF:
        """The rectangle that everything lies in, nodes that were dragged far away too."""
        extent = QRectF(0, 0, self.layout.width, self.layout.height)
        for frame in self.layout.frames.values():
            extent = extent.united(rectangle(frame, 2))
        for left, top, right, bottom in self._node_bounds.tolist():
            extent = extent.united(QRectF(left, top, right - left, bottom - top))
        return extent

    def paint_still(
        self,
        painter: QPainter,
        frame: Frame | None,
        exposed: QRectF,
        zoom: float,
        marks: Marks | None = None,
        *,
        has_far_titles: bool = True,
    ) -> None:
        """Paint everything that does not move.

        Parameters
        ----------
        painter : QPainter in the coordinates of the layout
        frame : Frame or None (the graph without any number)
        exposed : QRectF, what has to be painted; what lies outside is left out
        zoom : float, pixels of the device per unit of the layout; decides how much detail is drawn
        has_far_titles : whether the titles of frames are written large where nothing else can be read
        """
        nodes = [self.graph.nodes[k] for k in touched(self._node_bounds, exposed)]
        edges = [self.graph.edges[k] for k in touched(self._edge_bounds, exposed)]
        is_far, is_crowded = zoom < SYMBOL_ZOOM, zoom < CHORD_ZOOM and len(edges) > MAX_FAR_PATHS
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, not is_far or len(edges) <= MAX_SMOOTH_PATHS)
        marks = marks or Marks()
        pointed = frozenset(name for name in (marks.selected, marks.hovered) if name is not None)
        self.frames.paint_grounds(painter, exposed, pointed)
        if is_far:
            self._paint_far(painter, nodes, edges, frame, is_crowded=is_crowded)
            if has_far_titles:
                self.frames.paint_far_titles(painter, exposed, zoom)
            return
        if marks.path is None:
            self._paint_parts(painter, nodes, edges, frame, zoom, marks)
        else:
            on_path = {*marks.path.nodes, *marks.path.edges}
            painter.setOpacity(FADED)
            beside = [node for node in nodes if node.id not in on_path]
            others = [edge for edge in edges if edge.id not in on_path]
            self._paint_parts(painter, beside, others, frame, zoom, Marks())
            painter.setOpacity(1.0)
            along = [node for node in nodes if node.id in on_path]
            self._paint_parts(painter, along, [edge for edge in edges if edge.id in on_path], frame, zoom, marks)
        self.frames.paint_titles(painter, exposed)

    def _paint_parts(
        self,
        painter: QPainter,
        nodes: list[GraphNode],
        edges: list[GraphEdge],
        frame: Frame | None,
        zoom: float,
        marks: Marks,
    ) -> None:
        self._paint_halos(painter, nodes, frame, marks)
        for node in nodes:
            if node.kind == "group":
                state = frame.nodes.get(node.id) if frame else None
                self._nodes.paint_sheets(painter, node, self.layout.nodes[node.id], state)
        self._paint_trail(painter, edges, marks)
        for edge in sorted(edges, key=lambda edge: _is_live(frame, edge)):
            self._paint_edge(painter, edge, frame, is_on_path=marks.path is not None)
        for node in nodes:
            state = frame.nodes.get(node.id) if frame else None
            self._nodes.paint(painter, node, self.layout.nodes[node.id], state)
        self._paint_rings(painter, nodes, marks)
        for node in nodes:
            if node.id in marks.differing:
                self._nodes.paint_difference(painter, node, self.layout.nodes[node.id])
        if zoom < NUMBER_ZOOM or frame is None:
            return
        for node in nodes:
            self._paint_chip(painter, node, frame)
        factors = factor_texts(marks.path) if marks.path is not None else {}
        for edge in edges:
            self._paint_numbers(painter, edge, frame, factors.get(edge.id))

    def node_at(self, x: float, y: float) -> GraphNode | None:
        """Give the node at a point of the layout."""
        for k in touched(self._node_bounds, QRectF(x - 1, y - 1, 2, 2)):
            node = self.graph.nodes[k]
            if rectangle(self.layout.nodes[node.id], 3).contains(QPointF(x, y)):
                return node
        return None

    def box_of(self, name: str) -> Box | None:
        """Give the rectangle of a node or of a frame; None for what is not drawn."""
        return self.layout.nodes.get(name) or self.layout.frames.get(name)

    def group_at(self, x: float, y: float) -> str | None:
        """Give the group at whose title a point of the layout lies."""
        return self.frames.group_at(x, y)

    def edge_at(self, x: float, y: float, reach: float = 6.0) -> GraphEdge | None:
        """Give the edge whose line or numbers lie at a point of the layout, `reach` pixels about."""
        for k in touched(self._edge_bounds, QRectF(x - reach, y - reach, 2 * reach, 2 * reach)):
            edge = self.graph.edges[k]
            boxes = [places[edge.id] for places in (self.labels.values, self.labels.cotangents) if edge.id in places]
            if any(rectangle(box).contains(QPointF(x, y)) for box in boxes):
                return edge
            points = self.layout.edges[edge.id]
            for (x0, y0), (x1, y1) in pairwise(points):
                if min(x0, x1) - reach <= x <= max(x0, x1) + reach and min(y0, y1) - reach <= y <= max(y0, y1) + reach:
                    return edge
        return None

    def path(self, edge: str, is_backward: bool = False) -> QPainterPath:
        """Give the drawn line of an edge."""
        key = (edge, is_backward)
        if key not in self._paths:
            self._paths[key] = edge_path(self.layout.edges[edge], is_backward)
        return self._paths[key]

    def _paint_edge(self, painter: QPainter, edge: GraphEdge, frame: Frame | None, *, is_on_path: bool) -> None:
        state = frame.edges.get(edge.id) if frame else None
        is_backward = state is not None and state.reached == "backward"
        is_live = state is not None and state.is_live
        colour = QColor(self._edge_colour(state))
        width = PATH_WIDTH * self.theme.line_scale if is_on_path else self._edge_width(state, frame)
        pen = QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)
        if is_backward and self.theme.is_monochrome:
            pen.setDashPattern([4.0, 2.5])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if state is not None and state.cut:
            self._paint_broken(painter, edge)
        else:
            painter.drawPath(self.path(edge.id, is_backward))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        scale = 1.2 if is_live or width > LIVE_WIDTH else 1.0
        painter.drawPolygon(arrow_head(self.layout.edges[edge.id], is_backward, scale))

    def _paint_broken(self, painter: QPainter, edge: GraphEdge) -> None:
        """Draw the line of an edge that is cut with a gap in it."""
        words, value = self.labels.cotangents.get(edge.id), self.labels.values.get(edge.id)
        point, is_level = cut_point(self.layout.edges[edge.id], words, value)
        painter.save()
        painter.setClipPath(outside_gap(point, is_level), Qt.ClipOperation.IntersectClip)
        painter.drawPath(self.path(edge.id))
        painter.restore()
        paint_ends(painter, point, is_level, self.theme)

    def _paint_trail(self, painter: QPainter, edges: list[GraphEdge], marks: Marks) -> None:
        """Underlay the path from a source that is pointed at to its cut."""
        pen = QPen(QColor(self.theme.accent_soft), TRAIL_WIDTH, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for edge in edges:
            if edge.id in marks.trail:
                painter.drawPath(self.path(edge.id))

    def _edge_colour(self, state: EdgeFrame | None) -> str:
        if state is None or state.reached == "waiting":
            return self.theme.edge
        return self.theme.backward if state.reached == "backward" else self.theme.forward

    def _edge_width(self, state: EdgeFrame | None, frame: Frame | None) -> float:
        scale = self.theme.line_scale
        if self.style.is_width_by_cotangent and frame is not None and state is not None:
            largest = max((_norm(other.cotangent) for other in frame.edges.values()), default=0.0)
            if state.cotangent is not None and largest > 0:
                return (1.2 + 5.8 * _norm(state.cotangent) / largest) * scale
        return (LIVE_WIDTH if state is not None and state.is_live else EDGE_WIDTH) * scale

    def _paint_numbers(self, painter: QPainter, edge: GraphEdge, frame: Frame, factor: str | None) -> None:
        """Paint what flows on an edge; on a path that is shown, its factor stands in the place of the cotangent."""
        state = frame.edges.get(edge.id)
        if state is None:
            return
        scale = self.labels.scales.get(edge.id, 1.0)
        if state.cut and edge.id in self.labels.cotangents:
            paint_words(painter, self.labels.cotangents[edge.id], state.cut, scale, self.theme)
        if state.value is not None and edge.id in self.labels.values:
            _paint_number(painter, self.labels.values[edge.id], state.value, self.theme.forward, 500, scale)
        if state.tangent is not None and edge.id in self.labels.cotangents:
            self._nodes.paint_tangent(painter, self.labels.cotangents[edge.id], state.tangent, scale)
        if factor is not None and edge.id in self.labels.cotangents:
            box = self.labels.cotangents[edge.id]
            painter.setPen(QColor(self.theme.accent))
            paint_text(painter, QPointF(box.x, box.y), factor, font(MONO, NUMBER_SIZE * scale, 700))
        elif state.cotangent is not None and edge.id in self.labels.cotangents:
            _paint_number(painter, self.labels.cotangents[edge.id], state.cotangent, self.theme.backward, 600, scale)

    def _paint_chip(self, painter: QPainter, node: GraphNode, frame: Frame) -> None:
        state = frame.nodes.get(node.id)
        place = self.labels.chips.get(node.id)
        if state is not None and place is not None and has_chip(node, state, self._fan_out[node.id]):
            self._nodes.paint_chip(painter, place, state)
        if state is not None and state.badge:
            self._nodes.paint_badge(painter, self.layout.nodes[node.id], state.badge)

    def _paint_halos(self, painter: QPainter, nodes: list[GraphNode], frame: Frame | None, marks: Marks) -> None:
        for node in nodes:
            state = frame.nodes.get(node.id) if frame else None
            box = self.layout.nodes[node.id]
            if node.id in (marks.selected, marks.hovered):
                self._nodes.paint_halo(painter, node, box, self.theme.accent_soft)
            elif state is not None and state.is_live:
                is_backward = state.reached == "backward"
                soft = self.theme.backward_soft if is_backward else self.theme.forward_soft
                soft = self.theme.accent_soft if state.before is not None else soft
                self._nodes.paint_halo(painter, node, box, soft)

    def _paint_rings(self, painter: QPainter, nodes: list[GraphNode], marks: Marks) -> None:
        for node in nodes:
            if node.id in (marks.selected, marks.hovered):
                width = 3.0 if node.id == marks.selected else 2.0
                self._nodes.paint_ring(painter, node, self.layout.nodes[node.id], width)

    def _paint_far(
        self,
        painter: QPainter,
        nodes: list[GraphNode],
        edges: list[GraphEdge],
        frame: Frame | None,
        *,
        is_crowded: bool,
    ) -> None:
        """Paint shapes and colours alone, in lines as thin as the screen has them; a crowd of edges as chords."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for edge in edges:
            state = frame.edges.get(edge.id) if frame else None
            painter.setPen(QPen(QColor(self._edge_colour(state)), 0))
            points = self.layout.edges[edge.id]
            if is_crowded:
                painter.drawLine(QPointF(*points[0]), QPointF(*points[-1]))
            else:
                painter.drawPolyline(QPolygonF([QPointF(*point) for point in points]))
        colours = {"waiting": self.theme.edge, "forward": self.theme.forward, "backward": self.theme.backward}
        for node in nodes:
            reached = frame.nodes[node.id].reached if frame and node.id in frame.nodes else "waiting"
            painter.fillRect(rectangle(self.layout.nodes[node.id]), QColor(colours[reached]))

    def _node_bound(self, node: GraphNode) -> QRectF:
        bound = rectangle(self.layout.nodes[node.id], 10)
        chip = self.labels.chips.get(node.id)
        return bound.united(rectangle(chip, 4)) if chip else bound

    def _edge_bound(self, edge: GraphEdge) -> QRectF:
        points: tuple[Point, ...] = self.layout.edges[edge.id]
        bound = QPolygonF([QPointF(*point) for point in points]).boundingRect().adjusted(-8, -8, 8, 8)
        for places in (self.labels.values, self.labels.cotangents):
            if edge.id in places:
                bound = bound.united(rectangle(places[edge.id], 2))
        return bound


def _paint_number(painter: QPainter, box: Box, value: TensorValue, colour: str, weight: int, scale: float) -> None:
    painter.save()
    painter.translate(box.x, box.y)
    painter.scale(scale, scale)
    paint_value(painter, QPointF(0, 0), value, colour, NUMBER_SIZE, weight)
    painter.restore()


def _is_live(frame: Frame | None, edge: GraphEdge) -> bool:
    return frame is not None and edge.id in frame.edges and frame.edges[edge.id].is_live


def _norm(value: TensorValue | None) -> float:
    norm = norm_of(value) if value is not None else None
    return norm if norm is not None and np.isfinite(norm) else 0.0
