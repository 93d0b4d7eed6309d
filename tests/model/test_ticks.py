"""Numbers at an axis: round, evenly spaced, written as a lecturer writes them."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapeviz.model.ticks import linear_ticks, log_ticks


def words(low: float, high: float, count: int) -> list[str]:
    return [tick.words for tick in linear_ticks(low, high, count)]


def test_numbers_have_as_many_decimals_as_they_need_and_a_true_minus() -> None:
    assert words(-1, 1, 4) == ["−1.0", "−0.5", "0.0", "0.5", "1.0"]
    assert words(0, 1, 4) == ["0.00", "0.25", "0.50", "0.75", "1.00"]
    assert words(-2, 3, 5) == ["−2", "−1", "0", "1", "2", "3"]
    assert words(0, 30_000, 3) == ["0", "10\u2009000", "20\u2009000", "30\u2009000"]


def test_small_and_large_numbers_are_written_with_powers_of_ten() -> None:
    assert words(-2e-9, 2e-9, 4) == ["−2×10⁻⁹", "−1×10⁻⁹", "0", "1×10⁻⁹", "2×10⁻⁹"]
    assert words(1e8, 3e8, 2) == ["1×10⁸", "2×10⁸", "3×10⁸"]


def test_a_narrow_view_far_from_zero_tells_its_numbers_apart() -> None:
    found = words(1.00001, 1.00003, 4)
    assert len(found) > 2 and len(set(found)) == len(found)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(2, 12))
def test_ticks_lie_within_their_axis_evenly_spaced(low: float, span: float, count: int) -> None:
    ticks = [tick.at for tick in linear_ticks(low, low + span, count)]
    slack = 1e-6 * max(span, abs(low))
    assert len(ticks) <= count + 1
    assert all(low - slack <= at <= low + span + slack for at in ticks)
    gaps = [later - earlier for earlier, later in itertools.pairwise(ticks)]
    assert all(math.isclose(gap, gaps[0], rel_tol=1e-3) for gap in gaps)


def test_powers_of_ten_on_a_logarithmic_axis() -> None:
    assert [tick.words for tick in log_ticks(1e-3, 1e3, 10)] == ["10⁻³", "0.01", "0.1", "1", "10", "100", "1\u2009000"]
    assert [tick.at for tick in log_ticks(1, 1e12, 4)] == pytest.approx([1, 1e4, 1e8, 1e12])
    assert [tick.words for tick in log_ticks(1, 100, 8)] == ["1", "2", "5", "10", "20", "50", "100"]


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.0), (1.0, 1.0), (0.0, math.inf), (math.nan, 1.0), (-math.inf, 0.0)])
def test_an_axis_without_a_span_has_no_numbers(low: float, high: float) -> None:
    assert linear_ticks(low, high, 5) == ()
    assert log_ticks(low, high, 5) == ()
