"""Races: descents side by side on one objective, in a thread of their own, on a shared clock."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from tapeviz.model.descent import MAX_ITERATIONS, DescentSettings, DescentStatus, IterateBatch
from tapeviz.protocol.requests import StartRace, SteerRace, StopRace
from tapeviz.protocol.responses import IteratesComputed, RaceEnded
from tapeviz.worker.race_orders import RaceOrders
from tapeviz.worker.racer import BATCH_SECONDS, Racer, Send
from tapeviz.worker.streams import Channel

if TYPE_CHECKING:
    from tapeviz.engine.descent import Descent
    from tapeviz.engine.judge import Terrain
    from tapeviz.engine.objective import Objective

_MOST_KEPT = 24
_NO_LIMIT = 1 << 60

_log = logging.getLogger(__name__)

FindObjective = Callable[[int, int], "Objective"]


class Marshal:
    """Runs one race at a time in a thread of its own, also while the next lesson waits to begin.

    Parameters
    ----------
    channel : Channel
    find : callable
        Gives the objective of a gradient call: ``find(generation, call)``.
    """

    def __init__(self, channel: Channel, find: FindObjective) -> None:
        self._channel = channel
        self._find = find
        self._orders = RaceOrders()
        self._stable = _Stable()

    def start(self) -> None:
        """Begin to run races; one that was asked for before waits until now, because it needs the engine."""
        threading.Thread(target=self._work, name="tapeviz-race", daemon=True).start()

    def take(self, order: StartRace | SteerRace | StopRace) -> None:
        """Start, steer or end a race."""
        match order:
            case StartRace():
                self._say_over(self._orders.start(order))
            case SteerRace():
                self._orders.steer(order)
            case StopRace():
                self._say_over(self._orders.end(order))

    def give_way(self) -> None:
        """End whatever race there is: a lesson is to run, and its objective is gone then."""
        self._say_over(self._orders.end())

    def _say_over(self, races: Sequence[int], problem: str = "") -> None:
        for race in races:
            self._channel.send(RaceEnded(race=race, problem=problem))

    def _work(self) -> None:
        while True:
            order = self._orders.take()
            problem = ""
            try:
                self._run(order)
            except ValueError as error:  # the engine's word on an objective that there is none of
                problem = str(error)
            except Exception as error:
                _log.exception("tapeviz could not go on with %s", order)
                problem = f"tapeviz failed to go on with this race ({type(error).__name__}: {error}). Please report it."
            over = self._orders.finish()
            if over is not None:
                self._say_over([over], problem)

    def _run(self, order: StartRace) -> None:
        with self._orders.excused():
            objective = self._find(order.generation, order.call)
        terrain = self._stable.terrain(objective)
        racers = [
            Racer(settings, self._sender(order.race, number), self._orders.excused)
            for number, settings in enumerate(order.racers)
        ]
        try:
            for racer in racers:
                if self._orders.is_wanted():
                    racer.come_to_start(terrain, partial(self._stable.descent, objective))
            _Race(order, racers, self._orders).run()
        finally:
            self._stable.take_back(racer.descent for racer in racers if racer.descent is not None)

    def _sender(self, race: int, racer: int) -> Send:
        def send(batch: IterateBatch, status: DescentStatus) -> None:
            if not self._orders.is_answered:
                self._channel.send(IteratesComputed(race=race, racer=racer, batch=batch, status=status))

        return send


class _Race:
    """A race that goes on: every racer goes to the same iterate before the first goes further."""

    def __init__(self, order: StartRace, racers: Sequence[Racer], orders: RaceOrders) -> None:
        self._race = order.race
        self._racers = racers
        self._orders = orders
        self._until = order.until
        self._pace = order.pace
        self._paced_from = time.monotonic(), 0
        self._most = 1
        self._shortest = math.inf

    def run(self) -> None:
        """Go on until all have ended, or the race is not wanted any more."""
        while self._orders.is_wanted() and self._running():
            self._heed()
            count, seconds = self._due()
            if count > 0:
                self._go(count)
            else:
                self._send()
                self._orders.wait(seconds)
                if seconds is None:  # it stood still meanwhile
                    self._paced_from = time.monotonic(), self._clock
        self._send()

    @property
    def _clock(self) -> int:
        return max((racer.clock for racer in self._racers), default=0)

    def _running(self) -> list[Racer]:
        return [racer for racer in self._racers if racer.is_running]

    def _heed(self) -> None:
        for order in self._orders.steers(self._race):
            if order.pace != self._pace:
                self._paced_from = time.monotonic(), self._clock
            self._until, self._pace = order.until, order.pace
            for racer, rate in zip(self._racers, order.rates, strict=False):
                if rate is not None:
                    racer.steer(rate)

    def _due(self) -> tuple[int, float | None]:
        """Say how many iterations are due now; and, where none are, after how many seconds some will be."""
        left = _NO_LIMIT if self._until is None else self._until - self._clock
        if left <= 0:
            return 0, None
        count = min(left, self._most)
        if self._pace is None:
            return count, None
        since, clock = self._paced_from
        done = self._clock - clock
        due = int((time.monotonic() - since) * self._pace) - done
        fewest = min(left, max(1, int(self._pace * BATCH_SECONDS)))
        if due < fewest:
            return 0, since + (done + fewest) / self._pace - time.monotonic()
        if due > count:  # it cannot keep this pace, and what is late is not made up for
            self._paced_from = time.monotonic(), self._clock + count
        return min(due, count), None

    def _go(self, count: int) -> None:
        seconds = 0.0
        for racer in self._running():
            if not self._orders.is_wanted():
                return
            racer.prepare()
            started = time.monotonic()
            racer.advance(count)
            seconds += time.monotonic() - started
        self._pace_rounds(count, seconds)

    def _pace_rounds(self, count: int, seconds: float) -> None:
        """Go further in a round that took less time than there is between two batches, and less far in a longer one.

        A call takes its time however far it goes; where that alone is long, rounds may take three times as long.
        """
        if count == 1:
            self._shortest = min(self._shortest, seconds)
        allowed = BATCH_SECONDS if math.isinf(self._shortest) else max(BATCH_SECONDS, 3 * self._shortest)
        factor = min(max(allowed / max(seconds, 1e-6), 0.25), 8.0)
        if factor < 1 or count == self._most:
            self._most = min(max(1, int(count * factor)), MAX_ITERATIONS)

    def _send(self) -> None:
        for racer in self._racers:
            racer.send()


class _Stable:
    """What was compiled for an objective and can be used again."""

    def __init__(self) -> None:
        self._terrain: Terrain | None = None
        self._free: list[Descent] = []

    def terrain(self, objective: Objective) -> Terrain:
        """Give what is known of an objective, and let go of all others."""
        from tapeviz.engine.judge import Terrain

        if self._terrain is None or self._terrain.objective is not objective:
            self._terrain, self._free = Terrain(objective), []
        return self._terrain

    def descent(self, objective: Objective, settings: DescentSettings) -> Descent:
        """Give a descent that stands at the start of these settings."""
        from tapeviz.engine.descent import Descent

        found = next((descent for descent in self._free if descent.serves(objective, settings)), None)
        if found is None:
            return Descent(objective, settings)
        self._free.remove(found)
        found.restart(settings)
        return found

    def take_back(self, descents: Iterable[Descent]) -> None:
        """Keep descents for another race, the newest first."""
        self._free = [*descents, *self._free][:_MOST_KEPT]
