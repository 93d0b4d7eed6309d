"""A lesson that goes over its time or its memory is stopped, and what it recorded is kept."""

from __future__ import annotations

import sys

import pytest

from tests.client.watcher import WatchedClient

SQUARE = (
    "import tensorflow as tf\n"
    "x = tf.Variable(3.0)\n"
    "with tf.GradientTape() as tape:\n    y = x * x\n"
    "tape.gradient(y, x)\n"
)


def test_a_lesson_over_its_time_keeps_what_it_recorded(watched: WatchedClient) -> None:
    recorded = watched.run(SQUARE + "while True:\n    y = y + 1.0", timeout=0.5)
    assert recorded.recording.ended_by == "timeout"
    assert len(recorded.recording.gradient_calls) == 1
    assert "time limit of 0.5 s" in watched.wait_for_end_of(recorded).message


def test_a_lesson_within_its_limits_is_left_alone(watched: WatchedClient) -> None:
    recording = watched.run(SQUARE, timeout=60.0, memory_limit=2000).recording
    assert recording.ended_by == "finished"
    assert recording.errors == ()


def test_memory_that_grows_beyond_its_limit_stops_the_lesson(watched: WatchedClient) -> None:
    text = SQUARE + "heap = []\nwhile True:\n    heap.append(bytes(1_000_000))"
    recorded = watched.run(text, memory_limit=200)
    assert recorded.recording.ended_by == "memory"
    assert len(recorded.recording.gradient_calls) == 1
    assert "memory limit of 200 MiB" in watched.wait_for_end_of(recorded).message


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can refuse a single allocation")
@pytest.mark.parametrize("bomb", ["tf.zeros([20_000_000_000])", "bytearray(100_000_000_000)", "np.ones(10**11)"])
def test_a_memory_bomb_is_a_clean_error(watched: WatchedClient, bomb: str) -> None:
    recording = watched.run(f"import numpy as np\n{SQUARE}heap = {bomb}", memory_limit=200).recording
    assert recording.ended_by == "memory"
    assert recording.errors[0].line == 7
    assert len(recording.gradient_calls) == 1
    assert watched.run(SQUARE).recording.ended_by == "finished"
