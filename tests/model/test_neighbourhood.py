"""What is looked at while an iteration is open: near enough to see its arrows, of the proportions it had."""

from __future__ import annotations

import numpy as np
import pytest

from tapeviz.model.descent import DescentSettings
from tapeviz.model.iterate_story import OpenedIterate
from tapeviz.model.landscape import Extent, Plane
from tapeviz.model.neighbourhood import LEAST, MARGIN, neighbourhood
from tapeviz.model.tensor import value_of_array

PLANE = Plane(origin=(0.0, 0.0, 7.0), directions=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)), titles=("x", "y"))
WIDE = Extent(low=(-10.0, -1.0), high=(10.0, 1.0))
HERE = np.array([4.0, 0.5, 7.0])


def gone(*step: float, here: np.ndarray = HERE) -> OpenedIterate:
    """One iteration of plain descent that makes this step."""
    move = np.array(step)
    return OpenedIterate(
        settings=DescentSettings(),
        iterate=0,
        position=value_of_array(here),
        following=value_of_array(here + move),
        loss=1.0,
        numbers={"rate": 0.1},
        before={},
        results=tuple(value_of_array(each) for each in (-move, move, here + move)),
    )


def test_the_step_lies_in_the_middle_and_both_axes_are_zoomed_alike() -> None:
    near = neighbourhood(PLANE, WIDE, gone(0.2, 0.1, 5.0))
    assert near is not None
    share = 0.1 / 2.0  # up, where the step is the larger part of what is seen
    np.testing.assert_allclose(near.low, [4.1 - 20 * MARGIN * share, 0.55 - 2 * MARGIN * share])
    np.testing.assert_allclose(near.high, [4.1 + 20 * MARGIN * share, 0.55 + 2 * MARGIN * share])


def test_a_large_step_is_left_as_it_is_and_one_that_leaves_the_picture_is_followed() -> None:
    assert neighbourhood(PLANE, WIDE, gone(-6.0, 0.0, 0.0)) is None
    near = neighbourhood(PLANE, WIDE, gone(30.0, 0.0, 0.0))
    assert near is not None and near.high[0] > 34.0


@pytest.mark.parametrize("step", [(0.0, 0.0, 0.0), (0.0, 0.0, 3.0), (float("nan"), 0.0, 0.0)])
def test_where_nothing_can_be_seen_nothing_is_zoomed(step: tuple[float, ...]) -> None:
    assert neighbourhood(PLANE, WIDE, gone(*step)) is None


def test_it_is_not_zoomed_in_to_roundings() -> None:
    near = neighbourhood(PLANE, WIDE, gone(1e-9, 0.0, 0.0))
    assert near is not None
    assert near.high[0] - near.low[0] == pytest.approx(2 * LEAST * 20.0, rel=1e-6)
