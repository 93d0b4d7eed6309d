"""The landscape under the trajectories: filled level sets, level lines with their values, gradient field, basins."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QTransform

from tapeviz.model.descent_state import DescentView
from tapeviz.model.landscape import Basins, Extent, Landscape
from tapeviz.model.numbers import format_factor
from tapeviz.paint.descent.array_paths import draw_lines
from tapeviz.paint.descent.basin_regions import LETTERS, basin_colour, basin_regions
from tapeviz.paint.descent.hatching import hatch_lines
from tapeviz.paint.descent.labels import label_box, paint_label
from tapeviz.paint.descent.level_sets import LevelSets, grid_axes, grid_values, level_sets
from tapeviz.paint.descent.plot_area import Ink, PlotArea
from tapeviz.paint.descent.ramp import mixed, ramp

Numbers = npt.NDArray[Any]

HATCH = 9.0
LABEL_TEXT = 10.0
_LABELLED = 8
"""So many levels have their value written at them, at most."""

_LEAST_LABELLED = 90.0
"""Pixels that a level line is long if its value is written at it."""

_ARROW_SHARE = 0.62
_LEAST_CELL = 26.0
"""Pixels from one arrow of the gradient field to the next, at least."""

_BASIN_DEGREES = (45.0, -45.0, 0.0, 90.0, 22.0, -68.0)


def paint_landscape(painter: QPainter, area: PlotArea, landscape: Landscape, view: DescentView, ink: Ink) -> None:
    """Paint a landscape over a plane; what has no finite value is hatched."""
    sets = level_sets(landscape, view.levels, view.is_log_level)
    to_pixels = area.transform()
    values = grid_values(landscape)
    painter.save()
    painter.setClipRect(area.box)
    if view.is_filled:
        _fill(painter, sets, to_pixels, ink)
    else:
        painter.fillPath(to_pixels.map(sets.ground), QColor(ink.theme.canvas))
    if not np.isfinite(values).all():
        _hatch(painter, ~np.isfinite(values), _place_of(landscape.extent, area), area, ink)
    if view.has_lines:
        _line(painter, sets, to_pixels, ink)
        _label(painter, sets, area, ink)
    if view.has_field and landscape.gradients is not None:
        _paint_field(painter, landscape, area, ink)
    painter.restore()


def paint_basins(painter: QPainter, area: PlotArea, basins: Basins, ink: Ink) -> None:
    """Colour every start by the minimum it ends in, hatched and lettered as well as coloured."""
    ends = np.asarray(basins.ends.array)
    place = _place_of(basins.extent, area)
    to_pixels = area.transform()
    painter.save()
    painter.setClipRect(area.box)
    for number, region in basin_regions(basins):
        painter.fillPath(to_pixels.map(region), QColor(basin_colour(number, ink.theme)))
    for number in range(len(basins.minima)):
        degrees = _BASIN_DEGREES[number % len(_BASIN_DEGREES)]
        lines = hatch_lines(ends == number, place, area.box, ink.px(HATCH * 1.6), degrees)
        painter.setPen(QPen(QColor(mixed(basin_colour(number, ink.theme), ink.theme.ink, 0.22)), ink.line(1.0)))
        draw_lines(painter, lines)
    painter.restore()


def basin_letter(number: int) -> str:
    """Name a basin by a letter."""
    return LETTERS[number % len(LETTERS)]


def _place_of(extent: Extent, area: PlotArea) -> QRectF:
    return QRectF(area.point(extent.low[0], extent.high[1]), area.point(extent.high[0], extent.low[1]))


def _fill(painter: QPainter, sets: LevelSets, to_pixels: QTransform, ink: Ink) -> None:
    # Each level covers all that is higher, not only up to the next: two edges side by side would let the page through.
    colours = ramp(ink.theme, len(sets.levels) + 1)
    for path, colour in zip((sets.ground, *sets.above), colours, strict=True):
        painter.fillPath(to_pixels.map(path), QColor(colour))


def _line(painter: QPainter, sets: LevelSets, to_pixels: QTransform, ink: Ink) -> None:
    colours = ramp(ink.theme, len(sets.levels) + 1)
    for path, colour in zip(sets.lines, colours, strict=False):
        painter.strokePath(to_pixels.map(path), QPen(QColor(mixed(colour, ink.theme.edge, 0.55)), ink.line(1.0)))


def _hatch(painter: QPainter, mask: Numbers, place: QRectF, area: PlotArea, ink: Ink) -> None:
    painter.setPen(QPen(QColor(mixed(ink.theme.canvas, ink.theme.edge, 0.6)), ink.line(1.0)))
    draw_lines(painter, hatch_lines(mask, place, area.box, ink.px(HATCH), 45.0))


def _label(painter: QPainter, sets: LevelSets, area: PlotArea, ink: Ink) -> None:
    """Write the values of some levels at their lines, where they lie neither on each other nor on the edge."""
    taken: list[QRectF] = []
    stride = max(1, -(-len(sets.levels) // _LABELLED))
    for number in range(0, len(sets.levels), stride):
        points = area.pixels(*sets.label_places[number].T)
        text = format_factor(sets.levels[number])
        for point in _label_points(points, area.box, ink):
            box = label_box(point, text, ink, LABEL_TEXT)
            if area.box.contains(box) and not any(box.intersects(other) for other in taken):
                paint_label(painter, point, text, ink, LABEL_TEXT, ink.theme.muted)
                taken.append(box.adjusted(-ink.px(24), -ink.px(10), ink.px(24), ink.px(10)))
                break


def _label_points(points: Numbers, box: QRectF, ink: Ink) -> list[QPointF]:
    """Give places along a line, the best one first; none where too little of it is seen."""
    x, y = points.T if len(points) else np.empty((2, 0))
    seen = np.flatnonzero((x > box.left()) & (x < box.right()) & (y > box.top()) & (y < box.bottom()))
    if len(seen) < 2 or np.hypot(*np.diff(points[seen], axis=0).T).sum() < ink.px(_LEAST_LABELLED):
        return []
    shares = (0.5, 0.25, 0.75, 0.1, 0.9, 0.35, 0.65)
    return [QPointF(*points[seen[int(share * (len(seen) - 1))]].tolist()) for share in shares]


def _paint_field(painter: QPainter, landscape: Landscape, area: PlotArea, ink: Ink) -> None:
    """Draw where descent goes, −∇f, as arrows of one length."""
    assert landscape.gradients is not None
    gradients = np.asarray(landscape.gradients.array, dtype=np.float64)
    xs, ys = grid_axes(landscape.extent, gradients.shape[1:])
    wide, high = area.box.width() / area.across.span, area.box.height() / area.up.span
    column, row = (_sparse(each, scale, ink.px(_LEAST_CELL)) for each, scale in ((xs, wide), (ys, high)))
    xs, ys, gradients = xs[column], ys[row], gradients[:, row, column]
    across, up = np.meshgrid(xs, ys)
    middles = area.pixels(across.ravel(), up.ravel())
    with np.errstate(all="ignore"):
        down = np.stack([-gradients[0].ravel() * wide, gradients[1].ravel() * high], axis=1)
        down /= np.hypot(*down.T)[:, None]
    is_known = np.isfinite(down).all(axis=1)
    cell = min(wide * (xs[1] - xs[0]), high * (ys[1] - ys[0])) if len(xs) > 1 and len(ys) > 1 else ink.px(20)
    length = min(_ARROW_SHARE * float(cell), ink.px(26))
    _draw_arrows(painter, middles[is_known], down[is_known], length, ink)


def _sparse(places: Numbers, scale: float, least: float) -> slice:
    """Take every so manieth place, so that two that are taken are at least so many pixels apart."""
    apart = float(places[1] - places[0]) * scale if len(places) > 1 else least
    stride = max(1, math.ceil(least / apart)) if apart > 0 else 1
    return slice(stride // 2, None, stride)


def _draw_arrows(painter: QPainter, middles: Numbers, directions: Numbers, length: float, ink: Ink) -> None:
    tips, tails = middles + directions * length / 2, middles - directions * length / 2
    sideways = np.stack([-directions[:, 1], directions[:, 0]], axis=1)
    barb = min(length * 0.36, ink.px(6))
    left, right = (tips - barb * directions + sign * 0.55 * barb * sideways for sign in (-1, 1))
    painter.setPen(QPen(QColor(mixed(ink.theme.canvas, ink.theme.muted, 0.8)), ink.line(1.0)))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for start in (tails, left, right):
        draw_lines(painter, np.concatenate([start, tips], axis=1))
