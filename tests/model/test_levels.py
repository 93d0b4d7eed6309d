"""Levels of a landscape: sensible for bowls, ravines, walls and functions that have no value here and there."""

import numpy as np
import pytest

from tapeviz.model.levels import level_values

X, Y = np.meshgrid(np.linspace(-2, 2, 101), np.linspace(-1, 3, 101))
ROSENBROCK = (1 - X) ** 2 + 100 * (Y - X**2) ** 2


def test_levels_are_round_numbers_evenly_spaced() -> None:
    levels = level_values(X**2 + Y**2, 12, is_log=False)
    assert 6 <= len(levels) <= 16
    assert np.allclose(np.diff(levels), levels[1] - levels[0])
    assert np.allclose(levels / levels[0], np.round(levels / levels[0]))


def test_levels_by_the_logarithm_show_the_floor_of_a_ravine() -> None:
    evenly, by_logarithm = (level_values(ROSENBROCK, 16, is_log=is_log) for is_log in (False, True))
    assert (by_logarithm < 10).sum() > 5 > (evenly < 10).sum()
    ratios = by_logarithm[1:] / by_logarithm[:-1]
    assert np.allclose(ratios, ratios.mean(), rtol=0.1)


def test_levels_by_the_logarithm_count_from_the_lowest_point_where_values_are_negative() -> None:
    levels = level_values(X**2 + Y**2 - 50, 10, is_log=True)
    assert len(levels) == 10 and -50 < levels[0] < -49 and levels[-1] < 0


@pytest.mark.parametrize("is_log", [False, True])
def test_what_has_no_value_has_no_level(is_log: bool) -> None:
    values = np.where(X > 0, ROSENBROCK, np.nan)
    values[0, 0] = np.inf
    levels = level_values(values, 10, is_log=is_log)
    assert np.isfinite(levels).all() and len(levels) > 4
    assert np.all(np.diff(levels) > 0)


@pytest.mark.parametrize("values", [np.full((4, 4), 3.0), np.full((4, 4), np.nan), np.zeros((2, 2))])
@pytest.mark.parametrize("is_log", [False, True])
def test_a_flat_landscape_has_no_levels(values: np.ndarray, is_log: bool) -> None:
    assert level_values(values, 10, is_log=is_log).size == 0
