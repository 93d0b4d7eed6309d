"""Landscapes: TensorFlow's numbers at every point, held to NumPy's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tapeviz.engine.landscape import SLOPES, Relief
from tapeviz.engine.replay import GivenUpError
from tapeviz.model.landscape import Extent, Landscape, Plane
from tests.engine.objectives import LINE, XY, himmelblau, objective_of, square


def last_of(relief: Relief, plane: Plane, extent: Extent, resolution: int, **asked: Any) -> Landscape:
    *_, (landscape, is_last) = relief.landscapes(plane, extent, resolution, **asked)
    assert is_last
    return landscape


def grid(extent: Extent, count: int) -> tuple[Any, Any]:
    axes = [np.linspace(low, high, count) for low, high in zip(extent.low, extent.high, strict=True)]
    x, y = np.meshgrid(*axes)
    return x, y


def test_values_and_gradients_over_a_plane_equal_those_by_hand() -> None:
    extent = Extent(low=(-6.0, -5.0), high=(6.0, 4.0))
    landscape = last_of(Relief(objective_of(himmelblau, 0.0, 0.0)), XY, extent, 256, with_gradients=True)
    np.testing.assert_allclose(landscape.values.array, himmelblau(*grid(extent, 256)), rtol=1e-4, atol=2e-3)
    x, y = grid(extent, SLOPES)
    by_hand = [4 * x * (x**2 + y - 11) + 2 * (x + y**2 - 7), 2 * (x**2 + y - 11) + 4 * y * (x + y**2 - 7)]
    assert landscape.gradients is not None
    np.testing.assert_allclose(landscape.gradients.array, by_hand, rtol=1e-4, atol=5e-3)
    assert landscape.problem == ""


def test_the_first_landscape_is_coarse_and_the_last_the_one_asked_for() -> None:
    relief = Relief(objective_of(himmelblau, 0.0, 0.0))
    found = [*relief.landscapes(XY, square(5.0), 128)]
    assert [(landscape.values.shape, is_last) for landscape, is_last in found] == [
        ((32, 32), False),
        ((96, 96), False),
        ((128, 128), True),
    ]
    for landscape, _ in found:
        expected = himmelblau(*grid(square(5.0), landscape.values.shape[0]))
        np.testing.assert_allclose(landscape.values.array, expected, rtol=1e-4, atol=2e-3)


def test_a_curve_over_a_line_has_its_slope_at_each_point() -> None:
    extent = Extent(low=(-2.0,), high=(3.0,))
    landscape = last_of(Relief(objective_of(tf.sin, 0.0)), LINE, extent, 64, with_gradients=True)
    x = np.linspace(-2.0, 3.0, 64)
    assert landscape.gradients is not None
    assert landscape.gradients.shape == (1, 64)
    np.testing.assert_allclose(landscape.values.array, np.sin(x), atol=1e-6)
    np.testing.assert_allclose(landscape.gradients.array[0], np.cos(x), atol=1e-6)


def test_a_plane_through_more_dimensions_is_followed_along_its_directions() -> None:
    def bowl(w: Any, b: Any) -> Any:
        return tf.reduce_sum(w**2 * [1.0, 2.0, 3.0]) + 4 * b**2

    plane = Plane(
        origin=(1.0, 0.0, -1.0, 0.5), directions=((1.0, 1.0, 0.0, 0.0), (0.0, 0.0, 0.5, 2.0)), titles=("one", "other")
    )
    landscape = last_of(Relief(objective_of(bowl, [0.0, 0.0, 0.0], 0.0)), plane, square(2.0), 16, with_gradients=True)
    a, b = grid(square(2.0), 16)
    expected = (1 + a) ** 2 + 2 * a**2 + 3 * (-1 + 0.5 * b) ** 2 + 4 * (0.5 + 2 * b) ** 2
    np.testing.assert_allclose(landscape.values.array, expected, rtol=1e-5, atol=1e-4)
    a, b = grid(square(2.0), SLOPES)
    assert landscape.gradients is not None
    np.testing.assert_allclose(landscape.gradients.array[0], 2 * (1 + a) + 4 * a, atol=1e-4)
    np.testing.assert_allclose(landscape.gradients.array[1], 3 * (-1 + 0.5 * b) + 16 * (0.5 + 2 * b), atol=1e-3)


def asserting(x: Any, y: Any) -> Any:
    tf.debugging.assert_positive(x + y + 0.01, "x + y has to be positive")
    return tf.abs(x + y) + x


def branching(x: Any, y: Any) -> Any:
    return tf.cond(x > 0.0, lambda: x * y, lambda: checked(x, y))


def checked(x: Any, y: Any) -> Any:
    tf.debugging.assert_greater(y, 0.0)
    return y


def raising(x: Any, y: Any) -> Any:
    if float(x) <= 0:
        raise ValueError("x is not positive")
    return x * y


@pytest.mark.parametrize(
    ("function", "holds"),
    [
        (asserting, lambda x, y: x + y + 0.01 > 0),
        (lambda x, y: tf.debugging.check_numerics(tf.math.log(x), "log") * y, lambda x, y: x > 0),
        (lambda x, y: tf.math.log(x) * y, lambda x, y: x > 0),
        (branching, lambda x, y: (x > 0) | (y > 0)),
        (raising, lambda x, y: x > 0),
    ],
    ids=["assertion", "check_numerics", "log", "assertion in a branch", "Python raises"],
)
def test_where_the_function_raises_or_is_no_number_there_is_nan(function: Any, holds: Any) -> None:
    landscape = last_of(Relief(objective_of(function, 1.0, 1.0)), XY, square(1.9), 18, with_gradients=True)
    assert np.array_equal(np.isfinite(landscape.values.array), holds(*grid(square(1.9), 18)))
    assert landscape.problem == ""
    assert landscape.gradients is not None
    there = holds(*grid(square(1.9), SLOPES))
    assert np.array_equal(np.isfinite(landscape.gradients.array[0]), there)


def test_where_there_is_no_value_at_all_a_sentence_says_so() -> None:
    extent = Extent(low=(-3.0, -2.0), high=(-2.0, 1.0))
    for function, words in [
        (raising, "x is not positive"),
        (lambda x, y: tf.math.log(x), "not a number anywhere"),
        (asserting, "x + y has to be positive"),
    ]:
        landscape = last_of(Relief(objective_of(function, 1.0, 1.0)), XY, extent, 8)
        assert np.isnan(landscape.values.array).all()
        assert words in landscape.problem


def test_an_objective_that_cannot_be_traced_is_computed_point_by_point() -> None:
    def leaves_tensorflow(x: Any, y: Any) -> Any:
        return x * float(y.numpy())

    for reason in ("", "It calls numpy()."):
        landscape = last_of(Relief(objective_of(leaves_tensorflow, 1.0, 1.0, reason=reason)), XY, square(2.0), 12)
        x, y = grid(square(2.0), 12)
        np.testing.assert_allclose(landscape.values.array, x * y, atol=1e-5)


def test_another_part_of_the_plane_traces_nothing_anew() -> None:
    traces = []

    def counted(x: Any, y: Any) -> Any:
        traces.append(1)
        return x * y

    relief = Relief(objective_of(counted, 0.0, 0.0))
    last_of(relief, XY, square(1.0), 100, with_gradients=True)
    before = len(traces)
    for half in (0.5, 2.0, 17.0):
        other = Plane(origin=(half, 1.0), directions=((1.0, 1.0), (0.0, 1.0)), titles=("a", "b"))
        last_of(relief, other, square(half, (1.0, 2.0)), 100, with_gradients=True)
    assert len(traces) == before


def test_a_landscape_is_given_up_between_pieces() -> None:
    asked = iter([True, True, False])
    with pytest.raises(GivenUpError):
        [*Relief(objective_of(raising, 1.0, 1.0)).landscapes(XY, square(1.0), 64, is_wanted=lambda: next(asked))]


def test_a_function_of_much_data_is_computed_in_pieces_that_memory_holds() -> None:
    inputs = tf.random.stateless_normal((20_000, 8), seed=(1, 2))

    def loss(w: Any) -> Any:
        return tf.reduce_mean(tf.nn.relu(inputs * w) ** 2)

    relief = Relief(objective_of(loss, [0.0] * 8))
    directions = ((1.0,) * 8, (0.0, 1.0) * 4)
    plane = Plane(origin=(0.0,) * 8, directions=directions, titles=("a", "b"))
    landscape = last_of(relief, plane, square(1.0), 20)
    a, b = grid(square(1.0), 20)
    weights = a[..., None] * directions[0] + b[..., None] * directions[1]
    expected = [[np.mean(np.maximum(inputs.numpy() * w, 0) ** 2) for w in row] for row in weights]
    np.testing.assert_allclose(landscape.values.array, expected, rtol=1e-3)
    piece = relief._fields[2, False]._size
    assert piece * 3 * 20_000 * 8 * 4 <= 1 << 29, "three tensors of the data's shape for each point"


def test_double_precision_stays() -> None:
    landscape = last_of(
        Relief(objective_of(lambda x: x**2, 0.0, dtype="float64")), LINE, Extent(low=(0.0,), high=(1.0,)), 8
    )
    assert landscape.values.array.dtype == np.float64
    np.testing.assert_allclose(landscape.values.array, np.linspace(0, 1, 8) ** 2, rtol=1e-15)
