"""The summary of a large value is NumPy's, whatever it is made of and however it is read."""

from __future__ import annotations

import numpy as np
import pytest

from tapeviz.model.tensor import BLOCK, summarise


@pytest.mark.parametrize("size", [1, 7, BLOCK - 1, BLOCK, 3 * BLOCK + 5])
def test_it_is_what_numpy_says_of_the_whole(size: int) -> None:
    array = np.random.default_rng(size).normal(1e4, 2.0, size)
    summary = summarise(array)
    expected = (array.min(), array.max(), array.mean(), array.std(), np.linalg.norm(array))
    said = (summary.min, summary.max, summary.mean, summary.std, summary.norm)
    np.testing.assert_allclose(np.array(said, dtype=float), expected, rtol=1e-9, atol=1e-9)


def test_what_is_not_finite_is_counted_and_left_out() -> None:
    summary = summarise(np.array([[1.0, np.nan], [np.inf, 3.0], [-np.inf, np.nan]], dtype=np.float32))
    assert (summary.min, summary.max, summary.mean) == (1.0, 3.0, 2.0)
    assert (summary.nan_count, summary.inf_count) == (2, 2)


def test_nothing_finite_has_no_least_and_no_largest() -> None:
    summary = summarise(np.full(5, np.nan))
    assert (summary.min, summary.max, summary.mean, summary.std, summary.norm) == (None,) * 5
    assert summary.nan_count == 5


def test_complex_numbers_are_summarised_by_their_magnitude_and_booleans_as_0_and_1() -> None:
    assert summarise(np.array([3 + 4j, 0j])).max == 5.0
    assert summarise(np.array([True, False, True, True])).mean == 0.75
