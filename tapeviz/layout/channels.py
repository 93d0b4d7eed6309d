"""Tracks for the vertical stretches between two layers, so that no two lines lie on each other."""

from __future__ import annotations

from dataclasses import dataclass

STRAIGHT = 1e-6
CLEARANCE = 10.0
TRACK_PITCH = 16.0
MANY = 80


@dataclass(slots=True, kw_only=True)
class Crossing:
    """One edge stretch through a channel, from `start` to `end` across the flow. `track` None: it runs straight.

    `second_track` and `via` are set where the stretch must dodge: it then turns to `via` first.
    """

    edge: str
    start: float
    end: float
    track: int | None = None
    second_track: int | None = None
    via: float = 0.0

    @property
    def low(self) -> float:
        """The smaller end."""
        return min(self.start, self.end)

    @property
    def high(self) -> float:
        """The larger end."""
        return max(self.start, self.end)


def assign_tracks(crossings: list[Crossing]) -> int:
    """Give each bent crossing a track (0 is nearest to the earlier layer); returns the number of tracks."""
    bent = [crossing for crossing in crossings if abs(crossing.start - crossing.end) > STRAIGHT]
    order = _order(bent)
    placed: list[Crossing] = []
    for crossing in order:
        busy = [other.track for other in placed if _touch(other, crossing) and other.track is not None]
        crossing.track = max(busy, default=-1) + 1
        placed.append(crossing)
    count = max((crossing.track + 1 for crossing in bent if crossing.track is not None), default=0)
    return _dodge(bent, count)


def crossing_points(crossing: Crossing, first_track: float) -> list[tuple[float, float]]:
    """Give the corners of a crossing, where the first track lies at `first_track`; none where it runs straight."""
    if crossing.track is None:
        return []
    along = first_track + crossing.track * TRACK_PITCH
    if crossing.second_track is None:
        return [(along, crossing.start), (along, crossing.end)]
    second = first_track + crossing.second_track * TRACK_PITCH
    return [(along, crossing.start), (along, crossing.via), (second, crossing.via), (second, crossing.end)]


def _touch(one: Crossing, other: Crossing) -> bool:
    return one.low - CLEARANCE < other.high and other.low - CLEARANCE < one.high


def _must_precede(one: Crossing, other: Crossing) -> bool:
    """Whether `one` has to turn before `other`, lest its run towards the turn lie on the run of `other` behind it."""
    return abs(one.start - other.end) < CLEARANCE


def _order(bent: list[Crossing]) -> list[Crossing]:
    if len(bent) > MANY:
        return sorted(bent, key=lambda crossing: (crossing.start < crossing.end, _steep(crossing)))
    waiting = sorted(bent, key=lambda crossing: (crossing.start, crossing.edge))
    costs = [[_cost(one, other) if one is not other else 0.0 for other in waiting] for one in waiting]
    totals = [sum(row) for row in costs]
    left = list(range(len(waiting)))
    order = []
    while left:
        best = min(left, key=totals.__getitem__)
        left.remove(best)
        order.append(waiting[best])
        for k in left:
            totals[k] -= costs[k][best]
    return order


def _steep(crossing: Crossing) -> float:
    return -crossing.start if crossing.start < crossing.end else crossing.start


def _cost(first: Crossing, second: Crossing) -> float:
    """Say what it costs, against the other way round, that `first` turns before `second`."""
    if not _touch(first, second):
        return 0.0
    return _crossings(first, second) - _crossings(second, first)


def _crossings(first: Crossing, second: Crossing) -> float:
    count = float(first.low < second.start < first.high) + float(second.low < first.end < second.high)
    return count + 100.0 * _must_precede(second, first)


def _dodge(bent: list[Crossing], count: int) -> int:
    """Where two crossings would each have to precede the other, let the later one turn twice, first before all."""
    dodging = 0
    for one in bent:
        for other in bent:
            if one is other or one.second_track is not None or not _must_precede(one, other):
                continue
            if _last_track(one) > _last_track(other):
                dodging += 1
                one.second_track, one.track = one.track, -dodging
                one.via = (one.start + one.end) / 2
    for crossing in bent:
        crossing.track = (crossing.track or 0) + dodging
        if crossing.second_track is not None:
            crossing.second_track += dodging
    return count + dodging


def _last_track(crossing: Crossing) -> int:
    """The track behind which a crossing runs at its end."""
    track = crossing.track if crossing.second_track is None else crossing.second_track
    return track or 0
