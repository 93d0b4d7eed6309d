"""Line search and Newton's method against what calculus says of a quadratic, and against NumPy on a known surface."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import sympy
import tensorflow as tf

from tapeviz.engine.descent import Descent, DescentError
from tapeviz.engine.newton import MAX_COORDINATES, hessian
from tapeviz.engine.objective import Objective
from tapeviz.engine.optimizers import stepper
from tapeviz.model.descent import DescentSettings, OptimizerName, Schedule
from tests.engine.objectives import objective_of, rosenbrock

MATRIX = np.array([[3.0, 1.0, 0.0], [1.0, 2.0, 0.5], [0.0, 0.5, 1.0]])
SIDE = np.array([1.0, -2.0, 0.5])
OWN: tuple[OptimizerName, ...] = ("line_search", "newton")
START = np.array([2.0, -1.0, 4.0])


def quadratic(dtype: str = "float32", reason: str = "") -> Objective:
    def function(x: tf.Tensor) -> tf.Tensor:
        return 0.5 * tf.tensordot(x, tf.linalg.matvec(tf.cast(MATRIX, dtype), x), 1) - tf.tensordot(
            x, tf.cast(SIDE, dtype), 1
        )

    return objective_of(function, START, dtype=dtype, reason=reason)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 2e-5), ("float64", 1e-12)])
def test_line_search_goes_as_far_as_calculus_says(dtype: str, tolerance: float) -> None:
    batch = Descent(quadratic(dtype), DescentSettings(optimizer="line_search")).advance(6)
    position = START
    for k in range(5):
        np.testing.assert_allclose(batch.positions.array[k], position, rtol=0, atol=tolerance)
        gradient = MATRIX @ position - SIDE
        length = gradient @ gradient / (gradient @ MATRIX @ gradient)
        np.testing.assert_allclose(batch.rates.array[k], length, rtol=100 * tolerance)
        position = position - length * gradient


def test_line_search_that_cannot_be_traced_goes_the_same_way() -> None:
    settings = DescentSettings(optimizer="line_search")
    eager, compiled = (Descent(quadratic("float64", reason), settings).advance(2) for reason in ("it prints", ""))
    np.testing.assert_allclose(eager.positions.array, compiled.positions.array, rtol=1e-9)


def test_an_objective_that_is_not_vectorised_is_searched_and_solved_all_the_same() -> None:
    one_by_one = replace(quadratic("float64"), is_vectorizable=False)
    for optimizer in OWN:
        settings = DescentSettings(optimizer=optimizer, learning_rate=1.0)
        found, expected = (Descent(each, settings).advance(3) for each in (one_by_one, quadratic("float64")))
        np.testing.assert_allclose(found.positions.array, expected.positions.array, rtol=1e-9)


def test_line_search_finds_the_lowest_of_several_valleys() -> None:
    """From 3 the ray passes the well at 2 and the hill between, and the well beyond lies lower."""
    wells = objective_of(lambda x: (x**2 - 4) ** 2 + x, 3.0, dtype="float64")
    position = Descent(wells, DescentSettings(optimizer="line_search", learning_rate=1.0)).advance(2).positions.array[1]
    x = sympy.Symbol("x")
    roots = [float(root) for root in sympy.Poly(sympy.diff((x**2 - 4) ** 2 + x, x), x).nroots()]
    lowest = min(roots, key=lambda root: (root**2 - 4) ** 2 + root)
    assert lowest < 0
    np.testing.assert_allclose(position, [lowest], rtol=1e-9)


def test_line_search_stays_where_no_step_pays_and_where_there_is_no_number() -> None:
    lowest = Descent(objective_of(tf.abs, 0.0), DescentSettings(optimizer="line_search")).advance(2)
    assert lowest.positions.array[:, 0].tolist() == [0.0, 0.0]
    logarithm = objective_of(lambda x: x - tf.math.log(x), 5.0, dtype="float64")
    found = Descent(logarithm, DescentSettings(optimizer="line_search")).advance(2)
    np.testing.assert_allclose(found.positions.array[1], [1.0], rtol=1e-9)


def test_newton_is_there_after_one_iteration_on_a_quadratic() -> None:
    batch = Descent(quadratic("float64"), DescentSettings(optimizer="newton", learning_rate=1.0)).advance(2)
    np.testing.assert_allclose(batch.positions.array[1], np.linalg.solve(MATRIX, SIDE), rtol=1e-12)
    assert batch.rates.array.tolist() == [1.0]


def test_a_rate_under_one_makes_that_share_of_the_step() -> None:
    settings = DescentSettings(
        optimizer="newton",
        schedule=Schedule(kind="piecewise", numbers={"boundaries": (0.0,), "values": (0.25, 1.0)}),
    )
    batch = Descent(quadratic("float64"), settings).advance(3)
    minimum = np.linalg.solve(MATRIX, SIDE)
    np.testing.assert_allclose(batch.positions.array[1], START + 0.25 * (minimum - START), rtol=1e-12)
    np.testing.assert_allclose(batch.positions.array[2], minimum, rtol=1e-12)
    assert batch.rates.array.tolist() == [0.25, 1.0]


def test_newton_on_rosenbrock_goes_where_sympy_goes() -> None:
    batch = Descent(
        objective_of(rosenbrock, -1.2, 1.0, dtype="float64"), DescentSettings(optimizer="newton", learning_rate=1.0)
    ).advance(8)
    x, y = symbols = sympy.symbols("x y")
    function = rosenbrock(x, y)
    gradient = sympy.Matrix([function]).jacobian(symbols).T
    second = sympy.hessian(function, symbols)
    position = [sympy.Rational(-12, 10), sympy.Integer(1)]
    for k in range(7):
        np.testing.assert_allclose(batch.positions.array[k], [float(part) for part in position], rtol=1e-9)
        here = dict(zip(symbols, position, strict=True))
        step = second.subs(here).LUsolve(gradient.subs(here))
        position = [part - by for part, by in zip(position, step, strict=True)]
    np.testing.assert_allclose(batch.positions.array[7], [1.0, 1.0], atol=1e-8)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda x, y: (x + y) ** 2, "The Hessian here is singular"),
        (lambda x, y: 3 * x - y, "The Hessian here is singular"),
        (lambda x, y: tf.math.log(x - 3) + y**2, "The Hessian here is no finite number"),
    ],
)
def test_newton_says_where_it_has_no_step(function: object, said: str) -> None:
    assert callable(function)
    descent = Descent(objective_of(function, 3.0, 1.0), DescentSettings(optimizer="newton"))
    if said.endswith("singular"):
        assert len(descent.advance(1).losses.array) == 1
        with pytest.raises(DescentError, match=said):
            descent.advance(1)
    one = stepper(objective_of(function, 3.0, 1.0), DescentSettings(optimizer="newton"))
    before = one.position().numpy()
    rate = one.update(0, one.measure(0)[1])
    assert np.isnan(rate.numpy())
    assert one.position().numpy().tolist() == before.tolist()
    assert said in one.failure()


def test_newton_is_not_offered_for_a_matrix_too_large() -> None:
    with pytest.raises(ValueError, match=f"for up to {MAX_COORDINATES} coordinates"):
        stepper(objective_of(lambda x: tf.reduce_sum(x**2), np.ones(600)), DescentSettings(optimizer="newton"))


@pytest.mark.parametrize("reason", ["", "it prints"])
def test_the_hessian_is_that_of_the_matrix(reason: str) -> None:
    found = hessian(quadratic("float64", reason), tf.constant(START))
    np.testing.assert_allclose(found.numpy(), MATRIX, rtol=1e-12)
