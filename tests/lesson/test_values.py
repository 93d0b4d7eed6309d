"""Typed values: each becomes the tensor that was meant, or a sentence."""

from __future__ import annotations

import math

import numpy as np
import pytest
import tensorflow as tf

from tapeviz.model.form import VariableKind, VariableRow
from tapeviz.model.values import read_value, row_code, value_problem


def row(value: str, *, name: str = "x", dtype: str = "float32", kind: VariableKind = "Variable") -> VariableRow:
    return VariableRow(name=name, kind=kind, value=value, dtype=dtype)


@pytest.mark.parametrize(
    ("typed", "dtype", "code"),
    [
        ("2", "float32", "2.0"),
        ("-0.5", "float32", "-0.5"),
        ("−3", "float32", "-3.0"),
        ("1e-3", "float32", "1e-3"),
        ("pi/2", "float32", "math.pi/2"),
        ("1/3", "float32", "1/3"),
        ("2*3", "float32", "2.0*3.0"),
        ("2", "int32", "2"),
        ("4/2", "int32", "2"),
        ("[1, 2]", "float32", "[1.0, 2.0]"),
        ("[[1, 2], [3, pi]]", "float32", "[[1.0, 2.0], [3.0, math.pi]]"),
        ("[max(1, 2), (3)]", "float32", "[max(1.0, 2.0), 3.0]"),
        ("[1, 2,]", "float32", "[1.0, 2.0]"),
    ],
)
def test_a_value_becomes_code_of_its_dtype(typed: str, dtype: str, code: str) -> None:
    value = read_value(typed, dtype)
    assert value.code == code
    tensor = tf.Variable(eval(code, {"math": math}))
    assert tensor.dtype.name == dtype
    assert tuple(tensor.shape) == value.shape


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "is missing"),
        ("abc", "is no number"),
        ("[1, 2", "`]` is missing"),
        ("[1, 2]]", "take it away"),
        ("[1,, 2]", "missing in the brackets"),
        ("[]", "missing in the brackets"),
        ("[[1], [1, 2]]", "make the rows equally long"),
        ("[1, [2]]", "mixed"),
        ("1/0", "divides by zero"),
        ("sqrt(-1)", "no real number"),
        ("1e60", "choose float64"),
        ("2 +", "nothing after it"),
    ],
)
def test_a_bad_value_has_a_sentence(typed: str, words: str) -> None:
    assert words in value_problem(row(typed))


def test_whole_numbers_only_where_the_dtype_holds_only_those() -> None:
    assert "no whole number" in value_problem(row("2.5", dtype="int32"))
    assert "too large" in value_problem(row("3e9", dtype="int32"))
    assert value_problem(row("3e9", dtype="int64")) == ""


@pytest.mark.parametrize("name", ["lambda", "sin", "tape", "2x", "a b"])
def test_a_name_that_the_script_cannot_use_has_a_sentence(name: str) -> None:
    assert name in value_problem(row("1", name=name))


@pytest.mark.parametrize(
    ("kind", "dtype", "code"),
    [
        ("Variable", "float32", "tf.Variable(2.0)"),
        ("frozen", "float32", "tf.Variable(2.0, trainable=False)"),
        ("constant", "float64", "tf.constant(2.0, dtype=tf.float64)"),
        ("watched constant", "float32", "tf.constant(2.0)"),
        ("Variable", "int64", "tf.Variable(2, dtype=tf.int64)"),
    ],
)
def test_a_row_makes_the_tensor_it_says(kind: VariableKind, dtype: str, code: str) -> None:
    assert row_code(row("2", kind=kind, dtype=dtype)) == code
    tensor = eval(code, {"tf": tf})
    assert tensor.dtype.name == dtype
    assert getattr(tensor, "trainable", None) == {"Variable": True, "frozen": False}.get(kind)
    assert np.asarray(tensor) == 2
