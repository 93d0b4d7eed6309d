"""The tape of an iterate: a recording of the lesson's own lines, with the numbers of that moment."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tapeviz.engine.descent import Descent
from tapeviz.engine.iterate_tape import tape_of_iterate
from tapeviz.engine.lesson_objective import LessonObjective, objective_of
from tapeviz.engine.objective import NoObjectiveError
from tapeviz.engine.runner import RunResult
from tapeviz.model.descent import DescentSettings
from tapeviz.model.recording import Recording

from .conftest import Run, array, results

ROSENBROCK = """
x = tf.Variable(-1.0)
y = tf.Variable(1.5)
with tf.GradientTape() as tape:
    f = (1 - x) ** 2 + 100 * (y - x ** 2) ** 2
print(tape.gradient(f, [x, y]))
"""


def opened(result: RunResult, objective: LessonObjective, settings: DescentSettings, iterate: int) -> Recording:
    """Descend, open one iterate, and hold its tape to what the descent kept of it."""
    batch = Descent(objective, settings).advance(iterate + 1)
    position = tuple(map(float, batch.positions.array[iterate]))
    recording = tape_of_iterate(result, objective, position, settings, iterate)
    call = recording.gradient_calls[-1]
    gradient = np.concatenate([each.reshape(-1) for each in results(recording, call) if each is not None])
    np.testing.assert_allclose(gradient, batch.gradients.array[iterate], rtol=1e-4, atol=1e-5)
    loss = sum(float(array(recording, target)) for target in call.target)
    assert loss == pytest.approx(float(batch.losses.array[iterate]), rel=1e-5, abs=1e-6)
    assert call.checked
    assert recording.source == result.recording.source
    return recording


def lines(recording: Recording) -> set[Any]:
    call = recording.gradient_calls[-1]
    return {op.line for op in recording.ops[: call.started_at]} - {None}


def test_an_iterate_of_adam_is_a_recording_with_its_numbers(run: Run) -> None:
    result = run(ROSENBROCK)
    objective = objective_of(result, 0)
    settings = DescentSettings(optimizer="adam", learning_rate=0.05, start=(-1.2, 1.0), iterations=40)
    recording = opened(result, objective, settings, 37)
    asked, original = recording.gradient_calls[0], result.recording.gradient_calls[0]
    assert (asked.line, recording.tapes[0].line) == (original.line, result.recording.tapes[0].line)
    assert [source.name for source in asked.sources] == ["x", "y"]
    taped = [op for op in recording.ops if op.made_by is None]
    assert [(op.type, op.place) for op in taped] == [
        (op.type, op.place) for op in result.recording.ops[result.recording.tapes[0].entered_at :] if op.made_by is None
    ]
    assert (float(result.namespace["x"]), float(result.namespace["y"])) == (-1.0, 1.5)
    assert recording.output == ""


@pytest.mark.parametrize(
    ("lesson", "taped"),
    [
        (
            """
w = tf.constant([1.0, 2.0])
for _ in range(2):
    with tf.GradientTape() as tape:
        tape.watch(w)
        loss = tf.reduce_sum(w ** 2)
    w = w - 0.1 * tape.gradient(loss, w)
""",
            {7},
        ),
        (
            """
x = tf.Variable(2.0)
with tf.GradientTape() as outer:
    with tf.GradientTape() as inner:
        y = x ** 3
    slope = inner.gradient(y, x)
    loss = (slope - 3.0) ** 2
outer.gradient(loss, x)
""",
            {6, 7, 8},
        ),
        (
            """
def slope(f, x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        return tape.gradient(f(x), x)
slope(lambda v: tf.reduce_sum(tf.sin(v)), tf.constant([0.5, 1.0]))
""",
            {7},
        ),
        (
            """
def train(model, data):
    parameters = [model["w"], model["b"]]
    with tf.GradientTape() as t:
        current = tf.reduce_mean((model["w"] * data + model["b"] - 3.0) ** 2)
    return ask(t, current, parameters)
def ask(tape, value, over):
    return tape.gradient(value, over)
train({"w": tf.Variable(1.0), "b": tf.Variable(0.0)}, tf.linspace(0.0, 1.0, 6))
""",
            {6},
        ),
        (
            """
x, y = tf.Variable(0.5), tf.Variable(-1.0)
with tf.GradientTape(persistent=True) as tape:
    bowl = x ** 2 + y ** 2
    wave = tf.sin(x) + tf.cos(y)
for target in (bowl, wave):
    tape.gradient(target, [x, y])
""",
            {5, 6},
        ),
    ],
)
def test_every_shape_of_block_opens(run: Run, lesson: str, taped: set[int]) -> None:
    result = run(lesson)
    assert not result.recording.errors
    objective = objective_of(result, len(result.recording.gradient_calls) - 1)
    settings = DescentSettings(learning_rate=0.01, iterations=5)
    recording = opened(result, objective, settings, 3)
    assert taped <= lines(recording)
    assert recording.gradient_calls[-1].line == result.recording.gradient_calls[-1].line


def test_a_keras_model_opens_on_the_examples_of_that_iterate(run: Run) -> None:
    result = run(
        """
X = tf.random.normal((12, 2))
y = tf.reduce_sum(X, axis=1, keepdims=True)
model = tf.keras.Sequential([tf.keras.layers.Dense(3, activation="tanh"), tf.keras.layers.Dense(1)])
with tf.GradientTape() as tape:
    loss = tf.reduce_mean((model(X) - y) ** 2)
gradients = tape.gradient(loss, model.trainable_variables)
for variable, gradient in zip(model.trainable_variables, gradients):
    print(variable.shape, gradient.shape)
""",
        seed=2,
    )
    before = [variable.numpy() for variable in result.namespace["model"].variables]
    objective = objective_of(result, 0)
    settings = DescentSettings(optimizer="momentum", learning_rate=0.05, iterations=9, batch_size=4, seed=5)
    recording = opened(result, objective, settings, 7)
    names = [source.name for source in result.recording.gradient_calls[0].sources]
    assert [source.name for source in recording.gradient_calls[0].sources] == names
    assert (4, 2) in {tensor.shape for tensor in recording.tensors}
    assert any(invocation.kind == "layer" for invocation in recording.invocations)
    assert all(tensor.name != "_tapeviz_sources" for tensor in recording.tensors)
    for variable, value in zip(result.namespace["model"].variables, before, strict=True):
        np.testing.assert_array_equal(variable, value)


def test_what_runs_op_by_op_opens_too_and_leaves_random_numbers_alone(run: Run) -> None:
    result = run("""
import numpy as np
x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    y = x ** 2 + float(np.random.normal()) * 0.0 + (x.numpy() > 0) * x
tape.gradient(y, x)
""")
    objective = objective_of(result, 0)
    assert objective.reason
    state = str(np.random.get_state(legacy=False))
    opened(result, objective, DescentSettings(learning_rate=0.1, iterations=5), 2)
    assert str(np.random.get_state(legacy=False)) == state
    assert float(result.namespace["x"]) == 3.0


def test_a_block_that_raises_there_is_told_in_a_sentence(run: Run) -> None:
    result = run("""
x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    if x.numpy() < 0:
        raise ValueError("x must not be negative")
    y = tf.sqrt(x)
tape.gradient(y, x)
""")
    objective = objective_of(result, 0)
    with pytest.raises(NoObjectiveError, match="x must not be negative"):
        tape_of_iterate(result, objective, (-1.0,), DescentSettings(), 0)
    assert float(result.namespace["x"]) == 3.0
    assert tf.constant(1.0) + 1.0 == 2.0
    assert not run(
        "x = tf.Variable(1.0)\nwith tf.GradientTape() as t:\n    y = x * x\nt.gradient(y, x)"
    ).recording.errors
