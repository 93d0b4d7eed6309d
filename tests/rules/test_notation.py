"""Expressions are set as on the board, and every rule can be typeset by the program's own typesetter."""

from __future__ import annotations

import pytest

from tapeviz.model.rules import RULES, Rule, rule_of, symbol_of
from tapeviz.model.rules.naming import derivative_latex, derivative_text, formula_text
from tapeviz.model.rules.notation import TIGHT, WIDE, Style, evaluate, piece_of, show, typeset
from tests.typesetting import drawn


@pytest.mark.parametrize(
    ("expression", "wide", "tight"),
    [
        ("2 * u", "2u", "2u"),
        ("u * v", "u · v", "uv"),
        ("3*x + 3*y**2", "3x + 3y²", "3x + 3y²"),
        ("exp(x)*sin(x)", "eˣ · sin(x)", "eˣ·sin(x)"),
        ("-u / v**2", "−u / v²", "−u/v²"),
        ("1 / (1 + u)", "1 / (1 + u)", "1/(1 + u)"),
        ("u - (v + w)", "u − (v + w)", "u − (v + w)"),
        ("u - (v - w)", "u − (v − w)", "u − (v − w)"),
        ("u + -v", "u + (−v)", "u + (−v)"),
        ("-u + v", "v − u", "v − u"),
        ("-2 * u + v", "v − 2u", "v − 2u"),
        ("51200 * u", "51200u", "51200u"),
        ("(u * v) ** 2", "(u · v)²", "(uv)²"),
        ("(-u) ** 2", "(−u)²", "(−u)²"),
        ("u / (v * w)", "u / (v · w)", "u/(vw)"),
        ("2 * (u - v)", "2(u − v)", "2(u − v)"),
        ("sqrt(1 - u**2)", "√(1 − u²)", "√(1 − u²)"),
        ("u ** -2", "u⁻²", "u⁻²"),
        ("u ** v", "u^v", "u^v"),
        ("exp(-x)", "e⁻ˣ", "e⁻ˣ"),
        ("2 * pi * x", "2π · x", "2πx"),
        ("w0 * x0", "w0 · x0", "w0·x0"),
        ("1 if u > 0 else 0", "1 if u > 0, else 0", "1 if u > 0, else 0"),
        ("abs(u) * sigmoid(u)", "|u| · σ(u)", "|u|·σ(u)"),
    ],
)
def test_an_expression_is_set_as_on_the_board(expression: str, wide: str, tight: str) -> None:
    assert show(expression, style=WIDE).text == wide
    assert show(expression, style=TIGHT).text == tight


def test_numbers_in_place_of_letters_keep_their_brackets() -> None:
    numbers = {"u": piece_of("−2.000"), "v": piece_of("−3.000")}
    assert show("u * v", numbers, Style(times=" × ")).text == "−2.000 × (−3.000)"
    assert show("u - v", numbers).text == "−2.000 − (−3.000)"
    assert show("u ** 2", numbers).text == "(−2.000)²"


@pytest.mark.parametrize(
    ("expression", "latex"),
    [
        ("-u / v**2", r"\frac{-u}{v^{2}}"),
        ("1 / sqrt(1 - u**2)", r"\frac{1}{\sqrt{1 - u^{2}}}"),
        ("3*x + 3*y**2", "3 x + 3 y^{2}"),
        ("z * (1 - z)", r"z \cdot (1 - z)"),
        ("w12 * loss", r"w_{12} \cdot \mathrm{loss}"),
    ],
)
def test_an_expression_is_typeset(expression: str, latex: str) -> None:
    assert typeset(expression).text == latex


@pytest.mark.parametrize("expression", ["open('x')", "u.v", "'text'", "u // v", "u != v", "unknown"])
def test_nothing_but_the_notation_is_evaluated(expression: str) -> None:
    with pytest.raises(ValueError, match=r"notation|evaluated"):
        evaluate(expression, {"u": 1.0, "v": 2.0}, {})


def texts(rule: Rule) -> list[str]:
    arity = max(len(rule.locals), len(rule.pull))
    places = [place for place in range(arity) if rule.local_of(place) or rule.pull_of(place)]
    names = {"u": "w1", "v": "weights", "w": "−2", "z": "loss", "a": "0.3"}
    return [derivative_latex(rule, place, naming) for place in places for naming in ({}, names)]


@pytest.mark.parametrize("rule", RULES, ids=[f"{rule.op_types[0]}{rule.where or ''}" for rule in RULES])
def test_the_latex_of_every_rule_can_be_drawn(rule: Rule) -> None:
    found = texts(rule)
    assert bool(found) == (rule.manner != "blocking")
    for latex in found:
        assert drawn(latex).startswith("<svg")


def test_every_rule_is_complete_and_found_once() -> None:
    kinds = [(op_type, rule.where) for rule in RULES for op_type in rule.op_types]
    assert len(kinds) == len(set(kinds))
    for rule in RULES:
        assert rule.name and rule.symbol and rule.sentence.endswith(".")
        assert len(rule.symbol) <= 8
        assert rule.is_elementwise == bool(rule.locals)
        assert (rule.manner == "structural") == bool(rule.backward)


def test_letters_become_the_lessons_names() -> None:
    product, matmul = rule_of("Mul"), rule_of("MatMul")
    assert product is not None
    assert matmul is not None
    assert formula_text(product, {"u": "u", "v": "y", "z": "z"}, 2) == "z = u · y"
    assert derivative_text(product, 1, {"u": "u", "v": "y", "z": "z"}) == "∂z/∂y = u"
    assert derivative_text(matmul, 1, {"u": "x", "v": "W", "z": "z"}) == "W̄ = xᵀ z̄"
    assert derivative_text(matmul, 1, {"u": "inputs", "v": "weights", "z": "z"}) == "v̄ = uᵀ z̄"
    assert derivative_latex(matmul, 0, {"u": "x", "v": "W2", "z": "z"}) == r"\bar{x} = \bar{z} \, {W_{2}}^{T}"


@pytest.mark.parametrize(
    ("op_type", "symbol"),
    [
        ("Mul", "×"),
        ("Pow", "xⁿ"),
        ("Sum", "Σ"),
        ("MatMul", "@"),
        ("Sigmoid", "σ"),
        ("Exp", "exp"),
        ("Einsum", "einsum"),
        ("Floor", "floor"),
        ("DepthwiseConv2dNative", "conv"),
        ("MatrixSquareRoot", "matrixs…"),
        ("__forward_step_37", "step"),
        ("StatefulPartitionedCall", "func"),
    ],
)
def test_an_op_is_drawn_by_its_symbol(op_type: str, symbol: str) -> None:
    assert symbol_of(op_type) == symbol
