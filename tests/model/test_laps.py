"""Finding a lap's value in a stack, held to counting one by one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tapeviz.model.folds import Fold, Laps, Moment
from tapeviz.model.graph import Subject
from tapeviz.model.laps import FoldedLaps, laps_of
from tapeviz.model.scrubbing import recording_at, scalar_over_iterations
from tapeviz.model.series import loops
from tests.storage.recordings import looped

NOWHEN = Moment(op=0, tape=0, call=0, assignment=0)
FOLD = Fold(id=0, start=NOWHEN, end=NOWHEN, slots=())


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 9)), min_size=1, max_size=6), st.integers(1, 9))
def test_a_lap_is_found_where_counting_finds_it(gaps: list[tuple[int, int]], stride: int) -> None:
    first, runs = 0, []
    for gap, count in gaps:
        runs.append(Laps(fold=0, first=first + gap, count=count, at=NOWHEN))
        first += gap + count
    folded = FoldedLaps(FOLD, tuple(runs), tuple(run.first for run in runs))
    numbers = [number for run in runs for number in range(run.first, run.first + run.count)]
    kept = [number for number in numbers if number % stride == 0]
    assert folded.kept(stride) == len(kept)
    assert folded.numbers().tolist() == numbers
    for number in numbers:
        assert folded.place(number, stride) == (kept.index(number) if number in kept else None)


def test_every_iteration_of_a_loop_is_at_hand() -> None:
    recording = looped(50)
    (loop,) = loops(recording)
    assert loop.iterations == 50 and loop.changes == ()
    subject = Subject(call=0)
    assert scalar_over_iterations(recording, subject, 3).tolist() == [2.0 * k for k in range(1, 51)]
    assert scalar_over_iterations(recording, subject, 3, element=1).size == 50
    assert np.isnan(scalar_over_iterations(recording, subject, 3, element=1)).all()
    for iteration in (0, 1, 17, 49):
        value = recording_at(recording, subject, iteration).tensors[1].value
        assert value is not None and value.array == (iteration + 1) ** 2


def test_a_lap_that_was_not_folded_is_known_by_its_template() -> None:
    book = laps_of(looped(5))
    found = [book.laps_at(lap) for lap in range(6)]
    assert [laps and laps.at is None for laps in found] == [True, False, False, False, False, None]
    assert laps_of(replace(looped(5), laps=(), folds=())).laps_at(0) is None
