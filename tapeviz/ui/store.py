"""The store: the one place where the state changes, and the one signal that says so.

A command changes the state at once; the views are told as soon as the window has taken in the keys and clicks that
wait, with the state as it is then. So a held key moves the playhead as fast as it repeats, however long drawing takes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from tapeviz.commands.outcome import Outcome, Stop
from tapeviz.commands.registry import BY_ID
from tapeviz.model.state import AppState
from tapeviz.protocol.requests import Request


class Executes(Protocol):
    """What a view needs of the store: to read the state and to fire commands."""

    @property
    def state(self) -> AppState:
        """The state as it is now."""
        ...

    def execute(self, command_id: str, **arguments: Any) -> None:
        """Carry out a command."""
        ...


class ReentrantExecutionError(RuntimeError):
    """A view fired a command while it was being told of a change; it must signal-block what it sets."""


class Store(QObject):
    """Holds the state.

    Parameters
    ----------
    state : AppState
        What to begin with.
    send : callable
        Takes each request that a command gives out; it must not wait.
    """

    changed = Signal(object, object)
    window_command = Signal(str)

    def __init__(self, state: AppState, send: Callable[[Request | Stop], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._told = state
        self._send = send
        self._is_telling = False
        self._due = QTimer(self)
        self._due.setSingleShot(True)
        self._due.timeout.connect(self.tell)

    @property
    def state(self) -> AppState:
        """The state as it is now."""
        return self._state

    def execute(self, command_id: str, **arguments: Any) -> None:
        """Carry out a command of the table; what has no function there is handed to the window.

        Raises
        ------
        KeyError
            For an id that is not in the table.
        ReentrantExecutionError
            When called while views are being told of a change.
        """
        command = BY_ID[command_id]
        if not arguments and not command.is_enabled(self._state):
            return
        if command.function is None:
            self.window_command.emit(command_id)
            return
        function = command.function
        self.take(lambda state: function(state, **arguments))

    def take(self, step: Callable[[AppState], Outcome]) -> None:
        """Apply a pure step to the state; the views are told once the events that wait are taken in.

        Raises
        ------
        ReentrantExecutionError
            When called while views are being told of a change.
        """
        if self._is_telling:
            raise ReentrantExecutionError("a command was fired from inside a change")
        outcome = step(self._state)
        self._state = outcome.state
        if outcome.request is not None:
            self._send(outcome.request)
        if self._told is not self._state and not self._due.isActive():
            self._due.start(0)

    def tell(self) -> None:
        """Tell the views now, if there is anything new."""
        self._due.stop()
        if self._told is self._state:
            return
        old, self._told = self._told, self._state
        self._is_telling = True
        try:
            self.changed.emit(old, self._state)
        finally:
            self._is_telling = False
