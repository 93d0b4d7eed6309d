"""A box with two axes: where numbers stand in it, and the axes themselves."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QTransform

from tapeviz.model.ticks import Tick, linear_ticks, log_ticks
from tapeviz.paint.descent.ramp import mixed
from tapeviz.paint.fonts import SANS, font
from tapeviz.paint.theme import Theme
from tapeviz.paint.values import text_width

Numbers = npt.NDArray[Any]

TICK_TEXT = 11.5
TITLE_TEXT = 13.0
TICK_LENGTH = 4.0
_GAP = 5.0
_ACROSS_ROOM = 84.0
"""Pixels from one number below a plot to the next, about; `_UP_ROOM` beside it."""

_UP_ROOM = 46.0
_TICK_ROW = 20.0
_TITLE_ROW = 24.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ink:
    """The theme, and how much larger than at a desk words and lines are."""

    theme: Theme
    scale: float = 1.0

    def px(self, pixels: float) -> float:
        """Give a length of the design in pixels of this ink."""
        return pixels * self.scale

    def line(self, pixels: float) -> float:
        """Give the width of a line, stronger in the projector theme."""
        return pixels * self.scale * self.theme.line_scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One axis from `low` to `high`, positive where it is logarithmic; `is_whole`: only whole numbers stand at it.

    Where it has no ticks, no number stands at it at all.
    """

    low: float
    high: float
    is_log: bool = False
    title: str = ""
    is_whole: bool = False
    has_ticks: bool = True

    def shares(self, numbers: Numbers) -> Numbers:
        """Say where numbers stand: 0 at `low`, 1 at `high`, NaN where a logarithmic axis has no place for them."""
        numbers = np.asarray(numbers, dtype=np.float64)
        with np.errstate(all="ignore"):
            if not self.is_log:
                return numbers / self.span - self.low / self.span
            logs = np.log10(np.where(numbers > 0, numbers, np.nan))
            return (logs - math.log10(self.low)) / self.span

    def number_at(self, share: float) -> float:
        """Give the number that stands at a share of the axis."""
        return float(self.numbers_at(np.array(share)))

    def numbers_at(self, shares: Numbers) -> Numbers:
        """Give the numbers that stand at shares of the axis."""
        if self.is_log:
            return np.asarray(10.0 ** (math.log10(self.low) + shares * self.span))
        return np.asarray(self.low + shares * self.span)

    @property
    def span(self) -> float:
        """How far it reaches, in powers of ten where it is logarithmic."""
        return math.log10(self.high / self.low) if self.is_log else self.high - self.low

    def ticks(self, count: int) -> tuple[Tick, ...]:
        """Choose about `count` round numbers on it."""
        if not self.has_ticks:
            return ()
        if self.is_whole:
            count = min(count, max(1, int(self.high - self.low)))
        ticks = (log_ticks if self.is_log else linear_ticks)(self.low, self.high, count)
        return tuple(tick for tick in ticks if tick.at == round(tick.at)) if self.is_whole else ticks


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotArea:
    """A box in pixels with an axis across and an axis up."""

    box: QRectF
    across: Axis
    up: Axis

    def pixels(self, xs: Numbers, ys: Numbers) -> Numbers:
        """Place points: shape (n, 2), in pixels; not finite where a point has no place."""
        with np.errstate(all="ignore"):
            left = self.box.left() + self.box.width() * self.across.shares(xs)
            top = self.box.bottom() - self.box.height() * self.up.shares(ys)
        return np.stack([left, top], axis=-1)

    def point(self, x: float, y: float) -> QPointF:
        """Place one point."""
        place = self.pixels(np.array([x]), np.array([y]))[0]
        return QPointF(float(place[0]), float(place[1]))

    def transform(self) -> QTransform:
        """Turn coordinates into pixels; both axes are linear."""
        wide, high = self.box.width() / self.across.span, self.box.height() / self.up.span
        left, top = self.box.left() - self.across.low * wide, self.box.bottom() + self.up.low * high
        return QTransform(wide, 0, 0, -high, left, top)

    def numbers_at(self, point: QPointF) -> tuple[float, float]:
        """Give the numbers that stand at a pixel."""
        return (
            self.across.number_at((point.x() - self.box.left()) / self.box.width()),
            self.up.number_at((self.box.bottom() - point.y()) / self.box.height()),
        )


def plot_area(outer: QRectF, across: Axis, up: Axis, ink: Ink) -> PlotArea:
    """Lay a plot out in a box so that its numbers and titles have room."""
    top = ink.px(_TITLE_ROW if up.title else _GAP + TICK_TEXT / 2)
    bottom = ink.px((_TICK_ROW if across.has_ticks else _GAP) + (_TITLE_ROW - _GAP if across.title else 0))
    height = max(1.0, outer.height() - top - bottom)
    words = [tick.words for tick in up.ticks(_tick_count(height, ink.px(_UP_ROOM)))]
    left = max((text_width(each, SANS, ink.px(TICK_TEXT), 400) for each in words), default=0.0)
    left += ink.px(TICK_LENGTH + 2 * _GAP)
    last = across.ticks(_tick_count(outer.width() - left, ink.px(_ACROSS_ROOM)))[-1:]
    right = max((text_width(tick.words, SANS, ink.px(TICK_TEXT), 400) / 2 for tick in last), default=0.0) + ink.px(_GAP)
    width = max(1.0, outer.width() - left - max(right, ink.px(14)))
    box = QRectF(outer.left() + left, outer.top() + top, width, height)
    return PlotArea(box=box, across=across, up=up)


def with_axes(area: PlotArea, across: Axis, up: Axis) -> PlotArea:
    """Give the same box other axes."""
    return replace(area, across=across, up=up)


def _tick_count(length: float, room: float) -> int:
    return max(2, int(length / room))


def paint_axes(painter: QPainter, area: PlotArea, ink: Ink, *, has_grid: bool) -> None:
    """Paint ticks, numbers, titles and the outline of a plot; `has_grid`: hairlines across it as well."""
    painter.save()
    painter.setFont(font(SANS, ink.px(TICK_TEXT)))
    _paint_across(painter, area, ink, has_grid)
    _paint_up(painter, area, ink, has_grid)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(ink.theme.edge), ink.line(1.0)))
    painter.drawRect(area.box)
    _paint_titles(painter, area, ink)
    painter.restore()


def _paint_across(painter: QPainter, area: PlotArea, ink: Ink, has_grid: bool) -> None:
    box = area.box
    row = QRectF(0, box.bottom() + ink.px(TICK_LENGTH), 0, ink.px(_TICK_ROW - TICK_LENGTH))
    free = -math.inf
    for tick in area.across.ticks(_tick_count(box.width(), ink.px(_ACROSS_ROOM))):
        x = area.point(tick.at, area.up.low).x()
        if has_grid:
            _hairline(painter, ink, QPointF(x, box.top()), QPointF(x, box.bottom()))
        painter.setPen(QPen(QColor(ink.theme.edge), ink.line(1.0)))
        painter.drawLine(QPointF(x, box.bottom()), QPointF(x, box.bottom() + ink.px(TICK_LENGTH)))
        half = text_width(tick.words, SANS, ink.px(TICK_TEXT), 400) / 2
        if x - half > free:
            painter.setPen(QColor(ink.theme.muted))
            place = QRectF(x - half - 1, row.top(), 2 * half + 2, row.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, tick.words)
            free = x + half + ink.px(_GAP)


def _paint_up(painter: QPainter, area: PlotArea, ink: Ink, has_grid: bool) -> None:
    box = area.box
    height = ink.px(_TICK_ROW)
    for tick in area.up.ticks(_tick_count(box.height(), ink.px(_UP_ROOM))):
        y = area.point(area.across.low, tick.at).y()
        if has_grid:
            _hairline(painter, ink, QPointF(box.left(), y), QPointF(box.right(), y))
        painter.setPen(QPen(QColor(ink.theme.edge), ink.line(1.0)))
        painter.drawLine(QPointF(box.left() - ink.px(TICK_LENGTH), y), QPointF(box.left(), y))
        painter.setPen(QColor(ink.theme.muted))
        right = box.left() - ink.px(TICK_LENGTH + _GAP)
        place = QRectF(right - ink.px(200), y - height / 2, ink.px(200), height)
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, tick.words)


def _hairline(painter: QPainter, ink: Ink, start: QPointF, end: QPointF) -> None:
    theme = ink.theme
    is_strong = theme.line_scale > 1 or theme.is_monochrome
    painter.setPen(QPen(QColor(mixed(theme.canvas, theme.line, 0.5) if is_strong else theme.line), ink.px(1.0)))
    painter.drawLine(start, end)


def _paint_titles(painter: QPainter, area: PlotArea, ink: Ink) -> None:
    painter.setFont(font(SANS, ink.px(TITLE_TEXT), 600))
    painter.setPen(QColor(ink.theme.ink))
    box, height = area.box, ink.px(_TITLE_ROW)
    if area.up.title:
        place = QRectF(box.left(), box.top() - height, box.width(), height)
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, area.up.title)
    if area.across.title:
        top = box.bottom() + ink.px(_TICK_ROW)
        place = QRectF(box.left(), top, box.width(), height - ink.px(_GAP))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, area.across.title)
