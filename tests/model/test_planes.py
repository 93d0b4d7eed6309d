"""Planes through the space of positions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tapeviz.model.descent import DescentSettings, ObjectiveFacts
from tapeviz.model.descent_state import PlaneChoice
from tapeviz.model.planes import first_extent, fitted_extent, has_plane, places_on, plane_of, position_on
from tapeviz.model.trajectory import begun
from tests.commands.descent_states import BOWL, CURVE, parameter

MODEL = ObjectiveFacts(
    title="loss",
    parameters=(parameter("kernel", np.ones((3, 2)) * [1.0, 5.0]), parameter("bias", [0.0, 2.0])),
    value=1.0,
)
START = tuple(float(v) for p in MODEL.parameters for v in p.start.array.reshape(-1))


def path(rows: np.ndarray):  # type: ignore[no-untyped-def]
    return replace(begun(DescentSettings(start=tuple(rows[0])), 2), positions=rows)


def test_the_numbers_at_the_axes_are_the_coordinates() -> None:
    plane = plane_of(PlaneChoice(first=1, second=0), BOWL, (-5.0, -2.0), None)
    assert plane.titles == ("y", "x")
    assert position_on(plane, (3.0, 4.0)) == (4.0, 3.0)
    assert places_on(plane, np.array([[4.0, 3.0]])).tolist() == [[3.0, 4.0]]


def test_a_plane_of_two_of_many_coordinates_goes_through_the_start() -> None:
    plane = plane_of(PlaneChoice(first=1, second=6), MODEL, START, None)
    assert plane.titles == ("kernel[0, 1]", "bias[0]")
    expected = list(START)
    expected[1], expected[6] = 7.0, -1.0
    assert position_on(plane, (7.0, -1.0)) == tuple(expected)


def test_one_variable_has_a_line() -> None:
    plane = plane_of(PlaneChoice(), CURVE, (3.0,), None)
    assert (plane.titles, plane.directions) == (("x",), ((1.0,),))
    extent = first_extent(PlaneChoice(), plane, CURVE, (3.0,))
    assert (extent.low, extent.high) == ((-1.5,), (7.5,))


def test_principal_directions_hold_a_path_that_lies_in_a_plane() -> None:
    """Any plane in eight dimensions: a path in it is where its two principal directions say it is."""
    draw = np.random.default_rng(3)
    basis = draw.standard_normal((2, 8))
    rows = draw.standard_normal((20, 2)) @ basis + draw.standard_normal(8)
    plane = plane_of(PlaneChoice(kind="principal"), MODEL, START, path(rows))
    assert plane.titles[0].startswith("first principal direction (")
    back = np.array([position_on(plane, place) for place in places_on(plane, rows)])
    np.testing.assert_allclose(back, rows, atol=1e-9)
    shares = [float(title.split("(")[1].split("\u2009")[0].split(" ")[0]) for title in plane.titles]
    assert sum(shares) == pytest.approx(100.0, abs=1.0)


def test_random_directions_have_filters_as_long_as_the_weights() -> None:
    plane = plane_of(PlaneChoice(kind="random", seed=5), MODEL, START, None)
    for direction in np.array(plane.directions):
        kernel, bias = direction[:6].reshape(3, 2), direction[6:]
        np.testing.assert_allclose(np.linalg.norm(kernel, axis=0), np.sqrt(3) * np.array([1.0, 5.0]))
        assert np.linalg.norm(bias) == pytest.approx(2.0)
    assert plane == plane_of(PlaneChoice(kind="random", seed=5), MODEL, START, None)
    assert plane != plane_of(PlaneChoice(kind="random", seed=6), MODEL, START, None)


def test_scalars_are_normalised_together_so_that_two_directions_span_a_plane() -> None:
    scalars = ObjectiveFacts(title="loss", parameters=tuple(parameter(n, 3.0) for n in "abcd"), value=1.0)
    for seed in range(0, 40, 2):
        plane = plane_of(PlaneChoice(kind="random", seed=seed), scalars, (1.0, -2.0, 2.0, 4.0), None)
        assert np.linalg.norm(plane.directions, axis=1) == pytest.approx([5.0, 5.0])
        assert np.linalg.matrix_rank(np.array(plane.directions), tol=0.1) == 2


def test_around_zero_weights_random_directions_are_not_nothing() -> None:
    plane = plane_of(PlaneChoice(kind="random"), BOWL, (0.0, 0.0), None)
    assert np.linalg.matrix_rank(np.array(plane.directions)) == 2


def test_a_kernel_of_a_convolution_has_a_filter_for_each_channel_it_makes() -> None:
    weights = np.random.default_rng(0).standard_normal((3, 3, 2, 4)) * np.arange(1, 5)
    model = ObjectiveFacts(title="loss", parameters=(parameter("kernel", weights),), value=1.0)
    plane = plane_of(PlaneChoice(kind="random"), model, tuple(weights.reshape(-1)), None)
    for direction in np.array(plane.directions):
        lengths = np.linalg.norm(direction.reshape(18, 4), axis=0)
        np.testing.assert_allclose(lengths, np.linalg.norm(weights.reshape(18, 4), axis=0))


def test_principal_directions_are_the_eigenvectors_of_the_steps_seen_from_the_end() -> None:
    rows = np.random.default_rng(1).standard_normal((40, 8)) * np.arange(1, 9)
    plane = plane_of(PlaneChoice(kind="principal"), MODEL, START, path(rows))
    away = rows - rows[-1]
    values, vectors = np.linalg.eigh(away.T @ away)
    for found, vector, title, value in zip(plane.directions, vectors.T[::-1], plane.titles, values[::-1], strict=False):
        assert abs(np.dot(found, vector)) == pytest.approx(1.0)
        assert f"({100 * value / values.sum():.0f} %)" in title


def test_coordinates_of_a_model_go_through_the_end_of_the_trajectory() -> None:
    rows = np.arange(24.0).reshape(3, 8)
    plane = plane_of(PlaneChoice(first=0, second=7), MODEL, START, path(rows))
    expected = [50.0, *rows[-1][1:7], 60.0]
    assert position_on(plane, (50.0, 60.0)) == tuple(expected)


def test_the_line_goes_from_the_first_iterate_to_the_last() -> None:
    rows = np.array([[1.0, 1.0], [5.0, 0.0], [2.0, 3.0]])
    plane = plane_of(PlaneChoice(kind="line"), BOWL, (0.0, 0.0), path(rows))
    assert position_on(plane, (0.0,)) == (1.0, 1.0)
    assert position_on(plane, (1.0,)) == (2.0, 3.0)


def test_what_needs_a_trajectory_is_not_there_without() -> None:
    for kind in ("principal", "line"):
        assert not has_plane(PlaneChoice(kind=kind), BOWL, None)
        assert plane_of(PlaneChoice(kind=kind), BOWL, (0.0, 0.0), None).titles == ("x", "y")


def test_a_trajectory_that_ran_away_does_not_blow_up_what_is_seen() -> None:
    plane = plane_of(PlaneChoice(), BOWL, (-5.0, -2.0), None)
    first = first_extent(PlaneChoice(), plane, BOWL, (-5.0, -2.0))
    away = np.array([[1.0, 1.0], [-3.0, 2.0], [1e30, 1e30], [np.nan, np.inf]])
    fitted = fitted_extent(plane, first, [away])
    assert fitted.low[0] < -3.0 < 1.0 < fitted.high[0] < 10.0
