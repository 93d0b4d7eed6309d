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
