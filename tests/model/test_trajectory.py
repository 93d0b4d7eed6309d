"""Trajectories that grow batch by batch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tapeviz.model.descent import (
    MAX_KEPT_COORDINATES,
    DescentSettings,
    DescentStatus,
    IterateBatch,
    Trajectory,
    stride,
)
from tapeviz.model.tensor import TensorValue
from tapeviz.model.trajectory import begun, first_lost, grown, iterate_at, no_iterates

RUNNING = DescentStatus(kind="running")
SETTINGS = DescentSettings(start=(0.0, 0.0))


def whole(array: np.ndarray) -> TensorValue:
    return TensorValue(encoding=array.dtype.str, shape=array.shape, data=array.tobytes())


def batch(first: int, count: int, every: int = 1) -> IterateBatch:
    """Iterates whose loss is their number, left with a rate of k/10, at (k, -k), where the gradient is (2k, 0)."""
    k = np.arange(first, first + count)
    kept = k[k % every == 0]
    zero = np.zeros(len(kept))
    return IterateBatch(
        first=first,
        losses=whole(k.astype(np.float32)),
        norms=whole(np.stack([3.0 * k, 4.0 * k], axis=1)),
        rates=whole(k[k > 0] / 10.0 - 0.1),
        kept=whole(kept.astype(np.int64)),
        positions=whole(np.stack([kept, -kept], axis=1).astype(np.float32)),
        gradients=whole(np.stack([2.0 * kept, zero], axis=1)),
    )


def grown_by(*batches: IterateBatch) -> Trajectory:
    trajectory = begun(SETTINGS, 2)
    for piece in batches:
        trajectory = grown(trajectory, piece, RUNNING)
    return trajectory


def test_batches_stand_one_behind_the_other() -> None:
    trajectory = grown_by(batch(0, 5), batch(5, 3))
    assert trajectory.losses.tolist() == list(range(8))
    assert trajectory.positions[7].tolist() == [7.0, -7.0]
    assert trajectory.losses.dtype == np.float32
    assert trajectory.count == 8


def test_rates_are_those_with_which_iterates_were_left() -> None:
    trajectory = grown_by(batch(0, 5), batch(5, 3))
    assert len(trajectory.rates) == 7
    np.testing.assert_allclose(trajectory.rates, np.arange(7) / 10)
    left, last = iterate_at(trajectory, 5), iterate_at(trajectory, 7)
    assert left is not None
    assert left.rate == pytest.approx(0.5)
    assert last is not None
    assert np.isnan(last.rate)


def test_positions_are_thinned_where_there_is_no_room_for_all() -> None:
    dimension = MAX_KEPT_COORDINATES // 10

    def wide(first: int, *kept: int) -> IterateBatch:
        rows = np.repeat(np.array(kept, np.int8)[:, None], dimension, axis=1)
        small = batch(first, kept[-1] + 1 - first)
        return replace(small, kept=whole(np.array(kept)), positions=whole(rows), gradients=whole(rows))

    early = grown_by(wide(0, *range(10)))
    late = grown(grown(early, wide(10, 10, 12, 13), RUNNING), wide(14, 14, 16, 18, 19), RUNNING)
    assert early.kept.tolist() == list(range(10))
    assert late.kept.tolist() == [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 19]
    assert late.positions[:, -1].tolist() == late.kept.tolist()
    assert late.losses.tolist() == list(range(20))
    assert late.positions.size <= MAX_KEPT_COORDINATES + 2 * dimension


def test_the_stride_doubles_as_room_demands() -> None:
    assert [stride(k, MAX_KEPT_COORDINATES // 10) for k in (0, 9, 10, 19, 20, 39, 40, 100)] == [1, 1, 2, 2, 4, 4, 8, 16]
    assert stride(999_999, 4) == 1


def test_an_older_trajectory_stays_what_it_was() -> None:
    first = grown_by(batch(0, 5))
    second = grown(first, batch(5, 3), RUNNING)
    other = grown(first, batch(3, 1), RUNNING)
    assert first.losses.tolist() == [0, 1, 2, 3, 4]
    assert second.losses.tolist() == list(range(8))
    assert other.losses.tolist() == [0, 1, 2, 3]
    assert grown(first, batch(5, 300), RUNNING).count == 305
    assert second.losses.tolist() == list(range(8))
    with pytest.raises(ValueError, match="read-only"):
        second.losses[0] = 1.0


def test_a_batch_after_a_gap_is_passed_over() -> None:
    first = grown_by(batch(0, 5))
    assert grown(first, batch(6, 2), RUNNING) is first


def test_memory_is_shared_so_that_growing_costs_the_batch_alone() -> None:
    """Of a thousand batches, all but the few for which memory ran out lie in the memory of the one before."""
    trajectory, moves = grown_by(batch(0, 100)), 0
    for k in range(1, 1000):
        longer = grown(trajectory, batch(100 * k, 100), RUNNING)
        moves += not np.shares_memory(longer.losses, trajectory.losses)
        trajectory = longer
    assert trajectory.count == 100_000
    assert moves <= 12
    assert trajectory.losses[-1] == 99_999


def test_an_iterate_is_read_off_with_the_position_that_travelled_last() -> None:
    trajectory = grown_by(batch(0, 6, every=4), batch(6, 6, every=4))
    found = iterate_at(trajectory, 7)
    assert found is not None
    assert (found.number, found.loss, found.norm, found.kept) == (7, 7.0, 35.0, 4)
    assert found.position.tolist() == [4.0, -4.0]
    assert found.gradient.tolist() == [8.0, 0.0]


def test_beyond_its_end_a_trajectory_stands_at_its_end() -> None:
    found = iterate_at(grown_by(batch(0, 4)), 100)
    assert found is not None
    assert found.number == 3
    assert iterate_at(begun(SETTINGS, 2), 0) is None


def test_a_batch_of_nothing_leaves_the_numbers_as_precise_as_they_were() -> None:
    trajectory = grown(begun(SETTINGS, 2), batch(0, 3), RUNNING)
    failed = grown(trajectory, no_iterates(3, 2, 2), DescentStatus(kind="failed", sentence="It raised."))
    assert failed.status.kind == "failed"
    for name in ("losses", "positions"):
        assert getattr(failed, name).dtype == np.float32
        np.testing.assert_array_equal(getattr(failed, name), getattr(trajectory, name))
    late = grown(grown(begun(SETTINGS, 2), no_iterates(0, 2, 2), RUNNING), batch(0, 3), RUNNING)
    assert late.positions.dtype == np.float32


def test_numbers_are_lost_where_the_position_is_still_there() -> None:
    fine = grown_by(batch(0, 6))
    assert first_lost(fine) is None
    losses = fine.losses.copy()
    losses[4:] = np.nan
    assert first_lost(replace(fine, losses=losses)) == 4
    positions = fine.positions.copy()
    positions[4:] = np.inf
    assert first_lost(replace(fine, losses=losses, positions=positions)) == 3
