"""A small curve of one number over the iterations of a loop."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from tapeviz.model.identity import Same
from tapeviz.paint.theme import Theme

Curve = npt.NDArray[Any]
DOT = 3.5
MARK = 4.0
LINES_KEPT = 16
SPECK = 0.01
"""A point by itself is a line of this length, in pixels: one of no length is not drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sparkline:
    """What a sparkline shows.

    Parameters
    ----------
    iterations, numbers : numpy arrays of shape (kept,)
        The iterations that are kept, from 0, rising, and a number for each; it breaks where one is not finite.
    count : int
        How many iterations there are.
    current : int
        The iteration that is looked at.
    changes : tuple of int
        The iterations that recorded another structure than the one before.
    """

    iterations: Curve
    numbers: Curve
    count: int
    current: int
    changes: tuple[int, ...] = ()


def place_of(iteration: int, count: int, box: QRectF) -> float:
    """Give where an iteration stands, in pixels from the left."""
    return box.left() + box.width() * (iteration / (count - 1) if count > 1 else 0.5)


def paint_sparkline(painter: QPainter, box: QRectF, shown: Sparkline, theme: Theme, colour: str) -> None:
    """Draw the curve from lowest to highest, a mark at every change of structure, and a dot where one looks."""
    _paint_changes(painter, box, shown, theme)
    path, heights = _line(Same(shown.iterations, shown.numbers), shown.count, box.getRect())
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(colour), 1))  # Wider pens are many times slower on long curves.
    painter.drawPath(path)
    x = place_of(shown.current, shown.count, box)
    painter.setPen(QPen(QColor(theme.muted), 1, Qt.PenStyle.DotLine))
    painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
    kept = int(np.searchsorted(shown.iterations, shown.current))
    is_kept = kept < len(heights) and shown.iterations[kept] == shown.current
    if is_kept and np.isfinite(heights[kept]):
        painter.setPen(QPen(QColor(theme.canvas), 1.5))
        painter.setBrush(QColor(colour))
        painter.drawEllipse(QPointF(x, float(heights[kept])), DOT, DOT)


def _paint_changes(painter: QPainter, box: QRectF, shown: Sparkline, theme: Theme) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.accent))
    for iteration in shown.changes:
        x = place_of(iteration, shown.count, box)
        painter.drawPolygon([QPointF(x - MARK, box.top()), QPointF(x + MARK, box.top()), QPointF(x, box.top() + MARK)])


@lru_cache(maxsize=LINES_KEPT)
def _line(same: Same, count: int, corners: tuple[float, ...]) -> tuple[QPainterPath, Curve]:
    """Lay the line out once: only the dot moves while one goes through the iterations."""
    iterations, numbers = same.objects
    box = QRectF(*corners)
    heights = _heights(numbers, box)
    return _path(iterations, count, heights, box), heights


def _heights(numbers: Curve, box: QRectF) -> Curve:
    numbers = np.asarray(numbers, dtype=np.float64)
    finite = numbers[np.isfinite(numbers)]
    if not finite.size:
        return np.full(numbers.shape, np.nan)
    lowest, highest = float(finite.min()), float(finite.max())
    if highest == lowest:
        return np.where(np.isfinite(numbers), box.center().y(), np.nan)
    inner = box.adjusted(0, DOT, 0, -DOT)
    with np.errstate(over="ignore", invalid="ignore"):
        share = numbers / (highest - lowest) - lowest / (highest - lowest)
    heights = inner.bottom() - share * inner.height()
    return np.where(np.isfinite(heights), heights, np.nan)


def _path(iterations: Curve, count: int, heights: Curve, box: QRectF) -> QPainterPath:
    """Join the points; where many fall on one pixel, its lowest and highest stand for all."""
    xs, ys = _thinned(iterations, count, heights, box)
    path = QPainterPath()
    is_drawing = False
    for x, y in zip(xs.tolist(), ys.tolist(), strict=True):
        if math.isnan(y):
            is_drawing = False
        elif is_drawing:
            path.lineTo(x, y)
        else:
            path.moveTo(x, y)
            path.lineTo(x + SPECK, y)
            is_drawing = True
    return path


def _thinned(iterations: Curve, count: int, heights: Curve, box: QRectF) -> tuple[Curve, Curve]:
    xs = box.left() + box.width() * (iterations / max(1, count - 1))
    columns = max(1, int(box.width()))
    if len(heights) <= 2 * columns:
        return xs, heights
    edges = np.linspace(0, len(heights), columns + 1).astype(np.intp)[:-1]
    lows, highs = np.fmin.reduceat(heights, edges), np.fmax.reduceat(heights, edges)
    return np.repeat(xs[edges], 2), np.stack([lows, highs], axis=1).reshape(-1)
