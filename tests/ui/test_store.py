"""The store: commands change the state at once, views are told once, and never from inside a change."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from tapeviz.commands.outcome import Stop
from tapeviz.model.state import AppState
from tapeviz.protocol.requests import Request, RunLesson
from tapeviz.ui.store import ReentrantExecutionError, Store


class Told:
    """A store with what it sent and what it told."""

    def __init__(self) -> None:
        self.sent: list[Request | Stop] = []
        self.store = Store(AppState(), self.sent.append)
        self.changes: list[tuple[AppState, AppState]] = []
        self.store.changed.connect(lambda old, new: self.changes.append((old, new)))


def test_the_state_changes_at_once_and_the_views_are_told_once_with_the_latest(qtbot: QtBot) -> None:
    told = Told()
    first = told.store.state
    for text in ("a", "ab", "abc"):
        told.store.execute("lesson.edit_text", text=text)
        assert told.store.state.lesson.text == text
    assert told.changes == []
    qtbot.waitUntil(lambda: bool(told.changes))
    assert told.changes == [(first, told.store.state)]


def test_a_request_goes_out_with_its_command(qtbot: QtBot) -> None:
    told = Told()
    told.store.execute("lesson.edit_text", text="x = 1\n")
    told.store.execute("run.run")
    (request,) = told.sent
    assert isinstance(request, RunLesson)
    assert request.text == "x = 1\n"


def test_a_command_that_is_not_enabled_does_nothing(qtbot: QtBot) -> None:
    told = Told()
    told.store.execute("run.stop")
    told.store.execute("playback.step_forward")
    assert (told.sent, told.store.state) == ([], AppState())


def test_a_command_fired_from_inside_a_change_is_refused(qtbot: QtBot) -> None:
    told = Told()
    caught: list[BaseException] = []

    def echo(old: AppState, new: AppState) -> None:
        try:
            told.store.execute("lesson.edit_text", text="echo")
        except ReentrantExecutionError as error:
            caught.append(error)

    told.store.changed.connect(echo)
    told.store.execute("lesson.edit_text", text="typed")
    told.store.tell()
    assert len(caught) == 1
    assert told.store.state.lesson.text == "typed"


def test_an_unknown_command_is_an_error(qtbot: QtBot) -> None:
    with pytest.raises(KeyError):
        Told().store.execute("no.such_command")


def test_what_the_window_does_itself_is_handed_to_it(qtbot: QtBot) -> None:
    told = Told()
    heard: list[str] = []
    told.store.window_command.connect(heard.append)
    told.store.execute("file.open")
    assert heard == ["file.open"]
