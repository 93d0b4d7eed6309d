"""A client whose every callback is kept, and what to wait for in them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

from tapeviz.client import ClientEvent, EngineClient
from tapeviz.protocol.requests import RunLesson
from tapeviz.protocol.responses import LessonRecorded, OutputPrinted, Response

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds after which a test gives up: far beyond what anything here takes on a busy machine."""


class WatchedClient:
    """An `EngineClient` and the list of all that it called back with."""

    def __init__(self, *, has_standby: bool = True) -> None:
        self.heard: list[Response | ClientEvent] = []
        self._changed = threading.Condition()
        self._generation = 0
        self.client = EngineClient(self._hear, self._hear, has_standby=has_standby)

    def __enter__(self) -> Self:
        self.client.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    def begin(self, text: str, **settings: Any) -> int:
        """Send a lesson, with further fields of `RunLesson`; return its generation."""
        self._generation += 1
        settings = {"name": "lesson.py"} | settings
        self.client.send(RunLesson(generation=self._generation, text=text, **settings))
        return self._generation

    def run(self, text: str, **settings: Any) -> LessonRecorded:
        """Send a lesson and wait for its recording."""
        generation = self.begin(text, **settings)
        return self.wait_for(LessonRecorded, lambda answer: answer.generation == generation)

    def wait_for(self, kind: type[T], is_wanted: Callable[[T], bool] = lambda _: True, since: int = 0) -> T:
        """Wait until a callback of this kind has come; `since` leaves out as many of the first ones."""

        def found() -> T | None:
            return next((item for item in self.heard[since:] if isinstance(item, kind) and is_wanted(item)), None)

        with self._changed:
            if not self._changed.wait_for(lambda: found() is not None, PATIENCE):
                raise AssertionError(f"no such {kind.__name__} in {self.heard[since:]}")
            result = found()
            assert result is not None
            return result

    def wait_for_print(self, generation: int, text: str) -> None:
        """Wait until run `generation` has printed `text`."""
        self.wait_for(OutputPrinted, lambda answer: answer.generation == generation and text in answer.text)

    def wait_for_end_of(self, recorded: LessonRecorded) -> ClientEvent:
        """Wait for what is said of a run that was stopped."""
        return self.wait_for(ClientEvent, lambda event: event.generation == recorded.generation)

    def wait_for_event(self, kind: str, since: int = 0) -> ClientEvent:
        """Wait for an event of this kind."""
        return self.wait_for(ClientEvent, lambda event: event.kind == kind, since)

    def _hear(self, item: Response | ClientEvent) -> None:
        with self._changed:
            self.heard.append(item)
            self._changed.notify_all()
