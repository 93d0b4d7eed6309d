"""What stands on a landscape beside the trajectories: critical points, minima, starts, and the iterate at the clock."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from tapeviz.model.descent_scene import Way
from tapeviz.model.landscape import Basins, CriticalKind, Curvature
from tapeviz.model.numbers import format_factor
from tapeviz.paint.descent.labels import kept_within, label_box, paint_label, paint_label_beside
from tapeviz.paint.descent.landscape_painter import basin_letter
from tapeviz.paint.descent.looks import look_of, marker_path, paint_marker
from tapeviz.paint.descent.plot_area import Ink, PlotArea
from tapeviz.paint.descent.projection import Projection
from tapeviz.paint.fonts import SANS

Numbers = npt.NDArray[Any]

CURRENT = 7.0
START = 6.0
POINT = 6.0
MOST_MINIMA = 12
"""So many of the known minima are marked."""

WORDS = 11.5
MAX_WORDS = 20
"""So many critical points have words beside them."""

_WORDS: dict[CriticalKind, str] = {
    "minimum": "minimum",
    "maximum": "maximum",
    "saddle": "saddle",
    "degenerate": "degenerate",
}


def point_of(places: Numbers) -> QPointF | None:
    """Give the only one of some places, shape (1, 2), in pixels; None where it has none."""
    x, y = places[0].tolist()
    return QPointF(x, y) if math.isfinite(x) and math.isfinite(y) else None


def seen_at(position: Sequence[float], projection: Projection, area: PlotArea) -> QPointF | None:
    """Place a position in pixels; None where it cannot be seen."""
    placed = projection.placed(np.asarray([position]))
    point = point_of(area.pixels(placed[:, 0], placed[:, 1]))
    return point if point is not None and area.box.contains(point) else None


def paint_critical_points(
    painter: QPainter,
    points: Sequence[Curvature],
    seen: Callable[[Sequence[float]], QPointF | None],
    area: PlotArea,
    ink: Ink,
    *,
    is_line: bool = False,
) -> None:
    """Mark where the gradient is 0: each kind by a sign of its own and in words; `seen` places a position.

    Where there are many the signs are small, and speak for themselves. Over a line the words stand below the signs:
    beside them the tangent would strike them out.
    """
    sought = ((point.kind, seen(point.position)) for point in points)
    placed = [(kind, at) for kind, at in sought if kind is not None and at is not None]
    share = 1.0 if len(placed) <= MAX_WORDS else 0.6
    for kind, at in placed:
        _paint_sign(painter, at, kind, ink, share)
        if len(placed) > MAX_WORDS:
            continue
        if is_line:
            below = kept_within(at + QPointF(0, ink.px(2.8 * POINT)), _WORDS[kind], ink, WORDS, area.box, SANS)
            paint_label(painter, below, _WORDS[kind], ink, WORDS, ink.theme.ink, SANS)
        else:
            gap = ink.px(POINT + 5)
            paint_label_beside(painter, at, _WORDS[kind], ink, WORDS, ink.theme.ink, area.box, gap)


def paint_known_minima(
    painter: QPainter,
    positions: Sequence[Sequence[float]],
    seen: Callable[[Sequence[float]], QPointF | None],
    area: PlotArea,
    ink: Ink,
) -> None:
    """Mark the minima that the lesson says are known, by a star for each."""
    for position in positions[:MOST_MINIMA]:
        at = seen(position)
        if at is not None:
            painter.save()
            painter.translate(at)
            painter.setBrush(QColor(ink.theme.canvas))
            painter.setPen(QPen(QColor(ink.theme.ink), ink.line(1.5)))
            painter.drawPath(marker_path("star", ink.px(POINT)))
            painter.restore()
            gap = ink.px(CURRENT + 8)
            paint_label_beside(painter, at, "minimum", ink, WORDS, ink.theme.muted, area.box, gap)


def _paint_sign(painter: QPainter, at: QPointF, kind: CriticalKind, ink: Ink, share: float = 1.0) -> None:
    """Paint a dot in a ring for a minimum, a summit for a maximum, crossing ways for a saddle, a flat box else."""
    size = ink.px(POINT * share)
    path = QPainterPath()
    if kind == "minimum":
        path.addEllipse(QPointF(0, 0), size, size)
        path.addEllipse(QPointF(0, 0), size * 0.35, size * 0.35)
    elif kind == "maximum":
        path = marker_path("triangle", size)
    elif kind == "saddle":
        for sign in (-1, 1):
            path.moveTo(-size, -size * sign)
            path.lineTo(size, size * sign)
    else:
        path = marker_path("square", size * 0.9)
    painter.save()
    painter.translate(at)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((ink.theme.canvas, 5.0), (ink.theme.ink, 2.0)):
        painter.setPen(QPen(QColor(colour), ink.line(width * share)))
        painter.drawPath(path)
    painter.restore()


def paint_basin_letters(painter: QPainter, basins: Basins, projection: Projection, area: PlotArea, ink: Ink) -> None:
    """Write at each minimum that a basin drains into which one it is, and how low."""
    for number, position in enumerate(basins.minima):
        at = seen_at(position, projection, area)
        if at is not None:
            _paint_sign(painter, at, "minimum", ink)
            text = f"{basin_letter(number)}  {format_factor(_rounded(basins.losses[number]))}"
            paint_label_beside(painter, at, text, ink, WORDS, ink.theme.ink, area.box, ink.px(POINT + 5))


def _rounded(loss: float) -> float:
    """What is 0 but for rounding is written so."""
    return 0.0 if abs(loss) < 1e-9 else loss


def paint_start(painter: QPainter, at: QPointF, look: int | None, ink: Ink, *, is_held: bool = False) -> None:
    """Paint where a racer starts: its marker, hollow; larger while it is dragged."""
    radius = ink.px(START) * (1.35 if is_held else 1.0)
    dress = look_of(look, ink.theme)
    painter.save()
    painter.translate(at)
    painter.setBrush(QColor(ink.theme.canvas))
    for colour, width in ((ink.theme.canvas, 5.0), (dress.colour, 2.2)):
        painter.setPen(QPen(QColor(colour), ink.line(width)))
        painter.drawPath(marker_path(dress.marker, radius))
    painter.restore()


def paint_current(painter: QPainter, way: Way, at: QPointF, ink: Ink) -> None:
    """Paint the iterate at the clock, large; where the descent ended, within a ring."""
    look = look_of(way.look, ink.theme)
    has_ended = way.trajectory.status.kind != "running" and way.shown == way.trajectory.count - 1
    if has_ended:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((ink.theme.canvas, 4.5), (look.colour, 1.8)):
            painter.setPen(QPen(QColor(colour), ink.line(width)))
            painter.drawEllipse(at, ink.px(CURRENT + 4.5), ink.px(CURRENT + 4.5))
    paint_marker(painter, at, look, ink.theme, ink.px(CURRENT))


def paint_hover(
    painter: QPainter, at: QPointF, words: Sequence[str], look: int | None, area: PlotArea, ink: Ink
) -> None:
    """Point out an iterate under the pointer, with its numbers beside it."""
    colour = look_of(look, ink.theme).colour
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(colour), ink.line(2.0)))
    painter.drawEllipse(at, ink.px(CURRENT + 3), ink.px(CURRENT + 3))
    step = ink.px(WORDS * 1.6)
    top = at.y() - ink.px(CURRENT + 8) - step * (len(words) - 1) - step / 2
    if top - step / 2 < area.box.top():
        top = at.y() + ink.px(CURRENT + 8) + step / 2
    for row, text in enumerate(words):
        half = label_box(at, text, ink, WORDS, SANS).width() / 2
        x = min(max(at.x(), area.box.left() + half), max(area.box.left() + half, area.box.right() - half))
        paint_label(painter, QPointF(x, top + row * step), text, ink, WORDS, ink.theme.ink, SANS)
