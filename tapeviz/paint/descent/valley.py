"""The objective over a line: its curve, and at the iterate tangent, step and second-order parabola."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from tapeviz.model.descent_scene import Way
from tapeviz.model.landscape import Curvature, Landscape
from tapeviz.model.numbers import format_number
from tapeviz.model.trajectory import place_of
from tapeviz.paint.descent.array_paths import draw_lines
from tapeviz.paint.descent.hatching import hatch_lines
from tapeviz.paint.descent.labels import paint_label
from tapeviz.paint.descent.landscape_painter import HATCH
from tapeviz.paint.descent.looks import look_of
from tapeviz.paint.descent.plot_area import Axis, Ink, PlotArea
from tapeviz.paint.descent.polylines import lines_between
from tapeviz.paint.descent.projection import Projection
from tapeviz.paint.descent.trails import paint_head, unit
from tapeviz.paint.fonts import SANS

Numbers = npt.NDArray[Any]

CURVE = 2.2
_MARGIN = 0.08
_PARABOLA_POINTS = 200
_WORDS = 11.5


def value_axis(landscape: Landscape | None, title: str, *, is_log: bool) -> Axis:
    """Choose the axis up: all of the curve with a little room; logarithmic where that is wished and can be."""
    values = np.asarray(landscape.values.array, dtype=np.float64) if landscape is not None else np.empty(0)
    finite = values[np.isfinite(values)]
    if not finite.size:
        return Axis(low=0.0, high=1.0, title=title)
    low, high = float(finite.min()), float(finite.max())
    if is_log and low > 0 and high > low:
        return Axis(low=low / 1.5, high=high * 1.5, is_log=True, title=title)
    room = _MARGIN * (high - low) or max(abs(high), 1.0) * _MARGIN
    return Axis(low=low - room, high=high + room, title=title)


def paint_valley(painter: QPainter, area: PlotArea, landscape: Landscape, ink: Ink) -> None:
    """Paint the curve of the objective over a line; where it has no value the plot is hatched."""
    values = np.asarray(landscape.values.array, dtype=np.float64)
    extent = landscape.extent
    points = area.pixels(np.linspace(extent.low[0], extent.high[0], len(values)), values)
    painter.save()
    painter.setClipRect(area.box)
    is_unknown = ~np.isfinite(values)
    if is_unknown.any():
        left, right = area.point(extent.low[0], area.up.low).x(), area.point(extent.high[0], area.up.low).x()
        place = QRectF(left, area.box.top(), right - left, area.box.height())
        painter.setPen(QPen(QColor(ink.theme.edge), ink.line(1.0)))
        draw_lines(painter, hatch_lines(np.stack([is_unknown, is_unknown]), place, area.box, ink.px(HATCH), 45.0))
    pen = QPen(QColor(ink.theme.muted), ink.line(CURVE))
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    draw_lines(painter, lines_between(points, area.box))
    painter.restore()


def paint_tangent(
    painter: QPainter, way: Way, projection: Projection, area: PlotArea, curvature: Curvature | None, ink: Ink
) -> None:
    """Paint the tangent at the iterate at the clock and the step that the optimizer takes along it.

    `curvature`, where it was examined at that very iterate, adds the parabola that has value, slope and second
    derivative of the objective there.
    """
    place = place_of(way.trajectory, way.shown) if way.shown >= 0 else None
    if place is None:
        return
    position = way.trajectory.positions[place]
    x = float(projection.placed(position[None])[0, 0])
    slope = float(projection.slopes(way.trajectory.gradients[place][None])[0, 0])
    value = float(way.trajectory.losses[way.trajectory.kept[place]])
    if not all(map(math.isfinite, (x, slope, value))):
        return
    painter.save()
    painter.setClipRect(area.box)
    if curvature is not None and np.allclose(curvature.position, position, rtol=1e-6, atol=1e-9):
        second = projection.second_derivatives(np.array(curvature.eigenvalues), np.array(curvature.eigenvectors))
        _paint_parabola(painter, area, (x, value, slope, float(second[0, 0])), ink)
    colour = look_of(way.look, ink.theme).colour
    ends = np.array([area.across.low, area.across.high])
    painter.setPen(QPen(QColor(colour), ink.line(1.4), Qt.PenStyle.DashLine))
    draw_lines(painter, lines_between(area.pixels(ends, value + slope * (ends - x)), area.box))
    _paint_step(painter, way, place, projection, area, (x, value, slope), colour, ink)
    _paint_slope(painter, area, (x, value, slope), colour, ink)
    painter.restore()


def _paint_parabola(painter: QPainter, area: PlotArea, at: tuple[float, float, float, float], ink: Ink) -> None:
    x, value, slope, second = at
    xs = np.linspace(area.across.low, area.across.high, _PARABOLA_POINTS)
    ys = value + slope * (xs - x) + second / 2 * (xs - x) ** 2
    painter.setPen(QPen(QColor(ink.theme.accent), ink.line(1.8)))
    draw_lines(painter, lines_between(area.pixels(xs, ys), area.box))


def _paint_step(
    painter: QPainter,
    way: Way,
    place: int,
    projection: Projection,
    area: PlotArea,
    at: tuple[float, float, float],
    colour: str,
    ink: Ink,
) -> None:
    """Draw the step to the next iterate along the tangent, and how far the curve lies from where it ends."""
    x, value, slope = at
    if place + 1 >= len(way.trajectory.positions) or way.trajectory.kept[place + 1] != way.shown + 1:
        return
    following = float(projection.placed(way.trajectory.positions[place + 1][None])[0, 0])
    reached = float(way.trajectory.losses[way.shown + 1])
    start, tip = area.point(x, value), area.point(following, value + slope * (following - x))
    if not all(map(math.isfinite, (tip.x(), tip.y()))):
        return
    painter.setPen(QPen(QColor(colour), ink.line(3.0)))
    draw_lines(painter, lines_between(np.array([[start.x(), start.y()], [tip.x(), tip.y()]]), area.box))
    paint_head(painter, tip, unit(tip.x() - start.x(), tip.y() - start.y()), colour, ink, 12.0)
    if math.isfinite(reached):
        foot = area.point(following, reached)
        painter.setPen(QPen(QColor(colour), ink.line(1.2), Qt.PenStyle.DotLine))
        draw_lines(painter, lines_between(np.array([[tip.x(), tip.y()], [foot.x(), foot.y()]]), area.box))


def _paint_slope(painter: QPainter, area: PlotArea, at: tuple[float, float, float], colour: str, ink: Ink) -> None:
    x, value, slope = at
    point = area.point(x, value)
    if area.box.contains(point):
        text = f"slope {format_number(slope)}"
        half = ink.px(52)
        aside = -half if slope > 0 else half
        left = min(max(point.x() + aside, area.box.left() + half), area.box.right() - half)
        high = max(area.box.top() + ink.px(14), point.y() - ink.px(24))
        paint_label(painter, QPointF(left, high), text, ink, _WORDS, colour, SANS)
