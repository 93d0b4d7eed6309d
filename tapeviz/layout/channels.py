"""Tracks for the vertical stretches between two layers, so that no two lines lie on each other."""

from __future__ import annotations

from dataclasses import dataclass

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
    bent = [crossing for crossing in crossings if abs(crossing.start - crossing.end) > 0.5]
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
    """Where two crossings would each have to precede the other, let the later one turn twice."""
    for one in bent:
        for other in bent:
            if one is other or one.track is None or other.track is None:
                continue
            if one.track > other.track and _must_precede(one, other) and one.second_track is None:
                one.second_track, one.track = one.track, -1
                one.via = (one.start + one.end) / 2
    if not any(crossing.track == -1 for crossing in bent):
        return count
    for crossing in bent:
        if crossing.track is not None:
            crossing.track += 1
            if crossing.second_track is not None:
                crossing.second_track += 1
    return count + 1
