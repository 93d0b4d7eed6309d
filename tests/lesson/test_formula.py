"""Formulas: what they mean is held against sympy, what is wrong with them against the character that is wrong."""

from __future__ import annotations

import math
from typing import Any

import pytest
import sympy
import tensorflow as tf
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sympy.parsing.sympy_parser import (
    convert_xor,
    implicit_multiplication,
    parse_expr,
    standard_transformations,
)

from tapeviz.model.expression import Expression, names_in, number_of
from tapeviz.model.form import FormulaProblem
from tapeviz.model.formula import Formula, parse_expression, parse_formula
from tapeviz.model.formula_code import needs_math, tensorflow_code
from tapeviz.model.formula_python import expression_of
from tapeviz.model.formula_text import formula_text
from tapeviz.model.script_pieces import python_tree
from tests.lesson.strategies import trees, typed_formulas

POINT = {"x": 0.7, "y": 1.3}
VARIABLES = ("x", "y", "w1", "rate")


def read(text: str, **context: Any) -> Formula:
    result = parse_formula(text, **context)
    assert isinstance(result, Formula), result
    return result


def refused(text: str, **context: Any) -> FormulaProblem:
    result = parse_formula(text, **context)
    assert isinstance(result, FormulaProblem), result
    return result


def run(code: str, values: dict[str, Any]) -> Any:
    return eval(code, {"tf": tf, "math": math, **{k: tf.Variable(v, dtype=tf.float64) for k, v in values.items()}})


@settings(max_examples=150, deadline=None)
@given(typed_formulas)
def test_a_formula_is_worth_what_sympy_says_it_is(text: str) -> None:
    transformations = (*standard_transformations, implicit_multiplication, convert_xor)
    names = {"x": sympy.Symbol("x"), "y": sympy.Symbol("y")}
    theirs = complex(parse_expr(text, local_dict=names, transformations=transformations).evalf(30, subs=POINT))
    assume(abs(theirs) < 1e12 and theirs.imag == 0)
    ours = run(tensorflow_code(read(f"f(x, y) = {text}")), POINT)
    assert float(ours) == pytest.approx(theirs.real, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("f(x, y) = x^2 + 3xy + y^3", "x**2 + 3*x*y + y**3"),
        ("y = x² + 2x + 1", "x**2 + 2*x + 1"),
        ("f(x) = −x^2", "-x**2"),
        ("f(x) = (-x)^2", "(-x)**2"),
        ("f(x) = 2 · x × 3 ÷ 4", "2*x*3/4"),
        ("f(x) = √x + √(x+1)", "tf.sqrt(x) + tf.sqrt(x + 1)"),
        ("f(x) = sin x", "tf.sin(x)"),
        ("f(x) = sin 2x cos x", "tf.sin(2*x)*tf.cos(x)"),
        ("f(x) = sin²x + cos^2(x)", "tf.sin(x)**2 + tf.cos(x)**2"),
        ("f(x) = sin -x", "tf.sin(-x)"),
        ("f(x) = ln(x) + log x", "tf.math.log(x) + tf.math.log(x)"),
        ("f(x) = relu(x) + softplus(x) + sigmoid(x)", "tf.nn.relu(x) + tf.nn.softplus(x) + tf.sigmoid(x)"),
        ("f(x) = arctan(x) + asin(x) + acos(x)", "tf.atan(x) + tf.asin(x) + tf.acos(x)"),
        ("f(x) = |x - 1| + 2|x|", "tf.abs(x - 1) + 2*tf.abs(x)"),
        ("f(x) = e^-x", "tf.exp(-x)"),
        ("f(x) = e x + π", "math.e*x + math.pi"),
        ("f(x) = pi x^2", "math.pi*x**2"),
        ("f(x) = .5x + 1e-3", "0.5*x + 1e-3"),
        ("f(x) = max(x, 0, 1) + minimum(x, 2)", "tf.maximum(tf.maximum(x, 0), 1) + tf.minimum(x, 2)"),
        ("f(x) = max(x) + sum(x) + mean(x)", "tf.reduce_max(x) + tf.reduce_sum(x) + tf.reduce_mean(x)"),
        ("f(x) = norm(x)", "tf.norm(x)"),
        ("f(A, x) = matmul(A, x)", "A @ x"),
        ("f(A) = A.T @ A", "tf.transpose(A) @ A"),
        ("f(A) = A^T @ A + transpose(A)", "tf.transpose(A) @ A + tf.transpose(A)"),
        ("f(x) = x[0]^2 + 3x[0]x[1]", "x[0]**2 + 3*x[0]*x[1]"),
        ("f(x₁, x₂) = x₁ x₂", "x1*x2"),
        ("f(xy, x) = xy + x", "xy + x"),
        ("f(x) = xsin(x)", "x*tf.sin(x)"),
        ("f(x) = 2(x+1)(x-1)", "2*(x + 1)*(x - 1)"),
        ("f(x) = x^2^3", "x**2**3"),
        ("f(x) = (x^2)^3", "(x**2)**3"),
        ("f(x) = x - (x - 1)", "x - (x - 1)"),
        ("f(x) = x/(2x)", "x/(2*x)"),
        ("f(x) = sin(2)x", "math.sin(2)*x"),
        ("f(x) = 3", "tf.constant(3.0)"),
        ("λ(θ) = θ^2", "θ**2"),
    ],
)
def test_a_formula_becomes_the_code_one_would_write(text: str, code: str) -> None:
    assert tensorflow_code(read(text)) == code


@pytest.mark.parametrize(
    ("text", "ranks", "code"),
    [
        ("f(A, x) = A @ x", {"A": 2, "x": 1}, "tf.linalg.matvec(A, x)"),
        ("f(A, x) = x @ A", {"A": 2, "x": 1}, "tf.linalg.matvec(A, x, transpose_a=True)"),
        ("f(x, y) = x @ y", {"x": 1, "y": 1}, "tf.tensordot(x, y, axes=1)"),
        ("f(x, y) = dot(x, y)", {"x": 1, "y": 1}, "tf.tensordot(x, y, axes=1)"),
        ("f(A, B) = A @ B", {"A": 2, "B": 2}, "A @ B"),
    ],
)
def test_products_of_vectors_are_written_so_that_tensorflow_takes_them(
    text: str, ranks: dict[str, int], code: str
) -> None:
    assert tensorflow_code(read(text), ranks=ranks) == code
    shapes = {1: [1.0, 2.0], 2: [[1.0, 2.0], [3.0, 4.0]]}
    plain = {1: [[1.0], [2.0]], 2: [[1.0, 2.0], [3.0, 4.0]]}
    first, second = ranks.values()
    result = run(code, {name: shapes[rank] for name, rank in ranks.items()})
    left, right = (tf.constant(plain[rank]) for rank in (first, second))
    if text.endswith("x @ A"):
        left, right = right, left
    oracle = tf.matmul(left, right, transpose_a=left.shape[1] == 1)
    assert [float(part) for part in tf.reshape(result, [-1])] == pytest.approx(
        [float(part) for part in tf.reshape(oracle, [-1])]
    )


def test_a_function_can_call_the_ones_before_it() -> None:
    f = read("f(x, y) = x^2 + y")
    by_value = read("g(x, y) = f(x, y)^2", functions={"f": f})
    bare = read("g = f^2 + x", functions={"f": f})
    put_in = read("g(x) = f(x, 2)^2", functions={"f": f})
    assert tensorflow_code(by_value, functions={"f": f}) == "f**2"
    assert tensorflow_code(bare, functions={"f": f}) == "f**2 + x"
    assert tensorflow_code(put_in, functions={"f": f}) == "(x**2 + 2)**2"


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("f(x) = (x + 1", 7, "`(` at character 8 is never closed: add `)`"),
        ("f(x) = x + 1)", 12, "closes nothing"),
        ("f(x) = 3xz", 9, "`z` is not a parameter of f: write f(x, z) = … or give z a value"),
        ("f(x) = sine(x)", 7, "did you mean sin?"),
        ("f(x) = foo(x)", 7, "There is no function `foo`"),
        ("f(x) =", 6, "Nothing stands after `=`"),
        ("f(x) = x^", 8, "`^` at character 9 has nothing after it"),
        ("f(x) = *x", 7, "has nothing before it"),
        ("f(x) = x $ 2", 9, "`$` at character 10 means nothing"),
        ("f(x) = x2", 8, "write x^2 or 2x"),
        ("f(x) = x 2", 9, "Put `*` or `^` before `2`"),
        ("f(x) = 3,5x", 8, "decimals have a point"),
        ("f(x) = 1.2.3", 10, "two points"),
        ("f(x) = x = 2", 9, "second `=`"),
        ("x^2 + 1", 0, "write f(x) = x^2 + 1"),
        ("", 0, "Type a function"),
        ("f(x y) = x", 4, "comma"),
        ("f(x, x) = x", 5, "stands twice"),
        ("f() = 2", 2, "parameter is missing"),
        ("f(x = 3", 1, "never closed"),
        ("f(lambda) = 1", 2, "word of Python"),
        ("sin(x) = x", 0, "built-in function"),
        ("tape(x) = x", 0, "needs the name `tape`"),
        ("f(x) = f(x - 1)", 7, "cannot use itself"),
        ("f(x) = sin", 7, "has no argument"),
        ("f(x) = sin()", 10, "empty"),
        ("f(x) = dot(x)", 7, "dot takes 2 arguments, not 1"),
        ("f(x) = sin^-1 x", 10, "asin(x)"),
        ("f(x) = |x", 7, "`|` at character 8 is never closed"),
        ("f(x) = x[x]", 9, "whole number"),
        ("f(x) = max(x,", 12, "nothing after it"),
    ],
)
def test_a_formula_that_cannot_be_read_is_marked_at_the_character(text: str, column: int, words: str) -> None:
    problem = refused(text, index=3)
    assert (problem.function, problem.column) == (3, column)
    assert words in problem.message
    assert problem.message.rstrip().endswith((".", "?"))


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="fxyzsin exp0123456789.,()[]=+-*/^|²√π·@T_'\"#λ", max_size=30))
def test_whatever_is_typed_is_read_or_marked_within_the_text(text: str) -> None:
    result = parse_formula(text)
    if isinstance(result, FormulaProblem):
        assert 0 <= result.column <= len(text)
        assert result.message


@settings(max_examples=200, deadline=None)
@given(trees)
def test_a_formula_that_is_written_out_means_the_same(tree: Expression) -> None:
    text = formula_text("f", VARIABLES, tree)
    assert read(text).body == tree


@settings(max_examples=200, deadline=None)
@given(trees)
def test_code_that_is_read_back_is_the_code_it_was(tree: Expression) -> None:
    assume(names_in(tree))
    code = tensorflow_code(Formula(name="f", parameters=VARIABLES, body=tree, text=""))
    back = expression_of(python_tree(code).body[0].value)  # type: ignore[attr-defined]
    again = tensorflow_code(Formula(name="f", parameters=VARIABLES, body=back, text=""))
    # Python's parser keeps what a number is worth, not how it was typed.
    assert again == code.replace("1e-3", "0.001")


@pytest.mark.parametrize("text", ["pi/2", "2^10", "-sqrt(2)", "max(1, 3) - 1e-3", "e^2", "|−3|"])
def test_an_expression_of_numbers_is_worth_what_sympy_says(text: str) -> None:
    theirs = text.replace("^", "**").replace("|−3|", "3").replace("max", "Max").replace("e**", "E**")
    assert number_of(parse_expression(text)) == pytest.approx(float(sympy.sympify(theirs)))


def test_only_pythons_own_math_needs_an_import() -> None:
    assert needs_math("math.pi*x")
    assert not needs_math("tf.math.log(x)")
