"""The lines of the picture as paths: orthogonal, with rounded corners and an arrow head at either end."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath, QPolygonF

from tapeviz.layout.geometry import Point

CORNER = 12.0
HEAD_LENGTH = 11.0
HEAD_WIDTH = 11.0


def rounded_path(points: Sequence[Point], radius: float = CORNER) -> QPainterPath:
    """Give a polyline with its corners rounded, by less where a stretch is too short."""
    path = QPainterPath(QPointF(*points[0]))
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        reach = min(radius, distance(before, corner) / 2, distance(corner, after) / 2)
        path.lineTo(QPointF(*_towards(corner, before, reach)))
        path.quadTo(QPointF(*corner), QPointF(*_towards(corner, after, reach)))
    path.lineTo(QPointF(*points[-1]))
    return path


def edge_path(points: Sequence[Point], is_backward: bool, head: float = HEAD_LENGTH) -> QPainterPath:
    """Give the line of an edge, short of the tip of its arrow head, which a thick line would blunt."""
    shortened = list(points[::-1]) if is_backward else list(points)
    reach = min(head - 2, distance(shortened[-2], shortened[-1]) / 2)
    shortened[-1] = _towards(shortened[-1], shortened[-2], reach)
    return rounded_path(shortened)


def arrow_head(points: Sequence[Point], is_backward: bool, scale: float = 1.0) -> QPolygonF:
    """Give the triangle at the target, or at the source where the backward pass has taken the edge."""
    tip, before = (points[0], points[1]) if is_backward else (points[-1], points[-2])
    length = distance(tip, before) or 1.0
    along = ((before[0] - tip[0]) / length, (before[1] - tip[1]) / length)
    base = (tip[0] + along[0] * HEAD_LENGTH * scale, tip[1] + along[1] * HEAD_LENGTH * scale)
    half = HEAD_WIDTH / 2 * scale
    return QPolygonF(
        [
            QPointF(*tip),
            QPointF(base[0] - along[1] * half, base[1] + along[0] * half),
            QPointF(base[0] + along[1] * half, base[1] - along[0] * half),
        ]
    )


def distance(one: Point, other: Point) -> float:
    """Give the length of a horizontal or vertical stretch."""
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _towards(start: Point, end: Point, reach: float) -> Point:
    length = distance(start, end) or 1.0
    return start[0] + (end[0] - start[0]) * reach / length, start[1] + (end[1] - start[1]) * reach / length
