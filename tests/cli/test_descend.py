"""``tapeviz descend`` with the real worker: what it writes, held to other sources, and how it ends."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import tensorflow as tf
from PySide6.QtGui import QImage

from tapeviz.storage.library import find_lesson
from tests.cli.conftest import Tapeviz

HEAD = "import tensorflow as tf\nx = tf.Variable(1.0)\n"
NEGATIVE = f"""{HEAD}
with tf.GradientTape() as tape:
    if x < 0.0:
        raise ValueError("x must not be negative")
    loss = x
tape.gradient(loss, x)
"""
CUBES = f"""{HEAD}w = tf.Variable([[1.0, -2.0]])
with tf.GradientTape() as tape:
    loss = x**2 + tf.reduce_sum(w**4)
tape.gradient(loss, [x, w])
"""


def table(path: Path) -> dict[str, list[float]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [float(row[name] or "nan") for row in rows] for name in rows[0]}


def first_half_of_lesson_24() -> str:
    """The lesson up to where it goes on to Rosenbrock's function, which takes a while to record."""
    lesson = find_lesson("24")
    assert lesson is not None
    half, rest = lesson.text.split("# %% [markdown]\n# The gradient is")
    assert "Rosenbrock" in rest
    return half


def test_the_ravine_in_twenty_iterations(tapeviz: Tapeviz, tmp_path: Path) -> None:
    """By hand: each iteration leaves 0.8 of x1 and 0.6 of x2."""
    lesson, out, plot = tmp_path / "ravine.py", tmp_path / "out.csv", tmp_path / "out.png"
    lesson.write_text(first_half_of_lesson_24(), encoding="utf-8")
    ran = tapeviz("descend", lesson, "-o", out, "--plot", plot, "--size", "800x450", "--theme", "dark")
    assert ran.status == 0
    assert ran.out == ""
    assert "f went from 33.00 to 0.003323 in 20 iterations" in ran.err
    found, k = table(out), np.arange(21)
    assert list(found) == ["k", "loss", "x1", "x2", "d/dx1", "d/dx2", "learning_rate"]
    np.testing.assert_allclose(found["x1"], -5 * 0.8**k, rtol=1e-5)
    np.testing.assert_allclose(found["x2"], -2 * 0.6**k, rtol=1e-5)
    np.testing.assert_allclose([found["x1"][-1], found["x2"][-1]], [-0.0576461, -0.0000731], atol=5e-8)
    np.testing.assert_allclose(found["d/dx2"], 4 * np.array(found["x2"]), rtol=1e-6)
    np.testing.assert_allclose(found["loss"], np.square(found["x1"]) + 2 * np.square(found["x2"]), rtol=1e-5)
    np.testing.assert_allclose(found["learning_rate"][:-1], 0.1)
    image = QImage(str(plot))
    assert (image.width(), image.height()) == (800, 450)
    assert len({image.pixelColor(x, y).rgba() for x in range(0, 800, 9) for y in range(0, 450, 9)}) > 20


def test_options_reach_keras(tapeviz: Tapeviz, tmp_path: Path) -> None:
    lesson, out = tmp_path / "cubes.py", tmp_path / "out.npy"
    lesson.write_text(CUBES, encoding="utf-8")
    ran = tapeviz(
        *("descend", lesson, "-o", out, "--optimizer", "Adam", "--learning-rate", "0.05", "--iterations", "30"),
        *("--hyperparameter", "beta_1=0.8", "--start", "w=[[0.5, 3]]", "--set", "x=-2", "--clip", "norm=2"),
    )
    assert ran.status == 0, ran.err
    x, w = tf.Variable(-2.0), tf.Variable([[0.5, 3.0]])
    keras = tf.keras.optimizers.Adam(0.05, beta_1=0.8, clipnorm=2.0)
    places = []
    for _ in range(31):
        places.append([float(x), *w.numpy().reshape(-1)])
        with tf.GradientTape() as tape:
            loss = x**2 + tf.reduce_sum(w**4)
        keras.apply_gradients(zip(tape.gradient(loss, [x, w]), [x, w], strict=True))
    found = np.load(out, allow_pickle=False)
    columns = np.stack([found[name] for name in ("x", "w[0, 0]", "w[0, 1]")], axis=1)
    np.testing.assert_allclose(columns, places, rtol=1e-5, atol=1e-6)


def test_what_raises_on_the_way_is_kept_until_there(tapeviz: Tapeviz, tmp_path: Path) -> None:
    lesson, out, plot = tmp_path / "negative.py", tmp_path / "out.csv", tmp_path / "out.svg"
    lesson.write_text(NEGATIVE, encoding="utf-8")
    ran = tapeviz("descend", lesson, "-o", out, "--plot", plot, "--iterations", "100", "--learning-rate", "0.125")
    assert ran.status == 1
    assert "raised ValueError at iterate 9: x must not be negative." in ran.err
    assert table(out)["x"] == [1 - 0.125 * k for k in range(9)]
    assert plot.read_bytes().startswith(b"<?xml")
