"""A sparse gradient on the picture: the rows that it touches, each with its index, and how many there are in all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPainter

from tapeviz.model.numbers import format_value, touched_cells, touched_words
from tapeviz.model.story import called, spoken
from tapeviz.model.tensor import TensorValue, TouchedRows, value_of_array
from tapeviz.paint.fonts import load_fonts
from tapeviz.paint.values import paint_value, value_size


def sparse(indices: list[int], rows: int, columns: int = 2) -> TensorValue:
    dense = np.zeros((rows, columns), np.float32)
    dense[indices] = 1.5
    touched = TouchedRows(
        rows=rows,
        touched=len(indices),
        pieces=len(indices),
        indices=tuple(indices),
        values=value_of_array(dense[indices]),
    )
    return replace(value_of_array(dense), slices=touched)


def test_the_rows_are_told_by_number_and_by_index() -> None:
    value = sparse([4, 7, 9], 1000)
    assert format_value(value) == "3 of 1 000 rows".replace(" 0", "\u20090")
    assert spoken(sparse([4, 7, 9], 20)) == "3 of 20 rows (4, 7 and 9)"
    assert called("g", sparse([4], 20)) == "g (1 of 20 rows: 4)"
    many = sparse(list(range(9)), 20).slices
    assert many is not None
    assert touched_words(many) == "0, 1, 2, 3, …"


def test_few_rows_are_written_out_and_many_only_counted(qapp: object) -> None:
    load_fonts()
    few, many = sparse([4, 7, 9], 20), sparse(list(range(9)), 20)
    assert [index for index, _ in touched_cells(few)] == ["4", "7", "9"]
    assert touched_cells(many) == ()
    assert value_size(many)[1] < value_size(few)[1] < 100


@pytest.mark.parametrize("indices", [[4, 7, 9], list(range(9))])
def test_nothing_is_painted_outside_of_the_room_that_was_measured(qapp: object, indices: list[int]) -> None:
    load_fonts()
    value = sparse(indices, 20)
    width, height = value_size(value)
    image = QImage(400, 300, QImage.Format.Format_ARGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    paint_value(painter, QPointF(200, 150), value, "#B04300")
    painter.end()
    inked = [(x, y) for x in range(400) for y in range(300) if image.pixelColor(x, y) != QColor("white")]
    assert inked
    assert min(x for x, _ in inked) >= 200 - width / 2 - 2
    assert max(x for x, _ in inked) <= 200 + width / 2 + 2
    assert min(y for _, y in inked) >= 150 - height / 2 - 2
    assert max(y for _, y in inked) <= 150 + height / 2 + 2
