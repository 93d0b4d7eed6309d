"""A marshal on an objective of a plain Python function, and all that it sends."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable

from tapeviz.engine.objective import Objective
from tapeviz.model.descent import DescentSettings, Trajectory
from tapeviz.model.trajectory import begun, grown
from tapeviz.protocol.codec import decode_response
from tapeviz.protocol.framing import read_frame
from tapeviz.protocol.requests import StartRace, SteerRace, StopRace
from tapeviz.protocol.responses import IteratesComputed, RaceEnded, Response
from tapeviz.worker.race import Marshal
from tapeviz.worker.streams import Channel

PATIENCE = 60.0


class RaceCourse:
    """Races on `objective`; what the marshal says comes through a real channel and is decoded."""

    def __init__(self, objective: Objective | Callable[[], Objective]) -> None:
        self.heard: list[Response] = []
        self._changed = threading.Condition()
        self._race = 0
        receiving, sending = os.pipe()
        self._stream = os.fdopen(receiving, "rb")
        channel = Channel(
            requests=io.BytesIO(),
            responses=os.fdopen(sending, "wb"),
            printed=-1,
            token="",
            lock=threading.Lock(),
            owner=os.getpid(),
        )
        find = objective if callable(objective) else lambda: objective
        self.marshal = Marshal(channel, lambda _generation, _call: find())
        threading.Thread(target=self._read, daemon=True).start()
        self.marshal.start()

    def begin(self, *racers: DescentSettings, until: int | None = None, pace: float | None = None) -> int:
        """Start a race and return its number."""
        self._race += 1
        self.marshal.take(StartRace(generation=1, call=0, race=self._race, racers=racers, until=until, pace=pace))
        return self._race

    def race(self, *racers: DescentSettings) -> tuple[Trajectory, ...]:
        """Run a race to its end and return what each racer went through."""
        race = self.begin(*racers)
        self.wait_for_end(race)
        return self.trajectories(race, *racers)

    def steer(
        self, race: int, until: int | None = None, pace: float | None = None, rates: tuple[float | None, ...] = ()
    ) -> None:
        """Change how a race goes on."""
        self.marshal.take(SteerRace(race=race, until=until, pace=pace, rates=rates))

    def stop(self, race: int) -> None:
        """End a race."""
        self.marshal.take(StopRace(race=race))

    def batches(self, race: int) -> list[IteratesComputed]:
        """List what was sent about a race so far."""
        return [item for item in self.heard if isinstance(item, IteratesComputed) and item.race == race]

    def trajectories(self, race: int, *racers: DescentSettings) -> tuple[Trajectory, ...]:
        """Join what was sent about each racer."""
        found = [begun(settings, 1) for settings in racers]
        for item in self.batches(race):
            found[item.racer] = grown(found[item.racer], item.batch, item.status)
        return tuple(found)

    def wait_for(self, is_wanted: Callable[[Response], bool]) -> Response:
        """Wait until something was sent."""

        def found() -> Response | None:
            return next(filter(is_wanted, self.heard), None)

        with self._changed:
            assert self._changed.wait_for(lambda: found() is not None, PATIENCE), self.heard[-3:]
        result = found()
        assert result is not None
        return result

    def wait_for_iterate(self, race: int, number: int, racer: int = 0) -> None:
        """Wait until iterate `number` of a racer has come."""
        self.wait_for(
            lambda item: (
                isinstance(item, IteratesComputed)
                and item.race == race
                and item.batch.first + len(item.batch.losses.array) > number
            )
        )

    def wait_for_end(self, race: int) -> RaceEnded:
        """Wait until a race is over."""
        found = self.wait_for(lambda item: isinstance(item, RaceEnded) and item.race == race)
        assert isinstance(found, RaceEnded)
        return found

    def _read(self) -> None:
        while (payload := read_frame(self._stream)) is not None:
            with self._changed:
                self.heard.append(decode_response(payload))
                self._changed.notify_all()
