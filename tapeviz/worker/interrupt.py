"""Ctrl+C from another thread, for the lesson alone."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

Reason = Literal["interrupted", "timeout", "memory"]

_POLL = 0.02
_QUIET_POLLS = 4  # long enough for the engine to have read a lesson whose first line is about to run


class Interrupter:
    """Interrupts the lesson that runs in the main thread. To be made in the main thread.

    The engine turns SIGINT into `KeyboardInterrupt` once, where and when the lesson's code runs; everywhere else the
    signal does nothing, so it is repeated until it has had its effect.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._run: _Run | None = None
        self._revoked: int | None = None
        signal.signal(signal.SIGINT, lambda _number, _frame: None)

    @contextmanager
    def lesson(self, generation: int, on_heeded: Callable[[], None]) -> Iterator[_Run]:
        """Let the lesson that runs inside be interrupted.

        `on_heeded` is called, from another thread, when there was an interrupt and the lesson's code has been left.
        """
        run = _Run(on_heeded)
        with self._lock:
            self._run = run
            if self._revoked == generation:
                run.interrupt("interrupted")
        try:
            yield run
        finally:
            with self._lock:
                self._run = None
            run.is_over.set()

    def interrupt(self, reason: Reason) -> None:
        """Interrupt the lesson that runs, if one does; the first reason given stands."""
        with self._lock:
            if self._run is not None:
                self._run.interrupt(reason)

    def revoke(self, generation: int) -> None:
        """Interrupt the lesson that runs, and run `generation` too if it has yet to begin."""
        with self._lock:
            self._revoked = generation
        self.interrupt("interrupted")

    def admit(self, generation: int) -> None:
        """Take note that run `generation` is wanted (again)."""
        with self._lock:
            if self._revoked == generation:
                self._revoked = None

    def is_revoked(self, generation: int) -> bool:
        """Whether run `generation` need not begin."""
        return self._revoked == generation


class _Run:
    """One run of a lesson, as the interrupter sees it."""

    def __init__(self, on_heeded: Callable[[], None]) -> None:
        self.reason: Reason | None = None
        self.is_over = threading.Event()
        self._on_heeded = on_heeded
        self._main_module = sys.modules["__main__"]

    def interrupt(self, reason: Reason) -> None:
        """Have the lesson interrupted; the first reason given stands."""
        if self.reason is None:
            self.reason = reason
            threading.Thread(target=self._insist, name="tapeviz-interrupt", daemon=True).start()

    def _insist(self) -> None:
        quiet = 0
        while not self.is_over.is_set():
            if self._is_in_lesson():
                quiet = 0
                _knock()
            else:
                quiet += 1
                if quiet == _QUIET_POLLS:
                    self._on_heeded()
            self.is_over.wait(_POLL)

    def _is_in_lesson(self) -> bool:
        """Whether the lesson's code runs: the engine lets it be ``__main__`` for just so long."""
        return sys.modules.get("__main__") is not self._main_module


def _knock() -> None:
    """Have the main thread look at its signals, also out of a blocking system call."""
    main = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main is not None:
        signal.pthread_kill(main, signal.SIGINT)
    else:
        signal.raise_signal(signal.SIGINT)
