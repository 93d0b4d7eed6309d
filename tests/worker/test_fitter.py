"""What a model predicts, asked of the real worker by the commands of the Descent tab."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tapeviz.commands.descent_asking import catch_up, wants_more
from tapeviz.commands.outcome import Stop
from tapeviz.commands.own_descent import open_own
from tapeviz.commands.responses import respond
from tapeviz.model.state import AppState, EngineState, ViewState
from tapeviz.protocol.requests import DescribeFit, DescribeObjective, EvaluateFit, SketchLandscape
from tapeviz.protocol.responses import (
    FitDescribed,
    FitEvaluated,
    LandscapeSketched,
    LessonRecorded,
    ObjectiveDescribed,
    OwnIterates,
)
from tests.client.watcher import WatchedClient

ANSWERS = {DescribeObjective: ObjectiveDescribed, DescribeFit: FitDescribed, EvaluateFit: FitEvaluated}


def caught_up(watched: WatchedClient, text: str) -> AppState:
    """Run a lesson, look at its descent, and ask for all that is lacking, as the window does."""
    recorded = watched.run(text)
    assert not recorded.recording.errors
    state = AppState(
        generation=recorded.generation,
        requested_text=text,
        view=ViewState(tab="descent"),
        engine=EngineState(phase="ready"),
    )
    state = respond(state, recorded).state
    asked = []
    while wants_more(state):
        since = len(watched.heard)
        outcome = catch_up(state)
        state = outcome.state
        assert outcome.request is not None and not isinstance(outcome.request, Stop)
        asked.append(type(outcome.request))
        watched.client.send(outcome.request)
        if isinstance(outcome.request, SketchLandscape):
            answer = watched.wait_for(LandscapeSketched, lambda answer: answer.is_last, since)
        else:
            answer = watched.wait_for(ANSWERS[type(outcome.request)], since=since)
        state = respond(state, answer).state
    assert asked.count(DescribeFit) == 1
    return state


def test_the_line_of_a_lesson_stands_where_its_loop_led_to(watched: WatchedClient, project_root: Path) -> None:
    text = (project_root / "resources/lessons/14-fitting-a-line.py").read_text(encoding="utf-8")
    state = caught_up(watched, text)
    facts, fit = state.descent.fit_facts, state.descent.fit
    assert facts is not None and fit is not None
    assert (facts.kind, facts.examples, facts.x_title, facts.y_title) == ("curve", 100, "x", "y")
    (own,) = state.descent.own
    assert [line.iterate for line in fit.lines] == [2, 5, 10, 20, 50, 100]
    assert [line.is_current for line in fit.lines] == [False] * 5 + [True]
    x = facts.x.array[:, 0]
    w, b = own.trajectory.positions[-1]
    np.testing.assert_allclose(fit.at_data.array[-1], w * x + b, rtol=1e-4, atol=1e-5)
    slope, intercept = np.polyfit(x, facts.y.array, 1)
    np.testing.assert_allclose([w, b], [slope, intercept], atol=0.02)


def test_a_lesson_without_data_has_no_fit_and_is_asked_once(watched: WatchedClient) -> None:
    text = (
        "import tensorflow as tf\nx = tf.Variable(2.0)\nfor k in range(5):\n    with tf.GradientTape() as tape:\n"
        "        y = (x - 5.0) ** 2\n    x.assign_sub(0.1 * tape.gradient(y, x))\n"
    )
    state = caught_up(watched, text)
    assert state.descent.fit_facts is None and state.descent.fit is None and state.descent.fit_problem == ""


def test_an_answer_about_another_run_changes_nothing(watched: WatchedClient, project_root: Path) -> None:
    text = (project_root / "resources/lessons/15-polynomial-with-l2.py").read_text(encoding="utf-8")
    state = caught_up(watched, text)
    assert state.descent.fit is not None and state.descent.generation is not None
    late = FitEvaluated(generation=state.descent.generation - 1, call=0, fit=None)
    assert respond(state, late).state.descent == state.descent
    failed = replace(late, generation=state.descent.generation, call=state.descent.call or 0)
    assert respond(state, failed).state.descent.fit is state.descent.fit, "the last picture stays"


@pytest.mark.parametrize("iterate", [0, 7, 100])
def test_a_point_of_the_lessons_own_descent_opens_as_its_iteration(
    watched: WatchedClient, project_root: Path, iterate: int
) -> None:
    text = (project_root / "resources/lessons/14-fitting-a-line.py").read_text(encoding="utf-8")
    recorded = watched.run(text)
    state = respond(AppState(generation=recorded.generation, requested_text=text), recorded).state
    opened = open_own(state, iterate=iterate).state
    assert (opened.view.tab, opened.iteration) == ("graph", min(iterate, 99))
    assert opened.shown is not None and opened.subject is not None and opened.subject.call is not None
    target = opened.shown.gradient_calls[opened.subject.call].target[0]
    value = opened.shown.tensors[target].value
    assert value is not None
    (own,) = state.descent.own
    assert float(value.array) == own.trajectory.losses[min(iterate, 99)]


def test_while_the_same_lesson_runs_again_the_model_follows_its_loop(
    watched: WatchedClient, project_root: Path
) -> None:
    text = (project_root / "resources/lessons/14-fitting-a-line.py").read_text(encoding="utf-8")
    text = text.replace("    losses.append(", "    __import__('time').sleep(0.03)\n    losses.append(")
    state = caught_up(watched, text)
    since = len(watched.heard)
    generation = watched.begin(text)
    state = replace(state, generation=generation, requested_text=text)
    followed = 0
    while followed < 3:
        told = watched.wait_for(OwnIterates, since=since)
        since = watched.heard.index(told) + 1
        state = respond(state, told).state
        if wants_more(state):
            outcome = catch_up(state)
            assert isinstance(outcome.request, EvaluateFit)
            watched.client.send(outcome.request)
            answer = watched.wait_for(FitEvaluated, since=since)
            state = respond(outcome.state, answer).state
            followed += 1
            fit, facts = state.descent.fit, state.descent.fit_facts
            assert fit is not None and facts is not None
            (own,) = state.descent.own
            assert fit.lines[-1].iterate == own.trajectory.count - 1 < 99, "the loop still ran"
            w, b = own.trajectory.positions[-1]
            np.testing.assert_allclose(fit.at_data.array[-1], w * facts.x.array[:, 0] + b, rtol=1e-4, atol=1e-4)
    watched.wait_for(LessonRecorded, lambda answer: answer.generation == generation)
    changed = replace(state, requested_text=text + "\n", descent=replace(state.descent, asked={}, fit=None))
    assert not wants_more(changed), "of another text the model is not known yet"
