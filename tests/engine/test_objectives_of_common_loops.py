"""Loops as textbooks and guides write them: each is an objective, and each of its iterates opens as it was."""

from __future__ import annotations

import numpy as np
import pytest

from tapeviz.engine.iterate_tape import tape_of_iterate
from tapeviz.model.descent import DescentSettings

from .conftest import Run, array, results
from .test_lesson_objective import held_to_recording

MODULE_WITH_TRAINER = """
import random
class Regression(tf.Module):
    def __init__(self, inputs):
        super().__init__()
        self.w = tf.Variable(tf.random.normal((inputs, 1)) * 0.01)
        self.b = tf.Variable(tf.zeros(1))
    def forward(self, features):
        return features @ self.w + self.b
    def loss(self, predicted, wanted):
        return tf.reduce_mean((predicted - wanted) ** 2 / 2)
class Trainer:
    def __init__(self, model):
        self.model, self.batches = model, 0
    def epoch(self, data):
        for batch in data:
            with tf.GradientTape() as tape:
                loss = self.model.loss(self.model.forward(*batch[:-1]), batch[-1])
            for variable, slope in zip(self.model.trainable_variables,
                                       tape.gradient(loss, self.model.trainable_variables)):
                variable.assign_sub(0.03 * slope)
            self.batches += 1
def batches(features, wanted, size):
    order = list(range(len(features)))
    random.shuffle(order)
    for first in range(0, len(order), size):
        rows = tf.constant(order[first:first + size])
        yield tf.gather(features, rows), tf.gather(wanted, rows)
features = tf.random.normal((100, 2))
wanted = features @ tf.constant([[2.0], [-3.4]]) + 4.2
Trainer(Regression(2)).epoch(batches(features, wanted, 25))
"""
KERAS_OVER_BATCHES = """
import numpy as np
inputs = tf.keras.Input(shape=(8,))
hidden = tf.keras.layers.Dense(6, activation="relu")(inputs)
outputs = tf.keras.layers.Dense(3, kernel_regularizer="l2")(hidden)
model = tf.keras.Model(inputs=inputs, outputs=outputs)
optimizer = tf.keras.optimizers.Adam(learning_rate=1e-3)
loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
metric = tf.keras.metrics.SparseCategoricalAccuracy()
x = np.random.normal(size=(64, 8)).astype("float32")
y = np.random.randint(0, 3, 64)
for step, (x_batch, y_batch) in enumerate(tf.data.Dataset.from_tensor_slices((x, y)).batch(32)):
    with tf.GradientTape() as tape:
        logits = model(x_batch, training=True)
        loss_value = loss_fn(y_batch, logits)
        loss_value += sum(model.losses)
    grads = tape.gradient(loss_value, model.trainable_weights)
    optimizer.apply_gradients(zip(grads, model.trainable_weights))
    metric.update_state(y_batch, logits)
"""
RESIDUAL_OF_TAPES = """
net = tf.keras.Sequential([tf.keras.layers.Dense(5, activation="tanh"), tf.keras.layers.Dense(1)])
t = tf.reshape(tf.linspace(0.0, 2.0, 12), (-1, 1))
def residual():
    with tf.GradientTape() as second:
        second.watch(t)
        with tf.GradientTape() as first:
            first.watch(t)
            u = net(t)
        du = first.gradient(u, t)
    return second.gradient(du, t) + u
with tf.GradientTape() as tape:
    loss = tf.reduce_mean(tf.square(residual())) + tf.reduce_mean(tf.square(net(tf.zeros((1, 1))) - 1.0))
tape.gradient(loss, net.trainable_variables)
"""
COMPILED_LOSS_OF_A_DICTIONARY = """
import numpy as np
rng = np.random.default_rng(0)
points = np.vstack([rng.normal(-1, 1, (20, 2)), rng.normal(1, 1, (20, 2))]).astype(np.float32)
labels = np.array([0.0] * 20 + [1.0] * 20, dtype=np.float32)
params = {"w": tf.Variable([[0.1], [0.2]]), "b": tf.Variable(0.0)}
@tf.function
def loss_fn(p, x, y):
    logits = tf.squeeze(x @ p["w"], -1) + p["b"]
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logits))
for epoch in range(2):
    with tf.GradientTape() as tape:
        loss = loss_fn(params, points, labels)
    slopes = tape.gradient(loss, params)
    for key in params:
        params[key].assign_sub(0.5 * slopes[key])
"""
TWO_TAPES_IN_ONE_STATEMENT = """
g, d = tf.Variable(0.5), tf.Variable([1.0, -1.0])
noise, real = tf.random.normal((16,)), tf.random.normal((16,)) + 3.0
with tf.GradientTape() as generator_tape, tf.GradientTape() as judge_tape:
    told_real = tf.sigmoid(d[0] * real + d[1])
    told_fake = tf.sigmoid(d[0] * g * noise + d[1])
    generator_loss = -tf.reduce_mean(tf.math.log(told_fake))
    judge_loss = -tf.reduce_mean(tf.math.log(told_real) + tf.math.log(1 - told_fake))
generator_tape.gradient(generator_loss, [g])
judge_tape.gradient(judge_loss, [d])
"""
MODEL_OF_ITS_OWN_CLASS = """
class Net(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.first = tf.keras.layers.Dense(5, activation="relu")
        self.last = tf.keras.layers.Dense(1)
        self.scale = self.add_weight(name="scale", shape=(), initializer="ones")
    def call(self, x, training=False):
        return self.last(self.first(x)) * self.scale if training else self.first(x)
def grad(model, inputs, targets):
    with tf.GradientTape() as tape:
        loss_value = tf.reduce_mean((model(inputs, training=True) - targets) ** 2)
    return loss_value, tape.gradient(loss_value, model.trainable_variables)
grad(Net(), tf.random.normal((10, 3)), tf.random.normal((10, 1)))
"""


@pytest.mark.parametrize(
    ("lesson", "call", "examples"),
    [
        (MODULE_WITH_TRAINER, 3, 25),
        (KERAS_OVER_BATCHES, 1, 32),
        (RESIDUAL_OF_TAPES, 2, 12),
        (COMPILED_LOSS_OF_A_DICTIONARY, 1, 40),
        (TWO_TAPES_IN_ONE_STATEMENT, 0, 16),
        (TWO_TAPES_IN_ONE_STATEMENT, 1, 16),
        (MODEL_OF_ITS_OWN_CLASS, 0, 10),
    ],
)
def test_a_loop_that_guides_write_is_an_objective(run: Run, lesson: str, call: int, examples: int) -> None:
    result = run(lesson, seed=7)
    objective = held_to_recording(result, call)
    assert (objective.reason, objective.is_compilable, objective.examples) == ("", True, examples)
    position = tuple(map(float, objective.start))
    opened = tape_of_iterate(result, objective, position, DescentSettings(), 0)
    asked, again = result.recording.gradient_calls[call], opened.gradient_calls[-1]
    for found, expected in zip(results(opened, again), results(result.recording, asked), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)
    assert [source.name for source in again.sources] == [source.name for source in asked.sources]
    values = [array(opened, target) for target in again.target]
    np.testing.assert_allclose(values, [array(result.recording, target) for target in asked.target], rtol=1e-5)
