"""The iterates of a lesson's own loop come while it runs, and are those that its recording has."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tapeviz.client import ClientEvent
from tapeviz.commands.responses import respond
from tapeviz.model.graph import Subject
from tapeviz.model.own_trajectory import own_trajectories
from tapeviz.model.state import AppState
from tapeviz.protocol.responses import LessonRecorded, OwnIterates
from tests.client.watcher import WatchedClient

SLOW = """
import time
import tensorflow as tf
{variables}
for k in range(12):
    with tf.GradientTape() as tape:
        {loss}
    gradients = tape.gradient(loss, [a, b])
    a.assign_sub(0.1 * gradients[0])
    b.assign_sub(0.1 * gradients[1])
    time.sleep(0.04)
"""
SMALL = {
    "variables": "a, b = tf.Variable(3.0), tf.Variable([1.0, -2.0])",
    "loss": "loss = a ** 2 * tf.reduce_sum(b ** 2)",
}
LARGE = {
    "variables": "a, b = tf.Variable(3.0), tf.Variable(tf.ones((80, 80)))",
    "loss": "loss = a ** 2 + tf.reduce_mean(b ** 2)",
}


def answers(watched: WatchedClient, text: str) -> tuple[list[OwnIterates], LessonRecorded]:
    since = len(watched.heard)
    recorded = watched.run(text)
    assert not recorded.recording.errors
    told = [answer for answer in watched.heard[since:] if isinstance(answer, OwnIterates)]
    return told, recorded


@pytest.mark.parametrize("lesson", [SMALL, LARGE], ids=["small", "large"])
def test_what_is_told_while_it_runs_is_what_the_recording_has(watched: WatchedClient, lesson: dict[str, str]) -> None:
    told, recorded = answers(watched, SLOW.format(**lesson))
    assert len(told) > 2, "it came while the loop ran, and not all at once"
    (own,) = own_trajectories(recorded.recording, Subject(call=0))
    expected = own.trajectory
    state = AppState(generation=told[0].generation)
    for answer in told:
        state = respond(state, answer).state
        (live,) = state.descent.own
        assert state.descent.is_live
        assert live.trajectory.status.kind == "running"
    found = live.trajectory
    assert [parameter.name for parameter in live.parameters] == [parameter.name for parameter in own.parameters]
    assert (live.title, live.line, live.iterations) == ("loss", own.line, found.count)
    np.testing.assert_allclose(found.losses, expected.losses[: found.count], rtol=1e-6)
    np.testing.assert_allclose(found.norms, expected.norms[: found.count], rtol=1e-5)
    count = len(found.kept)
    assert count == (found.count if lesson is SMALL else 0)
    if lesson is SMALL:
        np.testing.assert_array_equal(found.positions, expected.positions[:count])
        np.testing.assert_array_equal(found.gradients, expected.gradients[:count])


def test_when_the_recording_comes_it_is_read_off_that(watched: WatchedClient) -> None:
    told, recorded = answers(watched, SLOW.format(**SMALL))
    state = respond(AppState(generation=recorded.generation), told[0]).state
    assert state.descent.is_live
    number = state.descent.own_number
    older = replace(told[-1], generation=recorded.generation - 1)
    assert respond(state, older).state is state, "an older run says nothing any more"
    state = respond(state, recorded).state
    assert not state.descent.is_live and state.descent.own_number == number + 1
    (own,) = state.descent.own
    assert own.iterations == 12 and own.trajectory.count == 13


def test_calls_that_are_made_once_tell_nothing(watched: WatchedClient) -> None:
    text = SLOW.format(**SMALL).replace("range(12)", "range(1)")
    assert answers(watched, text)[0] == []


@pytest.mark.parametrize("turn", range(3))
def test_a_loop_that_is_stopped_while_it_tells_leaves_the_channel_whole(watched: WatchedClient, turn: int) -> None:
    text = SLOW.format(**SMALL).replace("range(12)", "range(100_000)").replace("    time.sleep(0.04)\n", "")
    since = len(watched.heard)
    generation = watched.begin(text)
    watched.wait_for(OwnIterates, since=since)
    watched.client.stop()
    recorded = watched.wait_for(LessonRecorded, lambda answer: answer.generation == generation, since)
    assert recorded.recording.ended_by == "interrupted"
    assert len(own_trajectories(recorded.recording, Subject(call=0))) == 1
    ends = [event.kind for event in watched.heard if isinstance(event, ClientEvent)]
    assert set(ends) == {"interrupted"}, "the worker went on"
