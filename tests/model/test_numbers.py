from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_EVEN, Context, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapeviz.model.numbers import (
    THIN_SPACE,
    format_factor,
    format_full,
    format_number,
    format_value,
    matrix_cells,
)
from tapeviz.model.tensor import TensorValue, value_of_array

SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def read_back(text: str) -> float:
    """The number that a reader of the text would type in."""
    mantissa, _, power = text.replace(THIN_SPACE, "").replace("−", "-").replace("∞", "inf").partition("×10")
    return float(f"{mantissa}e{power.translate(SUPERSCRIPTS) or 0}")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (2.0, "2.000"),
        (18.0, "18.00"),
        (49.0, "49.00"),
        (0.7310585786300049, "0.7311"),
        (-3.5, "−3.500"),
        (0.0, "0.000"),
        (-0.0, "0.000"),
        (0.99996, "1.000"),
        (1234.0, "1 234"),
        (9999.4, "9 999"),
        (9999.6, "10 000"),
        (12345.0, "12 345"),
        (-9_999_999.0, "−9 999 999"),
        (9_999_999.9, "1.0×10⁷"),
        (12_345_678.0, "1.235×10⁷"),
        (1.2e-5, "1.2×10⁻⁵"),
        (-1e-30, "−1.0×10⁻³⁰"),
        (0.0001, "0.0001000"),
        (math.nan, "NaN"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (True, "True"),
        (np.False_, "False"),
        (7, "7"),
        (-1234567, "−1 234 567"),
        (np.int64(12345), "12 345"),
        (np.float32(0.1), "0.1000"),
        (1 + 2j, "1.000+2.000i"),
        (1 - 2j, "1.000−2.000i"),
        (np.complex64(complex(math.nan, -math.inf)), "NaN−∞i"),
    ],
)
def test_numbers_are_written_as_on_the_board(number: object, text: str) -> None:
    assert format_number(number) == text.replace(" ", THIN_SPACE)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_written_number_is_the_number_to_four_digits(number: float) -> None:
    rounded = Context(prec=4, rounding=ROUND_HALF_EVEN).create_decimal(Decimal(number))
    shown = Decimal(read_back(format_number(number)))
    if abs(number) < 9_999.0 or abs(number) > 1e7:
        assert float(shown) == float(rounded)
    else:
        assert abs(shown - Decimal(number)) <= Decimal("0.5")


@given(st.floats(min_value=1e-4, max_value=9_999.0, exclude_max=True))
def test_a_number_of_everyday_size_has_exactly_four_significant_digits(number: float) -> None:
    digits = re.sub(r"\D", "", format_number(number)).lstrip("0")
    assert len(digits) == 4


@given(st.floats() | st.integers() | st.complex_numbers() | st.booleans())
def test_no_number_is_written_with_an_e_or_a_hyphen(number: complex | bool) -> None:
    assert not set("e-") & set(format_number(number).replace("True", "").replace("False", ""))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_full_text_gives_the_very_number_back(number: float) -> None:
    assert read_back(format_full(number)) == number


@given(st.floats(width=32, min_value=2.0**-12, max_value=2.0**40))
def test_the_full_text_of_a_float32_has_no_digits_that_float32_cannot_hold(number: float) -> None:
    text = format_full(np.float32(number))
    assert np.float32(text) == np.float32(number)
    assert len(re.sub(r"\D", "", text).strip("0")) <= 9


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (3.0, "3"),
        (0.5, "0.5"),
        (-2.0, "−2"),
        (1 / 3, "0.3333"),
        (100.0, "100"),
        (1e-5, "1×10⁻⁵"),
        (0.0, "0"),
        (10, "10"),
    ],
)
def test_a_factor_is_as_short_as_it_can_be(number: float, text: str) -> None:
    assert format_factor(number) == text


@pytest.mark.parametrize(
    ("array", "text"),
    [
        (np.float32(6.0), "6.000"),
        (np.array([1.0, 2.0]), "[1.000, 2.000]"),
        (np.array([True, False]), "[True, False]"),
        (np.array([[3.0, 4.0], [0.0, 0.0], [0.0, 0.0]]), "3×2 · norm 5.000"),
        (np.arange(5), "(5) · norm 5.477"),
        (np.zeros((2, 0)), "2×0 · empty"),
        (np.ones((5, 2), dtype=bool), "5×2"),
        (np.full((100, 100), 2.0), "100×100 · norm 200.0"),
    ],
)
def test_a_tensor_fits_in_a_line(array: np.ndarray, text: str) -> None:
    assert format_value(value_of_array(np.asarray(array))) == text


def test_a_value_that_is_not_there_is_not_written() -> None:
    assert format_value(None) == ""
    assert format_full(None) == ""


def test_a_value_without_numbers_is_written_as_its_text() -> None:
    text = TensorValue(encoding="", shape=(), data=None, text="hello")
    assert (format_value(text), format_full(text), matrix_cells(text)) == ("hello", "hello", ())


def test_a_matrix_of_up_to_six_by_six_is_written_out() -> None:
    assert matrix_cells(value_of_array(np.array([[1.0, 2.0], [3.0, 4.0]]))) == (("1.000", "2.000"), ("3.000", "4.000"))
    assert matrix_cells(value_of_array(np.array([1, 2, 3]))) == (("1", "2", "3"),)
    assert matrix_cells(value_of_array(np.array(5.0))) == (("5.000",),)
    assert matrix_cells(value_of_array(np.zeros((7, 2)))) == ()
    assert matrix_cells(value_of_array(np.zeros((2, 2, 2)))) == ()


def test_every_number_of_a_matrix_stands_in_its_full_text() -> None:
    value = value_of_array(np.array([[0.1, 2.0]], dtype=np.float32))
    assert format_full(value) == "[[0.1, 2.0]]"
