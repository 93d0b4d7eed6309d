"""Curves against iterations, as fast for a million iterates as for ten."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from tapeviz.model.descent_curves import Curve
from tapeviz.paint.descent.array_paths import draw_hairlines, draw_lines
from tapeviz.paint.descent.labels import label_box, paint_label
from tapeviz.paint.descent.looks import look_of, paint_marker
from tapeviz.paint.descent.plot_area import Axis, Ink, PlotArea, paint_axes, plot_area
from tapeviz.paint.descent.polylines import dashed, lengths_of, lines_between, thinned
from tapeviz.paint.fonts import SANS

Numbers = npt.NDArray[Any]

LINE = 1.8
DOT = 4.5
WORDS = 11.5
_MARGIN = 0.06
_SCRIBBLE = 9000.0
"""Pixels: a curve that is longer than that goes up and down all the time, and is drawn as a hairline."""

_SINGLE = 24
"""Up to so many iterates each has a marker of its own."""


def curve_axes(curves: Sequence[Curve], title: str, *, is_log_iterates: bool, is_log_values: bool) -> tuple[Axis, Axis]:
    """Choose the axes: all iterates there are, and all finite numbers (all positive ones on a logarithmic axis).

    On a logarithmic axis of iterates the first place is that of iterate 1; iterate 0 has none.
    """
    last = max((int(curve.iterates[-1]) for curve in curves if len(curve.iterates)), default=0)
    first = 1.0 if is_log_iterates else 0.0
    across = Axis(low=first, high=float(max(last, first + 1)), is_log=is_log_iterates, title="iteration", is_whole=True)
    ends = [found for curve in curves if (found := _ends(curve.numbers, is_log_values)) is not None]
    if not ends:
        return across, Axis(low=0.1 if is_log_values else 0.0, high=1.0, is_log=is_log_values, title=title)
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    if is_log_values:
        room = max((high / low) ** _MARGIN, 1.1) if high / low < math.inf else 1.1
        low = min(max(low / room, 1e-300), 1e299)
        high = max(min(high * room, 1e300), 1.2 * low)
        return across, Axis(low=low, high=high, is_log=True, title=title)
    room = _MARGIN * (high - low) or max(abs(high), 1.0) * _MARGIN
    if not math.isfinite(high - low + 2 * room):
        low, high, room = max(low, -1e307), min(high, 1e307), 0.0
    return across, Axis(low=low - room, high=high + room, title=title)


def _ends(numbers: Numbers, is_log: bool) -> tuple[float, float] | None:
    with np.errstate(invalid="ignore"):
        usable = numbers[np.isfinite(numbers) & (numbers > 0 if is_log else True)]
    return (float(usable.min()), float(usable.max())) if usable.size else None


def paint_curves(
    painter: QPainter,
    outer: QRectF,
    curves: Sequence[Curve],
    axes: tuple[Axis, Axis],
    clock: int,
    ink: Ink,
    selected: int | None = None,
) -> PlotArea:
    """Paint curves up to the clock, with a dot on each where the clock stands; says where everything is.

    The names of the parameters stand at the curves of the racer of the look `selected`, of the last one if None.
    """
    named = _named(curves, selected)
    room = _name_room(named, ink)
    area = plot_area(outer.adjusted(0, 0, -room, 0), *axes, ink)
    paint_axes(painter, area, ink, has_grid=True)
    painter.save()
    painter.setClipRect(area.box)
    _paint_clock(painter, area, clock, ink)
    for curve in curves:
        _paint_curve(painter, area, curve, ink)
    painter.restore()
    for curve in curves:
        _paint_dot(painter, area, curve, ink)
    if room:
        _paint_names(painter, area, named, ink)
    return area


def _paint_clock(painter: QPainter, area: PlotArea, clock: int, ink: Ink) -> None:
    x = area.point(float(clock), area.up.low).x()
    if math.isfinite(x):
        painter.setPen(QPen(QColor(ink.theme.muted), ink.line(1.0), Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(x, area.box.top()), QPointF(x, area.box.bottom()))


def _paint_curve(painter: QPainter, area: PlotArea, curve: Curve, ink: Ink) -> None:
    look = look_of(curve.look, ink.theme)
    count = curve.count_shown
    points = column_points(area, curve.iterates[:count], curve.numbers[:count])
    lines = lines_between(points[thinned(points)], area.box.adjusted(-2, -2, 2, 2))
    pen = QPen(QColor(look.colour), ink.line(LINE))
    pen.setCapStyle(Qt.PenCapStyle.FlatCap if look.dash else Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    if lengths_of(lines).sum() > ink.px(_SCRIBBLE):
        draw_hairlines(painter, lines)
    else:
        draw_lines(painter, dashed(lines, [ink.px(length) for length in look.dash], 0.0))
    if count <= _SINGLE:
        for x, y in points[np.isfinite(points).all(axis=1)].tolist():
            paint_marker(painter, QPointF(x, y), look, ink.theme, ink.px(DOT * 0.75))


def column_points(area: PlotArea, iterates: Numbers, numbers: Numbers) -> Numbers:
    """Place a curve in pixels, shape (n, 2); where many fall on one pixel, lowest and highest stand for all.

    A number that is not finite makes a gap, unless a finite one falls on the same pixel.
    """
    columns = max(1, int(area.box.width()))
    if len(iterates) <= 4 * columns:
        return area.pixels(iterates, numbers)
    borders = area.across.numbers_at(np.linspace(0, 1, columns + 1))
    edges = np.unique(np.searchsorted(iterates, borders[:-1]))
    edges = edges[edges < len(iterates)]
    with np.errstate(invalid="ignore"):
        usable = np.where(np.isfinite(numbers) & ((numbers > 0) | (not area.up.is_log)), numbers, np.nan)
    lows, highs = np.fmin.reduceat(usable, edges), np.fmax.reduceat(usable, edges)
    # Going up and down in turn draws one zigzag; going up every time would draw every column twice.
    turns = np.arange(len(edges)) % 2 == 0
    heights = np.stack([np.where(turns, lows, highs), np.where(turns, highs, lows)], axis=1).ravel()
    return area.pixels(np.repeat(iterates[edges], 2), heights)


def _paint_dot(painter: QPainter, area: PlotArea, curve: Curve, ink: Ink) -> None:
    place = curve.count_shown - 1
    if place < 0:
        return
    at = area.point(float(curve.iterates[place]), float(curve.numbers[place]))
    if all(map(math.isfinite, (at.x(), at.y()))) and area.box.adjusted(-1, -1, 1, 1).contains(at):
        paint_marker(painter, at, look_of(curve.look, ink.theme), ink.theme, ink.px(DOT))


def _name_room(curves: Sequence[Curve], ink: Ink) -> float:
    widths = [label_box(QPointF(), curve.name, ink, WORDS, SANS).width() for curve in curves]
    return max(widths, default=0.0) - ink.px(6) if widths else 0.0


def _named(curves: Sequence[Curve], selected: int | None) -> list[Curve]:
    """Choose the curves that have their name written: those of the racer that is looked at, or of the last one."""
    looks = [curve.look for curve in curves if curve.name]
    chosen = selected if selected in looks or not looks else looks[-1]
    return [curve for curve in curves if curve.name and curve.look == chosen]


def _paint_names(painter: QPainter, area: PlotArea, curves: Sequence[Curve], ink: Ink) -> None:
    """Write the name of each curve at its end, never one on another nor below the plot."""
    step = ink.px(WORDS * 1.5)
    found = [(height, curve) for curve in curves if (height := _end_height(area, curve)) is not None]
    found = sorted(found, key=lambda each: each[0])[: max(1, int(area.box.height() / step))]
    heights = spread([height for height, _ in found], step, area.box.top(), area.box.bottom() - step / 2)
    for y, (_, curve) in zip(heights, found, strict=True):
        half = label_box(QPointF(), curve.name, ink, WORDS, SANS).width() / 2
        middle = QPointF(area.box.right() + ink.px(3) + half, y)
        paint_label(painter, middle, curve.name, ink, WORDS, look_of(curve.look, ink.theme).colour, SANS)


def spread(places: Sequence[float], step: float, low: float, high: float) -> list[float]:
    """Move ascending places as little as it takes to have `step` between them, and all of them within two ends."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + step if moved else low))
    limit = high
    for index in reversed(range(len(moved))):
        moved[index] = min(moved[index], limit)
        limit = moved[index] - step
    return moved


def _end_height(area: PlotArea, curve: Curve) -> float | None:
    with np.errstate(invalid="ignore"):
        numbers = curve.numbers[: curve.count_shown]
        finite = numbers[np.isfinite(numbers)]
    if not finite.size:
        return None
    height = area.point(area.across.low, float(finite[-1])).y()
    return min(max(height, area.box.top()), area.box.bottom()) if math.isfinite(height) else None
