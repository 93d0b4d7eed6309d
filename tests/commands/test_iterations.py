"""Going through the iterations of a loop, whole and folded, and holding two of them against each other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tapeviz.commands import comparing, view
from tapeviz.commands.looking import looking_again, prepare
from tapeviz.engine.runner import Engine
from tapeviz.model.compare_state import beside
from tapeviz.model.explain import caption
from tapeviz.model.frame import build_frame
from tapeviz.model.graph import Subject
from tapeviz.model.loop_curve import curve_of
from tapeviz.model.numbers import format_number
from tapeviz.model.recording import Recording
from tapeviz.model.state import AppState
from tapeviz.model.subjects import distinct_subjects

ITERATIONS = 2500
LESSON = f"""
import tensorflow as tf

w = tf.Variable(2.0)
for _ in range({ITERATIONS}):
    with tf.GradientTape() as tape:
        loss = (w - 5.0) ** 2 + w * w
    gradient = tape.gradient(loss, w)
    w.assign_sub(0.001 * gradient)
"""


@pytest.fixture(scope="module")
def recording() -> Iterator[Recording]:
    yield Engine().run("long.py", LESSON).recording


@pytest.fixture(scope="module")
def numbers() -> list[tuple[float, float, float]]:
    """The value, the loss and the gradient of every iteration, in plain float32 arithmetic."""
    found, w = [], np.float32(2.0)
    for _ in range(ITERATIONS):
        gradient = np.float32(2) * (w - np.float32(5)) + np.float32(2) * w
        found.append((float(w), float((w - 5) ** 2 + w * w), float(gradient)))
        w = w - np.float32(0.001) * gradient
    return found


@pytest.fixture
def state(recording: Recording) -> AppState:
    prepare(AppState(), recording)
    return looking_again(AppState(), recording)


def shown_numbers(state: AppState) -> tuple[float, float, float]:
    assert state.shown is not None
    assert state.graph is not None
    assert state.timeline is not None
    frame = build_frame(state.shown, state.graph, state.timeline, state.timeline.result)
    w, loss = frame.nodes["variable:w"], frame.nodes["target:loss"]
    assert w.value is not None
    assert loss.value is not None
    assert w.adjoint is not None
    return float(w.value.array), float(loss.value.array), float(w.adjoint.array)


def test_the_lesson_is_long_enough_to_be_folded(recording: Recording) -> None:
    (series,) = recording.series
    assert series.folded > 0
    assert series.iterations == ITERATIONS


@pytest.mark.parametrize("iteration", [0, 7, 700, 2300, ITERATIONS - 1])
def test_every_iteration_shows_its_own_numbers_in_one_picture(
    state: AppState, numbers: list[tuple[float, float, float]], iteration: int
) -> None:
    turned = view.show_iteration(state, iteration=iteration).state
    assert turned.iteration == iteration
    assert state.graph is not None
    assert turned.graph is not None
    assert turned.graph.structure == state.graph.structure
    assert shown_numbers(turned) == pytest.approx(numbers[iteration], rel=1e-4)


def test_the_step_of_an_assignment_tells_the_numbers_of_its_iteration(
    state: AppState, numbers: list[tuple[float, float, float]]
) -> None:
    turned = view.show_iteration(state, iteration=2300).state
    assert turned.shown is not None
    assert turned.graph is not None
    assert turned.timeline is not None
    words = caption(turned.shown, turned.graph, turned.timeline, turned.timeline.last).text
    assert format_number(numbers[2300][0]) in words
    assert format_number(numbers[2301][0]) in words


def test_what_the_engine_is_asked_is_asked_of_whole_iterations_only(state: AppState) -> None:
    assert view.show_iteration(state, iteration=5).state.own_call == 5
    assert view.show_iteration(state, iteration=2300).state.own_call is None


def test_an_iteration_that_was_not_run_changes_nothing(state: AppState) -> None:
    assert view.show_iteration(state, iteration=ITERATIONS).state is state


def test_the_same_iteration_is_shown_after_the_next_run(state: AppState, recording: Recording) -> None:
    turned = view.show_iteration(state, iteration=2300).state
    assert looking_again(turned, recording).iteration == 2300


def test_a_loop_is_listed_once_and_has_one_curve(
    state: AppState, recording: Recording, numbers: list[tuple[float, float, float]]
) -> None:
    assert distinct_subjects(recording) == (Subject(call=0),)
    curve = curve_of(state.looked_into, state.subject, state.iteration)
    turned = view.show_iteration(state, iteration=2300).state
    assert curve is not None
    assert curve_of(turned.looked_into, turned.subject, turned.iteration) is curve
    assert (curve.title, curve.count, curve.changes) == ("loss", ITERATIONS, ())
    assert curve.iterations.tolist() == list(range(ITERATIONS))
    assert curve.numbers.tolist() == pytest.approx([loss for _, loss, _ in numbers], rel=1e-4)


def test_two_iterations_stand_side_by_side(state: AppState) -> None:
    turned = view.show_iteration(state, iteration=2300).state
    offered = comparing.choices(turned)
    assert {choice.iteration for choice in offered} >= {0, 2299, 2301, ITERATIONS - 1}
    compared = comparing.compare_with(turned, subject=offered[0].subject, iteration=0).state
    right = beside(compared)
    assert right is not None
    assert right.left_title.endswith("iteration 2,301 of 2,500")
    assert right.right_title.endswith("iteration 1 of 2,500")
    assert right.comparison.forward is not None
    swapped = comparing.swap(compared).state
    assert swapped.iteration == 0
    assert swapped.compared is not None
    assert swapped.compared.iteration == 2300
