"""The frames of unfolded groups: a light ground under their nodes, and their titles."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from tapeviz.layout.geometry import Box
from tapeviz.layout.sizes import TITLE_ROOM
from tapeviz.model.graph import GraphGroup, OpGraph
from tapeviz.paint.fonts import SANS, font
from tapeviz.paint.measure import FOLD_SIGN, TITLE_HEIGHT, TITLE_PADDING, TITLE_TEXT_SIZE, title_size
from tapeviz.paint.node_painter import paint_fold_sign, rectangle
from tapeviz.paint.theme import Theme
from tapeviz.paint.values import paint_text, text_width

RADIUS = 14.0
FAR_TEXT = 12.0
"""Pixels on the screen that a title keeps when the picture is so small that nothing else can be read."""

LEAST_FAR_WIDTH = 70.0
"""Frames narrower than this on the screen bear no title then."""


class FramePainter:
    """Paints the frames of one graph in one theme."""

    def __init__(self, graph: OpGraph, frames: Mapping[str, Box], theme: Theme) -> None:
        self._frames = frames
        self._theme = theme
        self._groups = {group.id: group for group in graph.groups if group.id in frames}
        self._depths: dict[str, int] = {}
        for name, group in self._groups.items():
            self._depths[name] = 0 if group.parent is None else self._depths[group.parent] + 1

    def paint_grounds(self, painter: QPainter, exposed: QRectF, marked: frozenset[str]) -> None:
        """Paint the frames, each over the one around it; those that are pointed at in the accent colour."""
        theme = self._theme
        for name in self._groups:
            area = rectangle(self._frames[name])
            if not area.intersects(exposed):
                continue
            is_marked = name in marked
            painter.setBrush(QColor(self._ground(name)))
            colour, width = (theme.accent, 2.0) if is_marked else (theme.frame_line, 1.0)
            painter.setPen(QPen(QColor(colour), width * theme.line_scale, self._stroke(name)))
            painter.drawRoundedRect(area, RADIUS, RADIUS)

    def paint_titles(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the titles over the lines that may run under them."""
        for name, group in self._groups.items():
            area = self.title_area(name)
            if area.intersects(exposed):
                self._paint_title(painter, name, group)

    def paint_far_titles(self, painter: QPainter, exposed: QRectF, zoom: float) -> None:
        """Paint titles large enough to be read from afar: in the middle, or in a corner over frames with their own.

        A title that would lie over one of a frame further out is left away.
        """
        taken: list[QRectF] = []
        wide = {name for name in self._groups if self._frames[name].width * zoom >= LEAST_FAR_WIDTH}
        around = {self._groups[name].parent for name in wide}
        for name, group in self._groups.items():
            area = rectangle(self._frames[name])
            if name not in wide or not area.intersects(exposed):
                continue
            size = FAR_TEXT / zoom
            size = min(size, size * 0.9 * area.width() / (text_width(group.title, SANS, size, 600) + size))
            width, height = text_width(group.title, SANS, size, 600) + size, size * 1.7
            corner = QRectF(area.left() + size * 0.4, area.top() + size * 0.4, width, height)
            middle = QRectF(area.center().x() - width / 2, area.center().y() - height / 2, width, height)
            pill = corner if name in around else middle
            if any(pill.intersects(other) for other in taken):
                continue
            taken.append(pill)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._theme.canvas))
            painter.drawRoundedRect(pill, size * 0.5, size * 0.5)
            painter.setPen(QColor(self._title_colour(group)))
            paint_text(painter, pill.center(), group.title, font(SANS, size, 600))

    def group_at(self, x: float, y: float) -> str | None:
        """Find the group whose title bar is at a point of the layout, the innermost one."""
        found = None
        for name in self._groups:
            area = rectangle(self._frames[name])
            bar = QRectF(area.left(), area.top(), area.width(), TITLE_ROOM)
            if bar.contains(QPointF(x, y)) or self.title_area(name).contains(QPointF(x, y)):
                found = name
        return found

    def title_area(self, name: str) -> QRectF:
        """Give the rectangle of a frame's title."""
        frame = rectangle(self._frames[name])
        width, height = title_size(self._groups[name])
        return QRectF(frame.left(), frame.top(), width, height)

    def _paint_title(self, painter: QPainter, name: str, group: GraphGroup) -> None:
        area = self.title_area(name)
        y = area.top() + TITLE_HEIGHT / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._ground(name)))
        painter.drawRoundedRect(area.adjusted(TITLE_PADDING - 6, 4, -6, -4), 6, 6)
        colour = self._title_colour(group)
        paint_fold_sign(painter, QPointF(area.left() + TITLE_PADDING + FOLD_SIGN / 2, y), colour, is_folded=False)
        painter.setPen(QColor(colour))
        width = text_width(group.title, SANS, TITLE_TEXT_SIZE, 600)
        middle = QPointF(area.left() + TITLE_PADDING + FOLD_SIGN + 6 + width / 2, y)
        paint_text(painter, middle, group.title, font(SANS, TITLE_TEXT_SIZE, 600))

    def _ground(self, name: str) -> str:
        return self._theme.frame_inner if self._depths[name] % 2 else self._theme.frame

    def _title_colour(self, group: GraphGroup) -> str:
        return self._theme.backward if group.kind == "backward" else self._theme.muted

    def _stroke(self, name: str) -> Qt.PenStyle:
        is_of_paper = self._theme.is_monochrome and self._groups[name].kind == "backward"
        return Qt.PenStyle.DashLine if is_of_paper else Qt.PenStyle.SolidLine
