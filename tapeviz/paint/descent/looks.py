"""How racers are told apart: each by its colour, its marker and its line style, so never by colour alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from tapeviz.paint.theme import Theme

Marker = Literal["circle", "square", "triangle", "diamond", "wedge", "pentagon", "star", "cross"]

_MARKERS: tuple[Marker, ...] = ("circle", "square", "triangle", "diamond", "wedge", "pentagon", "star", "cross")
_DASHES: tuple[tuple[float, ...], ...] = (
    (),
    (10.0, 4.0),
    (2.0, 4.0),
    (11.0, 4.0, 2.0, 4.0),
    (5.0, 3.0),
    (18.0, 5.0),
    (8.0, 3.0, 2.0, 3.0, 2.0, 3.0),
    (3.0, 7.0),
)
_COLOURS = {
    "light": ("#0A5AA8", "#B04300", "#00705A", "#A8246F", "#1A1E26", "#6A2E9E", "#6E5A00", "#3F51D8"),
    "dark": ("#6FB4F8", "#FF9F5A", "#3FD1A0", "#FF7DB4", "#ECEEF1", "#C9A8FF", "#F5DC62", "#8FA0FF"),
    "projector": ("#00468C", "#9A3A00", "#005C49", "#960F5C", "#000000", "#561C86", "#584700", "#2E3FC4"),
    "print": ("#000000", "#000000", "#000000", "#000000", "#000000", "#000000", "#000000", "#000000"),
}
_CORNERS: dict[Marker, tuple[int, float, float]] = {
    "square": (4, 45.0, 1.18),
    "triangle": (3, -90.0, 1.3),
    "diamond": (4, 0.0, 1.3),
    "wedge": (3, 90.0, 1.3),
    "pentagon": (5, -90.0, 1.15),
}
"""Corners, where the first one stands (degrees, clockwise from the right), and how far they reach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How one racer is drawn.

    Parameters
    ----------
    colour : str
        ``#RRGGBB``.
    marker : Marker
    dash : tuple of float
        Lengths of lines and gaps in turn, in pixels; empty for a solid line.
    """

    colour: str
    marker: Marker
    dash: tuple[float, ...]


def look_of(look: int | None, theme: Theme) -> Look:
    """Give the look of that number; they come again after eight. None is the lesson's own loop."""
    if look is None:
        return Look(colour=theme.ink, marker="circle", dash=())
    place = look % len(_MARKERS)
    return Look(colour=_COLOURS[theme.name][place], marker=_MARKERS[place], dash=_DASHES[place])


@lru_cache(maxsize=64)
def marker_path(marker: Marker, radius: float) -> QPainterPath:
    """Give the outline of a marker around (0, 0), about as large as a circle of that radius."""
    path = QPainterPath()
    if marker == "circle":
        path.addEllipse(QPointF(0, 0), radius, radius)
    elif marker == "cross":
        arm, half = radius * 1.2, radius * 0.42
        for box in (QRectF(-arm, -half, 2 * arm, 2 * half), QRectF(-half, -arm, 2 * half, 2 * arm)):
            each = QPainterPath()
            each.addRect(box)
            path = path.united(each)
    elif marker == "star":
        _close(path, [_corner(radius * (1.45 if place % 2 == 0 else 0.62), -90 + 36 * place) for place in range(10)])
    else:
        count, first, reach = _CORNERS[marker]
        _close(path, [_corner(radius * reach, first + 360 * place / count) for place in range(count)])
    return path


def _corner(reach: float, degrees: float) -> QPointF:
    return QPointF(reach * math.cos(math.radians(degrees)), reach * math.sin(math.radians(degrees)))


def _close(path: QPainterPath, corners: Sequence[QPointF]) -> None:
    path.moveTo(corners[0])
    for corner in corners[1:]:
        path.lineTo(corner)
    path.closeSubpath()


def paint_marker(painter: QPainter, at: QPointF, look: Look, theme: Theme, radius: float) -> None:
    """Paint a marker, filled, with a thin edge in the colour of the page so that it stands out on any ground."""
    painter.save()
    painter.translate(at)
    painter.setPen(QPen(QColor(theme.canvas), max(1.0, radius / 4)))
    painter.setBrush(QColor(look.colour))
    painter.drawPath(marker_path(look.marker, radius))
    painter.restore()


def paint_swatch(painter: QPainter, box: QRectF, look: Look, theme: Theme) -> None:
    """Paint a short piece of the racer's line with its marker in the middle: for legends and lists."""
    middle = box.center()
    pen = QPen(QColor(look.colour), 2.0 * theme.line_scale)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    if look.dash:
        pen.setDashPattern([length / pen.widthF() for length in look.dash])
    painter.save()
    painter.setPen(pen)
    painter.drawLine(QPointF(box.left(), middle.y()), QPointF(box.right(), middle.y()))
    painter.restore()
    paint_marker(painter, middle, look, theme, min(box.height() * 0.3, 6.0))
