"""NaNs and infinities in the iterations of a long loop that are folded: their values stand in stacks."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from tapeviz.model.folds import Fold, Stack
from tapeviz.model.graph import Subject
from tapeviz.model.laps import FoldedLaps, laps_of
from tapeviz.model.recording import Recording
from tapeviz.model.scrubbing import recording_at
from tapeviz.model.series import Loop, SeriesRun, loops

LapNumbers = npt.NDArray[np.int64]


def first_bad_iterations(recording: Recording) -> Iterator[tuple[Recording, Fold, int, Loop]]:
    """Yield, for each run of folded iterations in which a number is not finite, the first such iteration.

    The recording holds the numbers of that iteration in the place of those of the fold's template; the iteration is
    counted from 0.
    """
    book = laps_of(recording)
    for loop in loops(recording):
        for start, run in zip(loop.starts, loop.runs, strict=True):
            folded = None if run.first is None else _laps_over(recording, book.folded, run)
            lap = None if folded is None else _first_bad(folded, run)
            if folded is None or lap is None or run.first is None:
                continue
            iteration = start + lap - run.first
            call = next((call.id for call in recording.gradient_calls if call.tape == run.tape), None)
            subject = Subject(tape=run.tape) if call is None else Subject(call=call)
            yield recording_at(recording, subject, iteration), folded.fold, iteration, loop


def _laps_over(recording: Recording, folded: dict[int, FoldedLaps], run: SeriesRun) -> FoldedLaps | None:
    """Return the laps whose template holds the tape of a run."""
    entered = recording.tapes[run.tape].entered_at
    return next((laps for laps in folded.values() if laps.fold.start.op <= entered < laps.fold.end.op), None)


def _first_bad(laps: FoldedLaps, run: SeriesRun) -> int | None:
    """Return the first lap of a run in which a kept number is not finite."""
    assert run.first is not None
    numbers = laps.numbers()
    found = []
    for stack in (*laps.fold.stacks, *laps.fold.assigned):
        bad = _bad_laps(stack, numbers[numbers % stack.stride == 0])
        within = bad[(run.first <= bad) & (bad < run.first + run.count)]
        found += [int(within.min())] if within.size else []
    return min(found, default=None)


def _bad_laps(stack: Stack, laps: LapNumbers) -> LapNumbers:
    """Return the laps of which a stack holds a number that is not finite."""
    if stack.values:
        summaries = [value.summary for value in stack.values]
        is_bad = np.array([s is not None and bool(s.nan_count or s.inf_count) for s in summaries], dtype=np.bool_)
    elif not stack.encoding or np.dtype(stack.encoding).kind not in "fc":
        is_bad = np.zeros(0, np.bool_)
    else:
        size = max(1, math.prod(stack.shape))
        values = np.frombuffer(stack.data, dtype=np.dtype(stack.encoding)).reshape(-1, size)
        is_bad = ~np.isfinite(values).all(axis=1)
    bad: LapNumbers = laps[: len(is_bad)][is_bad]
    return bad
