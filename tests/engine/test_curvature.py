"""Hessians and critical points, held to sympy's and to what was published."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
import sympy
import tensorflow as tf

from tapeviz.engine.critical_points import CriticalPoints
from tapeviz.engine.curvature import MAX_DIMENSION, Hessians, curvature_of
from tapeviz.engine.objective import NoObjectiveError, Objective
from tapeviz.model.landscape import Curvature, Extent, Plane
from tests.engine.objectives import (
    HIMMELBLAU_MINIMA,
    LINE,
    XY,
    camel,
    double_well,
    himmelblau,
    monkey_saddle,
    objective_of,
    rosenbrock,
    square,
)


@pytest.fixture(scope="module")
def on_himmelblau() -> CriticalPoints:
    """One search for all tests: what it compiles is the same for every plane."""
    return CriticalPoints(objective_of(himmelblau, 0.0, 0.0))


def examined(objective: Objective, *position: float) -> Curvature:
    return curvature_of(position, Hessians(objective).at(position))


def test_the_hessian_is_that_of_calculus() -> None:
    x, y = sympy.symbols("x y")
    by_hand = np.array(sympy.hessian(rosenbrock(x, y), (x, y)).subs({x: -1.2, y: 1.0}), dtype=float)
    near = Hessians(objective_of(rosenbrock, 0.0, 0.0)).at((-1.2, 1.0))
    np.testing.assert_allclose(near.hessian, by_hand, rtol=1e-5)
    assert near.value == pytest.approx(24.2, rel=1e-5)
    np.testing.assert_allclose(near.gradient, [-215.6, -88.0], rtol=1e-5)


def test_the_minimum_of_rosenbrock_is_as_stiff_as_published() -> None:
    found = examined(objective_of(rosenbrock, 0.0, 0.0), 1.0, 1.0)
    assert found.kind == "minimum"
    assert found.condition == pytest.approx(2508, rel=1e-3)
    assert found.eigenvalues == pytest.approx((0.39936, 1001.6006), rel=1e-3)
    assert found.largest_stable_rate == pytest.approx(2 / 1001.6006, rel=1e-5)
    for value, vector in zip(found.eigenvalues, found.eigenvectors, strict=True):
        np.testing.assert_allclose(np.array([[802, -400], [-400, 200]]) @ vector, value * np.array(vector), atol=2e-3)


def test_beyond_the_largest_stable_rate_gradient_descent_moves_away() -> None:
    objective = objective_of(lambda x, y: x**2 + 2 * y**2, 0.0, 0.0)
    rate = examined(objective, 0.0, 0.0).largest_stable_rate
    assert rate == pytest.approx(0.5)
    assert rate is not None
    for factor, grows in ((0.99, False), (1.01, True)):
        place = tf.Variable([0.1, 0.1])
        for _ in range(200):
            with tf.GradientTape() as tape:
                value = objective.at(place)
            place.assign_sub(factor * rate * tape.gradient(value, place))
        assert (abs(float(place[1])) > 0.1) == grows


def test_where_the_gradient_is_not_zero_it_is_no_critical_point() -> None:
    found = examined(objective_of(himmelblau, 0.0, 0.0), 0.0, 0.0)
    assert found.kind is None
    assert found.gradient_norm == pytest.approx(np.hypot(14, 22))
    assert found.largest_stable_rate is None, "both eigenvalues are negative there"


def test_a_flat_direction_has_no_condition_number() -> None:
    found = examined(objective_of(lambda x, y: x**2 + 0 * y, 0.0, 0.0), 0.0, 3.0)
    assert (found.condition, found.kind) == (None, "degenerate")


def test_the_parameters_of_a_model_and_its_data_are_taken_together() -> None:
    data = tf.random.stateless_normal((50, 3), seed=(1, 2))

    def loss(w: Any, b: Any) -> Any:
        return tf.reduce_mean((tf.linalg.matvec(data, w) + b - 1.0) ** 2)

    with_one = np.c_[data.numpy(), np.ones(50)]
    near = Hessians(objective_of(loss, [0.0, 0.0, 0.0], 0.0)).at((0.1, 0.2, 0.3, 0.4))
    np.testing.assert_allclose(near.hessian, 2 * with_one.T @ with_one / 50, rtol=1e-4, atol=1e-5)


def test_what_cannot_be_traced_is_examined_eagerly() -> None:
    def eager(x: Any, y: Any) -> Any:
        return himmelblau(x, y) if float(x) < 10 else x

    near = Hessians(objective_of(eager, 0.0, 0.0, reason="It calls float().")).at((1.0, 2.0))
    np.testing.assert_allclose(near.hessian, [[-22, 12], [12, 26]], rtol=1e-5)


def test_too_many_coordinates_are_refused_in_a_sentence() -> None:
    with pytest.raises(NoObjectiveError, match=r"257 coordinates has as many rows; up to 256"):
        Hessians(objective_of(lambda w: tf.reduce_sum(w**2), [0.0] * (MAX_DIMENSION + 1)))


def test_where_there_is_no_number_there_is_no_curvature() -> None:
    with pytest.raises(NoObjectiveError, match="no curvature here"):
        Hessians(objective_of(lambda x, y: tf.math.log(x) + y**2, 1.0, 1.0)).at((-1.0, 0.0))


def stationary(function: Any) -> list[tuple[float, float, str]]:
    """All real critical points of a polynomial, by sympy."""
    x, y = sympy.symbols("x y", real=True)
    value = sympy.nsimplify(function(x, y))
    slopes = [sympy.diff(value, each) for each in (x, y)]
    hessian = sympy.lambdify((x, y), sympy.hessian(value, (x, y)))
    basis = sympy.groebner(slopes, y, x, order="lex")
    last = [each for each in basis.exprs if not each.has(y)]
    linear = next(each for each in basis.exprs if sympy.degree(each, y) == 1)
    found = []
    for root in sympy.Poly(last[-1], x).nroots(n=30, maxsteps=200):
        if abs(sympy.im(root)) > 1e-12:
            continue
        other = sympy.solve(linear.subs(x, root), y)[0]
        low, high = np.linalg.eigvalsh(np.array(hessian(float(root), float(other)), dtype=float))
        found.append((float(root), float(other), "minimum" if low > 0 else "maximum" if high < 0 else "saddle"))
    return found


@pytest.mark.parametrize(
    ("function", "extent", "kinds"),
    [
        (himmelblau, square(6.0), {"minimum": 4, "saddle": 4, "maximum": 1}),
        (camel, Extent(low=(-3.0, -2.0), high=(3.0, 2.0)), {"minimum": 6, "saddle": 7, "maximum": 2}),
    ],
    ids=["Himmelblau", "six-hump camel"],
)
def test_all_critical_points_are_found_and_classified(function: Any, extent: Extent, kinds: dict[str, int]) -> None:
    points = CriticalPoints(objective_of(function, 0.0, 0.0)).within(XY, extent)
    assert Counter(point.kind for point in points) == kinds
    expected = stationary(function)
    assert len(expected) == len(points)
    for x, y, kind in expected:
        (same,) = [point for point in points if np.hypot(point.position[0] - x, point.position[1] - y) < 1e-4]
        assert same.kind == kind
    assert [point.kind for point in points] == sorted(
        (point.kind for point in points), key=("minimum", "saddle", "maximum").index
    )


def test_himmelblaus_minima_are_the_published_ones(on_himmelblau: CriticalPoints) -> None:
    points = on_himmelblau.within(XY, square(6.0))
    np.testing.assert_allclose([point.position for point in points[:4]], HIMMELBLAU_MINIMA, atol=1e-5)


def test_the_axes_may_be_exchanged_and_slanted(on_himmelblau: CriticalPoints) -> None:
    plane = Plane(origin=(1.0, 0.0), directions=((0.0, 2.0), (1.0, 1.0)), titles=("a", "b"))
    points = on_himmelblau.within(plane, square(9.0))
    assert Counter(point.kind for point in points) == {"minimum": 4, "saddle": 4, "maximum": 1}
    np.testing.assert_allclose([point.position for point in points[:4]], HIMMELBLAU_MINIMA, atol=1e-5)


def test_where_the_function_asserts_something_else_nothing_is_looked_for() -> None:
    def entropy(x: Any, y: Any) -> Any:
        tf.debugging.assert_positive(x, "x has to be positive")
        return tf.abs(x) * tf.math.log(tf.abs(x)) + (y - 1) ** 2

    (point,) = CriticalPoints(objective_of(entropy, 1.0, 1.0)).within(XY, square(3.0, (0.05, 0.1)))
    np.testing.assert_allclose(point.position, (np.exp(-1), 1.0), atol=1e-5)
    with pytest.raises(NoObjectiveError, match="x has to be positive"):
        Hessians(objective_of(entropy, 1.0, 1.0)).at((-0.5, 1.0))


def test_only_what_lies_in_the_extent_is_told(on_himmelblau: CriticalPoints) -> None:
    points = on_himmelblau.within(XY, Extent(low=(2.0, 1.0), high=(4.0, 3.0)))
    assert [point.kind for point in points] == ["minimum"]
    np.testing.assert_allclose(points[0].position, (3.0, 2.0), atol=1e-5)


def test_the_monkey_saddle_is_degenerate() -> None:
    (point,) = CriticalPoints(objective_of(monkey_saddle, 0.0, 0.0)).within(XY, square(2.0, (0.1, 0.2)))
    assert point.kind == "degenerate"
    np.testing.assert_allclose(point.position, (0.0, 0.0), atol=1e-3)


def test_a_double_well_has_two_minima_and_a_maximum_between() -> None:
    points = CriticalPoints(objective_of(double_well, 0.0)).within(LINE, Extent(low=(-2.0,), high=(2.0,)))
    roots = np.sort(np.roots([1, 0, -1, 0.1]).real)
    assert [point.kind for point in points] == ["minimum", "minimum", "maximum"]
    assert points[0].position[0] == pytest.approx(roots[0], abs=1e-5), "the deeper one comes first"
    assert points[1].position[0] == pytest.approx(roots[2], abs=1e-5)
    assert points[2].position[0] == pytest.approx(roots[1], abs=1e-5)


def test_a_circle_of_minima_is_said_to_be_no_points() -> None:
    objective = objective_of(lambda x, y: (x**2 + y**2 - 1) ** 2, 0.0, 0.0)
    search = CriticalPoints(objective)
    (point,) = search.within(XY, square(2.0, (0.1, 0.2)))
    assert point.kind == "maximum", "the one in the middle is alone"
    with pytest.raises(NoObjectiveError, match="whole curves"):
        search.within(XY, square(0.5, (1.0, 0.0)))


def test_of_more_coordinates_than_are_seen_none_are_looked_for() -> None:
    plane = Plane(origin=(0.0,) * 3, directions=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)), titles=("a", "b"))
    with pytest.raises(NoObjectiveError, match="this one has 3"):
        CriticalPoints(objective_of(lambda w: tf.reduce_sum(w**2), [0.0] * 3)).within(plane, square(1.0))
