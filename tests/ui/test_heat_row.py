"""Matrices side by side: they fit the pane, one scale holds for all, and numbers can be read."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from tapeviz.model.explanation import Heat
from tapeviz.model.state import AppState
from tapeviz.model.tensor import value_of_array
from tapeviz.ui.inspector.heat_row import HeatRow
from tapeviz.ui.theme import dress_of

DRESS = dress_of(AppState().view)


def heat(numbers: object, sign: str = "", label: str = "z̄", *, is_cotangent: bool = True) -> Heat:
    array = np.atleast_2d(np.array(numbers, dtype=np.float64))
    cells = value_of_array(array)
    return Heat(sign=sign, label=label, shape=array.shape, cells=cells, is_cotangent=is_cotangent)


def row_of(qtbot: QtBot, *heats: Heat, width: int = 260) -> HeatRow:
    row = HeatRow()
    qtbot.addWidget(row)
    row.resize(width, 40)
    row.show_heats(heats, DRESS)
    return row


def painted(row: HeatRow) -> QImage:
    return row.grab().toImage()


def colour_at(row: HeatRow, x: float, y: float) -> tuple[int, int, int]:
    image = painted(row)
    pixel = image.pixelColor(round(x * image.devicePixelRatio()), round(y * image.devicePixelRatio()))
    return pixel.red(), pixel.green(), pixel.blue()


def test_a_row_that_is_too_wide_breaks_and_grows(qtbot: QtBot) -> None:
    matrix = [[1.234, 2.345, 3.456]] * 3
    wide = row_of(qtbot, heat(matrix), heat(matrix, "="), width=600)
    narrow = row_of(qtbot, heat(matrix), heat(matrix, "="), width=200)
    assert narrow.height() > 1.5 * wide.height()


@pytest.mark.parametrize("side", [2, 6])
def test_every_number_up_to_six_by_six_is_within_the_pane_and_can_be_asked_for(qtbot: QtBot, side: int) -> None:
    numbers = np.random.default_rng(1).normal(size=(side, side)) * 100
    row = row_of(qtbot, heat(numbers, "="), width=250)
    found = {row.words_at(QPointF(x, y)) for x in range(0, 250, 4) for y in range(0, row.height(), 4)} - {""}
    assert len(found) == side * side
    assert any(words.startswith(f"z̄[{side - 1}, {side - 1}] = ") for words in found)
    assert len(row.accessibleDescription().split()) == side * side + 1


def test_signs_have_colours_of_their_own_and_zero_has_none(qtbot: QtBot) -> None:
    row = row_of(qtbot, heat(np.diag([1.0, -1.0] * 4)), width=250)
    side = 82 / 8
    positive, negative = colour_at(row, side / 2, side / 2), colour_at(row, 1.5 * side, 1.5 * side)
    zero = colour_at(row, 1.5 * side, side / 2)
    assert positive[2] > positive[0] + 60
    assert negative[0] > negative[2] + 60
    assert max(zero) - min(zero) < 12


def test_the_same_number_has_the_same_colour_in_every_matrix_of_the_row(qtbot: QtBot) -> None:
    small, large = np.full((8, 8), 0.5), np.full((8, 8), 2.0)
    alone = row_of(qtbot, heat(small), width=250)
    beside = row_of(qtbot, heat(small), heat(large, "="), width=250)
    assert colour_at(beside, 40, 40)[0] > colour_at(alone, 40, 40)[0] + 20


def test_what_is_not_a_number_is_marked(qtbot: QtBot) -> None:
    row = row_of(qtbot, heat([[np.nan, 1.0], [2.0, -np.inf]]))
    assert "NaN" in row.accessibleDescription()
    assert "∞" in row.accessibleDescription()


def test_factors_far_from_the_cotangents_get_a_scale_of_their_own(qtbot: QtBot) -> None:
    near = row_of(qtbot, heat([[1.0, 2.0]]), heat([[3.0, 1.0]], "⊙", "v", is_cotangent=False), width=400)
    far = row_of(qtbot, heat([[1.0, 2.0]]), heat([[300.0, 1.0]], "⊙", "v", is_cotangent=False), width=400)
    assert far.height() > near.height()


def test_nothing_to_show_hides_the_row(qtbot: QtBot) -> None:
    row = row_of(qtbot, heat([[1.0]]))
    row.show_heats((), DRESS)
    assert row.isHidden()
