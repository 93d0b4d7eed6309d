"""The descents of a lesson's own loops, held to the numbers of the same loops in plain TensorFlow."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf

from tapeviz.engine import loops as folding
from tapeviz.model.descent import DescentSettings
from tapeviz.model.descent_curves import curves_of
from tapeviz.model.descent_scene import ways_of
from tapeviz.model.descent_state import DescentState, Racer
from tapeviz.model.graph import Subject
from tapeviz.model.own_trajectory import OwnTrajectory, on_parameters, own_trajectories
from tapeviz.model.recording import Recording
from tests.engine.conftest import Record
from tests.engine.lessons_with_loops import ADAM, PLAIN_STATE, VARIABLES

LINE = """
tf.keras.utils.set_random_seed(3)
x = tf.random.normal((20, 1))
y = 3.0 * x + 2.0
w, b = tf.Variable([[0.0]]), tf.Variable([0.0])
optimizer = tf.keras.optimizers.{optimizer}
{before}
for iteration in range(60):
    {note}
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((x @ w + b - y) ** 2)
    gradients = tape.gradient(loss, [w, b])
    {gradient}
    {update}
{note}
"""
NOTED = {
    "before": "trace, losses, slopes = [], [], []",
    "note": "trace.append([w.numpy()[0, 0], b.numpy()[0]])",
    "gradient": "losses.append(loss.numpy()); slopes.append([g.numpy().ravel()[0] for g in gradients])",
}
PLAIN = {"before": "", "note": "pass", "gradient": "pass"}
UPDATES = {
    "assign_sub": "[variable.assign_sub(0.1 * g) for variable, g in zip([w, b], gradients)]",
    "assign": "w.assign(w - 0.1 * gradients[0]); b.assign(b - 0.1 * gradients[1])",
    "apply_gradients": "optimizer.apply_gradients(zip(gradients, [w, b]))",
}
FIT = """
tf.keras.utils.set_random_seed(5)
x = tf.random.normal((40, 2))
y = tf.reduce_sum(x, axis=1, keepdims=True)
model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])
model.compile(optimizer=tf.keras.optimizers.SGD(0.05), loss="mse")
{before}
model.fit(x, y, batch_size=10, epochs=3, verbose=0, shuffle=False)
"""
RACE = """
x = tf.Variable([-5.0, -2.0])
for optimizer in (tf.keras.optimizers.SGD(0.1), tf.keras.optimizers.Adam(0.1)):
    x.assign([-5.0, -2.0])
    for iteration in range(20):
        with tf.GradientTape() as tape:
            y = x[0] ** 2 + 2.0 * x[1] ** 2
        optimizer.apply_gradients([(tape.gradient(y, x), x)])
"""
FRESH = """
def descend(rate):
    x = tf.Variable([-5.0, -2.0])
    for iteration in range(6):
        with tf.GradientTape() as tape:
            y = x[0] ** 2 + 2.0 * x[1] ** 2
        x.assign_sub(rate * tape.gradient(y, x))
    return x
ends = [descend(rate).numpy() for rate in (0.1, 0.2, 0.3)]
"""


@pytest.fixture(params=[False, True], ids=["whole", "folded"])
def is_folded(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    if request.param:
        monkeypatch.setattr(folding, "FOLD_FROM", 8)
    return bool(request.param)


def plain(text: str) -> dict[str, Any]:
    """Run a lesson in plain TensorFlow and return its names."""
    names: dict[str, Any] = {"tf": tf}
    exec(compile(text, "plain.py", "exec"), names)
    return names


def only(recording: Recording) -> OwnTrajectory:
    (found,) = own_trajectories(recording, Subject(call=0))
    return found


def bits(found: npt.NDArray[Any], expected: Any) -> None:
    np.testing.assert_array_equal(found, np.asarray(expected, found.dtype))


@pytest.mark.parametrize("update", UPDATES)
def test_a_loop_is_read_as_it_ran(record: Record, update: str, is_folded: bool) -> None:
    settings = {"update": UPDATES[update], "optimizer": "Adam(0.1)"}
    recording = record(LINE.format(**settings, **PLAIN))
    assert bool(recording.laps) == is_folded
    expected = plain(LINE.format(**settings, **NOTED))
    found = only(recording)
    assert [parameter.name for parameter in found.parameters] == ["w", "b"]
    assert (found.title, found.first, found.iterations) == ("loss", 0, 60)
    trajectory = found.trajectory
    assert trajectory.settings is None and trajectory.count == 61
    bits(trajectory.kept, np.arange(61))
    bits(trajectory.positions, expected["trace"])
    bits(trajectory.losses[:-1], expected["losses"])
    bits(trajectory.gradients[:-1], expected["slopes"])
    np.testing.assert_allclose(trajectory.norms[:-1], np.abs(expected["slopes"]), rtol=1e-6)
    assert np.isnan(trajectory.losses[-1]) and np.isnan(trajectory.gradients[-1]).all()


def test_model_fit_is_a_loop_of_its_own(record: Record, is_folded: bool) -> None:
    note = "kept = []\nmodel.fit(x, y, batch_size=10, epochs=3, verbose=0, shuffle=False, callbacks=[{}])"
    begun = (
        "tf.keras.callbacks.LambdaCallback(on_train_batch_begin=lambda batch, logs: kept.append(model.get_weights()))"
    )
    expected = plain(FIT.format(before=note.format(begun)).rsplit("model.fit", 1)[0])
    found = only(record(FIT.format(before="")))
    assert [parameter.shape for parameter in found.parameters] == [(2, 1), (1,)]
    where = np.array([np.concatenate([weight.ravel() for weight in weights]) for weights in expected["kept"]])
    last = np.concatenate([weight.ravel() for weight in expected["model"].get_weights()])
    np.testing.assert_allclose(found.trajectory.positions, np.vstack([where, last]), rtol=1e-5)


def test_a_race_that_a_lesson_runs_is_as_many_trajectories(record: Record, is_folded: bool) -> None:
    found = own_trajectories(record(RACE), Subject(call=3))
    assert [(each.first, each.iterations) for each in found] == [(0, 20), (20, 20)]
    for each in found:
        bits(each.trajectory.positions[0], [-5.0, -2.0])
    # The lesson's number: 20 iterations of (1 - 0.2) and of (1 - 0.4).
    np.testing.assert_allclose(found[0].trajectory.positions[-1], [-0.0576461, -0.0000731], rtol=1e-3)
    np.testing.assert_allclose(found[1].trajectory.positions[1], [-4.9, -1.9], rtol=1e-4)


def test_a_function_with_variables_of_its_own_is_one_trajectory_each_time(record: Record, is_folded: bool) -> None:
    found = own_trajectories(record(FRESH), Subject(call=0))
    assert [(each.first, each.iterations) for each in found] == [(0, 6), (6, 6), (12, 6)]
    ends = plain(FRESH)["ends"]
    bits(np.array([each.trajectory.positions[-1] for each in found]), ends)


def test_a_watched_tensor_moves_too(record: Record, is_folded: bool) -> None:
    """It is given no value by an assignment: the iterations are all there is."""
    found = only(record(PLAIN_STATE))
    noted = PLAIN_STATE.replace("losses = []", "losses, trace = [], []").replace(
        "    g =", "    trace.append(x)\n    g ="
    )
    assert found.trajectory.count == 30
    bits(found.trajectory.positions, np.array(plain(noted)["trace"]))


def test_scalars_and_keras_optimizers(record: Record) -> None:
    assert only(record(VARIABLES)).trajectory.positions.shape == (31, 2)
    assert only(record(ADAM)).trajectory.positions.shape == (26, 3)


@pytest.mark.parametrize(
    "text",
    [
        "x = tf.Variable(2.0)\nwith tf.GradientTape() as tape:\n    y = x * x\ntape.gradient(y, x)\n",
        "x = tf.Variable(2.0)\nfor k in range(5):\n    with tf.GradientTape() as tape:\n        y = x * x\n"
        "    tape.gradient(y, x)\n",
    ],
    ids=["no loop", "nothing moves"],
)
def test_no_descent(record: Record, text: str) -> None:
    assert own_trajectories(record(text), Subject(call=0)) == ()


def test_a_function_compiled_under_the_tape_reads_its_variables_itself(record: Record, is_folded: bool) -> None:
    text = (
        "x = tf.Variable(2.0)\n@tf.function\ndef f():\n    return (x - 5.0) ** 2\ntrace = []\n"
        "for k in range(12):\n    with tf.GradientTape() as tape:\n        y = f()\n"
        "    x.assign_sub(0.1 * tape.gradient(y, x))\n"
    )
    expected = [5.0 - 3.0 * 0.8**k for k in range(13)]
    np.testing.assert_allclose(only(record(text)).trajectory.positions[:, 0], expected, rtol=1e-5)


def test_values_that_were_not_kept_are_left_out(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "FOLD_FROM", 8)
    monkeypatch.setattr(folding, "HIGHEST_BYTES", 6_000)
    found = only(
        record(
            "w = tf.Variable(tf.ones(40))\n"
            "for k in range(200):\n"
            "    with tf.GradientTape() as tape:\n"
            "        y = tf.reduce_sum(w * w)\n"
            "    w.assign_sub(0.01 * tape.gradient(y, w))\n"
        )
    )
    kept = found.trajectory.kept
    assert found.trajectory.count == 201 and 4 < len(kept) < 100 and kept[-1] == 200
    np.testing.assert_allclose(found.trajectory.positions[:, 7], 0.98 ** kept.astype(float), rtol=1e-4)
    np.testing.assert_allclose(found.trajectory.losses[:-1], 40 * 0.98 ** (2 * np.arange(200)), rtol=1e-3)


def test_the_loss_with_which_a_loop_was_left_is_that_of_the_last_iterate(record: Record, is_folded: bool) -> None:
    text = (
        "x = tf.Variable(2.0)\nfor k in range(100):\n    with tf.GradientTape() as tape:\n"
        "        loss = (x - 5.0) ** 2\n    if loss < 0.01:\n        break\n"
        "    x.assign_sub(0.1 * tape.gradient(loss, x))\n"
    )
    found = only(record(text))
    names = plain(text)
    assert found.iterations == names["k"] and found.trajectory.count == names["k"] + 1
    assert found.trajectory.losses[-1] == np.float32(names["loss"]) < 0.01


def test_positions_are_put_into_the_order_of_the_objective(record: Record) -> None:
    text = LINE.format(update=UPDATES["assign_sub"], optimizer="Adam(0.1)", **PLAIN)
    own = only(record(text))
    w, b = own.parameters
    turned = on_parameters(own, (b, w))
    bits(turned.positions, own.trajectory.positions[:, ::-1])
    bits(turned.norms, own.trajectory.norms[:, ::-1])
    assert on_parameters(own, (w, b)) is own.trajectory
    assert on_parameters(own, (w, replace(b, name="c"))).positions.shape == (0, 2)


def test_it_is_drawn_whole_or_as_far_as_the_clock_of_a_race(record: Record) -> None:
    own = own_trajectories(record(VARIABLES), Subject(call=0))
    descent = DescentState(own=own)
    (way,) = ways_of(descent)
    assert (way.look, way.own, way.shown, way.title) == (None, 0, 30, "the lesson's loop")
    assert way.loss == own[0].trajectory.losses[29], "of where the last update led to no loss was recorded"
    (curve,) = curves_of("loss", (way,), None)
    assert len(curve.numbers) == 30 and np.isfinite(curve.numbers).all()
    racer = Racer(look=0, settings=DescentSettings(start=(0.0, 0.0)))
    path = replace(own[0].trajectory, settings=racer.settings)
    raced = replace(descent, raced=(racer,), trajectories=(path,), clock=7, is_following=False)
    assert [(way.own, way.shown) for way in ways_of(raced)] == [(0, 7), (None, 7)]


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (
            "error = (w * 2.0 - 3.0) ** 2\n        penalty = 0.1 * w ** 2\n        loss = error + penalty",
            ("error", "penalty"),
        ),
        ("loss = (w * 2.0 - 3.0) ** 2 + 0.1 * w ** 2", ("(w * 2.0 - 3.0) ** 2", "0.1 * w ** 2")),
        ("loss = (w - 1.0) ** 2", ()),
    ],
    ids=["named", "written", "no sum"],
)
def test_the_terms_of_a_loss(record: Record, loss: str, expected: tuple[str, ...], is_folded: bool) -> None:
    text = (
        f"w = tf.Variable(0.5)\nfor k in range(12):\n    with tf.GradientTape() as tape:\n        {loss}\n"
        "    w.assign_sub(0.05 * tape.gradient(loss, w))\n"
    )
    found = only(record(text))
    assert tuple(term.name for term in found.terms) == expected
    if expected:
        w = found.trajectory.positions[:-1, 0].astype(float)
        np.testing.assert_allclose(found.terms[0].numbers, (2 * w - 3) ** 2, rtol=1e-5)
        np.testing.assert_allclose(found.terms[1].numbers, 0.1 * w**2, rtol=1e-5)
        curves = curves_of("terms", ways_of(DescentState(own=(found,))), None)
        assert [curve.name for curve in curves] == list(expected)
