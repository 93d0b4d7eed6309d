"""Broken edges: where a path is cut, the line has a gap with a stroke across each of its two ends."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from tapeviz.layout.geometry import Box, Point
from tapeviz.paint.fonts import SANS, font
from tapeviz.paint.measure import CUT_TEXT_SIZE
from tapeviz.paint.shapes import HEAD_LENGTH, distance
from tapeviz.paint.theme import Theme
from tapeviz.paint.values import paint_text

GAP = 13.0
"""How long the piece is that is missing, pixels."""

STROKE = 6.5
"""Half the length of the strokes at the two ends, pixels."""

SLANT = 2.8
FAR = 60.0
"""How far from its words an edge may be broken, pixels."""

_REACH = 100_000.0


def cut_point(route: Sequence[Point], words: Box | None, value: Box | None) -> tuple[Point, bool]:
    """Choose where an edge is broken: beside its words and clear of its number, or else on its longest stretch.

    Returns the point, and whether the line runs level there.
    """
    stretches = list(pairwise(route))
    if words is None:
        start, end = max(stretches, key=lambda stretch: distance(*stretch))
        return ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2), _is_level(start, end)
    place = (words.x, words.y)
    start, end = min(stretches, key=lambda ends: distance(_nearest(ends[0], ends[1], *place), place))
    is_level = _is_level(start, end)
    if value is not None and is_level:
        low, high = sorted((start[0], end[0]))
        beside = (value.x + value.width / 2 + GAP / 2 + SLANT, value.x - value.width / 2 - GAP / 2 - SLANT)
        clear = [x for x in beside if low + GAP <= x <= high - HEAD_LENGTH - GAP / 2 and abs(x - words.x) <= FAR]
        if clear:
            return (clear[0], start[1]), True
    return _nearest(start, end, *place), is_level


def outside_gap(point: Point, is_level: bool) -> QPainterPath:
    """Give all of the canvas but the gap at a point."""
    along, across = (GAP / 2, STROKE + 2) if is_level else (STROKE + 2, GAP / 2)
    whole, gap = QPainterPath(), QPainterPath()
    whole.addRect(QRectF(-_REACH, -_REACH, 2 * _REACH, 2 * _REACH))
    gap.addRect(QRectF(point[0] - along, point[1] - across, 2 * along, 2 * across))
    return whole.subtracted(gap)


def paint_ends(painter: QPainter, point: Point, is_level: bool, theme: Theme) -> None:
    """Draw the strokes across the two ends at a gap."""
    painter.setPen(QPen(QColor(theme.bad), 2.4 * theme.line_scale, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    x, y = point
    for side in (-GAP / 2, GAP / 2):
        if is_level:
            painter.drawLine(QPointF(x + side - SLANT, y + STROKE), QPointF(x + side + SLANT, y - STROKE))
        else:
            painter.drawLine(QPointF(x - STROKE, y + side + SLANT), QPointF(x + STROKE, y + side - SLANT))


def paint_words(painter: QPainter, place: Box, words: str, scale: float, theme: Theme) -> None:
    """Write why the edge is broken."""
    painter.setPen(QColor(theme.bad))
    paint_text(painter, QPointF(place.x, place.y + 2), words, font(SANS, CUT_TEXT_SIZE * scale, 600))


def _is_level(start: Point, end: Point) -> bool:
    return abs(start[1] - end[1]) <= abs(start[0] - end[0])


def _nearest(start: Point, end: Point, x: float, y: float) -> Point:
    """Give the point of a stretch nearest to a place, clear of its ends where there is room."""
    clear = min(GAP, distance(start, end) / 3)
    if _is_level(start, end):
        low, high = sorted((start[0], end[0]))
        return min(max(x, low + clear), high - clear), start[1]
    low, high = sorted((start[1], end[1]))
    return start[0], min(max(y, low + clear), high - clear)
