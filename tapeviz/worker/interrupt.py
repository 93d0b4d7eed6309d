"""Ctrl+C from another thread, raised in the lesson's code and nowhere else."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Literal

Reason = Literal["interrupted", "timeout", "memory"]

_LISTENERS = str(Path("/tapeviz/engine/"))
_WRAPPERS = str(Path("/tapeviz/engine/tap.py"))
_POLL = 0.02
_QUIET_POLLS = 4  # the engine is out of the lesson for a moment between two cells, too


class Interrupter:
    """Interrupts the lesson that runs in the main thread. To be made in the main thread.

    `KeyboardInterrupt` is raised only where the lesson runs, or a library for it. In the middle of the recorder's own
    work an interrupt waits until that is done, so that the recording stays whole. A Ctrl+C in the terminal is not meant
    for the lesson and does nothing.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._run: _Run | None = None
        self._revoked: int | None = None
        signal.signal(signal.SIGINT, self._on_signal)  # while TensorFlow is imported, too

    @contextmanager
    def lesson(self, generation: int, file: str, on_heeded: Callable[[], None]) -> Iterator[_Run]:
        """Let the code of `file`, run inside, be interrupted.

        `on_heeded` is called, from another thread, once an interrupt was raised and none of that code runs any more.
        """
        run = _Run(file, on_heeded)
        signal.signal(signal.SIGINT, self._on_signal)  # an earlier lesson may have set its own
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

    def _on_signal(self, _number: int, frame: FrameType | None) -> None:
        run = self._run
        if run is None or run.reason is None or run.is_raised or not run.is_interruptible(frame):
            return
        run.is_raised = True
        raise KeyboardInterrupt


class _Run:
    """One run of a lesson, as the interrupter sees it."""

    def __init__(self, file: str, on_heeded: Callable[[], None]) -> None:
        self.reason: Reason | None = None
        self.is_raised = False
        self.is_over = threading.Event()
        self._file = file
        self._on_heeded = on_heeded

    def interrupt(self, reason: Reason) -> None:
        """Have the interrupt raised; the first reason given stands."""
        if self.reason is None:
            self.reason = reason
            _knock()
            threading.Thread(target=self._insist, name="tapeviz-interrupt", daemon=True).start()

    def is_interruptible(self, frame: FrameType | None) -> bool:
        """Whether the lesson's code is what runs at `frame`, or TensorFlow's for it, and not the recorder's."""
        while frame is not None:
            file = frame.f_code.co_filename
            if file == self._file:
                return True
            if _LISTENERS in file and not file.endswith(_WRAPPERS):
                return False
            frame = frame.f_back
        return False

    def _insist(self) -> None:
        """Knock until the interrupt is raised; tell once the lesson's code has been left for good."""
        quiet = 0
        while not self.is_over.wait(_POLL):
            if self._is_running():
                quiet = 0
                if not self.is_raised:
                    _knock()
                continue
            quiet += 1
            if quiet == _QUIET_POLLS:
                self._on_heeded()

    def _is_running(self) -> bool:
        frame = sys._current_frames().get(threading.main_thread().ident or 0)
        while frame is not None:
            if frame.f_code.co_filename == self._file:
                return True
            frame = frame.f_back
        return False


def _knock() -> None:
    """Have the main thread look at its signals, also out of a blocking system call."""
    main = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main is not None:
        signal.pthread_kill(main, signal.SIGINT)
    else:
        signal.raise_signal(signal.SIGINT)
