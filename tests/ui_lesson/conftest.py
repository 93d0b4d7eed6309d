"""A lesson pane on a store that keeps what was fired, and carries it out with the program's own commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tapeviz.commands.registry import BY_ID
from tapeviz.commands.responses import respond
from tapeviz.engine.runner import Engine
from tapeviz.model.recording import Recording
from tapeviz.model.state import AppState, ThemeName, ViewState
from tapeviz.paint.fonts import load_fonts
from tapeviz.protocol.responses import LessonRecorded
from tapeviz.ui.lesson.lesson_pane import LessonPane
from tapeviz.ui.theme import apply_dress, dress_of

MOCK = """\
import tensorflow as tf

x = tf.Variable(2.0)
y = tf.Variable(3.0)

with tf.GradientTape() as tape:
    f = x**2 + 3*x*y + y**3

grads = tape.gradient(f, [x, y])
"""


class RecordingStore:
    """Carries commands out as the program does, and keeps a list of them."""

    def __init__(self) -> None:
        self.state = AppState()
        self.fired: list[tuple[str, dict[str, Any]]] = []
        self.pane: LessonPane | None = None
        self._is_telling = False

    def execute(self, command_id: str, **arguments: Any) -> None:
        self.fired.append((command_id, arguments))
        function = BY_ID[command_id].function
        assert function is not None
        self.show(function(self.state, **arguments).state)

    def show(self, new: AppState) -> None:
        assert not self._is_telling, "a command was fired from inside a change"
        old, self.state = self.state, new
        if self.pane is not None and new is not old:
            self._is_telling = True
            self.pane.apply(old, new)
            self._is_telling = False

    def open(self, text: str, name: str = "lesson.py") -> None:
        self.execute("file.open_text", text=text, name=name)

    def record(self, recording: Recording) -> None:
        self.show(replace(self.state, generation=self.state.generation + 1))
        self.show(respond(self.state, LessonRecorded(generation=self.state.generation, recording=recording)).state)

    def ids(self) -> list[str]:
        return [command_id for command_id, _ in self.fired]


@pytest.fixture(scope="session")
def record() -> Callable[[str], Recording]:
    """Run a lesson under the real tape."""
    engine = Engine()
    return lambda text: engine.run("lesson.py", text).recording


@pytest.fixture(scope="session")
def mock_recording(record: Callable[[str], Recording]) -> Recording:
    return record(MOCK)


@pytest.fixture
def dressed(qapp: QApplication) -> Iterator[Callable[[ThemeName], None]]:
    load_fonts()
    yield lambda name: apply_dress(qapp, dress_of(ViewState(theme=name)))
    apply_dress(qapp, dress_of(ViewState()))


@pytest.fixture
def store() -> RecordingStore:
    return RecordingStore()


@pytest.fixture
def pane(qtbot: QtBot, store: RecordingStore, dressed: Callable[[ThemeName], None]) -> LessonPane:
    dressed("light")
    made = LessonPane(store)
    store.pane = made
    qtbot.addWidget(made)
    made.resize(360, 760)
    store.open(MOCK)
    made.show()
    qtbot.waitExposed(made)
    store.fired.clear()
    return made
