"""Two sides laid beside each other: what belongs together, and where they first differ."""

from __future__ import annotations

import pytest

from tapeviz.model.comparison import Comparison, compare
from tapeviz.model.recording import Recording
from tapeviz.model.scene import Scene, scene_of
from tests.engine.conftest import Record

FORMULATIONS = """\
x = tf.Variable({0})
with tf.GradientTape() as tape:
    naive = tf.math.log(1.0 + tf.exp(x))
tape.gradient(naive, x)
with tf.GradientTape() as tape:
    stable = tf.maximum(x, 0.0) + tf.math.log1p(tf.exp(-tf.abs(x)))
tape.gradient(stable, x)
"""
DESCENT = """\
x = tf.Variable(2.0)
for _ in range(3):
    with tf.GradientTape() as tape:
        y = (x - 5.0) ** 2
    x.assign_sub(0.1 * tape.gradient(y, x))
"""


def function(formula: str, x: float = 2.0) -> str:
    return f"x = tf.Variable({x})\nwith tf.GradientTape() as tape:\n    y = {formula}\ntape.gradient(y, x)\n"


def sides(left: Scene, right: Scene) -> Comparison:
    return compare((left.recording, left.graph, left.timeline), (right.recording, right.graph, right.timeline))


def of_calls(recording: Recording, left: int, right: int) -> Comparison:
    return sides(scene_of(recording, call=left), scene_of(recording, call=right))


def test_where_the_naive_formulation_overflows_is_the_first_difference(record: Record) -> None:
    found = of_calls(record(FORMULATIONS.format(100.0)), 0, 1)
    assert found.forward is not None
    assert found.forward.sentence == (
        "First difference: the left takes eˣ, which overflows to ∞ (line 4); "
        "the right takes max(x, 0) = 100.0 (line 7)."
    )
    assert (found.forward.left, found.forward.right) == ("op:Exp:1", "op:Maximum:1")
    assert found.result == "∂naive/∂x is NaN on the left and 1.000 on the right."


def test_two_formulations_that_agree_still_take_other_ways(record: Record) -> None:
    found = of_calls(record(FORMULATIONS.format(1.0)), 0, 1)
    assert found.forward is not None
    assert found.forward.sentence.startswith("First difference: the left takes eˣ = 2.718")
    assert found.result == "∂naive/∂x is 0.7311 on both sides."


def test_two_iterations_differ_first_in_the_value_of_the_variable(record: Record) -> None:
    found = of_calls(record(DESCENT), 0, 1)
    assert found.forward is not None
    assert found.forward.sentence == "First difference: x is 2.000 on the left and 2.600 on the right."
    assert found.forward.left == found.forward.right == "variable:x"
    assert found.backward is not None
    assert "( )² sends −6.000 on the left and −4.800 on the right" in found.backward.sentence
    assert found.result == "∂y/∂x is −6.000 on the left and −4.800 on the right."
    assert found.alignment.steps == tuple(range(len(found.alignment.steps)))


def test_a_call_is_the_same_as_itself(record: Record) -> None:
    found = of_calls(record(function("tf.sin(x) * x")), 0, 0)
    assert (found.forward, found.backward) == (None, None)
    assert found.result.endswith("on both sides.")


def test_two_lessons_are_laid_beside_each_other_by_names_and_ops(record: Record) -> None:
    left = scene_of(record(function("tf.sin(x) * x")))
    right = scene_of(record(function("tf.sin(x) * tf.stop_gradient(x)")))
    found = sides(left, right)
    assert found.alignment.nodes == {
        "variable:x": "variable:x",
        "op:Sin:1": "op:Sin:1",
        "op:Mul:1": "op:Mul:1",
        "target:y": "target:y",
    }
    assert found.forward is not None
    assert found.forward.sentence == (
        "First difference: the right takes stop(x) = 2.000 (line 4), the left goes without."
    )
    assert found.backward is not None
    assert "× sends 0.9093 on the left and nothing on the right to x" in found.backward.sentence


def test_another_op_on_the_same_numbers_is_told_as_two_ways(record: Record) -> None:
    found = sides(scene_of(record(function("tf.sin(x) * x"))), scene_of(record(function("tf.sin(x) + x"))))
    assert found.forward is not None
    assert found.forward.sentence == (
        "First difference: the left takes sin(x) × x = 1.819 (line 4); the right takes sin(x) + x = 2.909 (line 4)."
    )


def test_what_a_tape_holds_beside_the_target_is_no_difference(record: Record) -> None:
    left = scene_of(record(function("tf.sin(x) * x").replace("    y", "    z = tf.exp(x)\n    y")))
    right = scene_of(record(function("tf.sin(x) * x")))
    assert sides(left, right).forward is None


@pytest.mark.parametrize("pair", [(0, 1), (1, 0)])
def test_both_sides_begin_seed_and_end_together_and_never_go_back(record: Record, pair: tuple[int, int]) -> None:
    recording = record(FORMULATIONS.format(1.0))
    left, right = (scene_of(recording, call=call) for call in pair)
    steps = sides(left, right).alignment.steps
    assert len(steps) == len(left.timeline.steps)
    assert list(steps) == sorted(steps)
    assert (steps[0], steps[-1]) == (0, right.timeline.last)
    seeds = [next(step.index for step in side.timeline.steps if step.phase == "seed") for side in (left, right)]
    assert steps[seeds[0]] == seeds[1]
    aligned = sides(left, right).alignment.nodes
    there = {step.nodes[0]: step.index for step in right.timeline.steps if step.phase == "forward"}
    for step in left.timeline.steps:
        if step.phase == "forward" and step.nodes[0] in aligned and step.index + 1 != seeds[0]:
            assert steps[step.index] == there[aligned[step.nodes[0]]]


def test_long_graphs_are_laid_beside_each_other_too(record: Record) -> None:
    def chain(extra: str) -> str:
        return (
            "x = tf.Variable(0.5)\nwith tf.GradientTape() as tape:\n    y = x * 1.0\n"
            f"    for _ in range(300):\n        y = tf.sin(y)\n{extra}"
            "    for _ in range(300):\n        y = tf.cos(y)\ntape.gradient(y, x)\n"
        )

    left, right = scene_of(record(chain(""))), scene_of(record(chain("    y = tf.tanh(y)\n")))
    found = sides(left, right)
    assert found.forward is not None
    assert "tanh" in found.forward.sentence
    assert found.forward.left is None or "Cos" in found.forward.left
    assert len(found.alignment.nodes) == len(left.graph.nodes)
