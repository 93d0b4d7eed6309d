"""Before an audience, with a clicker in one hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt

from tests.end_to_end.conftest import Lecturer


@pytest.fixture
def presenting(lecturer: Lecturer) -> Iterator[Lecturer]:
    lecturer.run()
    lecturer.do("present.toggle")
    lecturer.qtbot.waitUntil(lecturer.window.isFullScreen)
    yield lecturer
    if lecturer.state.view.is_presenting:
        lecturer.do("present.toggle")
    lecturer.window.resize(1366, 768)


def test_graph_caption_and_code_fill_the_screen_in_large_letters(presenting: Lecturer) -> None:
    window = presenting.window
    assert window.centre.graph.isVisible()
    assert window.caption.isVisible()
    assert window.lesson.editor.isVisible()
    assert not window.top_bar.isVisible()
    assert not window.inspector.isVisible()
    assert window.lesson.editor.fontInfo().pixelSize() > 15


def test_a_clicker_steps_blanks_and_runs_nothing(presenting: Lecturer) -> None:
    generation = presenting.state.generation
    presenting.press(Qt.Key.Key_PageDown)
    presenting.press(Qt.Key.Key_PageDown)
    presenting.press(Qt.Key.Key_PageUp)
    assert presenting.state.playhead == 1
    presenting.press(Qt.Key.Key_F5)
    assert presenting.state.generation == generation
    presenting.press(Qt.Key.Key_Period)
    assert presenting.state.view.is_blank
    presenting.press(Qt.Key.Key_B)
    assert not presenting.state.view.is_blank


def test_a_clicker_steps_wherever_the_focus_is(presenting: Lecturer) -> None:
    text, generation = presenting.state.lesson.text, presenting.state.generation
    card = presenting.window.lesson.variables.cards[0]
    for widget in (card.slider, presenting.window.lesson.editor):
        before = presenting.state.playhead
        widget.setFocus()
        presenting.press(Qt.Key.Key_PageDown)
        assert presenting.state.playhead == before + 1
    card.slider.setFocus()
    presenting.press(Qt.Key.Key_Left)
    assert presenting.state.playhead == 1
    assert (presenting.state.lesson.text, presenting.state.generation) == (text, generation)


def test_a_lesson_can_be_run_before_an_audience(presenting: Lecturer) -> None:
    presenting.run()
    assert presenting.state.view.is_presenting
    assert presenting.state.recording is not None


def test_the_code_gets_its_share_of_the_full_screen(presenting: Lecturer) -> None:
    window = presenting.window
    wanted = max(window.lesson.minimumWidth(), 0.3 * window.width())
    presenting.qtbot.waitUntil(lambda: abs(window.lesson.width() - wanted) < 0.02 * window.width())


def test_keys_of_slide_shows_step(presenting: Lecturer) -> None:
    for key, playhead in ((Qt.Key.Key_Space, 1), (Qt.Key.Key_Down, 2), (Qt.Key.Key_N, 3), (Qt.Key.Key_Up, 2)):
        presenting.press(key)
        assert presenting.state.playhead == playhead
        assert not presenting.state.view.is_playing
    presenting.press(Qt.Key.Key_R)
    assert (presenting.state.playhead, presenting.state.view.is_playing) == (0, True)
    presenting.do("playback.toggle_play")


def test_the_last_step_stays(presenting: Lecturer) -> None:
    assert presenting.state.timeline is not None
    presenting.press(Qt.Key.Key_End)
    presenting.press(Qt.Key.Key_PageDown)
    assert presenting.state.playhead == presenting.state.timeline.last


def test_escape_brings_the_desk_back(presenting: Lecturer) -> None:
    presenting.press(Qt.Key.Key_Escape)
    assert not presenting.state.view.is_presenting
    presenting.qtbot.waitUntil(lambda: not presenting.window.isFullScreen())
    assert presenting.window.top_bar.isVisible()
    assert presenting.window.inspector.isVisible()
