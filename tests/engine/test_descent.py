"""Descents against published numbers, against plain TensorFlow run by hand, and to where they cannot go on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tapeviz.engine import descent_loop
from tapeviz.engine.descent import Descent, DescentError
from tapeviz.model.descent import DescentSettings, IterateBatch, Schedule, Trajectory
from tapeviz.model.trajectory import begun, grown
from tests.engine.objectives import objective_of, rosenbrock


def bowl(x: Any, y: Any) -> Any:
    return x**2 + 2 * y**2


def untraceable(x: Any, y: Any) -> Any:
    if x.numpy() < -1e9:
        raise ValueError("too far out")
    return bowl(x, y)


def joined(*batches: IterateBatch) -> Trajectory:
    trajectory = begun(DescentSettings(start=(0.0, 0.0)), 2)
    for batch in batches:
        trajectory = grown(trajectory, batch, trajectory.status)
    return trajectory


@pytest.mark.parametrize("reason", ["", "it reads numbers"])
def test_a_ravine_comes_to_the_published_place(reason: str) -> None:
    function = untraceable if reason else bowl
    batch = Descent(objective_of(function, -5.0, -2.0, reason=reason), DescentSettings(learning_rate=0.1)).advance(21)
    assert batch.kept.array.tolist() == list(range(21))
    assert batch.positions.array[0].tolist() == [-5.0, -2.0]
    np.testing.assert_allclose(batch.positions.array[20], [-0.0576461, -0.0000731], atol=5e-8)
    np.testing.assert_allclose(batch.losses.array[:2], [33.0, 18.88], rtol=1e-6)
    np.testing.assert_allclose(batch.gradients.array[0], [-10.0, -8.0])
    np.testing.assert_allclose(batch.norms.array[0], [10.0, 8.0])
    assert batch.rates.array.tolist() == [np.float32(0.1)] * 20


def test_the_descent_by_hand_of_the_lesson_begins_as_published() -> None:
    batch = Descent(objective_of(lambda x: (x - 5) ** 2, 2.0), DescentSettings(learning_rate=0.1)).advance(11)
    assert batch.gradients.array[0].tolist() == [-6.0]
    np.testing.assert_allclose(batch.positions.array[:, 0], 5 - 3 * 0.8 ** np.arange(11), rtol=1e-6)


def test_each_iteration_of_a_rate_beyond_the_largest_stable_one_multiplies_by_minus_one_and_a_fifth() -> None:
    positions = Descent(objective_of(lambda x: x**2, 1.0), DescentSettings(learning_rate=1.1)).advance(30).positions
    np.testing.assert_allclose(positions.array[:, 0], (-1.2) ** np.arange(30), rtol=1e-5)


def test_by_hand_in_plain_tensorflow_the_same_numbers_come() -> None:
    x, y = tf.Variable(-1.2), tf.Variable(1.0)
    optimizer = tf.keras.optimizers.Adam(0.02)
    found = []
    for _ in range(60):
        with tf.GradientTape() as tape:
            loss = rosenbrock(x, y)
        gradients = tape.gradient(loss, [x, y])
        found.append([x.numpy(), y.numpy(), loss.numpy(), *(gradient.numpy() for gradient in gradients)])
        optimizer.apply_gradients(zip(gradients, [x, y], strict=True))
    settings = DescentSettings(optimizer="adam", learning_rate=0.02)
    batch = Descent(objective_of(rosenbrock, -1.2, 1.0), settings).advance(60)
    ours = np.column_stack([batch.positions.array, batch.losses.array, batch.gradients.array])
    np.testing.assert_allclose(ours, np.array(found), rtol=2e-4, atol=1e-4)


def test_in_whatever_pieces_it_advances_it_goes_the_same_way() -> None:
    objective, settings = objective_of(rosenbrock, -1.2, 1.0), DescentSettings(optimizer="adam", learning_rate=0.01)
    whole = Descent(objective, settings).advance(200)
    descent = Descent(objective, settings)
    pieces = joined(*(descent.advance(count) for count in (1, 1, 7, 1, 90, 100)))
    assert descent.count == pieces.count == 200
    np.testing.assert_array_equal(pieces.positions, whole.positions.array)
    np.testing.assert_array_equal(pieces.losses, whole.losses.array)
    np.testing.assert_array_equal(pieces.rates, whole.rates.array)


def test_more_iterates_than_one_call_has_room_for_follow_on_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    objective, settings = objective_of(rosenbrock, -1.2, 1.0), DescentSettings(learning_rate=0.001)
    whole = Descent(objective, settings).advance(300)
    monkeypatch.setattr(descent_loop, "_MOST_ITERATES", 64)
    np.testing.assert_array_equal(Descent(objective, settings).advance(300).positions.array, whole.positions.array)


def test_nothing_is_compiled_a_second_time() -> None:
    traces = []

    def counted(x: Any) -> Any:
        traces.append(x)
        return x**2

    descent = Descent(objective_of(counted, 3.0), DescentSettings(learning_rate=0.1))
    descent.advance(2)
    before = len(traces)
    descent.advance(1)
    descent.steer(0.2)
    descent.advance(5000)
    descent.restart(DescentSettings(start=(5.0,), learning_rate=0.3))
    batch = descent.advance(3)
    assert len(traces) == before + 1  # iterate 0 of the new start, eagerly
    np.testing.assert_allclose(batch.positions.array[:, 0], [5.0, 2.0, 0.8], rtol=1e-6)


def test_a_restarted_optimizer_has_forgotten_what_it_kept() -> None:
    settings = DescentSettings(optimizer="adam", learning_rate=0.01, start=(-1.2, 1.0))
    descent = Descent(objective_of(rosenbrock, 5.0, 5.0), settings)
    first = descent.advance(50)
    descent.steer(0.5)
    descent.advance(50)
    descent.restart(settings)
    np.testing.assert_array_equal(descent.advance(50).positions.array, first.positions.array)
    descent.restart(DescentSettings(optimizer="adam", learning_rate=0.01))
    assert descent.advance(1).positions.array.tolist() == [[5.0, 5.0]]


def test_one_descent_serves_for_another_that_differs_in_start_rate_or_length() -> None:
    objective, settings = objective_of(rosenbrock, -1.2, 1.0), DescentSettings(learning_rate=0.01)
    descent = Descent(objective, settings)
    assert descent.serves(objective, replace(settings, learning_rate=0.3, start=(1.0, 2.0), iterations=5))
    assert not descent.serves(objective, replace(settings, noise=0.1))
    assert not descent.serves(objective_of(rosenbrock, -1.2, 1.0), settings)
    scheduled = replace(settings, schedule=Schedule(kind="cosine", numbers={"decay_steps": (10.0,)}))
    assert Descent(objective, scheduled).serves(objective, replace(scheduled, start=(1.0, 2.0)))
    assert not Descent(objective, scheduled).serves(objective, replace(scheduled, iterations=5))
    assert not Descent(objective, scheduled).serves(objective, replace(scheduled, learning_rate=0.3))


def test_the_learning_rate_is_changed_on_the_way() -> None:
    descent = Descent(objective_of(lambda x: x**2, 1.0), DescentSettings(learning_rate=0.25))
    first = descent.advance(3)
    descent.steer(0.5)
    trajectory = joined(first, descent.advance(2))
    np.testing.assert_allclose(trajectory.positions[:, 0], [1.0, 0.5, 0.25, 0.0, 0.0])
    assert trajectory.rates.tolist() == [0.25, 0.25, 0.5, 0.5]


def test_it_ends_with_the_iterate_that_is_no_number() -> None:
    descent = Descent(objective_of(tf.math.log, 1.0), DescentSettings(learning_rate=0.5))
    batch = descent.advance(10)
    assert batch.positions.array[:, 0].tolist() == [1.0, 0.5, -0.5]
    np.testing.assert_array_equal(batch.losses.array, np.array([0.0, np.log(0.5), np.nan], np.float32))
    assert not descent.is_finite


def test_an_objective_that_raises_is_told_after_the_iterates_before() -> None:
    def fussy(x: Any) -> Any:
        if x.numpy() < 1.0:
            raise ValueError("x must be at least 1")
        return x**2

    descent = Descent(objective_of(fussy, 5.0, reason="it looks"), DescentSettings(learning_rate=0.25))
    assert descent.advance(10).positions.array[:, 0].tolist() == [5.0, 2.5, 1.25]
    with pytest.raises(DescentError, match="ValueError at iterate 3: x must be at least 1"):
        descent.advance(1)


def test_what_cannot_be_traced_after_all_goes_on_eagerly() -> None:
    batch = Descent(objective_of(untraceable, -5.0, -2.0), DescentSettings(learning_rate=0.1)).advance(21)
    np.testing.assert_allclose(batch.positions.array[20], [-0.0576461, -0.0000731], atol=5e-8)


def test_what_xla_cannot_compile_goes_on_as_a_graph() -> None:
    def printed(x: Any, y: Any) -> Any:
        return bowl(x, y) + tf.cast(tf.strings.length(tf.strings.as_string(tf.stop_gradient(x))) * 0, x.dtype)

    descent = Descent(objective_of(printed, -5.0, -2.0), DescentSettings(learning_rate=0.1))
    np.testing.assert_allclose(descent.advance(21).positions.array[20], [-0.0576461, -0.0000731], atol=5e-8)


def test_an_objective_that_raises_in_a_compiled_loop_is_told_where() -> None:
    def fussy(x: Any) -> Any:
        with tf.control_dependencies([tf.debugging.assert_greater(x, 1.0), tf.strings.as_string(x)]):
            return tf.identity(x) ** 2 + 0.0 * tf.strings.to_number(tf.strings.as_string(tf.stop_gradient(x)))

    descent = Descent(objective_of(fussy, 5.0), DescentSettings(learning_rate=0.25))
    assert descent.advance(10).positions.array[:, 0].tolist() == [5.0, 2.5, 1.25]
    with pytest.raises(DescentError, match="InvalidArgumentError at iterate 3"):
        descent.advance(1)


def test_of_many_coordinates_positions_are_kept_as_far_as_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tapeviz.model.descent.MAX_KEPT_COORDINATES", 100)
    start = np.linspace(1.0, 2.0, 10)
    descent = Descent(objective_of(lambda x: tf.reduce_sum(x**2), start), DescentSettings(learning_rate=0.25))
    first, second = descent.advance(11), descent.advance(14)
    assert first.kept.array.tolist() == [0, 2, 4, 6, 8, 10]
    assert second.kept.array.tolist() == [12, 16, 20, 24]
    third = descent.advance(2)
    assert third.kept.array.tolist() == [26]
    for batch in (first, second, third):
        expected = start * 0.5 ** batch.kept.array[:, None]
        np.testing.assert_allclose(batch.positions.array, expected, rtol=1e-5)
        np.testing.assert_allclose(batch.gradients.array, 2 * expected, rtol=1e-5)
    assert len(second.losses.array) == 14


def test_parameters_of_several_shapes_and_types() -> None:
    def loss(w: Any, b: Any) -> Any:
        return tf.reduce_sum((tf.ones((2, 2)) @ w + b - 3.0) ** 2)

    descent = Descent(objective_of(loss, np.ones((2, 1)), np.zeros(1)), DescentSettings(learning_rate=0.05))
    batch = descent.advance(2)
    assert batch.positions.array[0].tolist() == [1.0, 1.0, 0.0]
    assert batch.gradients.array[0].tolist() == [-4.0, -4.0, -4.0]
    np.testing.assert_allclose(batch.norms.array[0], [np.sqrt(32.0), 4.0])
    np.testing.assert_allclose(batch.positions.array[1], [1.2, 1.2, 0.2], rtol=1e-6)
    double = Descent(objective_of(rosenbrock, -1.2, 1.0, dtype="float64"), DescentSettings(learning_rate=0.001))
    assert double.advance(5).positions.array.dtype == np.float64
