"""Loops that record the same graph again and again: one graph to look at, and a slider over its iterations."""

from __future__ import annotations

import functools
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from tapeviz.model.folds import Fold, Laps
from tapeviz.model.identity import Same
from tapeviz.model.laps import folded_runs
from tapeviz.model.recording import Op, Recording, Series, Tape

Reference = tuple[int, int]
"""What an op reads: (position of its producer on the tape, output) or (-1, order in which it was first read)."""

Structure = tuple[tuple[str, int | None, tuple[Reference, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesRun:
    """Iterations in a row: that of `tape`, or (`first` is a number) `count` folded laps, of whose template it is."""

    tape: int
    first: int | None = None
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopPart:
    """Iterations in a row that recorded the same graph, `count` from number `first` on; `tape` shows it."""

    first: int
    count: int
    tape: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """All iterations of a loop, in order, also where they recorded different graphs (a ``while`` took another turn).

    `starts` are the numbers of the first iterations of its `runs`.
    """

    line: int
    runs: tuple[SeriesRun, ...]
    starts: tuple[int, ...]
    parts: tuple[LoopPart, ...]

    @property
    def iterations(self) -> int:
        """How many there are."""
        return self.starts[-1] + self.runs[-1].count

    @property
    def changes(self) -> tuple[int, ...]:
        """The iterations that recorded another graph than the one before."""
        return tuple(part.first for part in self.parts[1:])

    def at(self, iteration: int) -> tuple[SeriesRun, int]:
        """Find the run of an iteration, and the how-manieth of it it is."""
        place = bisect_right(self.starts, iteration) - 1
        return self.runs[place], iteration - self.starts[place]

    def part_at(self, iteration: int) -> LoopPart:
        """Find the part that an iteration belongs to."""
        return self.parts[bisect_right([part.first for part in self.parts], iteration) - 1]

    def number_of(self, tape: int) -> int | None:
        """Find the iteration of a tape that is kept whole; None where it is not in this loop."""
        for start, run in zip(self.starts, self.runs, strict=True):
            if run.first is None and run.tape == tape:
                return start
        return None


def find_series(
    tapes: Sequence[Tape], ops: Sequence[Op], folds: Sequence[Fold] = (), laps: Sequence[Laps] = ()
) -> tuple[Series, ...]:
    """Find the runs of two or more tapes of one line and one parent, one after the other, that hold the same graph.

    Two tapes hold the same graph where the same op types, at the same lines, read from one another in the same way;
    the numbers may differ.
    """
    found = [part for family in _families(tapes, ops, folds, laps) for part in family if _length(part) > 1]
    found.sort(key=lambda part: part[0].tape)
    return tuple(
        Series(
            id=number,
            tape_ids=tuple([run.tape for run in part if run.first is None]),
            folded=sum(run.count for run in part if run.first is not None),
        )
        for number, part in enumerate(found)
    )


def series_runs(recording: Recording) -> list[list[SeriesRun]]:
    """List the iterations of every series of a recording, the folded ones with the others."""
    families = _families(recording.tapes, recording.ops, recording.folds, recording.laps)
    found = [part for family in families for part in family if _length(part) > 1]
    return sorted(found, key=lambda part: part[0].tape)


def loops(recording: Recording) -> tuple[Loop, ...]:
    """List the loops of a recording by the order of their first tapes; worked out once."""
    return _loops(Same(recording))


@functools.lru_cache(maxsize=4)
def _loops(same: Same) -> tuple[Loop, ...]:
    (recording,) = same.objects
    families = _families(recording.tapes, recording.ops, recording.folds, recording.laps)
    found = [_loop(recording, family) for family in families if sum(map(_length, family)) > 1]
    return tuple(sorted(found, key=lambda loop: loop.runs[0].tape))


def _loop(recording: Recording, family: list[list[SeriesRun]]) -> Loop:
    runs = [run for part in family for run in part]
    starts = list(accumulate((run.count for run in runs), initial=0))[:-1]
    lengths = list(map(_length, family))
    parts = [
        LoopPart(first=first, count=length, tape=next((run.tape for run in part if run.first is None), part[0].tape))
        for first, length, part in zip(accumulate(lengths, initial=0), lengths, family, strict=False)
    ]
    line = recording.tapes[runs[0].tape].line
    return Loop(line=line or 0, runs=tuple(runs), starts=tuple(starts), parts=tuple(parts))


def _length(runs: Iterable[SeriesRun]) -> int:
    return sum(run.count for run in runs)


def _families(
    tapes: Sequence[Tape], ops: Sequence[Op], folds: Sequence[Fold], laps: Sequence[Laps]
) -> list[list[list[SeriesRun]]]:
    """List the tapes of each line and parent in the order of time, cut where the graph becomes another."""
    recorded: list[list[Op]] = [[] for _ in tapes]
    for op in ops:
        for holder in op.recorded_by:
            recorded[holder].append(op)
    structures = {tape.id: _structure(recorded[tape.id]) for tape in tapes}
    families: dict[tuple[int | None, int], list[SeriesRun]] = {}
    folded = list(folded_runs(laps))
    place = 0
    for tape in (*tapes, None):
        while place < len(folded) and (tape is None or folded[place][1].tape <= tape.id):
            run = folded[place][0]
            fold = folds[run.fold]
            for each in tapes[fold.start.tape : fold.end.tape]:
                if each.parent is None and each.line is not None and recorded[each.id]:
                    one = SeriesRun(tape=each.id, first=run.first, count=run.count)
                    families.setdefault((None, each.line), []).append(one)
            place += 1
        if tape is not None and tape.line is not None and recorded[tape.id]:
            families.setdefault((tape.parent, tape.line), []).append(SeriesRun(tape=tape.id))
    return [_cut(runs, structures) for runs in families.values()]


def _cut(runs: list[SeriesRun], structures: dict[int, Structure]) -> list[list[SeriesRun]]:
    parts: list[list[SeriesRun]] = []
    for run in runs:
        if parts and structures[parts[-1][-1].tape] == structures[run.tape]:
            parts[-1].append(run)
        else:
            parts.append([run])
    return parts


def _structure(ops: list[Op]) -> Structure:
    references: dict[int, Reference] = {}
    rows = []
    outside = 0
    for position, op in enumerate(ops):
        for tensor in op.inputs:
            if tensor not in references:
                references[tensor] = (-1, outside)
                outside += 1
        rows.append((op.type, op.line, tuple(references[tensor] for tensor in op.inputs)))
        references.update((tensor, (position, output)) for output, tensor in enumerate(op.outputs))
    return tuple(rows)
