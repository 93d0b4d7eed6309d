"""Histograms of weights, held to NumPy's own."""

from __future__ import annotations

import numpy as np

from tapeviz.model.descent import DescentStatus, ObjectiveFacts, Parameter, Trajectory
from tapeviz.model.descent_curves import kind_shown, kinds_of
from tapeviz.model.descent_scene import Way
from tapeviz.model.descent_state import DescentState, DescentView
from tapeviz.model.tensor import whole_value
from tapeviz.model.weight_histograms import BINS, COLUMNS, weight_histograms


def parameter(name: str, *shape: int) -> Parameter:
    return Parameter(name=name, shape=shape, dtype="float32", start=whole_value(np.zeros(shape, np.float32)))


OBJECTIVE = ObjectiveFacts(
    title="loss", parameters=(parameter("b"), parameter("W", 4, 3), parameter("c", 2)), value=0.0
)


def way(count: int, look: int | None = 0) -> Way:
    positions = np.random.default_rng(3).normal(size=(count, 15)).cumsum(axis=0)
    trajectory = Trajectory(
        settings=None,
        losses=np.zeros(count),
        norms=np.zeros((count, 3)),
        rates=np.zeros(count - 1),
        kept=np.arange(count),
        positions=positions,
        gradients=positions,
        status=DescentStatus(kind="running"),
    )
    return Way(title="", look=look, trajectory=trajectory, shown=count - 1, own=0 if look is None else None)


def test_each_column_is_the_histogram_of_one_iterate() -> None:
    one = way(500)
    (found,) = weight_histograms([one], 0, OBJECTIVE)
    assert (found.name, found.look, found.shown) == ("W", 0, 499), "of so few numbers as b and c have there is none"
    assert len(found.iterates) == COLUMNS and {0, 499} <= set(found.iterates.tolist())
    kernel = one.trajectory.positions[:, 1:13]
    assert (found.edges[0], found.edges[-1]) == (kernel[found.iterates].min(), kernel[found.iterates].max())
    for iterate, counts in zip(found.iterates, found.counts, strict=True):
        expected, _ = np.histogram(kernel[iterate], bins=BINS, range=(found.edges[0], found.edges[-1]))
        np.testing.assert_array_equal(counts, expected)


def test_the_racer_that_is_looked_at_goes_before_the_lessons_own_loop() -> None:
    ways = [way(5, None), way(5, 0), way(5, 2)]
    assert [weight_histograms(ways, look, OBJECTIVE)[0].look for look in (0, 2, 7)] == [0, 2, 0]
    assert weight_histograms(ways[:1], 0, OBJECTIVE)[0].look is None
    assert weight_histograms(ways, 0, None) == ()


def test_iterates_that_are_not_finite_are_left_out() -> None:
    one = way(10)
    one.trajectory.positions[7:] = np.inf
    (found,) = weight_histograms([one], 0, OBJECTIVE)
    assert found.iterates.tolist() == list(range(7))


def test_kinds_of_curves_that_there_is_nothing_of_are_not_offered() -> None:
    few = ObjectiveFacts(title="loss", parameters=(parameter("b"),), value=0.0)
    descent = DescentState(objective=few, view=DescentView(curve="weights"))
    assert "weights" not in kinds_of(descent) and "terms" not in kinds_of(descent)
    assert kind_shown(descent) == "loss"
    assert kind_shown(DescentState(objective=OBJECTIVE, view=DescentView(curve="weights"))) == "weights"
