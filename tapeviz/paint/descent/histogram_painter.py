"""Histograms of weights over the iterates: time to the right, value upwards, the darker the more weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from tapeviz.model.weight_histograms import WeightHistograms
from tapeviz.paint.descent.looks import look_of
from tapeviz.paint.descent.plot_area import Axis, Ink, PlotArea, paint_axes, plot_area
from tapeviz.paint.descent.ramp import mixed

_BELOW = 34.0
_SHADES = 12


def paint_histograms(
    painter: QPainter, outer: QRectF, histograms: Sequence[WeightHistograms], clock: int, ink: Ink
) -> PlotArea:
    """Paint the histograms of some variables below each other; says where the last of them is."""
    areas = _areas(outer, histograms, ink)
    for each, area in zip(histograms, areas, strict=True):
        _paint_one(painter, area, each, clock, ink)
    return areas[-1]


def _areas(outer: QRectF, histograms: Sequence[WeightHistograms], ink: Ink) -> list[PlotArea]:
    """Lay the plots out, equally high, one edge above the other; only the last has numbers below it."""
    below = ink.px(_BELOW)
    height = (outer.height() - below) / len(histograms)
    areas = []
    for place, each in enumerate(histograms):
        is_last = place == len(histograms) - 1
        last = float(max(each.iterates[-1], 1))
        across = Axis(low=0.0, high=last, title="iteration" if is_last else "", has_ticks=is_last, is_whole=True)
        up = Axis(low=float(each.edges[0]), high=float(each.edges[-1]), title=each.name)
        top, room = outer.top() + place * height, below if is_last else 0.0
        areas.append(plot_area(QRectF(outer.left(), top, outer.width() - ink.px(10), height + room), across, up, ink))
    left = max(area.box.left() for area in areas)
    return [replace(area, box=area.box.adjusted(left - area.box.left(), 0, 0, 0)) for area in areas]


def _paint_one(painter: QPainter, area: PlotArea, histograms: WeightHistograms, clock: int, ink: Ink) -> None:
    iterates, edges = histograms.iterates, histograms.edges
    colour = look_of(histograms.look, ink.theme).colour
    shades = [QColor(mixed(ink.theme.canvas, colour, 0.12 + 0.8 * step / _SHADES)) for step in range(_SHADES + 1)]
    painter.save()
    painter.setClipRect(area.box)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    borders = np.concatenate([iterates[:1], (iterates[1:] + iterates[:-1]) / 2, iterates[-1:]]).astype(np.float64)
    xs = area.pixels(borders, np.full(len(borders), edges[0]))[:, 0]
    ys = area.pixels(np.zeros(len(edges)), edges)[:, 1]
    most = int(histograms.counts.max())
    for column in range(int(np.searchsorted(iterates, histograms.shown, side="right"))):
        for row in np.flatnonzero(histograms.counts[column]).tolist():
            share = histograms.counts[column, row] / most
            cell = QRectF(QPointF(xs[column], ys[row + 1]), QPointF(xs[column + 1], ys[row]))
            painter.fillRect(cell, shades[round(float(np.sqrt(share)) * _SHADES)])
    painter.setPen(QPen(QColor(ink.theme.muted), ink.line(1.0), Qt.PenStyle.DotLine))
    at = area.point(float(clock), float(edges[0])).x()
    painter.drawLine(QPointF(at, area.box.top()), QPointF(at, area.box.bottom()))
    painter.restore()
    paint_axes(painter, area, ink, has_grid=False)
