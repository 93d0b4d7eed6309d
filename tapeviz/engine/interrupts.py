"""Lets Ctrl+C (or the worker's interrupt) reach the lesson, and nothing but the lesson."""

from __future__ import annotations

import _weakrefset
import contextlib
import signal
import threading
import weakref
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import Any

_WEAK_FILES = frozenset({weakref.__file__, _weakrefset.__file__})


class Interrupts:
    """While this is entered, an interrupt raises KeyboardInterrupt only inside `welcome`.

    One that comes before or after it is dropped: the run is about to be over, and what it recorded must not be lost.
    """

    def __init__(self) -> None:
        self._is_welcome = False
        self._previous: Any = None
        self._is_installed = False
        self._is_held = False
        self._is_waiting = False

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGINT, self._on_signal)
            self._is_installed = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._is_installed:
            signal.signal(signal.SIGINT, self._previous if self._previous is not None else signal.SIG_DFL)

    @contextlib.contextmanager
    def welcome(self) -> Iterator[None]:
        """Let interrupts through."""
        try:
            self._is_welcome = True
            yield
        finally:
            self._is_welcome = False

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Let an interrupt wait until the block is left."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        if self._is_waiting:
            self._is_waiting = False
            self._on_signal(signal.SIGINT, None)

    def _on_signal(self, _number: int, frame: FrameType | None) -> None:
        if self._is_held:
            self._is_waiting = True
        elif self._is_welcome and not _is_lost_in(frame):
            self._is_welcome = False
            raise KeyboardInterrupt


def _is_lost_in(frame: FrameType | None) -> bool:
    """Whether Python prints what is raised there and goes on: a finaliser, or what a weak reference calls.

    The next interrupt will do; who interrupts a lesson asks until it is heeded.
    """
    while frame is not None:
        if frame.f_code.co_name == "__del__" or frame.f_code.co_filename in _WEAK_FILES:
            return True
        frame = frame.f_back
    return False
