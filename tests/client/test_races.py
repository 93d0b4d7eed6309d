"""Races through the real worker: descents of a lesson's own block, and races that do not heed being ended."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tapeviz.client import ClientEvent
from tapeviz.client.races import HEED_SECONDS
from tapeviz.model.descent import DescentSettings, Trajectory
from tapeviz.model.trajectory import begun, grown
from tapeviz.protocol.requests import StartRace, StopRace
from tapeviz.protocol.responses import IteratesComputed, LessonRecorded, RaceEnded
from tests.client.watcher import PATIENCE, WatchedClient

RAVINE = """\
import tensorflow as tf
x, y = tf.Variable(-5.0), tf.Variable(-2.0)
with tf.GradientTape() as tape:
    f = x ** 2 + 2 * y ** 2
tape.gradient(f, [x, y])
print(float(x))
"""
ENDLESS = """\
import pathlib
import tensorflow as tf
x = tf.Variable(4.0)
with tf.GradientTape() as tape:
    f = x ** 2
    while x.numpy() < 4.0:
        pathlib.Path({mark!r}).touch()
tape.gradient(f, x)
print("once more")
"""
FAST = DescentSettings(learning_rate=0.1, iterations=20)


@pytest.fixture(scope="module")
def client() -> Iterator[WatchedClient]:
    with WatchedClient() as watched:
        yield watched


def begin(
    client: WatchedClient, generation: int, race: int, *racers: DescentSettings, until: int | None = None
) -> None:
    client.client.send(StartRace(generation=generation, call=0, race=race, racers=racers, until=until))


def end_of(client: WatchedClient, race: int) -> RaceEnded:
    return client.wait_for(RaceEnded, lambda answer: answer.race == race)


def trajectory(client: WatchedClient, race: int, racer: int = 0) -> Trajectory:
    found = begun(FAST, 2)
    for answer in list(client.heard):
        if isinstance(answer, IteratesComputed) and (answer.race, answer.racer) == (race, racer):
            found = grown(found, answer.batch, answer.status)
    return found


def test_the_block_of_a_lesson_descends_to_the_published_place_and_its_variables_stay(client: WatchedClient) -> None:
    generation = client.run(RAVINE).generation
    begin(client, generation, 1, FAST, DescentSettings(optimizer="adam", learning_rate=0.1, iterations=30))
    assert end_of(client, 1).problem == ""
    plain, adam = trajectory(client, 1), trajectory(client, 1, 1)
    assert (plain.count, adam.count) == (21, 31)
    np.testing.assert_allclose(plain.positions[20], [-0.0576461, -0.0000731], atol=5e-8)
    assert client.run(RAVINE).recording.output == "-5.0\n"


def test_a_race_on_a_run_that_is_gone_is_over_with_a_sentence(client: WatchedClient) -> None:
    client.run(RAVINE)
    begin(client, -3, 2, FAST)
    assert "ran anew" in end_of(client, 2).problem


def test_a_lesson_ends_the_race_before_it_and_runs_then(client: WatchedClient) -> None:
    generation = client.run(RAVINE).generation
    begin(client, generation, 3, FAST, until=2)
    client.wait_for(IteratesComputed, lambda answer: answer.race == 3)
    since = len(client.heard)
    assert client.run(RAVINE).recording.ended_by == "finished"
    kinds = [type(item) for item in client.heard[since:]]
    assert kinds.index(RaceEnded) < kinds.index(LessonRecorded)
    assert not any(isinstance(item, ClientEvent) for item in client.heard[since:])


def test_races_that_follow_on_each_other_quickly_are_no_reason_to_kill_anything(client: WatchedClient) -> None:
    """As when a start is dragged for longer than a race has to heed that it is over."""
    generation = client.run(RAVINE).generation
    since = len(client.heard)
    started, race = time.monotonic(), 100
    while time.monotonic() < started + 2 * HEED_SECONDS:
        race += 1
        begin(client, generation, race, FAST, until=4)
        time.sleep(0.003)
    client.client.send(StopRace(race=race))
    assert all(end_of(client, each).problem == "" for each in range(101, race + 1))
    assert not any(isinstance(item, ClientEvent) for item in client.heard[since:])


def begin_endless(watched: WatchedClient, race: int, folder: Path) -> None:
    """Begin a race whose first update leads to where its objective never returns, and wait until it is there."""
    mark = folder / "mark"
    generation = watched.run(ENDLESS.format(mark=str(mark))).generation
    begin(watched, generation, race, DescentSettings(learning_rate=0.1))
    deadline = time.monotonic() + PATIENCE
    while not mark.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_an_objective_that_never_returns_is_killed_and_the_standby_takes_over(
    client: WatchedClient, tmp_path: Path
) -> None:
    begin_endless(client, 4, tmp_path)
    since = len(client.heard)
    client.client.send(StopRace(race=4))
    assert "did not heed" in end_of(client, 4).problem
    assert "run the lesson again" in client.wait_for_event("killed", since).message
    client.wait_for_event("restarted", since)
    assert trajectory(client, 4).count == 1
    begin(client, client.run(RAVINE).generation, 5, FAST)
    assert end_of(client, 5).problem == ""
    assert trajectory(client, 5).count == 21


def test_a_lesson_does_not_wait_for_an_objective_that_never_returns(client: WatchedClient, tmp_path: Path) -> None:
    begin_endless(client, 6, tmp_path)
    recording = client.run(RAVINE).recording
    assert recording.ended_by == "finished"
    assert recording.output == "-5.0\n"
    assert "did not heed" in end_of(client, 6).problem
