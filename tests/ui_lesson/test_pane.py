"""The pane as a whole: it fits, it can be walked through by keyboard, and it says what the tape holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tapeviz.model.recording import Recording
from tapeviz.model.state import ThemeName
from tapeviz.ui.lesson.lesson_pane import LessonPane
from tests.ui_lesson.conftest import MOCK, RecordingStore


def test_the_tape_is_summed_up(pane: LessonPane, store: RecordingStore, mock_recording: Recording) -> None:
    assert "Nothing is recorded yet" in pane.summary.count.text()
    store.record(mock_recording)
    drawn = [op for op in mock_recording.ops if op.recorded_by and op.type != "ReadVariableOp"]
    reads = [op for op in mock_recording.ops if op.recorded_by and op.type == "ReadVariableOp"]
    assert pane.summary.count.text() == f"{len(drawn)} ops recorded · {len(reads)} not shown (variable reads)"
    assert pane.summary.checked.text() == "✓ checked: every sum equals tape.gradient"


def test_a_defect_is_shown_as_one(pane: LessonPane, store: RecordingStore, mock_recording: Recording) -> None:
    call = replace(mock_recording.gradient_calls[0], checked=False, defect="The sum at y is 32, TensorFlow said 33.")
    store.record(replace(mock_recording, gradient_calls=(call,)))
    assert "32, TensorFlow said 33" in pane.summary.checked.text()
    assert pane.summary.checked.objectName() == "problem"


def test_a_script_newer_than_the_graph_says_so(
    pane: LessonPane, store: RecordingStore, mock_recording: Recording
) -> None:
    store.record(mock_recording)
    assert not pane.summary.stale.isVisible()
    store.execute("lesson.edit_text", text=MOCK + "print(grads)\n")
    assert pane.summary.stale.isVisible()


def shown(widgets: list[QWidget]) -> list[QWidget]:
    return [widget for widget in widgets if widget.isVisible()]


@pytest.mark.parametrize("size", [(300, 560), (360, 620), (420, 900)])
@pytest.mark.parametrize("percent", [100, 200])
def test_nothing_sticks_out(
    qtbot: QtBot, pane: LessonPane, store: RecordingStore, size: tuple[int, int], percent: int
) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    font = application.font()
    plain = application.font()
    font.setPixelSize(round(13 * percent / 100))
    application.setFont(font)
    try:
        pane.resize(size[0] * percent // 100, size[1])
        qtbot.wait(20)
        assert pane.editor.height() >= 120
        for card in pane.variables.cards:
            pieces = shown([card.name, card.kind, card.slider, card.value, card.more])
            edges = [(piece.geometry().left(), piece.geometry().right()) for piece in pieces]
            assert all(right < left for (_, right), (left, _) in pairwise(edges)), edges
            assert edges[-1][1] < card.width()
            assert card.value.width() >= card.value.fontMetrics().horizontalAdvance(card.value.text())
        for widget in shown([pane.choice.persistent, pane.choice.sources, *pane.variables.cards]):
            assert widget.mapTo(pane, QPoint(widget.width(), 0)).x() <= pane.width()
    finally:
        application.setFont(plain)


def test_the_tab_key_walks_from_top_to_bottom(pane: LessonPane) -> None:
    heights = []
    widget: QWidget | None = pane.functions.fields[0].edit
    while widget is not None and widget is not pane.editor:
        if widget.isVisible() and pane.isAncestorOf(widget) and widget.focusPolicy().value & 1:
            heights.append(widget.mapTo(pane, QPoint(0, widget.height() // 2)).y())
        widget = widget.nextInFocusChain()
    assert len(heights) > 10
    # The two small buttons stand in the headings above what they add to.
    assert sum(later < earlier - 10 for earlier, later in pairwise(heights)) <= 2


def test_everything_that_takes_the_focus_has_a_name(pane: LessonPane) -> None:
    for widget in pane.findChildren(QWidget):
        if widget.focusPolicy().value & 1 and widget.isVisible():
            text = getattr(widget, "text", lambda: "")()
            assert widget.accessibleName() or text, widget


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
def test_every_theme_dresses_the_pane(
    pane: LessonPane, store: RecordingStore, dressed: Callable[[ThemeName], None], theme: ThemeName
) -> None:
    dressed(theme)
    store.show(replace(store.state, view=replace(store.state.view, theme=theme)))
    image = pane.grab().toImage()
    assert image.pixelColor(5, 5).name().upper() == pane.editor.theme.panel.upper()
    assert pane.editor.theme.name == theme
