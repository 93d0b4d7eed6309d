"""The client's answers, brought from its reader thread into the window's thread and then to the store."""

from __future__ import annotations

import logging
from typing import assert_never

from PySide6.QtCore import QObject, Signal

from tapeviz.client.engine_client import EngineClient
from tapeviz.client.events import ClientEvent
from tapeviz.commands.looking import prepare
from tapeviz.commands.outcome import Outcome, Stop
from tapeviz.commands.responses import engine_failed, engine_restarted, respond, run_ended_early
from tapeviz.model.state import AppState
from tapeviz.protocol.requests import Request
from tapeviz.protocol.responses import LessonRecorded, Response
from tapeviz.ui.store import Store


class EngineLink(QObject):
    """Sends what commands ask for, and takes in what comes back. The window never waits for the worker."""

    _answered = Signal(object)
    _happened = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store: Store | None = None
        self._answered.connect(self._take_response)
        self._happened.connect(self._take_event)
        self._client = EngineClient(on_response=self._receive, on_event=self._happened.emit)

    def attach(self, store: Store) -> None:
        """Say where answers go."""
        self._store = store

    def start(self) -> None:
        """Start the worker; the window is on the screen by then."""
        self._client.start()

    def send(self, request: Request | Stop) -> None:
        """Send a request, or stop what runs."""
        if isinstance(request, Stop):
            self._client.stop()
        else:
            self._client.send(request)

    def close(self) -> None:
        """End the worker and its standby."""
        self._store = None
        self._client.close()

    def _receive(self, response: Response) -> None:
        """Called on the client's thread: what is long is derived here, where nobody waits."""
        if isinstance(response, LessonRecorded) and self._store is not None:
            try:
                prepare(self._store.state, response.recording)
            except Exception:
                # The same fault comes up again where it can be told; the client's thread must live on.
                logging.getLogger(__name__).exception("a recording cannot be shown")
        self._answered.emit(response)

    def _take_response(self, response: Response) -> None:
        def step(state: AppState) -> Outcome:
            return respond(state, response)

        if self._store is not None:
            self._store.take(step)

    def _take_event(self, event: ClientEvent) -> None:
        def step(state: AppState) -> Outcome:
            match event.kind:
                case "killed" | "died":
                    return run_ended_early(state, message=event.message, generation=event.generation, line=event.line)
                case "restarted":
                    return engine_restarted(state)
                case "failed":
                    return engine_failed(state, message=event.message)
                case "interrupted":
                    # The recording of the stopped run says the same and comes with it.
                    return Outcome(state=state)
            assert_never(event.kind)

        if self._store is not None:
            self._store.take(step)
