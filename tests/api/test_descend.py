"""``tapeviz.descend``: held to Keras' optimizers run by hand in plain TensorFlow, and to calculus."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PySide6.QtGui import QImage

import tapeviz
from tapeviz.descents import Descent

DATA = np.array([[1.0, 2.0], [-1.0, 0.5], [0.5, -1.0], [2.0, 1.0]], np.float32)


def descend(*words: Any, **settings: Any) -> Descent:
    descent = tapeviz.descend(*words, **settings)
    assert isinstance(descent, Descent)
    return descent


def rosenbrock(x: Any, y: Any) -> Any:
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def bent(x: Any) -> Any:
    """A kink that Python decides: AutoGraph makes it part of the graph."""
    if x > 0:
        return x**2
    return -3.0 * x


def test_a_quadratic_by_hand() -> None:
    descent = descend(lambda x, y: x**2 + 2 * y**2, (-5.0, -2.0), learning_rate=0.1, iterations=20)
    k = np.arange(21)
    assert descent.coordinates == ("x", "y")
    assert len(descent) == 21
    np.testing.assert_allclose(descent.positions, np.stack([-5 * 0.8**k, -2 * 0.6**k], axis=1), rtol=1e-5)
    np.testing.assert_allclose(descent.gradients, descent.positions * [2, 4], rtol=1e-6)
    np.testing.assert_allclose(descent.rates, np.full(20, 0.1), rtol=1e-6)
    np.testing.assert_allclose([descent.end["x"], descent.end["y"]], [-0.0576461, -0.0000731], atol=5e-8)
    assert "0.003323 in 20 iterations" in repr(descent)


@pytest.mark.parametrize(
    ("optimizer", "keras"),
    [
        ("adam", lambda: tf.keras.optimizers.Adam(0.05)),
        ("momentum", lambda: tf.keras.optimizers.SGD(0.001, momentum=0.9)),
    ],
)
def test_it_goes_where_keras_goes(optimizer: Any, keras: Callable[[], Any]) -> None:
    x, y = tf.Variable(-1.2), tf.Variable(1.0)
    by_hand, places = keras(), []
    for _ in range(60):
        places.append([float(x), float(y)])
        with tf.GradientTape() as tape:
            loss = rosenbrock(x, y)
        by_hand.apply_gradients(zip(tape.gradient(loss, [x, y]), [x, y], strict=True))
    rate = float(by_hand.learning_rate)
    start = {"y": 1, "x": -1.2}
    descent = descend(rosenbrock, start, optimizer=optimizer, learning_rate=rate, iterations=59)
    np.testing.assert_allclose(descent.positions, places, rtol=1e-4, atol=1e-5)


def test_tensors_keep_their_shape_and_dtype() -> None:
    def loss(weights: Any) -> Any:
        return tf.reduce_mean((DATA.astype(np.float64) @ weights - 1.0) ** 2)

    descent = descend(loss, np.zeros((2, 1)), optimizer="newton", learning_rate=1, iterations=1)
    expected, *_ = np.linalg.lstsq(DATA.astype(np.float64), np.ones((4, 1)), rcond=None)
    assert descent.coordinates == ("weights[0, 0]", "weights[1, 0]")
    assert descent.positions.dtype == np.float64
    np.testing.assert_allclose(descent.end["weights"], expected, rtol=1e-10)


def test_python_control_flow_is_kept() -> None:
    descent = descend(bent, 1.0, learning_rate=0.4, iterations=3)
    # 2x above 0, -3 below: 1 -> 0.2 -> 0.04 -> 0.008
    np.testing.assert_allclose(descent.positions[:, 0], [1, 0.2, 0.04, 0.008], rtol=1e-5)
    descent = descend(bent, -1.0, learning_rate=0.4, iterations=2)
    np.testing.assert_allclose(descent.positions[:, 0], [-1, 0.2, 0.04], rtol=1e-5)
    assert descent.objective.reason == ""


def test_what_cannot_be_traced_runs_op_by_op_and_says_why() -> None:
    def impatient(x: Any) -> Any:
        if float(x) < 0:
            raise ValueError("x went below 0")
        return x

    descent = descend(impatient, 1, learning_rate=0.25, iterations=50)
    assert "It runs op by op, because TensorFlow cannot trace impatient" in descent.objective.reason
    assert descent.positions[:, 0].tolist() == [1, 0.75, 0.5, 0.25, 0]
    assert descent.status == "failed"
    assert "x went below 0" in descent.trajectory.status.sentence


def no_link(x: Any) -> Any:
    return tf.constant(float(x) ** 2)


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "no gradient": (lambda: tapeviz.descend(no_link, 3.0), "no_link has no gradient by x"),
    "no scalar": (lambda: tapeviz.descend(lambda w: w * w, [1.0, 2.0]), r"the shape \(2,\), so it is no single number"),
    "whole numbers": (lambda: tapeviz.descend(lambda x: tf.cast(x, tf.int32), 1.0), "int32, which has no gradient"),
    "too few starts": (lambda: tapeviz.descend(rosenbrock, 3.0), r"takes 2 arguments \(x, y\), but the start has 1"),
    "another name": (lambda: tapeviz.descend(rosenbrock, {"x": 1, "z": 2}), "takes x, y; the start is of x, z"),
    "words": (lambda: tapeviz.descend(bent, "far"), "of type string"),
    "a function that raises": (lambda: tapeviz.descend(lambda x: x[3], [1.0]), "at the start"),
    "a negative rate": (lambda: tapeviz.descend(bent, 1.0, learning_rate=-1.0), "A learning rate is a number"),
    "no optimizer": (lambda: tapeviz.descend(bent, 1.0, optimizer="adamm"), "There is no optimizer 'adamm'"),
    "iterations": (lambda: tapeviz.descend(bent, 1.0, iterations=10**9), "iterations are too many to keep"),
    "mini-batches of nothing": (lambda: tapeviz.descend(bent, 1.0, batch_size=2), "There is no data in bent"),
}


@pytest.mark.parametrize(("attempt", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_is_refused_in_a_sentence(attempt: Callable[[], object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        attempt()


def test_it_is_written_and_drawn(tmp_path: Path, qapp: object) -> None:
    descent = descend(rosenbrock, (-1.2, 1.0), optimizer="adam", learning_rate=0.1, iterations=50)
    descent.to_csv(tmp_path / "out.csv")
    written = np.loadtxt(tmp_path / "out.csv", delimiter=",", skiprows=1, usecols=(2, 3), dtype=np.float32)
    np.testing.assert_array_equal(written, descent.positions)
    descent.to_npz(tmp_path / "out.npz")
    with np.load(tmp_path / "out.npz") as found:
        np.testing.assert_array_equal(found["gradients"], descent.to_numpy()["gradients"])
    assert descent.table()["k"].tolist() == list(range(51))
    with pytest.raises(ValueError, match=r"does not end in \.csv"):
        descent.to_csv(tmp_path / "out.txt")
    descent.plot(tmp_path / "out.svg", theme="dark", title="Rosenbrock")
    assert "Rosenbrock" in (tmp_path / "out.svg").read_text(encoding="utf-8")
    image = QImage.fromData(descent._repr_png_())
    assert (image.width(), image.height()) == (1280, 720)
    landscape = descent.picture.landscape
    assert landscape is not None
    assert np.isfinite(landscape.values.array).all()


def test_a_lesson_is_descended_on_in_a_process_of_its_own() -> None:
    lesson = """
import tensorflow as tf
w = tf.Variable([2.0, -1.0])
with tf.GradientTape() as tape:
    loss = tf.reduce_sum(w**2)
tape.gradient(loss, w)
"""
    descent = descend(lesson, {"w": [4.0, 1.0]}, learning_rate=0.25, iterations=3)
    assert descent.coordinates == ("w[0]", "w[1]")
    assert descent.positions.tolist() == [[4 / 2**k, 1 / 2**k] for k in range(4)]
    assert descent.picture.landscape is not None


def test_tensorflow_is_imported_with_the_first_function_that_is_descended_on() -> None:
    code = "import sys, tapeviz; tapeviz.descend, tapeviz.record; sys.exit('tensorflow' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
