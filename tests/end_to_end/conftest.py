"""One running tapeviz for all end-to-end tests: a real window, a real worker, real TensorFlow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tapeviz import app
from tapeviz.model.state import AppState
from tapeviz.ui.session import Session

PATIENCE = 120_000


class Lecturer:
    """Drives the window as a person would, and reads what stands on it."""

    def __init__(self, program: app.Program, qtbot: QtBot) -> None:
        self.program = program
        self.window = program.window
        self.qtbot = qtbot

    @property
    def state(self) -> AppState:
        return self.program.store.state

    def wait(self, condition: Callable[[AppState], bool]) -> None:
        self.qtbot.waitUntil(lambda: condition(self.state), timeout=PATIENCE)

    def begin(self) -> None:
        self.do("file.begin")
        self.do("view.show_graph")
        self.wait(lambda state: state.engine.phase == "ready")

    def open(self, text: str) -> None:
        self.do("file.open_text", text=text, name="lesson.py")
        self.wait(lambda state: state.engine.phase == "ready")

    def do(self, command: str, **arguments: object) -> None:
        """Fire a command and let the window show what came of it."""
        self.program.store.execute(command, **arguments)
        self.program.store.tell()

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.window.focusWidget() or self.window, key, modifiers)
        self.program.store.tell()

    def type_into(self, field: QWidget, text: str) -> None:
        field.setFocus()
        QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(field, text)

    def run(self) -> None:
        before = self.state.generation
        self.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        self.qtbot.waitUntil(lambda: self.state.generation > before, timeout=PATIENCE)
        self.wait(lambda state: state.requested_text is None)
        self.program.store.tell()

    def run_text(self, text: str) -> None:
        self.open(text)
        self.run()

    def play_to_end(self) -> None:
        assert self.state.timeline is not None
        for _ in range(self.state.timeline.last):
            self.press(Qt.Key.Key_Right)

    def chips(self) -> dict[str, str]:
        """The adjoint chips on the picture: label to number."""
        from tapeviz.model.numbers import format_value

        frame = self.window.centre.graph.shown_frame
        assert frame is not None
        return {node.adjoint_label: format_value(node.adjoint) for node in frame.nodes.values() if node.adjoint_label}


@pytest.fixture(scope="package")
def program(
    qapp: object, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[app.Program]:
    home = tmp_path_factory.mktemp("session")
    settings = QSettings(str(home / "settings.ini"), QSettings.Format.IniFormat)
    running = app.application()
    running.setStyle("Fusion")
    made = app.Program(Session(settings))
    made.window.resize(1366, 768)
    request.session.kept_windows = {made.window}  # type: ignore[attr-defined]
    made.start()
    yield made
    made.close()


@pytest.fixture
def lecturer(program: app.Program, qtbot: QtBot) -> Lecturer:
    person = Lecturer(program, qtbot)
    person.begin()
    # Keys of the menus reach a window only when it is the active one, which a display server grants when it likes.
    program.window.activateWindow()
    qtbot.waitUntil(program.window.isActiveWindow, timeout=PATIENCE)
    return person


@pytest.fixture
def lesson_file(tmp_path: Path) -> Path:
    return tmp_path / "lesson.py"
