"""One graph within a figure, with the line above it where there are two."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from tapeviz.layout.service import Arrangement, arrange
from tapeviz.layout.sizes import Direction
from tapeviz.model.compare_state import differing
from tapeviz.model.explain import caption
from tapeviz.model.explanation import Caption
from tapeviz.model.frame import Frame, build_frame
from tapeviz.model.graph import OpGraph
from tapeviz.model.recording import Recording
from tapeviz.model.scene import Scene
from tapeviz.model.timeline import Timeline
from tapeviz.paint.caption_painter import caption_height, paint_caption
from tapeviz.paint.graph_painter import GraphPainter, Marks
from tapeviz.paint.measure import measure
from tapeviz.paint.theme import Theme

MAX_ZOOM = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A graph as it stands on the paper. `heading` says which side it is; None where it stands alone."""

    graph: OpGraph
    arrangement: Arrangement
    frame: Frame
    marks: Marks
    heading: Caption | None

    def zoom(self, width: float, height: float) -> float:
        """How large the graph can be drawn in an area of that size."""
        head = caption_height(self.heading, width) if self.heading else 0.0
        return _zoom(self.arrangement, width, height - head)

    def paint(self, painter: QPainter, area: QRectF, theme: Theme) -> None:
        """Paint heading and graph into the middle of an area."""
        zoom = self.zoom(area.width(), area.height())
        if self.heading is not None:
            head = caption_height(self.heading, area.width())
            paint_caption(painter, QRectF(area.left(), area.top(), area.width(), head), self.heading, theme)
            area = area.adjusted(0, head, 0, 0)
        layout = self.arrangement.layout
        painter.save()
        painter.translate(area.center())
        painter.scale(zoom, zoom)
        painter.translate(QPointF(-layout.width / 2, -layout.height / 2))
        graph_painter = GraphPainter(self.graph, layout, self.arrangement.labels, theme)
        graph_painter.paint_still(painter, self.frame, graph_painter.extent, max(zoom, 1.0), self.marks)
        painter.restore()


def panels_of(scene: Scene, size: tuple[int, int]) -> tuple[Panel, ...]:
    """Lay out the graph of a scene, and beside it the one that it is held against."""
    path = scene.path[0].paths[scene.path[1]] if scene.path else None
    here = (scene.recording, scene.graph, scene.timeline)
    right = scene.beside
    if right is None:
        return (_panel(*here, scene.playhead, size, Marks(path=path), None),)
    there = (right.recording, right.graph, right.timeline)
    half = (size[0], size[1] // 2)
    left_marks = Marks(path=path, differing=differing(right, is_left=True))
    right_marks = Marks(differing=differing(right, is_left=False))
    return (
        _panel(*here, scene.playhead, half, left_marks, ("Left", right.left_title)),
        _panel(*there, right.playhead, half, right_marks, ("Right", right.right_title)),
    )


def divided(panels: tuple[Panel, ...], area: QRectF) -> list[QRectF]:
    """Divide an area among panels: above one another or side by side, whichever draws the smallest one larger."""
    count = len(panels)
    width, height = area.width() / count, area.height() / count
    rows = [QRectF(area.left(), area.top() + k * height, area.width(), height) for k in range(count)]
    columns = [QRectF(area.left() + k * width, area.top(), width, area.height()) for k in range(count)]

    def smallest(places: list[QRectF]) -> float:
        return min(panel.zoom(place.width(), place.height()) for panel, place in zip(panels, places, strict=True))

    return max((rows, columns), key=smallest)


def _panel(
    recording: Recording,
    graph: OpGraph,
    timeline: Timeline,
    playhead: int,
    size: tuple[int, int],
    marks: Marks,
    title: tuple[str, str] | None,
) -> Panel:
    heading = None
    if title is not None:
        step = caption(recording, graph, timeline, playhead).heading
        heading = Caption(heading=title[0], text=f"{title[1]}  ·  {step}", tone="muted")
    return Panel(
        graph=graph,
        arrangement=_best_arrangement(graph, build_frame(recording, graph, timeline, timeline.last), size),
        frame=build_frame(recording, graph, timeline, playhead),
        marks=marks,
        heading=heading,
    )


def _best_arrangement(graph: OpGraph, frame: Frame, size: tuple[int, int]) -> Arrangement:
    """Arrange the graph in the direction in which it is drawn largest on the paper."""
    sizes = measure(graph, frame)
    directions: tuple[Direction, ...] = ("right", "down")
    choices = [arrange(graph, sizes, direction) for direction in directions]
    return max(choices, key=lambda choice: _zoom(choice, size[0], size[1]))


def _zoom(arrangement: Arrangement, width: float, height: float) -> float:
    layout = arrangement.layout
    return min(width / max(layout.width, 1.0), height / max(layout.height, 1.0), MAX_ZOOM)
