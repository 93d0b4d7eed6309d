"""``model.fit`` is seen op by op, and trains as it would have without anybody looking."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import numpy as np
import pytest

from tests.engine.conftest import Record, array

FIT = """
import tensorflow as tf
tf.keras.utils.set_random_seed(1)
x = tf.random.normal((32, 3))
y = tf.reduce_sum(x, axis=1, keepdims=True)
model = tf.keras.Sequential(
    [tf.keras.Input((3,)), tf.keras.layers.Dense(4, activation="tanh"), tf.keras.layers.Dropout(0.2),
     tf.keras.layers.Dense(1)]
)
model.compile(optimizer=tf.keras.optimizers.Adam(0.1), loss="mse"{eagerly})
history = model.fit(x, y, batch_size=16, epochs=2, verbose=0, validation_split=0.25)
batch = float(model.train_on_batch(x, y))
result = history.history["loss"] + history.history["val_loss"] + [batch, float(model.evaluate(x, y, verbose=0))]
weights = [float(tf.reduce_sum(weight)) for weight in model.weights]
print([float(number).hex() for number in result + weights], model.run_eagerly)
"""


def plain() -> list[list[float]]:
    """What Keras gives by itself: op by op, then compiled."""
    script = "".join(FIT.replace("{eagerly}", how) for how in (", run_eagerly=True", ""))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return [numbers(line)[0] for line in done.stdout.strip().splitlines()]


def numbers(output: str) -> tuple[list[float], str]:
    hexes, _, ending = output.strip().splitlines()[-1].partition("]")
    return [float.fromhex(each.strip("[' ")) for each in hexes.split(",")], ending.strip()


def test_fit_gives_what_keras_gives_op_by_op_and_compiled_to_rounding(record: Record) -> None:
    recording = record(FIT.replace("{eagerly}", ""))
    seen, ending = numbers(recording.output)
    assert ending == "False", "the model is as it was afterwards"
    op_by_op, compiled = plain()
    assert seen == op_by_op
    np.testing.assert_allclose(seen, compiled, rtol=1e-4)
    assert len(recording.notes) == 1
    assert "model.fit and model.train_on_batch and model.evaluate ran op by op" in recording.notes[0]


def test_keras_own_tape_is_a_tape_on_the_line_of_fit(record: Record) -> None:
    text = FIT.replace("{eagerly}", "")
    recording = record(text)
    lines = ("import tensorflow as tf\n" + text).splitlines()
    fit, batch = (next(n for n, line in enumerate(lines, 1) if word in line) for word in ("model.fit", "train_on"))
    assert [tape.line for tape in recording.tapes] == [fit] * 4 + [batch]
    assert [call.line for call in recording.gradient_calls] == [fit] * 4 + [batch]
    assert all(call.checked for call in recording.gradient_calls)
    assert {len(call.sources) for call in recording.gradient_calls} == {4}
    kernel = recording.gradient_calls[0].sources[0]
    assert array(recording, kernel.value).shape == (3, 4)
    assigned = {each.variable for each in recording.assignments}
    assert {source.tensor for source in recording.gradient_calls[0].sources} <= assigned


@pytest.mark.parametrize("text", ["", "# keras is not used\n"])
def test_a_lesson_without_training_says_nothing(record: Record, text: str) -> None:
    assert record(textwrap.dedent(text) + "y = tf.constant(1.0) * 2.0").notes == ()
