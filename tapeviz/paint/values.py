"""A tensor on the picture: a number, a small matrix of numbers, or a heat map with shape and norm."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen

from tapeviz.layout.sizes import Size
from tapeviz.model.identity import Same
from tapeviz.model.numbers import format_value, matrix_cells, touched_cells
from tapeviz.model.tensor import TensorValue
from tapeviz.paint.fonts import MONO, font

NUMBER_SIZE = 12.0
CELL_SIZE = 11.0
LINE_HEIGHT = 14.0
ROW_HEIGHT = 16.0
CELL_GAP = 9.0
BRACKET = 6.0
MAP_HEIGHT = 44.0
MAX_MAP_WIDTH = 88.0
MIN_MAP_WIDTH = 44.0
VALUES_KEPT = 1024

# Signs that neither shipped typeface has, and the nearest that one of them has.
_SIGNS = str.maketrans({"ᵀ": "ᵗ"})


@lru_cache(maxsize=4096)
def text_width(text: str, family: str, size: float, weight: int) -> float:
    """Give the advance of a line of text, pixels."""
    return float(QFontMetricsF(font(family, size, weight)).horizontalAdvance(text.translate(_SIGNS)))


def value_size(value: TensorValue | None, size: float = NUMBER_SIZE, weight: int = 500) -> Size:
    """How much room a value takes on the picture; (0, 0) where there is none."""
    return (0.0, 0.0) if value is None else _size_of(Same(value), size, weight)


@lru_cache(maxsize=VALUES_KEPT)
def _size_of(same: Same, size: float, weight: int) -> Size:
    """Measure a value once: the picture asks for it when it makes room and when it paints."""
    (value,) = same.objects
    if _is_line(value):
        return text_width(format_value(value), MONO, size, weight), size + 2
    if rows := touched_cells(value):
        widths = _column_widths(tuple(row for _, row in rows), weight)
        names = max(text_width(name, MONO, CELL_SIZE, weight) for name, _ in rows)
        width = names + CELL_GAP + sum(widths) + CELL_GAP * (len(widths) - 1) + 2 * BRACKET
        below = text_width(format_value(value), MONO, CELL_SIZE, weight)
        return max(width, below), ROW_HEIGHT * (len(rows) + 1) + 2
    cells = matrix_cells(value)
    if cells:
        widths = _column_widths(cells, weight)
        return sum(widths) + CELL_GAP * (len(widths) - 1) + 2 * BRACKET, ROW_HEIGHT * len(cells) + 2
    width = max(_map_width(value), text_width(format_value(value), MONO, CELL_SIZE, weight))
    return width, MAP_HEIGHT + ROW_HEIGHT


def paint_value(
    painter: QPainter, middle: QPointF, value: TensorValue, colour: str, size: float = NUMBER_SIZE, weight: int = 500
) -> None:
    """Paint a value with its middle at a point."""
    width, height = value_size(value, size, weight)
    box = QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height)
    painter.setPen(QColor(colour))
    if _is_line(value):
        paint_text(painter, middle, format_value(value), font(MONO, size, weight))
    elif rows := touched_cells(value):
        _paint_touched(painter, box, rows, format_value(value), colour, weight)
    elif cells := matrix_cells(value):
        _paint_matrix(painter, box, cells, colour, weight)
    else:
        _paint_map(painter, box, value, colour, weight)


def paint_text(painter: QPainter, middle: QPointF, text: str, with_font: QFont) -> None:
    """Paint one line of text in the current pen, centred on a point by the height of its capitals.

    The text is placed by its baseline, which every paint device (screen, SVG, PDF) honours alike.
    """
    text = text.translate(_SIGNS)
    metrics = QFontMetricsF(with_font)
    painter.setFont(with_font)
    painter.drawText(
        QPointF(middle.x() - metrics.horizontalAdvance(text) / 2, middle.y() + metrics.capHeight() / 2), text
    )


def _is_line(value: TensorValue) -> bool:
    is_many_rows = value.slices is not None and not touched_cells(value)
    return not value.shape or value.text is not None or not value.size or is_many_rows


def _column_widths(cells: tuple[tuple[str, ...], ...], weight: int) -> list[float]:
    return [max(text_width(cell, MONO, CELL_SIZE, weight) for cell in column) for column in zip(*cells, strict=True)]


def _paint_matrix(painter: QPainter, box: QRectF, cells: tuple[tuple[str, ...], ...], colour: str, weight: int) -> None:
    with_font = font(MONO, CELL_SIZE, weight)
    metrics = QFontMetricsF(with_font)
    painter.setFont(with_font)
    widths = _column_widths(cells, weight)
    for i, row in enumerate(cells):
        right = box.left() + BRACKET
        base = box.top() + 1 + ROW_HEIGHT * (i + 0.5) + metrics.capHeight() / 2
        for width, cell in zip(widths, row, strict=True):
            right += width
            painter.drawText(QPointF(right - metrics.horizontalAdvance(cell), base), cell)
            right += CELL_GAP
    pen = QPen(QColor(colour), 1.1)
    painter.setPen(pen)
    for x, turn in ((box.left() + 0.5, 3.0), (box.right() - 0.5, -3.0)):
        painter.drawPolyline(
            [
                QPointF(x + turn, box.top() + 1),
                QPointF(x, box.top() + 1),
                QPointF(x, box.bottom() - 1),
                QPointF(x + turn, box.bottom() - 1),
            ]
        )


def _paint_touched(
    painter: QPainter, box: QRectF, rows: tuple[tuple[str, tuple[str, ...]], ...], words: str, colour: str, weight: int
) -> None:
    """Paint the rows that were touched as a matrix, each after its index, and under it how many there are in all."""
    cells = tuple(row for _, row in rows)
    widths = _column_widths(cells, weight)
    width = sum(widths) + CELL_GAP * (len(widths) - 1) + 2 * BRACKET
    names = max(text_width(name, MONO, CELL_SIZE, weight) for name, _ in rows)
    left = box.center().x() - (names + CELL_GAP + width) / 2
    painter.setPen(QColor(colour))
    for place, (name, _) in enumerate(rows):
        middle = box.top() + 1 + ROW_HEIGHT * (place + 0.5)
        paint_text(painter, QPointF(left + names / 2, middle), name, font(MONO, CELL_SIZE, 400))
    matrix = QRectF(left + names + CELL_GAP, box.top(), width, ROW_HEIGHT * len(rows) + 2)
    _paint_matrix(painter, matrix, cells, colour, weight)
    painter.setPen(QColor(colour))
    below = QPointF(box.center().x(), box.bottom() - ROW_HEIGHT / 2)
    paint_text(painter, below, words, font(MONO, CELL_SIZE, weight))


def _map_width(value: TensorValue) -> float:
    rows, columns = _picture(value).shape
    return float(np.clip(MAP_HEIGHT * columns / max(rows, 1), MIN_MAP_WIDTH, MAX_MAP_WIDTH))


def _picture(value: TensorValue) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Give the numbers as a table: all but the last axis run down."""
    whole = value if value.is_whole or value.preview is None else value.preview
    if not whole.is_whole:
        return np.zeros((1, 1))
    array = whole.array
    numbers = np.abs(array) if np.iscomplexobj(array) else array
    return numbers.astype(np.float64).reshape(-1, array.shape[-1])


def _paint_map(painter: QPainter, box: QRectF, value: TensorValue, colour: str, weight: int) -> None:
    width = _map_width(value)
    area = QRectF(box.center().x() - width / 2, box.top(), width, MAP_HEIGHT - 2)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.drawImage(area, heat_map(value, colour))
    painter.restore()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(colour), 1.0))
    painter.drawRect(area)
    below = QPointF(box.center().x(), box.bottom() - ROW_HEIGHT / 2 + 1)
    paint_text(painter, below, format_value(value), font(MONO, CELL_SIZE, weight))


@lru_cache(maxsize=256)
def heat_map(value: TensorValue, colour: str) -> QImage:
    """Draw one pixel per number: the larger the stronger, negative ones in grey, red where one is not finite."""
    table = _picture(value)
    finite = np.isfinite(table)
    largest = float(np.abs(table[finite]).max(initial=0.0)) or 1.0
    share = np.where(finite, np.abs(table) / largest, 1.0)
    base = QColor(colour)
    pixels = np.zeros((*table.shape, 4), dtype=np.uint8)
    for channel, (positive, negative) in enumerate(((base.blue(), 128), (base.green(), 122), (base.red(), 116))):
        pixels[..., channel] = np.where(table < 0, negative, positive)
    pixels[~finite] = (30, 38, 200, 255)
    pixels[..., 3] = np.round(30 + 225 * share)
    rows, columns = table.shape
    image = QImage(pixels.tobytes(), columns, rows, 4 * columns, QImage.Format.Format_ARGB32)
    return image.copy()
