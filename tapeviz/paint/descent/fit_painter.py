"""Data and the model that is fitted to them: a curve with its residuals, or the regions of classes."""

from __future__ import annotations

import itertools
from functools import lru_cache
from typing import Any

import contourpy
import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from tapeviz.model.fit import Fit, FitFacts, FitLine
from tapeviz.model.fit_words import predicted_classes
from tapeviz.model.identity import Same
from tapeviz.model.landscape import Extent
from tapeviz.model.numbers import format_factor
from tapeviz.paint.descent.array_paths import draw_lines, path_of
from tapeviz.paint.descent.labels import paint_label
from tapeviz.paint.descent.level_sets import filled_path, grid_axes
from tapeviz.paint.descent.looks import Look, look_of, paint_marker
from tapeviz.paint.descent.plot_area import TITLE_TEXT, Axis, Ink, PlotArea, paint_axes, plot_area
from tapeviz.paint.descent.polylines import dashed, lines_between
from tapeviz.paint.descent.ramp import mixed
from tapeviz.paint.fonts import SANS
from tapeviz.paint.values import text_width

Numbers = npt.NDArray[Any]

CURRENT = 2.4
EARLIER = 1.3
RESIDUAL = 1.0
POINT = 2.6
FEW_POINT = 5.5
WORDS = 11.5
_MARGIN = 0.1
_FEW = 30
_MOST_RESIDUALS = 300
_SHADES = (0.25, 0.5, 0.75)
"""Where a class is shaded more: at these shares of how far the prediction goes from the border."""


def paint_fit(painter: QPainter, outer: QRectF, facts: FitFacts, fit: Fit | None, ink: Ink) -> PlotArea:
    """Paint the data with the models of a fit, the last of which is looked at; says where everything is."""
    area = plot_area(outer, *_axes(facts), ink)
    is_curve = facts.kind == "curve"
    if is_curve:
        paint_axes(painter, area, ink, has_grid=True)
    painter.save()
    painter.setClipRect(area.box)
    if is_curve:
        _paint_curve_fit(painter, area, facts, fit, ink)
    else:
        if fit is not None and fit.lines:
            _paint_regions(painter, area, facts, fit, ink)
        _paint_classes(painter, area, facts, fit, ink)
    painter.restore()
    if not is_curve:
        paint_axes(painter, area, ink, has_grid=False)
    _paint_words(painter, area, fit, ink)
    return area


def _axes(facts: FitFacts) -> tuple[Axis, Axis]:
    if facts.kind == "classes":
        titles = f"{facts.x_title}[:, 0]", f"{facts.x_title}[:, 1]"
        ends = zip(facts.low, facts.high, titles, strict=True)
        across, up = (Axis(low=low, high=high, title=title) for low, high, title in ends)
        return across, up
    numbers = facts.y.array[np.isfinite(facts.y.array)]
    low, high = (float(numbers.min()), float(numbers.max())) if numbers.size else (0.0, 1.0)
    room = _MARGIN * (high - low) or max(abs(high), 1.0) * _MARGIN
    across = Axis(low=facts.low[0], high=facts.high[0], title=facts.x_title)
    return across, Axis(low=low - room, high=high + room, title=facts.y_title)


def _paint_curve_fit(painter: QPainter, area: PlotArea, facts: FitFacts, fit: Fit | None, ink: Ink) -> None:
    x, y = facts.x.array[:, 0], facts.y.array
    if fit is not None and fit.lines and len(x) <= _MOST_RESIDUALS:
        _paint_residuals(painter, area, x, y, fit.at_data.array[-1], ink)
    if fit is not None:
        grid = np.linspace(facts.low[0], facts.high[0], fit.at_grid.shape[1])
        for place, (line, numbers) in enumerate(zip(fit.lines, fit.at_grid.array, strict=True)):
            _paint_line(painter, area.pixels(grid, numbers), area, line, (place + 1) / len(fit.lines), ink)
    is_few = len(x) <= _FEW
    radius = ink.px(FEW_POINT * 0.8 if is_few else POINT)
    painter.setPen(QPen(QColor(ink.theme.canvas), ink.line(1.0)))
    painter.setBrush(QColor(ink.theme.ink if is_few else ink.theme.muted))
    for left, top in area.pixels(x, y).tolist():
        painter.drawEllipse(QPointF(left, top), radius, radius)


def _paint_residuals(painter: QPainter, area: PlotArea, x: Numbers, y: Numbers, predicted: Numbers, ink: Ink) -> None:
    ends = np.concatenate([area.pixels(x, y), area.pixels(x, predicted)], axis=1)
    painter.setPen(QPen(QColor(mixed(ink.theme.canvas, ink.theme.backward, 0.55)), ink.line(RESIDUAL)))
    draw_lines(painter, ends[np.isfinite(ends).all(axis=1)])


def _paint_line(painter: QPainter, points: Numbers, area: PlotArea, line: FitLine, share: float, ink: Ink) -> None:
    """Paint a model's curve: an earlier one the fainter the older it is."""
    look = look_of(line.look, ink.theme)
    lines = lines_between(points, area.box.adjusted(-2, -2, 2, 2))
    if line.is_current:
        painter.setPen(QPen(QColor(ink.theme.canvas), ink.line(CURRENT + 2.6)))
        draw_lines(painter, lines)
    colour = look.colour if line.is_current else mixed(ink.theme.canvas, look.colour, 0.15 + 0.35 * share)
    pen = QPen(QColor(colour), ink.line(CURRENT if line.is_current else EARLIER))
    pen.setCapStyle(Qt.PenCapStyle.FlatCap if look.dash else Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    draw_lines(painter, dashed(lines, [ink.px(length) for length in look.dash], 0.0))


def _paint_regions(painter: QPainter, area: PlotArea, facts: FitFacts, fit: Fit, ink: Ink) -> None:
    """Fill the regions of the classes, shaded by how far the prediction is from the border; older borders are faint."""
    to_pixels = area.transform()
    colours = [class_colour(place, ink) for place in range(max(2, len(facts.classes)))]
    for place, strength, path in class_regions(facts, fit):
        share = strength * (0.15 + 0.4 * (place % 3)) if ink.theme.is_monochrome else strength
        painter.fillPath(to_pixels.map(path), QColor(mixed(ink.theme.canvas, colours[place % len(colours)], share)))
    borders = class_borders(facts, fit)
    is_race = len({line.look for line in fit.lines}) > 1
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for place, (line, path) in enumerate(zip(fit.lines, borders, strict=True)):
        share = (place + 1) / len(fit.lines)
        colour = look_of(line.look, ink.theme).colour if is_race else ink.theme.ink
        strength = 1.0 if line.is_current else 0.2 + 0.4 * share
        if line.is_current:
            painter.setPen(QPen(QColor(ink.theme.canvas), ink.line(CURRENT + 2.6)))
            painter.drawPath(to_pixels.map(path))
        width = CURRENT if line.is_current else EARLIER
        painter.setPen(QPen(QColor(mixed(ink.theme.canvas, colour, strength)), ink.line(width)))
        painter.drawPath(to_pixels.map(path))


def class_colour(place: int, ink: Ink) -> str:
    """Give the colour of a class."""
    return ink.theme.ink if ink.theme.is_monochrome else look_of(place, ink.theme).colour


def _paint_classes(painter: QPainter, area: PlotArea, facts: FitFacts, fit: Fit | None, ink: Ink) -> None:
    """Paint each example with the marker of its class; one that is taken for another class stands in a ring."""
    x, y = facts.x.array, facts.y.array
    radius = ink.px(FEW_POINT if len(x) <= _FEW else POINT * 1.3)
    guessed = predicted_classes(facts, fit.at_data.array[-1]) if fit is not None and len(fit.lines) else None
    for number, (left, top) in enumerate(area.pixels(x[:, 0], x[:, 1]).tolist()):
        place = facts.classes.index(float(y[number]))
        look = look_of(place, ink.theme)
        at = QPointF(left, top)
        paint_marker(painter, at, Look(colour=class_colour(place, ink), marker=look.marker, dash=()), ink.theme, radius)
        if guessed is not None and guessed[number] != place:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for colour, width in ((ink.theme.canvas, 4.0), (ink.theme.ink, 1.6)):
                painter.setPen(QPen(QColor(colour), ink.line(width)))
                painter.drawEllipse(at, radius * 1.9, radius * 1.9)


def class_regions(facts: FitFacts, fit: Fit) -> tuple[tuple[int, float, QPainterPath], ...]:
    """Give the regions of the newest model: class, how strongly it is coloured, and where; worked out once."""
    return _regions(Same(facts, fit))


@lru_cache(maxsize=4)
def _regions(same: Same) -> tuple[tuple[int, float, QPainterPath], ...]:
    facts, fit = same.objects
    values = np.asarray(fit.at_grid.array[-1])
    sides = grid_axes(Extent(low=facts.low, high=facts.high), values.shape)
    if facts.threshold is None:
        found = []
        for place in np.unique(values).astype(int).tolist():
            cutter = contourpy.contour_generator(
                *sides, (values == place).astype(np.float64), name="serial", fill_type="OuterOffset"
            )
            found.append((place, 0.34, filled_path(cutter.filled(0.5, 2.0))))
        return tuple(found)
    cutter = contourpy.contour_generator(*sides, values, name="serial", fill_type="OuterOffset")
    span = float(np.nanmax(np.abs(values - facts.threshold))) or 1.0
    cuts = [0.0, *(share * span for share in _SHADES), np.inf]
    found = []
    for step, (near, far) in enumerate(itertools.pairwise(cuts)):
        strength = 0.14 + 0.09 * step
        found.append((1, strength, filled_path(cutter.filled(facts.threshold + near, facts.threshold + far))))
        found.append((0, strength, filled_path(cutter.filled(facts.threshold - far, facts.threshold - near))))
    return tuple(found)


def class_borders(facts: FitFacts, fit: Fit) -> tuple[QPainterPath, ...]:
    """Give the line at which one class becomes another, of each model; worked out once."""
    return _borders(Same(facts, fit))


@lru_cache(maxsize=4)
def _borders(same: Same) -> tuple[QPainterPath, ...]:
    facts, fit = same.objects
    paths = []
    for values in np.asarray(fit.at_grid.array):
        sides = grid_axes(Extent(low=facts.low, high=facts.high), values.shape)
        levels = [(values, facts.threshold)]
        if facts.threshold is None:
            levels = [((values == place).astype(np.float64), 0.5) for place in np.unique(values)[1:]]
        lines = [
            line
            for numbers, level in levels
            for line in contourpy.contour_generator(*sides, numbers, name="serial", line_type="Separate").lines(level)
        ]
        paths.append(path_of(lines))
    return tuple(paths)


def _paint_words(painter: QPainter, area: PlotArea, fit: Fit | None, ink: Ink) -> None:
    """Say at which iterates the models are; beside the title of the axis, as much as there is room for."""
    if fit is None or not fit.lines:
        return
    chosen = fit.lines[-1]
    said = f"iteration {format_factor(chosen.iterate)}"
    before = [format_factor(line.iterate) for line in fit.lines if not line.is_current and line.look == chosen.look]
    wordings = [f"{said}  ·  faint: {', '.join(before)}", said] if before else [said]
    free = area.box.width() - text_width(area.up.title, SANS, ink.px(TITLE_TEXT), 600) - ink.px(16)
    for text in wordings:
        width = text_width(text, SANS, ink.px(WORDS), 500)
        if width <= free:
            middle = QPointF(area.box.right() - width / 2 - ink.px(4), area.box.top() - ink.px(12))
            paint_label(painter, middle, text, ink, WORDS, ink.theme.muted, SANS)
            return
