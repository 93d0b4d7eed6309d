"""Histograms of weights over the iterates: time to the right, value upwards, the darker the more weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from tapeviz.model.weight_histograms import WeightHistograms
from tapeviz.paint.descent.looks import look_of
from tapeviz.paint.descent.plot_area import Axis, Ink, PlotArea, paint_axes, plot_area
from tapeviz.paint.descent.ramp import mixed

_GAP = 4.0
_SHADES = 12


def paint_histograms(
    painter: QPainter, outer: QRectF, histograms: Sequence[WeightHistograms], clock: int, ink: Ink
) -> PlotArea:
    """Paint the histograms of some variables below each other; says where the last of them is."""
    assert histograms
    title_row = ink.px(20.0)
    height = (outer.height() - title_row) / len(histograms)
    area = None
    for place, each in enumerate(histograms):
        is_last = place == len(histograms) - 1
        top = outer.top() + place * height
        box = QRectF(outer.left(), top, outer.width() - ink.px(10), height + (title_row if is_last else -ink.px(_GAP)))
        area = _paint_one(painter, box, each, clock, ink, is_last=is_last)
    assert area is not None
    return area


def _paint_one(
    painter: QPainter, outer: QRectF, histograms: WeightHistograms, clock: int, ink: Ink, *, is_last: bool
) -> PlotArea:
    iterates, edges = histograms.iterates, histograms.edges
    across = Axis(low=0.0, high=float(max(iterates[-1], 1)), title="iteration" if is_last else "")
    area = plot_area(outer, across, Axis(low=float(edges[0]), high=float(edges[-1]), title=histograms.name), ink)
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
    return area
