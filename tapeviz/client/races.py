"""Races as the client sees them: which there are, and until when one that was ended has to say that it is over."""

from __future__ import annotations

import time
from collections.abc import Callable

from tapeviz.client import sentences
from tapeviz.protocol.requests import Request, RunLesson, StartRace, StopRace
from tapeviz.protocol.responses import RaceEnded

HEED_SECONDS = 0.7
"""How long a race or a lesson has to heed being ended before its process is killed."""


class Races:
    """Passes requests on to the worker and holds back a run until the races before it are over.

    A race whose objective never returns would take half of the processor from the lesson, and what it computes is no
    more wanted.

    Parameters
    ----------
    send : callable
        Passes a request on to the worker.

    Attributes
    ----------
    is_killed : bool
        Whether the worker was killed for that.
    """

    def __init__(self, send: Callable[[Request], None]) -> None:
        self.is_killed = False
        self._send = send
        self._live: set[int] = set()
        self._deadlines: dict[int, float] = {}
        self._held: list[Request] = []

    @property
    def kill_at(self) -> float | None:
        """When the worker is to be killed if a race that was ended has not heeded it, by ``time.monotonic``."""
        return None if self.is_killed else min(self._deadlines.values(), default=None)

    def send(self, request: Request) -> None:
        """Pass `request` on, now or when it may be."""
        match request:
            case RunLesson() if self._live:
                for race in sorted(self._live):
                    self._send(StopRace(race=race))
                self._end(self._live)
                self._held = [request]
            case _ if self._held:
                self._held.append(request)
            case StartRace():
                self._end(self._live - {request.race})
                self._live.add(request.race)
                self._send(request)
            case StopRace():
                self._end(self._live & {request.race})
                self._send(request)
            case _:
                self._send(request)

    def take(self, ended: RaceEnded) -> None:
        """Take note that a race is over; a run that waited for that begins."""
        self._live.discard(ended.race)
        self._deadlines.pop(ended.race, None)
        if not self._live:
            held, self._held = self._held, []
            for request in held:
                self.send(request)

    def lost(self, message: str) -> list[RaceEnded]:
        """Take note that the worker is gone; returns what is to be said of the races that went with it."""
        problem = sentences.RACE_KILLED if self.is_killed else message
        races = [RaceEnded(race=race, problem=problem) for race in sorted(self._live)]
        self._live, self._deadlines, self._held, self.is_killed = set(), {}, [], False
        return races

    def _end(self, races: set[int]) -> None:
        for race in races:
            self._deadlines.setdefault(race, time.monotonic() + HEED_SECONDS)
