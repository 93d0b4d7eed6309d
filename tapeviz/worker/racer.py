"""One of those who race: a descent, what it found that has not been sent yet, and how it stands."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from tapeviz.model.descent import DescentSettings, DescentStatus, IterateBatch
from tapeviz.model.descent_checks import settings_problem
from tapeviz.model.trajectory import merged, no_iterates

if TYPE_CHECKING:
    from tapeviz.engine.descent import Descent
    from tapeviz.engine.judge import Judge, Terrain

BATCH_SECONDS = 1 / 30
"""Batches of one racer are sent this far apart, or more."""

Send = Callable[[IterateBatch, DescentStatus], None]
Excused = Callable[[], AbstractContextManager[None]]


class Racer:
    """A descent in a race.

    Parameters
    ----------
    settings : DescentSettings
    send : callable
        Takes a batch of iterates, and how it stands after them.
    excused : callable
        Makes the context of what TensorFlow compiles, and cannot be interrupted in.

    Attributes
    ----------
    descent : Descent or None
        None where these settings cannot be.
    status : DescentStatus
    """

    def __init__(self, settings: DescentSettings, send: Send, excused: Excused) -> None:
        self.descent: Descent | None = None
        self.status = DescentStatus(kind="running")
        self._settings = settings
        self._send = send
        self._excused = excused
        self._judge: Judge | None = None
        self._shape = (0, 0)
        self._found: list[IterateBatch] = []
        self._sent_at = float("-inf")

    @property
    def is_running(self) -> bool:
        """Whether it goes on."""
        return self.status.kind == "running"

    @property
    def clock(self) -> int:
        """The iterate at which it is, -1 before it is at its start."""
        return self.descent.count - 1 if self.descent else -1

    def come_to_start(self, terrain: Terrain, make: Callable[[DescentSettings], Descent]) -> None:
        """Compute iterate 0 and send it."""
        from tapeviz.engine.judge import Judge

        objective = terrain.objective
        self._shape = objective.dimension, len(objective.parameters)
        self._judge = Judge(terrain, self._settings)
        try:
            self._refuse_impossible()
            self.descent = make(self._settings)
        except ValueError as error:
            self._fail(str(error))
        else:
            with nullcontext() if objective.reason else self._excused():
                self._go(1)
        self.send()

    def prepare(self) -> None:
        """Compile what the next update needs."""
        if self.descent is not None:
            with self._excused():
                self.descent.prepare()

    def advance(self, count: int) -> None:
        """Make so many updates, fewer where that ends it."""
        self._go(min(count, self._settings.iterations - self.clock))
        if not self.is_running or time.monotonic() - self._sent_at >= BATCH_SECONDS:
            self.send()

    def send(self) -> None:
        """Send what has not been sent yet."""
        if self._found:
            self._send(merged(self._found), self.status)
            self._found, self._sent_at = [], time.monotonic()

    def steer(self, rate: float) -> None:
        """Go on with another learning rate, where it has one that can be changed."""
        if self.descent is not None and self.descent.is_steerable:
            self.descent.steer(rate)

    def _refuse_impossible(self) -> None:
        if problem := settings_problem(self._settings):
            raise ValueError(problem)
        if len(self._settings.start) not in (0, self._shape[0]):
            raise ValueError(f"A start has {self._shape[0]} coordinates here, not {len(self._settings.start)}.")

    def _go(self, count: int) -> None:
        from tapeviz.engine.descent import DescentError

        assert self.descent is not None
        assert self._judge is not None
        try:
            batch = self.descent.advance(count)
        except DescentError as error:
            self._fail(str(error))
            return
        with self._excused():
            batch, self.status = self._judge.judge(batch)
        self._found.append(batch)

    def _fail(self, sentence: str) -> None:
        self.status = DescentStatus(kind="failed", sentence=sentence)
        self._found.append(no_iterates(self.clock + 1, *self._shape))
