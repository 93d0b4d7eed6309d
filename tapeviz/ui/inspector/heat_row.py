"""Matrices side by side: what came into a VJP, what it met, what was sent, on one scale of colours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QLinearGradient, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from tapeviz.model.explanation import Heat
from tapeviz.model.numbers import MAX_MATRIX_SIDE, format_factor, format_full, format_shape
from tapeviz.paint.fonts import MONO, SANS, font
from tapeviz.paint.values import text_width
from tapeviz.ui.inspector.telling import TellingWidget
from tapeviz.ui.theme import Dress

LABEL_SIZE = 13
NOTE_SIZE = 11
CELL_HEIGHT = 22
LARGEST_MAP = 82
SMALLEST_MAP = 16
SIGN_GAP = 7
LINE_GAP = 12
SCALE_WIDTH = 64
SCALE_HEIGHT = 8
SCALE_STEP = 22
FAR_APART = 8.0

Numbers = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Lettering:
    """How numbers are set in cells: pixels of the letters and beside them, and how many digits."""

    size: int
    padding: int
    digits: int


LETTERINGS = (Lettering(11, 8, 3), Lettering(10, 6, 3), Lettering(10, 4, 2), Lettering(8, 3, 2))
"""From the largest to the smallest; the first with which the widest matrix fits the pane."""


@dataclass(frozen=True, slots=True)
class _Block:
    """One matrix, measured: its texts (none where it is too large to be written), and how large its cells are."""

    heat: Heat
    numbers: Numbers
    texts: tuple[tuple[str, ...], ...]
    letters: int
    cell: tuple[float, float]
    words: tuple[str, ...]
    width: float
    sign_width: float

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of its cells."""
        rows, columns = self.numbers.shape
        return columns * self.cell[0], rows * self.cell[1]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a block stands: the left of its sign, and the middle of its line."""

    block: _Block
    left: float
    top: float
    matrix: QRectF


class HeatRow(TellingWidget):
    """Paints matrices in a row, which breaks where the pane is too narrow; numbers in them up to 6 × 6."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._heats: tuple[Heat, ...] = ()
        self._dress: Dress | None = None
        self._blocks: list[_Block] = []
        self._places: list[_Place] = []
        self._largest: dict[bool, float] = {}
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_heats(self, heats: tuple[Heat, ...], dress: Dress, room: int = 0) -> None:
        """Show other matrices; hide where there are none.

        `room` is how wide the row will be, pixels, where that is known before it is laid out.
        """
        self.setVisible(bool(heats))
        if heats == self._heats and dress is self._dress:
            return
        self._heats, self._dress = heats, dress
        self._measure(room or self.width())
        self._largest = _scales(heats)
        spelled = (f"{heat.sign} {heat.label} {format_shape(heat.shape)}".strip() for heat in heats)
        self.setAccessibleName(" ".join(spelled))
        self.setAccessibleDescription("; ".join(_spelled(block) for block in self._blocks if block.texts))
        self.updateGeometry()
        self.update()

    def _measure(self, room: int) -> None:
        """Set the numbers as large as the pane lets the widest matrix be, and break the row to its width."""
        if self._dress is None:
            return
        for lettering in LETTERINGS:
            self._blocks = [_measured(heat, self._dress, lettering) for heat in self._heats]
            if all(block.sign_width + block.width <= room for block in self._blocks):
                break
        self._places, height = self._placed(room)
        self.setFixedHeight(round(height))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the row anew."""
        if event.size().width() != event.oldSize().width():
            self._measure(event.size().width())

    def _placed(self, width: float) -> tuple[list[_Place], float]:
        """Put the blocks on lines no wider than `width`; also how high that is with the scale under it."""
        dress = self._dress
        if dress is None or not self._blocks:
            return [], 0.0
        places: list[_Place] = []
        top = 0.0
        for line in _lines(self._blocks, width):
            height = max(block.size[1] for block in line)
            left = 0.0
            for block in line:
                matrix = QRectF(
                    left + block.sign_width + (block.width - block.size[0]) / 2,
                    top + (height - block.size[1]) / 2,
                    *block.size,
                )
                places.append(_Place(block, left, top + height, matrix))
                left += block.sign_width + block.width + dress.px(SIGN_GAP)
            words = max(len(block.words) for block in line)
            top += height + words * dress.px(LABEL_SIZE + 4) + dress.px(LINE_GAP)
        return places, top + dress.px(SCALE_STEP) * len(set(_scales(self._heats).values()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw every matrix with its sign and its name, and the scale of colours."""
        if self._dress is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place in self._places:
            self._paint_block(painter, place, self._dress)
        if self._places:
            self._paint_scales(painter, self._dress)

    def _paint_block(self, painter: QPainter, place: _Place, dress: Dress) -> None:
        block, matrix, theme = place.block, place.matrix, dress.theme
        if block.heat.sign:
            painter.setPen(QColor(theme.ink))
            painter.setFont(font(MONO, dress.px(15), 600))
            area = QRectF(place.left, matrix.top(), block.sign_width, matrix.height())
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, block.heat.sign)
        width, height = block.cell
        for (row, column), number in np.ndenumerate(block.numbers):
            cell = QRectF(matrix.left() + column * width, matrix.top() + row * height, width, height)
            self._paint_cell(painter, cell, number, self._largest[block.heat.is_cotangent], dress)
            if block.texts:
                painter.setPen(QColor(theme.ink))
                painter.setFont(font(MONO, block.letters, 500))
                painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, block.texts[row][column])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.muted), 1))
        painter.drawRect(matrix)
        self._paint_words(painter, place, dress)

    def _paint_words(self, painter: QPainter, place: _Place, dress: Dress) -> None:
        block = place.block
        step = dress.px(LABEL_SIZE + 4)
        for line, text in enumerate(block.words):
            is_name = line == 0
            painter.setPen(QColor(dress.theme.ink if is_name else dress.theme.muted))
            size, weight = (LABEL_SIZE, 600) if is_name else (NOTE_SIZE, 500)
            painter.setFont(font(SANS, dress.px(size), weight))
            area = QRectF(place.left + block.sign_width, place.top + dress.px(3) + line * step, block.width, step)
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_cell(self, painter: QPainter, cell: QRectF, number: Any, largest: float, dress: Dress) -> None:
        inner = cell if cell.width() < dress.px(6) else cell.adjusted(0.5, 0.5, -0.5, -0.5)
        painter.fillRect(inner, QColor(dress.theme.raised))
        if np.isfinite(number):
            painter.fillRect(inner, self._colour(float(number) / largest if largest else 0.0, dress))
        else:
            painter.fillRect(inner, QBrush(QColor(dress.theme.ink), Qt.BrushStyle.BDiagPattern))

    def _colour(self, share: float, dress: Dress) -> QColor:
        """Blue above 0, orange below, nothing at 0; `share` is of the largest number, from −1 to 1.

        The colour grows as the root of the number: a cotangent is often a hundred times smaller than what it makes.
        """
        colour = QColor(dress.theme.forward if share >= 0 else dress.theme.backward)
        colour.setAlphaF((0.42 if self._is_written else 0.9) * math.sqrt(min(abs(share), 1.0)))
        return colour

    @property
    def _is_written(self) -> bool:
        return any(block.texts for block in self._blocks)

    def _paint_scales(self, painter: QPainter, dress: Dress) -> None:
        """Draw what the colours mean: the largest size on both sides, 0 in the middle; one scale, or one for each."""
        named = {True: self.tr("cotangents"), False: self.tr("factors")}
        kinds = [kind for kind in named if any(heat.is_cotangent == kind for heat in self._heats)]
        if len({self._largest[kind] for kind in kinds}) == 1:
            kinds, named = kinds[:1], dict.fromkeys(named, "")
        step = dress.px(SCALE_STEP)
        for place, kind in enumerate(kinds):
            bottom = self.height() - (len(kinds) - 1 - place) * step - dress.px(4)
            self._paint_scale(painter, bottom, self._largest[kind], named[kind], dress)

    def _paint_scale(self, painter: QPainter, bottom: float, largest: float, name: str, dress: Dress) -> None:
        width, thick = dress.px(SCALE_WIDTH), dress.px(SCALE_HEIGHT)
        ends = [format_factor(-largest), format_factor(largest)]
        room = max(text_width(text, MONO, dress.px(NOTE_SIZE), 500) for text in ends) + dress.px(6)
        bar = QRectF(room, bottom - thick - dress.px(4), width, thick)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        for at in np.linspace(0.0, 1.0, 17):
            gradient.setColorAt(float(at), self._colour(float(2 * at - 1), dress))
        painter.fillRect(bar, QColor(dress.theme.raised))
        painter.fillRect(bar, gradient)
        painter.setPen(QPen(QColor(dress.theme.muted), 1))
        painter.drawRect(bar)
        painter.drawLine(QPointF(bar.center().x(), bar.top() - 2), QPointF(bar.center().x(), bar.bottom() + 2))
        painter.setFont(font(MONO, dress.px(NOTE_SIZE), 500))
        line = QRectF(0, bar.top() - dress.px(6), room - dress.px(5), thick + dress.px(12))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, ends[0])
        line = QRectF(bar.right() + dress.px(5), line.top(), self.width(), line.height())
        painter.drawText(
            line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, f"{ends[1]}  {name}".rstrip()
        )

    def words_at(self, point: QPointF) -> str:
        """Say which element lies at a point, with all its digits; empty between the matrices."""
        for place in self._places:
            if place.matrix.contains(point):
                width, height = place.block.cell
                rows, columns = place.block.numbers.shape
                row = min(int((point.y() - place.matrix.top()) // height), rows - 1)
                column = min(int((point.x() - place.matrix.left()) // width), columns - 1)
                return f"{place.block.heat.label}[{row}, {column}] = {format_full(place.block.numbers[row, column])}"
        return ""


def _scales(heats: tuple[Heat, ...]) -> dict[bool, float]:
    """Give the largest size among cotangents and among the rest: the same for both, unless they are far apart."""
    largest = {True: 0.0, False: 0.0}
    for heat in heats:
        numbers = heat.cells.array
        size = float(np.abs(numbers[np.isfinite(numbers)]).max(initial=0.0))
        largest[heat.is_cotangent] = max(largest[heat.is_cotangent], size)
    most, least = max(largest.values()), min(largest.values())
    has_both = len({heat.is_cotangent for heat in heats}) == 2
    return largest if has_both and most > FAR_APART * least > 0 else dict.fromkeys(largest, most)


def _lines(blocks: list[_Block], width: float) -> list[list[_Block]]:
    """Break a row where the next block would not fit."""
    lines: list[list[_Block]] = []
    used = 0.0
    for block in blocks:
        wide = block.sign_width + block.width + SIGN_GAP
        if not lines or used + wide - SIGN_GAP > width:
            lines.append([])
            used = 0.0
        lines[-1].append(block)
        used += wide
    return lines


def _measured(heat: Heat, dress: Dress, lettering: Lettering) -> _Block:
    numbers = heat.cells.array
    rows, columns = numbers.shape
    letters = dress.px(lettering.size)
    texts: tuple[tuple[str, ...], ...] = ()
    if max(rows, columns) <= MAX_MATRIX_SIDE and not heat.part.startswith("sampled"):
        texts = tuple(tuple(_short(number, lettering.digits) for number in row) for row in numbers)
        widest = max(text_width(text, MONO, letters, 500) for row in texts for text in row)
        cell = (max(widest + dress.px(lettering.padding), float(dress.px(CELL_HEIGHT))), float(dress.px(CELL_HEIGHT)))
    else:
        side = dress.px(LARGEST_MAP) / max(rows, columns)
        cell = (max(side, dress.px(SMALLEST_MAP) / columns), max(side, dress.px(SMALLEST_MAP) / rows))
    words = (heat.label, format_shape(heat.shape), *([heat.part] if heat.part else []))
    spans = [text_width(word, SANS, dress.px(LABEL_SIZE), 600) for word in words]
    sign = text_width(heat.sign, MONO, dress.px(15), 600) + dress.px(SIGN_GAP) if heat.sign else 0.0
    return _Block(heat, numbers, texts, letters, cell, words, max(columns * cell[0], *spans), sign)


def _short(number: Any, digits: int) -> str:
    """Write a number within a cell, with few digits."""
    value = float(number)
    if not np.isfinite(value) or value == 0:
        return format_factor(value)
    return format_factor(float(f"{value:.{digits}g}"))


def _spelled(block: _Block) -> str:
    return f"{block.heat.label}: {', '.join(' '.join(row) for row in block.texts)}"
