"""The command palette finds commands by a few letters and offers only what can be done now."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tapeviz.commands.registry import BY_ID
from tapeviz.model.state import AppState
from tapeviz.ui.palette import Palette, matches


def test_a_run_of_letters_fits_better_than_scattered_ones() -> None:
    fold, forward = BY_ID["view.toggle_folding"], BY_ID["playback.step_forward"]
    assert matches("fold", fold) == 0
    assert matches("fold", forward) is None
    scattered = matches("sfw", forward)
    assert scattered is not None
    assert scattered > 100


def test_typing_and_return_choose_a_command(qtbot: QtBot) -> None:
    palette = Palette(AppState())
    qtbot.addWidget(palette)
    palette.show()
    QTest.keyClicks(palette.query, "dark theme")
    QTest.keyClick(palette.query, Qt.Key.Key_Return)
    assert palette.chosen == "view.toggle_theme"


def test_arrows_move_the_list_while_the_query_has_the_focus(qtbot: QtBot) -> None:
    palette = Palette(AppState())
    qtbot.addWidget(palette)
    palette.show()
    rows = palette.list
    QTest.keyClick(palette.query, Qt.Key.Key_Down)
    assert rows.currentRow() == 1
    QTest.keyClick(palette.query, Qt.Key.Key_Up)
    QTest.keyClick(palette.query, Qt.Key.Key_Up)
    assert rows.currentRow() == rows.count() - 1


def test_commands_that_are_not_enabled_are_not_offered(qtbot: QtBot) -> None:
    palette = Palette(AppState())
    qtbot.addWidget(palette)
    rows = palette.list
    offered = {rows.item(row).data(Qt.ItemDataRole.UserRole) for row in range(rows.count())}
    assert "file.open" in offered
    assert "playback.step_forward" not in offered
