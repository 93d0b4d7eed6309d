"""What the model in an objective predicts, held to the lesson's own model run at the same parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tapeviz.engine.fitting import NoFitError, Prediction, prediction_of
from tapeviz.engine.lesson_objective import objective_of
from tests.engine.conftest import Run

LINE = """
x = tf.linspace(-2.0, 2.0, 30){column}
y = 3.0 * x + 2.0 + 0.1 * tf.sin(40.0 * x)
w, b = tf.Variable(0.5), tf.Variable(-1.0)
with tf.GradientTape() as tape:
    {block}
g = tape.gradient(loss, [w, b])
"""
CIRCLES = """
points = tf.random.stateless_normal((60, 2), seed=[1, 2])
labels = tf.cast(tf.reduce_sum(points ** 2, axis=1) < {border}, tf.{dtype})
hidden = tf.keras.layers.Dense(5, activation="tanh")
out = tf.keras.layers.Dense({units})
model = tf.keras.Sequential([tf.keras.Input((2,)), hidden, out])
with tf.GradientTape() as tape:
    logits = model(points)
    {loss}
g = tape.gradient(loss, model.trainable_variables)
"""


@pytest.fixture
def predict(run: Run) -> Any:
    def predict(text: str) -> tuple[Prediction | None, dict[str, Any]]:
        result = run(text)
        assert not result.recording.errors, result.recording.errors
        return prediction_of(result, 0, objective_of(result, 0)), result.namespace

    return predict


@pytest.mark.parametrize("column", ["", "[:, None]"], ids=["vector", "column"])
@pytest.mark.parametrize(
    ("block", "title"),
    [
        ("loss = tf.reduce_mean((w * x + b - y) ** 2)", "w * x + b"),
        ("fit = w * x\n    fit = fit + b\n    loss = tf.reduce_mean((y - fit) ** 2)", "fit"),
        ("loss = tf.reduce_mean(tf.keras.losses.mse(y, w * x + b))", "w * x + b"),
        ("loss = tf.reduce_sum(tf.keras.losses.MeanSquaredError()(y_pred=w * x + b, y_true=y))", "w * x + b"),
        ("residual = y - (w * x + b)\n    loss = tf.reduce_mean(residual ** 2) + 0.1 * w ** 2", "w * x + b"),
    ],
    ids=["difference", "steps", "function", "keywords", "penalty"],
)
def test_a_line_is_found_and_computed(predict: Any, block: str, title: str, column: str) -> None:
    found, names = predict(LINE.format(block=block, column=column))
    facts = found.facts
    assert (facts.kind, facts.x_title, facts.y_title, facts.title, facts.examples) == ("curve", "x", "y", title, 30)
    np.testing.assert_array_equal(facts.x.array[:, 0], np.ravel(names["x"]).astype(float))
    np.testing.assert_array_equal(facts.y.array, np.ravel(names["y"]).astype(float))
    fit = found.at(np.array([[0.5, -1.0], [3.0, 2.0]]))
    grid = np.linspace(facts.low[0], facts.high[0], fit.at_grid.shape[1])
    assert grid[0] < -2.0 and grid[-1] > 2.0
    np.testing.assert_allclose(fit.at_grid.array, [0.5 * grid - 1.0, 3.0 * grid + 2.0], rtol=1e-5, atol=1e-5)
    x = facts.x.array[:, 0]
    np.testing.assert_allclose(fit.at_data.array, [0.5 * x - 1.0, 3.0 * x + 2.0], rtol=1e-5, atol=1e-5)
    assert float(names["w"]) == 0.5, "the lesson's variables are as they were"


def logits_of(model: Any, points: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.asarray(model(points.astype(np.float32)))


@pytest.mark.parametrize(
    ("loss", "units", "classes"),
    [
        (
            "loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=labels[:, None], logits=logits))",
            1,
            (0.0, 1.0),
        ),
        (
            "loss = tf.keras.losses.BinaryCrossentropy(from_logits=True)(labels[:, None], logits)",
            1,
            (0.0, 1.0),
        ),
        (
            "loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))",
            3,
            (0.0, 1.0),
        ),
        (
            "loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))",
            2,
            (0.0, 1.0),
        ),
    ],
    ids=["sigmoid", "keras", "softmax", "two scores"],
)
def test_the_regions_of_classes_are_those_of_the_model_itself(
    predict: Any, loss: str, units: int, classes: tuple[float, ...]
) -> None:
    dtype = "int32" if units > 1 else "float32"
    found, names = predict(CIRCLES.format(loss=loss, units=units, border=1.0, dtype=dtype))
    facts = found.facts
    assert (facts.kind, facts.classes, facts.threshold) == ("classes", classes, None if units > 2 else 0.0)
    model = names["model"]
    position = np.concatenate([np.ravel(weight) for weight in model.get_weights()])
    moved = position + 0.3
    fit = found.at(np.stack([position, moved]))
    size = fit.at_grid.shape[-1]
    sides = [np.linspace(low, high, size) for low, high in zip(facts.low, facts.high, strict=True)]
    places = np.stack(np.meshgrid(*sides), axis=-1).reshape(-1, 2)
    for place, at in enumerate((position, moved)):
        splits = np.split(at, np.cumsum([weight.size for weight in model.get_weights()])[:-1])
        model.set_weights([part.reshape(old.shape) for part, old in zip(splits, model.get_weights(), strict=True)])
        logits = logits_of(model, places)
        scores = {1: logits[:, 0], 2: logits[:, -1] - logits[:, 0], 3: logits.argmax(axis=1)}
        expected = scores[units]
        np.testing.assert_allclose(fit.at_grid.array[place].ravel(), expected, rtol=1e-4, atol=1e-4)


def test_xor_is_a_classification_with_a_border_at_one_half(run: Run, project_root: Path) -> None:
    text = (project_root / "resources/lessons/22-xor.py").read_text(encoding="utf-8")
    result = run(text)
    found = prediction_of(result, 0, objective_of(result, 0))
    assert found is not None
    assert (found.facts.kind, found.facts.threshold, found.facts.examples) == ("classes", 0.5, 4)
    names = result.namespace
    end = np.concatenate([np.ravel(weight) for weight in names["weights"]])
    at_data = found.at(end[np.newaxis]).at_data.array
    np.testing.assert_allclose(at_data[0], np.ravel(names["network"](names["x"])), rtol=1e-5)
    assert ((at_data[0] > 0.5) == found.facts.y.array.astype(bool)).all()


@pytest.mark.parametrize(
    "text",
    [
        "x = tf.Variable(2.0)\nwith tf.GradientTape() as tape:\n    y = (1.0 - x) ** 2\ng = tape.gradient(y, x)\n",
        "x = tf.ones((5, 3))\ny = tf.zeros(5)\nw = tf.Variable([1.0, 2.0, 3.0])\nwith tf.GradientTape() as tape:\n"
        "    loss = tf.reduce_sum((tf.linalg.matvec(x, w) - y) ** 2)\ng = tape.gradient(loss, w)\n",
    ],
    ids=["no data", "three columns"],
)
def test_what_has_no_such_data_is_no_fit(predict: Any, text: str) -> None:
    assert predict(text)[0] is None


HIDDEN = """
# /// script
# [tool.tapeviz.fit]
# x = "x"
# y = "y"
# prediction = "model(x)"
# ///
import tensorflow as tf
x = tf.linspace(0.0, 1.0, 9)
y = x ** 2
w = tf.Variable(1.0)
def model(x):
    return w * x
def loss_of(x, y):
    return tf.reduce_sum((y - model(x)) ** 2)
with tf.GradientTape() as tape:
    loss = loss_of(x, y)
g = tape.gradient(loss, w)
"""


def test_the_settings_of_a_lesson_name_what_is_not_found(run: Run) -> None:
    result = run(HIDDEN)
    found = prediction_of(result, 0, objective_of(result, 0))
    assert found is not None and found.facts.title == "model(x)"
    np.testing.assert_allclose(found.at(np.array([[2.0]])).at_data.array[0], np.linspace(0.0, 2.0, 9), rtol=1e-6)
    plain = run(HIDDEN.replace("tool.tapeviz.fit", "tool.other.fit"))
    assert prediction_of(plain, 0, objective_of(plain, 0)) is None


@pytest.mark.parametrize("wrong", ['x = "z"', 'prediction = "model(2.0)"', 'prediction = "model("'])
def test_wrong_settings_get_a_sentence(run: Run, wrong: str) -> None:
    name = wrong.split()[0]
    lines = [f"# {wrong}" if line.startswith(f"# {name} ") else line for line in HIDDEN.splitlines()]
    result = run("\n".join(lines))
    with pytest.raises(NoFitError, match=r"^The fit that \[tool\.tapeviz\.fit\] names cannot be computed: "):
        prediction_of(result, 0, objective_of(result, 0))
