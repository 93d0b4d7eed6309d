"""What a race is told while it runs: the reader's thread says it, the race's thread asks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tapeviz.protocol.requests import StartRace, SteerRace, StopRace

EXCUSED_SECONDS = 20.0
"""So long TensorFlow may take over tracing and compiling, which nothing can interrupt, after a race was ended."""


class RaceOrders:
    """The newest wishes about races, of which one runs at a time."""

    def __init__(self) -> None:
        self._changed = threading.Condition()  # reentrant
        self._next: StartRace | None = None
        self._current: StartRace | None = None
        self._steers: list[SteerRace] = []
        self._is_wanted = False
        self._excused_until: float | None = None
        self._stuck_from: float | None = None

    def start(self, order: StartRace) -> list[int]:
        """Have a race run next, and end all others; returns races as `end` does."""
        with self._changed:
            over = self.end()
            self._next = order
            return over

    def steer(self, order: SteerRace) -> None:
        """Have a race go on otherwise."""
        with self._changed:
            self._steers.append(order)
            self._changed.notify()

    def end(self, order: StopRace | None = None) -> list[int]:
        """End a race, or whichever there are.

        Returns those of which it is to be said at once that they are over: those that never began or were over
        before, and the one whose thread cannot answer now because TensorFlow compiles.
        """
        with self._changed:
            waiting, current = (race.race if race else None for race in (self._next, self._current))
            wanted = [waiting, current] if order is None else [order.race]
            over = [] if order is None or order.race == current else [order.race]
            if waiting in wanted:
                self._next = None
                over = [] if waiting is None or self._is_stuck() else [waiting]
            if current in wanted:
                self._is_wanted = False
                if current is not None and self._is_excused():
                    self._current, self._stuck_from = None, self._excused_until
                    over.append(current)
            self._changed.notify()
            return over

    def _is_stuck(self) -> bool:
        """Whether a race that was said to be over still has not come back from TensorFlow."""
        return self._stuck_from is not None and time.monotonic() >= self._stuck_from

    def _is_excused(self) -> bool:
        return self._excused_until is not None and time.monotonic() < self._excused_until

    def take(self) -> StartRace:
        """Wait for the next race; it is the one that runs from now on."""
        with self._changed:
            while self._next is None:
                self._changed.wait()
            self._current, self._next, self._is_wanted = self._next, None, True
            return self._current

    def finish(self) -> int | None:
        """Take note that the race that ran is over; returns its number where nobody has said so yet."""
        with self._changed:
            over, self._current, self._is_wanted, self._stuck_from = self._current, None, False, None
            return over.race if over else None

    @property
    def is_answered(self) -> bool:
        """Whether it has been said that the race that runs is over: nothing more may be said of it."""
        return self._current is None

    def is_wanted(self) -> bool:
        """Whether the race that runs is to go on."""
        return self._is_wanted

    def steers(self, race: int) -> list[SteerRace]:
        """Take what was said to a race, oldest first; what was said to older ones is dropped."""
        with self._changed:
            found = [order for order in self._steers if order.race == race]
            self._steers = [order for order in self._steers if order.race > race]
            return found

    def wait(self, seconds: float | None) -> None:
        """Wait until something is said, at most so long."""
        with self._changed:
            current = self._current.race if self._current else None
            if self._is_wanted and all(order.race != current for order in self._steers):
                self._changed.wait(seconds)

    @contextmanager
    def excused(self) -> Iterator[None]:
        """Let the race that runs be ended without an answer of its own inside, while TensorFlow compiles."""
        before = self._excused_until
        self._excused_until = before or time.monotonic() + EXCUSED_SECONDS
        try:
            yield
        finally:
            self._excused_until = before
