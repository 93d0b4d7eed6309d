"""The output with figures in it: each in its place, never wider than the pane, and the text as it was printed."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QBuffer, QByteArray, Qt
from PySide6.QtGui import QImage, QImageWriter, QTextCursor
from pytestqt.qtbot import QtBot

from tapeviz.model.recording import OutputFigure
from tapeviz.model.state import AppState
from tapeviz.ui.output_text import OutputText

TEXT = "first\nsecond\n"


class NoStore:
    state = AppState()

    def execute(self, command_id: str, **arguments: Any) -> None:
        raise AssertionError(command_id)


def figure(position: int, colour: Qt.GlobalColor = Qt.GlobalColor.red, width: int = 400) -> OutputFigure:
    image = QImage(width, 200, QImage.Format.Format_RGB32)
    image.fill(colour)
    buffer = QBuffer()
    QImageWriter(buffer, QByteArray(b"PNG")).write(image)
    return OutputFigure(position=position, png=bytes(buffer.data().data()), width=width, height=200, title="A title")


@pytest.fixture
def shown(qtbot: QtBot) -> OutputText:
    text = OutputText(NoStore())
    qtbot.addWidget(text)
    text.resize(700, 600)
    text.show()
    return text


def columns(shown: OutputText, colour: Qt.GlobalColor) -> list[int]:
    """The x of every pixel of a colour on the widest of its rows."""
    picture = shown.viewport().grab().toImage()
    wanted = QImage(1, 1, QImage.Format.Format_RGB32)
    wanted.fill(colour)
    rows = (
        [x for x in range(picture.width()) if picture.pixel(x, y) == wanted.pixel(0, 0)]
        for y in range(picture.height())
    )
    return max(rows, key=len)


def test_a_figure_stands_between_the_lines_where_it_was_shown(shown: OutputText) -> None:
    shown.show_output(TEXT, (figure(6), figure(len(TEXT))))
    assert shown.toPlainText().split("\n") == ["first", "\ufffc", "second", "\ufffc"]
    assert shown.printed == TEXT
    assert len(columns(shown, Qt.GlobalColor.red)) == 200


def test_what_comes_piece_by_piece_looks_as_what_comes_at_once(shown: OutputText, qtbot: QtBot) -> None:
    shown.show_output("first\n", ())
    shown.show_output("first\n", (figure(6),))
    shown.show_output(TEXT, (figure(6),))
    piecewise = shown.toPlainText(), columns(shown, Qt.GlobalColor.red)
    shown.show_output("", ())
    assert shown.toPlainText() == ""
    shown.show_output(TEXT, (figure(6),))
    assert (shown.toPlainText(), columns(shown, Qt.GlobalColor.red)) == piecewise


def test_a_wide_figure_is_scaled_to_the_pane_and_again_when_the_pane_changes(shown: OutputText, qtbot: QtBot) -> None:
    shown.show_output("", (figure(0, width=3000),))
    wide = len(columns(shown, Qt.GlobalColor.red))
    assert 600 < wide < 700
    shown.resize(400, 600)
    qtbot.waitUntil(lambda: 300 < len(columns(shown, Qt.GlobalColor.red)) < 400)


def test_the_figure_in_view_is_the_one_that_is_copied(shown: OutputText) -> None:
    figures = (figure(0), figure(6, Qt.GlobalColor.blue))
    shown.show_output("first\n" + "more\n" * 200, figures)
    assert shown.figure == figures[1]
    shown.show_output("first\n" + "more\n" * 200 + "x", (*figures, figure(1000, Qt.GlobalColor.green)))
    shown.verticalScrollBar().setValue(0)
    shown.resize(700, 100)
    assert shown.figure == figures[0]


def test_copied_text_is_the_printed_text(shown: OutputText) -> None:
    shown.show_output(TEXT, (figure(6),))
    cursor = shown.textCursor()
    cursor.select(QTextCursor.SelectionType.Document)
    shown.setTextCursor(cursor)
    assert shown.createMimeDataFromSelection().text().split() == ["first", "second"]


def test_a_screen_reader_hears_of_the_figures_and_a_damaged_one_is_said(shown: OutputText) -> None:
    broken = OutputFigure(position=0, png=figure(0).png[:60], width=400, height=200)
    shown.show_output(TEXT, (broken, figure(6)))
    assert shown.accessibleDescription() == "Figure 1. Figure 2: A title"
    assert "damaged" in shown.toPlainText()
