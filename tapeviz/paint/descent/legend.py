"""Who is who in a race: line and marker, name, loss at the clock, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from tapeviz.model.descent_scene import Way
from tapeviz.model.descent_words import STATUS_WORDS
from tapeviz.model.numbers import format_number
from tapeviz.paint.descent.looks import look_of, paint_swatch
from tapeviz.paint.descent.plot_area import Ink
from tapeviz.paint.fonts import SANS, font
from tapeviz.paint.values import text_width

WORDS = 12.5
ROW = 24.0
_SWATCH = 40.0
_GAP = 8.0
_BETWEEN = 26.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    look: int | None
    title: str
    number: str
    ending: str

    def width(self, ink: Ink) -> float:
        parts = ((self.title, SANS, 600), (self.number, SANS, 400), (self.ending, SANS, 400))
        widths = [
            text_width(text, family, ink.px(WORDS), weight) + ink.px(_GAP) for text, family, weight in parts if text
        ]
        return ink.px(_SWATCH) + sum(widths)


def legend_height(ways: Sequence[Way], width: float, ink: Ink, *, is_brief: bool = False) -> float:
    """Say how much room a legend takes in that width; none without trajectories."""
    return ink.px(ROW) * len(_rows(ways, width, ink, is_brief=is_brief))


def paint_legend(painter: QPainter, box: QRectF, ways: Sequence[Way], ink: Ink, *, is_brief: bool = False) -> None:
    """Paint the legend into a box, in as many rows as it takes; a brief one has the names alone."""
    top = box.top()
    for row in _rows(ways, box.width(), ink, is_brief=is_brief):
        left = box.left()
        for entry in row:
            _paint_entry(painter, QPointF(left, top), entry, ink)
            left += entry.width(ink) + ink.px(_BETWEEN)
        top += ink.px(ROW)


def _rows(ways: Sequence[Way], width: float, ink: Ink, *, is_brief: bool) -> list[list[_Entry]]:
    rows: list[list[_Entry]] = []
    free = 0.0
    for way in ways:
        entry = _entry(way, is_brief=is_brief)
        needed = entry.width(ink)
        if not rows or needed > free:
            rows.append([])
            free = width
        rows[-1].append(entry)
        free -= needed + ink.px(_BETWEEN)
    return rows


def _entry(way: Way, *, is_brief: bool) -> _Entry:
    has_begun = way.shown >= 0 and (not is_brief or way.look is None)
    has_ended = has_begun and way.shown == way.trajectory.count - 1
    return _Entry(
        look=way.look,
        title=way.title,
        number=format_number(way.loss) if has_begun else "",
        ending=STATUS_WORDS[way.trajectory.status.kind] if has_ended and not is_brief else "",
    )


def _paint_entry(painter: QPainter, at: QPointF, entry: _Entry, ink: Ink) -> None:
    height, left = ink.px(ROW), at.x()
    swatch = QRectF(left, at.y(), ink.px(_SWATCH - _GAP), height)
    paint_swatch(painter, swatch, look_of(entry.look, ink.theme), ink.theme)
    left += ink.px(_SWATCH)
    parts = (
        (entry.title, SANS, 600, ink.theme.ink),
        (entry.number, SANS, 400, ink.theme.ink),
        (entry.ending, SANS, 400, ink.theme.muted),
    )
    for text, family, weight, colour in parts:
        if text:
            width = text_width(text, family, ink.px(WORDS), weight)
            painter.setFont(font(family, ink.px(WORDS), weight))
            painter.setPen(QColor(colour))
            painter.drawText(QRectF(left, at.y(), width + 2, height), Qt.AlignmentFlag.AlignVCenter, text)
            left += width + ink.px(_GAP)
