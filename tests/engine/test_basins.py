"""Basins: where each start ends, held to Keras run by hand and to published minima."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tapeviz.engine.basins import BasinSearch
from tapeviz.engine.curvature import Hessians
from tapeviz.engine.many_descents import ManyDescents
from tapeviz.engine.objective import NoObjectiveError, Objective
from tapeviz.engine.replay import GivenUpError
from tapeviz.model.descent import Clipping, DescentSettings, OptimizerName, Schedule
from tapeviz.model.landscape import Basins, Extent, Plane
from tests.engine.objectives import (
    HIMMELBLAU_MINIMA,
    LINE,
    XY,
    double_well,
    himmelblau,
    objective_of,
    rosenbrock,
    square,
)

STARTS = np.array([[1.0, 0.5], [-2.0, 3.0], [0.3, -4.0]], np.float32)


def coloured(objective: Objective, plane: Plane, extent: Extent, resolution: int, settings: DescentSettings) -> Basins:
    return BasinSearch(objective, Hessians(objective)).coloured(plane, extent, resolution, settings)


def by_hand(objective: Objective, make: Callable[[], Any], start: Any, iterations: int) -> Any:
    """One descent as a lesson would write it."""
    variables = [tf.Variable(value) for value in objective.values(start)]
    optimizer = make()
    optimizer.build(variables)
    for _ in range(iterations):
        with tf.GradientTape() as tape:
            value = objective.compute(variables, None)
        optimizer.apply_gradients(zip(tape.gradient(value, variables), variables, strict=True))
    return np.concatenate([np.reshape(variable.numpy(), -1) for variable in variables])


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("sgd", lambda: tf.keras.optimizers.SGD(0.01)),
        ("momentum", lambda: tf.keras.optimizers.SGD(0.01, momentum=0.9)),
        ("nesterov", lambda: tf.keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True)),
        ("rmsprop", lambda: tf.keras.optimizers.RMSprop(0.01)),
        ("adagrad", lambda: tf.keras.optimizers.Adagrad(0.01)),
        ("adadelta", lambda: tf.keras.optimizers.Adadelta(0.01)),
        ("adam", lambda: tf.keras.optimizers.Adam(0.01)),
        ("adamw", lambda: tf.keras.optimizers.AdamW(0.01)),
        ("adamax", lambda: tf.keras.optimizers.Adamax(0.01)),
        ("nadam", lambda: tf.keras.optimizers.Nadam(0.01)),
        ("lion", lambda: tf.keras.optimizers.Lion(0.01)),
    ],
)
def test_every_start_goes_as_keras_would_take_it_alone(name: OptimizerName, make: Callable[[], Any]) -> None:
    objective = objective_of(himmelblau, 0.0, 0.0)
    settings = DescentSettings(optimizer=name, learning_rate=0.01, iterations=25)
    descents = ManyDescents(objective, settings, len(STARTS))
    expected = [by_hand(objective, make, start, 25) for start in STARTS]
    np.testing.assert_allclose(descents.ends(STARTS), expected, rtol=2e-5, atol=2e-6)
    np.testing.assert_array_equal(descents.ends(STARTS), descents.ends(STARTS), "the optimizer begins afresh")


@pytest.mark.parametrize(
    ("kind", "argument"), [("value", "clipvalue"), ("norm", "clipnorm"), ("global_norm", "global_clipnorm")]
)
def test_gradients_are_clipped_for_each_start_by_itself(kind: Any, argument: str) -> None:
    def bowl(w: Any, b: Any) -> Any:
        return tf.reduce_sum(w**2 * [1.0, 5.0]) + 3 * b**2

    objective = objective_of(bowl, [0.0, 0.0], 0.0)
    starts = np.array([[3.0, 1.0, -2.0], [0.01, 0.02, 5.0]], np.float32)
    settings = DescentSettings(learning_rate=0.1, iterations=10, clipping=Clipping(kind=kind, limit=0.5))
    ends = ManyDescents(objective, settings, 2).ends(starts)
    expected = [by_hand(objective, lambda: tf.keras.optimizers.SGD(0.1, **{argument: 0.5}), s, 10) for s in starts]
    np.testing.assert_allclose(ends, expected, rtol=1e-5, atol=1e-6)


def test_a_schedule_counts_the_iterations_of_one_descent() -> None:
    objective = objective_of(himmelblau, 0.0, 0.0)
    schedule = Schedule(kind="exponential", numbers={"decay_steps": (5.0,), "decay_rate": (0.5,)})
    settings = DescentSettings(learning_rate=0.01, iterations=20, schedule=schedule)
    rate = tf.keras.optimizers.schedules.ExponentialDecay(0.01, 5, 0.5)
    expected = [by_hand(objective, lambda: tf.keras.optimizers.SGD(rate), start, 20) for start in STARTS]
    np.testing.assert_allclose(ManyDescents(objective, settings, 3).ends(STARTS), expected, rtol=1e-5, atol=1e-6)


def test_newtons_method_is_made_for_all_at_once() -> None:
    objective = objective_of(himmelblau, 0.0, 0.0)
    settings = DescentSettings(optimizer="newton", learning_rate=1.0, iterations=3)
    x, y = STARTS.astype(np.float64).T
    for _ in range(3):
        a, b = x**2 + y - 11, x + y**2 - 7
        gradient = np.stack([4 * x * a + 2 * b, 2 * a + 4 * y * b], -1)
        hessian = np.moveaxis(
            np.array([[8 * x**2 + 4 * a + 2, 4 * x + 4 * y], [4 * x + 4 * y, 2 + 8 * y**2 + 4 * b]]), -1, 0
        )
        x, y = (np.stack([x, y], -1) - np.linalg.solve(hessian, gradient[..., None])[..., 0]).T
    np.testing.assert_allclose(ManyDescents(objective, settings, 3).ends(STARTS), np.stack([x, y], -1), rtol=1e-4)


def test_line_search_ends_a_round_bowl_in_one_iteration() -> None:
    objective = objective_of(lambda x, y: 3 * (x - 1) ** 2 + 3 * (y + 2) ** 2, 0.0, 0.0)
    settings = DescentSettings(optimizer="line_search", iterations=1)
    np.testing.assert_allclose(ManyDescents(objective, settings, 3).ends(STARTS), [[1.0, -2.0]] * 3, atol=1e-4)


def test_himmelblau_has_four_basins_around_the_published_minima() -> None:
    settings = DescentSettings(optimizer="sgd", learning_rate=0.005, iterations=1000)
    found = coloured(objective_of(himmelblau, 0.0, 0.0), XY, square(5.0), 200, settings)
    assert found.problem == ""
    np.testing.assert_allclose(found.minima, HIMMELBLAU_MINIMA, atol=1e-4)
    np.testing.assert_allclose(found.losses, 0.0, atol=1e-6)
    ends = found.ends.array
    assert ends.shape == (200, 200)
    assert set(np.unique(ends)) == {0, 1, 2, 3}
    axis = np.linspace(-5, 5, 200)
    for place, (x, y) in enumerate(HIMMELBLAU_MINIMA):
        assert ends[np.abs(axis - y).argmin(), np.abs(axis - x).argmin()] == place, "rows go along the second axis"


@pytest.mark.parametrize("name", ["adam", "momentum", "lion", "newton"])
def test_other_optimizers_end_in_the_same_minima(name: OptimizerName) -> None:
    rate = {"adam": 0.1, "momentum": 0.002, "lion": 0.02, "newton": 1.0}[name]
    settings = DescentSettings(optimizer=name, learning_rate=rate, iterations=50 if name == "newton" else 600)
    found = coloured(objective_of(himmelblau, 0.0, 0.0), XY, square(5.0), 24, settings)
    np.testing.assert_allclose(found.minima, HIMMELBLAU_MINIMA, atol=1e-4)
    nowhere = (found.ends.array == -1).mean()
    assert nowhere > 0.1 if name == "newton" else nowhere < 0.02, "Newton's method ends in saddles and maxima too"


def test_a_double_well_parts_at_its_maximum() -> None:
    settings = DescentSettings(learning_rate=0.1, iterations=2000)
    extent = Extent(low=(-2.0,), high=(2.0,))
    found = coloured(objective_of(double_well, 0.0), LINE, extent, 201, settings)
    low, top, high = np.sort(np.roots([1, 0, -1, 0.1]).real)
    np.testing.assert_allclose(found.minima, [[low], [high]], atol=1e-5)
    assert found.losses[0] < found.losses[1]
    assert np.array_equal(found.ends.array, (np.linspace(-2, 2, 201) > top).astype(int))


def test_a_rate_that_is_too_large_leads_nowhere_from_far_away() -> None:
    settings = DescentSettings(learning_rate=0.02, iterations=500)
    found = coloured(objective_of(himmelblau, 0.0, 0.0), XY, square(20.0), 60, settings)
    assert found.ends.array[0, 0] == -1
    assert (found.ends.array == -1).mean() > 0.5


def test_what_has_not_arrived_in_its_iterations_is_in_no_basin() -> None:
    extent = Extent(low=(-1.5, -0.5), high=(1.5, 1.5))
    objective = objective_of(rosenbrock, 0.0, 0.0)
    few = coloured(objective, XY, extent, 30, DescentSettings(learning_rate=0.001, iterations=50))
    assert (few.ends.array == -1).mean() > 0.5
    enough = coloured(objective, XY, extent, 30, DescentSettings(learning_rate=0.001, iterations=30_000))
    np.testing.assert_allclose(enough.minima, [[1.0, 1.0]], atol=1e-4)
    assert (enough.ends.array == 0).all()


def test_a_plateau_is_no_minimum_and_a_flat_minimum_is_one() -> None:
    ridge = objective_of(lambda x: tf.nn.relu(tf.abs(x) - 1.0) + tf.nn.relu(0.25 - x**2) * 0.0, 0.0)
    assert (coloured(ridge, LINE, Extent(low=(-0.9,), high=(0.9,)), 21, DescentSettings()).ends.array == -1).all()
    flat = objective_of(lambda x: x**4, 0.0)
    found = coloured(flat, LINE, Extent(low=(-1.0,), high=(1.0,)), 20, DescentSettings(iterations=20_000))
    np.testing.assert_allclose(found.minima, [[0.0]], atol=1e-3)
    assert (found.ends.array == 0).all()


def test_a_curve_of_minima_cannot_be_coloured() -> None:
    circle = objective_of(lambda x, y: (x**2 + y**2 - 1) ** 2, 0.0, 0.0)
    with pytest.raises(NoObjectiveError, match="more than 64 places"):
        coloured(circle, XY, square(1.2), 50, DescentSettings(learning_rate=0.05))


def test_starts_on_a_plane_of_more_coordinates_descend_in_all_of_them() -> None:
    def wells(w: Any) -> Any:
        return tf.reduce_sum(w**4 / 4 - w**2 / 2) + 0.1 * w[2]

    plane = Plane(origin=(0.0, 0.0, 0.5), directions=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)), titles=("a", "b"))
    found = coloured(objective_of(wells, [0.0] * 3), plane, square(1.5), 30, DescentSettings(iterations=500))
    depth = np.sort(np.roots([1, 0, -1, 0.1]).real)[2]
    np.testing.assert_allclose(found.minima, [[a, b, depth] for a in (-1, 1) for b in (-1, 1)], atol=1e-4)


def test_noise_is_the_same_for_all_starts() -> None:
    objective = objective_of(lambda x, y: x**2 + y**2, 0.0, 0.0)
    settings = DescentSettings(learning_rate=0.1, iterations=30, noise=0.5, seed=3)
    ends = ManyDescents(objective, settings, 3).ends(STARTS)
    quiet = ManyDescents(objective, replace(settings, noise=0.0), 3).ends(STARTS)
    moved = ends - quiet
    assert np.abs(moved[0]).min() > 1e-3
    np.testing.assert_allclose(moved, moved[:1].repeat(3, axis=0), atol=1e-5)


def test_what_cannot_be_is_said() -> None:
    eager = objective_of(himmelblau, 0.0, 0.0, reason="The block prints.")
    with pytest.raises(NoObjectiveError, match=r"thousands of descents at once. The block prints."):
        coloured(eager, XY, square(1.0), 10, DescentSettings())
    with pytest.raises(ValueError, match="learning rate"):
        coloured(objective_of(himmelblau, 0.0, 0.0), XY, square(1.0), 10, DescentSettings(learning_rate=-1.0))


def test_basins_are_given_up_between_calls() -> None:
    objective = objective_of(himmelblau, 0.0, 0.0)
    asked = iter([True, False])
    with pytest.raises(GivenUpError):
        BasinSearch(objective, Hessians(objective)).coloured(
            XY, square(5.0), 20, DescentSettings(iterations=100_000), lambda: next(asked)
        )
