"""Races: side by side on a shared clock, steered, stopped, and what befalls a racer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tapeviz.engine.objective import NoObjectiveError, Objective
from tapeviz.model.descent import DescentSettings
from tests.engine.objectives import objective_of, rosenbrock
from tests.worker.race_course import RaceCourse

FAR = 1_000_000
SLOW = DescentSettings(learning_rate=1e-6, iterations=FAR)


@pytest.fixture(scope="module")
def course() -> Iterator[RaceCourse]:
    """One course for all tests: what was compiled for one race serves in the next."""
    yield RaceCourse(objective_of(rosenbrock, -1.2, 1.0))


def test_racers_go_side_by_side_to_their_ends(course: RaceCourse) -> None:
    racers = (
        DescentSettings(optimizer="sgd", learning_rate=0.001, iterations=300),
        DescentSettings(optimizer="adam", learning_rate=0.02, iterations=200, start=(0.0, 0.5)),
    )
    plain, adam = course.race(*racers)
    assert (plain.count, adam.count) == (301, 201)
    assert plain.positions[0].tolist() == [np.float32(-1.2), 1.0]
    assert adam.positions[0].tolist() == [0.0, 0.5]
    assert plain.status.kind == adam.status.kind == "exhausted"
    x, y = plain.positions.astype(np.float64).T
    np.testing.assert_allclose(plain.losses, (1 - x) ** 2 + 100 * (y - x**2) ** 2, rtol=1e-3, atol=1e-5)
    step = plain.positions[:-1] - 0.001 * plain.gradients[:-1]
    np.testing.assert_allclose(plain.positions[1:], step, rtol=1e-5, atol=1e-6)


def test_a_race_run_again_gives_the_same_numbers(course: RaceCourse) -> None:
    settings = DescentSettings(optimizer="adam", learning_rate=0.02, iterations=100)
    (first,), (again,) = course.race(settings), course.race(settings)
    np.testing.assert_array_equal(first.positions, again.positions)


def test_it_waits_where_it_is_told_to_and_goes_on_one_iteration_at_a_time(course: RaceCourse) -> None:
    race = course.begin(SLOW, until=5)
    course.wait_for_iterate(race, 5)
    course.steer(race, until=6)
    course.wait_for_iterate(race, 6)
    course.steer(race, until=7, rates=(1e-3,))
    course.wait_for_iterate(race, 7)
    course.stop(race)
    course.wait_for_end(race)
    (path,) = course.trajectories(race, SLOW)
    assert path.count == 8
    assert path.status.kind == "running"
    np.testing.assert_allclose(path.rates, [1e-6] * 6 + [1e-3])


def test_all_racers_wait_at_the_same_iterate(course: RaceCourse) -> None:
    race = course.begin(SLOW, SLOW, until=40)
    course.wait_for_iterate(race, 40, racer=1)
    course.stop(race)
    course.wait_for_end(race)
    assert [path.count for path in course.trajectories(race, SLOW, SLOW)] == [41, 41]


def test_a_pace_is_kept_and_given_up(course: RaceCourse) -> None:
    race = course.begin(SLOW, pace=10.0)
    course.wait_for_iterate(race, 3)
    course.steer(race, until=1000, pace=None)
    course.wait_for_iterate(race, 1000)
    course.stop(race)
    course.wait_for_end(race)
    firsts = [item.batch.first for item in course.batches(race)]
    assert firsts[:4] == [0, 1, 2, 3]
    assert course.trajectories(race, SLOW)[0].count == 1001


def test_a_new_race_ends_the_old_one(course: RaceCourse) -> None:
    old = course.begin(SLOW, until=2)
    course.wait_for_iterate(old, 2)
    new = course.begin(DescentSettings(iterations=3, learning_rate=1e-3))
    course.wait_for_end(old)
    course.wait_for_end(new)
    assert course.trajectories(new, SLOW)[0].count == 4


def test_a_lesson_that_is_to_run_ends_the_race(course: RaceCourse) -> None:
    race = course.begin(SLOW, until=2)
    course.wait_for_iterate(race, 2)
    course.marshal.give_way()
    course.wait_for_end(race)


def test_a_race_that_is_over_or_never_was_is_said_to_be_over_again(course: RaceCourse) -> None:
    course.stop(12345)
    assert course.wait_for_end(12345).problem == ""


def test_settings_that_cannot_be_fail_one_racer_alone(course: RaceCourse) -> None:
    good, bad = DescentSettings(learning_rate=1e-3, iterations=4), DescentSettings(learning_rate=float("nan"))
    first, second = course.race(bad, good)
    assert first.status.kind == "failed"
    assert "learning rate" in first.status.sentence
    assert first.count == 0
    assert second.count == 5


def test_an_objective_that_raises_ends_its_racer_with_a_sentence() -> None:
    def fussy(x: Any) -> Any:
        if x.numpy() < 1.0:
            raise ValueError("x must be at least 1")
        return x**2

    course = RaceCourse(objective_of(fussy, 5.0, reason="it looks"))
    down, up = DescentSettings(learning_rate=0.25), DescentSettings(learning_rate=-0.0, iterations=3)
    first, second = course.race(down, up)
    assert first.status.kind == "failed"
    assert first.status.sentence == "The objective raised ValueError at iterate 3: x must be at least 1"
    assert first.positions[:, 0].tolist() == [5.0, 2.5, 1.25]
    assert second.count == 4


def test_where_there_is_no_objective_the_race_is_over_with_a_sentence() -> None:
    def none() -> Objective:
        raise NoObjectiveError("There is nothing to descend on.")

    course = RaceCourse(none)
    assert course.wait_for_end(course.begin(SLOW)).problem == "There is nothing to descend on."


def test_a_race_that_is_stopped_while_it_is_compiled_is_said_to_be_over_at_once() -> None:
    is_traced, may_go_on = threading.Event(), threading.Event()

    def long_to_trace(x: Any) -> Any:
        if not hasattr(x, "numpy"):
            is_traced.set()
            may_go_on.wait()
        return x**2

    course = RaceCourse(objective_of(long_to_trace, 5.0))
    race = course.begin(SLOW)
    assert is_traced.wait(60)
    course.stop(race)
    course.wait_for_end(race)
    before = len(course.batches(race))
    may_go_on.set()
    assert course.race(DescentSettings(iterations=2))[0].count == 3
    assert len(course.batches(race)) == before == 1
