"""What is copied is LaTeX that a typesetter reads, and says the recording's numbers."""

from __future__ import annotations

import re

import pytest

from tapeviz.model.latex import aligned, document_of, latex_number
from tapeviz.model.numbers import latex_of_numbers
from tests.explain.conftest import Tell, Told
from tests.explain.test_captions import MOCK, one
from tests.typesetting import drawn


@pytest.fixture(scope="module")
def mock(tell: Tell) -> Told:
    return tell(MOCK)


def test_the_step_of_the_design_is_copied_with_its_numbers(mock: Told) -> None:
    latex = document_of(mock.inspect(mock.at("Backward 5 of 6")))
    assert latex.startswith("\\begin{aligned}\n")
    assert r"\bar{y} &= \bar{z} \cdot u \\" in latex
    assert (
        r"\frac{\partial f}{\partial z} \cdot \frac{\partial z}{\partial y} &= 1 \cdot 6 = 6 \\" in latex
    )  # what came in, the local derivative, the share
    assert r"\frac{\partial f}{\partial y} &= 27 + 6 = 33 \\" in latex
    assert r"\frac{\partial f}{\partial y} &= 3 x + 3 y^{2} = 6 + 27 = 33" in latex
    assert drawn(latex).startswith("<svg")


def test_a_sum_that_is_not_finished_is_not_copied_as_one(mock: Told) -> None:
    latex = document_of(mock.inspect(mock.at("Backward 3 of 6")))
    assert r"\frac{\partial f}{\partial y} &=" not in latex


def test_nothing_to_copy_is_empty(mock: Told) -> None:
    assert document_of(mock.inspect(0)) == ""


OPERATIONS = [
    "tf.exp(-40 * x)",
    "tf.math.lgamma(x)",
    "tf.math.special.bessel_i1(x)",
    "tf.math.polygamma(tf.constant(2.0), x)",
    "tf.maximum(x, 1.0)",
    "x ** -0.5",
    "1e12 * x",
    "tf.math.divide_no_nan(x, 0.0)",
]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_whatever_can_be_copied_can_be_typeset(tell: Tell, operation: str) -> None:
    told = tell(one(operation, 2.5))
    for playhead in range(len(told.captions)):
        latex = document_of(told.inspect(playhead))
        if latex:
            assert drawn(latex).startswith("<svg")
            assert latex.isascii()


def test_a_product_of_matrices_is_copied_as_its_rules(tell: Tell) -> None:
    told = tell("""x = tf.Variable(tf.ones([2, 3]))
W = tf.Variable(tf.ones([3, 2]))
with tf.GradientTape() as tape:
    y = x @ W
g = tape.gradient(y, [x, W])
""")
    latex = document_of(told.inspect(told.at("Backward 1 of 1")))
    assert re.findall(r"\\bar\{[xW]\} &= [^\\]*.*", latex) == [
        r"\bar{x} &= \bar{y} \, W^{T} \\",
        r"\bar{W} &= x^{T} \, \bar{y}",
    ]


@pytest.mark.parametrize(
    ("number", "latex"),
    [
        (0.5, "0.5"),
        (-3.0, "-3"),
        (1.2e-9, r"1.2 \cdot 10^{-9}"),
        (12345, r"12\,345"),
        (float("-inf"), r"-\infty"),
        (float("nan"), r"\mathrm{NaN}"),
    ],
)
def test_numbers_are_latex(number: float, latex: str) -> None:
    assert latex_number(number) == latex
    assert drawn(latex).startswith("<svg")


def test_a_sum_of_shown_numbers_is_latex() -> None:
    assert latex_of_numbers("6 − 2.7×10⁻⁵") == r"6 - 2.7 \cdot 10^{-5}"


def test_one_formula_stands_alone() -> None:
    assert aligned(["a = b"]) == "a = b"
    assert aligned(["a = b", "a = b"]) == "a = b"
