"""What is drawn of a recording that is too large for one picture."""

from __future__ import annotations

import pytest

from tapeviz.engine.runner import Engine
from tapeviz.model.drawing import MOST_DRAWN, drawn
from tapeviz.model.graph import Grouping, OpGraph
from tapeviz.model.recording import Recording
from tapeviz.model.subjects import default_subject

LESSON = """
import tensorflow as tf

x = tf.Variable(0.5)
with tf.GradientTape() as tape:
    y = x * 1.0
    for turn in range({turns}):
        y = tf.sin(y) * 1.5
        y = y + 0.25
slope = tape.gradient(y, x)
"""


def recorded(turns: int) -> Recording:
    return Engine().run("lesson.py", LESSON.format(turns=turns)).recording


def picture(recording: Recording, grouping: Grouping) -> OpGraph:
    _, graph, _ = drawn(recording, default_subject(recording), is_folded=True, grouping=grouping, folds={})
    return graph


@pytest.fixture(scope="module")
def long() -> Recording:
    return recorded(turns=100)


def test_a_long_computation_without_parts_is_folded_by_its_turns(long: Recording) -> None:
    graph = picture(long, "parts")
    assert len(graph.nodes) <= MOST_DRAWN
    folded = [node for node in graph.nodes if node.kind == "group"]
    assert [len(node.members) for node in folded] == [3] * 100


def test_what_was_asked_for_is_drawn_however_large(long: Recording) -> None:
    assert len(picture(long, "none").nodes) > 300


def test_a_computation_that_fits_is_drawn_op_by_op() -> None:
    assert all(node.kind != "group" for node in picture(recorded(turns=4), "parts").nodes)
