"""How descents stand: the classical cases, with the numbers that calculus gives for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tapeviz.engine.descent import Descent
from tapeviz.engine.judge import Judge, Terrain
from tapeviz.engine.objective import Objective
from tapeviz.model.descent import DescentSettings, DescentStatus, Trajectory
from tapeviz.model.trajectory import begun, grown
from tests.engine.objectives import objective_of, rosenbrock

FEW = 60


def descend(objective: Objective, settings: DescentSettings, piece: int = 1000) -> Trajectory:
    """Go down to the end, so many iterates at a time."""
    descent, judge = Descent(objective, settings), Judge(Terrain(objective), settings)
    path = begun(settings, len(objective.parameters))
    while path.status.kind == "running":
        batch, status = judge.judge(descent.advance(min(piece, settings.iterations + 1 - descent.count)))
        path = grown(path, batch, status)
    return path


def status_of(function: Callable[..., Any], *start: float, **settings: Any) -> DescentStatus:
    """Go down to the end; eagerly where there are so few iterations that compiling takes longer."""
    reason = "few iterations" if settings.get("iterations", 1000) <= FEW else ""
    return descend(objective_of(function, *start, reason=reason), DescentSettings(**settings)).status


def test_a_rate_beyond_the_largest_stable_one_diverges() -> None:
    status = status_of(tf.square, 1.0, learning_rate=1.1, iterations=30)
    assert status.kind == "diverged"
    assert status.sentence == (
        "It diverged. The loss has grown from 1 to 56 348, and each update is about −1.2 times the one before. "
        "The rate 1.1 is above 2/λ = 1, where λ = 2 is the largest curvature."
    )


def test_a_divergence_to_infinity_is_told_as_one() -> None:
    status = status_of(tf.square, 1.0, learning_rate=1.1, iterations=10_000)
    assert status.kind == "diverged"
    assert "each update is about −1.2 times" in status.sentence
    assert "above 2/λ = 1," in status.sentence


def test_a_divergence_that_grows_ever_faster_has_no_factor() -> None:
    """x⁴ at rate 1 from 3: each update is as many times the one before as nothing else, the next one far more."""
    status = status_of(lambda x: x**4, 3.0, learning_rate=1.0, iterations=10)
    assert status.kind == "diverged"
    assert "The loss has grown from 81 to " in status.sentence
    assert "each update" not in status.sentence


def test_momentum_has_a_larger_stable_rate() -> None:
    settings = {"optimizer": "momentum", "hyperparameters": {"momentum": 0.5}, "iterations": 60}
    assert "above 2(1 + momentum)/λ = 1.5," in status_of(tf.square, 1.0, learning_rate=1.7, **settings).sentence
    assert status_of(tf.square, 1.0, learning_rate=1.3, **settings).kind == "converged"


def test_a_rate_between_one_and_two_over_the_curvature_oscillates_and_converges() -> None:
    early = status_of(tf.square, 1.0, learning_rate=0.9, iterations=20)
    assert early.kind == "oscillating"
    assert "about 0.8 times as long; the loss went from 1 to 0.0001329." in early.sentence
    assert "The rate 0.9 lies between 1/λ = 0.5 and 2/λ = 1, where λ = 2" in early.sentence
    path = descend(objective_of(tf.square, 1.0), DescentSettings(learning_rate=0.9, iterations=1000))
    assert path.status.kind == "converged"
    assert "Each update overshot the minimum." in path.status.sentence
    assert path.count - 1 == np.ceil(np.log(8 * np.finfo(np.float32).eps / 2) / np.log(0.8))


def test_while_it_goes_on_it_is_running_with_a_sentence() -> None:
    objective, settings = objective_of(tf.square, 1.0), DescentSettings(learning_rate=0.9)
    descent, judge = Descent(objective, settings), Judge(Terrain(objective), settings)
    statuses = [judge.judge(descent.advance(5))[1] for _ in range(3)]
    assert [status.kind for status in statuses] == ["running"] * 3
    assert "It oscillates" in statuses[2].sentence


def test_a_bowl_converges_at_the_same_iterate_however_it_is_cut_into_batches() -> None:
    settings = DescentSettings(learning_rate=0.1, iterations=5000)
    paths = [descend(objective_of(lambda x, y: x**2 + 2 * y**2, -5.0, -2.0), settings, piece) for piece in (7, 5000)]
    assert paths[0].count == paths[1].count
    assert paths[0].status == paths[1].status
    assert paths[0].status.kind == "converged"
    assert f"after {paths[0].count - 1} iterations" in paths[0].status.sentence
    assert np.abs(paths[0].positions[-1]).max() < 1e-6
    np.testing.assert_array_equal(paths[0].positions, paths[1].positions)


def test_rosenbrock_is_not_at_its_end_before_it_is_near_the_minimum() -> None:
    short = status_of(rosenbrock, -1.2, 1.0, learning_rate=1e-3, iterations=1000)
    assert short.kind == "exhausted"
    assert "All 1 000 iterations are used up" in short.sentence
    assert "The loss went from 24.2 to 0.4535 and is still falling" in short.sentence
    path = descend(objective_of(rosenbrock, -1.2, 1.0), DescentSettings(learning_rate=1e-3, iterations=200_000), 4096)
    assert path.status.kind == "converged"
    np.testing.assert_allclose(path.positions[-1], [1.0, 1.0], atol=2e-4)


def test_in_double_precision_it_converges_further() -> None:
    objective = objective_of(rosenbrock, -1.2, 1.0, dtype="float64")
    path = descend(objective, DescentSettings(learning_rate=1e-3, iterations=200_000), 4096)
    assert path.status.kind == "converged"
    np.testing.assert_allclose(path.positions[-1], [1.0, 1.0], atol=1e-8)


def test_a_loss_that_has_come_to_its_last_digit_is_not_still_falling() -> None:
    status = status_of(lambda x: 0.2 + (x - 3) ** 2, 0.0, learning_rate=0.1, iterations=60)
    assert status.kind == "converged"
    assert "stayed at 0.2 to all the digits" in status.sentence


def test_adam_converges() -> None:
    settings = DescentSettings(optimizer="adam", learning_rate=0.05, iterations=20_000)
    path = descend(objective_of(rosenbrock, -1.2, 1.0), settings, 4096)
    assert path.status.kind == "converged"


def test_on_the_axis_a_saddle_holds_it() -> None:
    status = status_of(lambda x, y: x**2 - y**2, 1.0, 0.0, learning_rate=0.1)
    assert status.kind == "saddle"
    assert "eigenvalues −2 and 2" in status.sentence


def test_on_the_way_to_a_saddle_it_says_so() -> None:
    status = status_of(lambda x, y: x**2 - y**2, 1.0, 0.0, learning_rate=0.1, iterations=50)
    assert status.kind == "saddle"
    assert status.sentence.startswith("It is near a saddle. The gradient's norm is only 2.854×10⁻⁵")


def test_what_falls_without_end_to_infinity_is_no_standstill() -> None:
    status = status_of(lambda x, y: x**3 - 3 * x * y**2, -0.5, 0.1, learning_rate=0.05, iterations=60)
    assert status.kind == "diverged"
    assert "falls without end" in status.sentence


def test_to_and_fro_by_rounding_alone_is_convergence() -> None:
    booth = objective_of(lambda x, y: (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2, -8.0, 8.0)
    path = descend(booth, DescentSettings(learning_rate=0.1, iterations=1000))
    assert path.status.kind == "converged"
    np.testing.assert_allclose(path.positions[-1], [1.0, 3.0], atol=1e-5)


def test_a_start_on_a_maximum_goes_nowhere() -> None:
    status = status_of(lambda x: -(x**2), 0.0, iterations=5)
    assert status.kind == "saddle"
    assert "maximum right where it starts. The gradient is 0 there" in status.sentence


def test_beside_the_saddle_the_loss_falls_without_end() -> None:
    status = status_of(lambda x, y: x**2 - y**2, 1.0, 1e-3, learning_rate=0.5, iterations=10_000)
    assert status.kind == "diverged"
    assert "falls without end" in status.sentence


def test_where_slope_and_curvature_are_small_it_is_a_plateau() -> None:
    status = status_of(lambda x: 1 - tf.exp(-(x**2) / 2), 4.0, learning_rate=0.5, iterations=200)
    assert status.kind == "plateau"
    assert status.sentence.startswith("It is on a plateau. In the last 100 iterations the loss fell by only ")


def test_a_rate_that_is_too_small_for_a_slope_is_no_plateau() -> None:
    status = status_of(rosenbrock, -1.2, 1.0, learning_rate=1e-8, iterations=60)
    assert status.kind == "exhausted"
    assert "it is the rate, 1×10⁻⁸, that is very small" in status.sentence


def test_a_rate_that_moves_nothing_is_told() -> None:
    status = status_of(tf.square, 3.0, learning_rate=1e-9, iterations=1000)
    assert status.kind == "plateau"
    assert "Nothing has moved for 100 iterations. The gradient's norm is 6 there" in status.sentence


def test_going_to_and_fro_for_ever_is_not_standing_still() -> None:
    status = status_of(tf.square, 3.0, learning_rate=1.0, iterations=500)
    assert status.kind == "oscillating"


def test_where_the_loss_is_no_number_any_more_it_says_where() -> None:
    status = status_of(tf.math.log, 1.0, learning_rate=0.5, iterations=5)
    assert status.kind == "nan"
    assert status.sentence == (
        "At iterate 2, where x = −0.5, the loss is NaN; one iteration before at x = 0.5 the loss was still −0.6931. "
        "Open this iterate to see which op made it."
    )


def test_a_start_without_a_value_says_so() -> None:
    status = status_of(tf.math.log, -1.0, iterations=5)
    assert status.kind == "nan"
    assert status.sentence.startswith("At iterate 0, where x = −1, the loss is NaN")


@pytest.mark.parametrize("iterations", [0, 1, 2])
def test_few_iterations_are_used_up(iterations: int) -> None:
    assert status_of(tf.square, 3.0, learning_rate=0.1, iterations=iterations).kind == "exhausted"


def test_many_coordinates_need_no_hessian() -> None:
    objective = objective_of(lambda x: tf.reduce_sum(x**2), np.linspace(1.0, 2.0, 100))
    assert descend(objective, DescentSettings(learning_rate=0.25)).status.kind == "converged"
    assert descend(objective, DescentSettings(learning_rate=1.1, iterations=30)).status.kind == "diverged"
