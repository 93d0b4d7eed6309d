"""Shapes and matrices of real VJPs: what the inspector sets beside the rule follows from the recorded tensors."""

from __future__ import annotations

import numpy as np
import pytest

from tapeviz.model.explanation import Section
from tests.explain.conftest import Tell, Told


def backward_of(told: Told, op_type: str) -> list[Section]:
    steps = [
        step
        for step in told.timeline.steps
        if step.phase == "vjp" and step.op is not None and told.recording.ops[step.op].type == op_type
    ]
    inspection = told.inspect(steps[-1].index)
    return [section for section in inspection.sections if section.title.startswith("Backward")]


def lesson(setting: str, formula: str, sources: str) -> str:
    return f"""{setting}
with tf.GradientTape() as tape:
    y = {formula}
    f = tf.reduce_sum(y * y)
g = tape.gradient(f, {sources})
"""


X, W = "x = tf.Variable([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])", "W = tf.Variable([[1.0, 0.5], [0.0, 2.0], [-1.0, 1.0]])"

SHAPES = [
    (f"{X}\n{W}", "x @ W", "[x, W]", "MatMul", ["(2×3) = (2×2)(2×3)", "(3×2) = (3×2)(2×2)"]),
    (f"{X}\n{W}", "tf.matmul(x, tf.transpose(W), transpose_b=True)", "[x]", "MatMul", ["(2×3) = (2×2)(2×3)"]),
    (f"{X}\n{W}", "tf.matmul(tf.stack([x, x, x, x]), W)", "[W]", "BatchMatMulV2", None),
    (f"{X}\n{W}", "tf.matmul(x[None], W)", "[W]", "BatchMatMulV2",
     ["(1×3×2) = (1×3×2)(1×2×2), then (1×3×2) → (3×2)", "(1×2×3) = (1×2×2)(2×3)"]),
    (f"{X}\nb = tf.Variable([1.0, 2.0, 3.0])", "tf.nn.bias_add(x, b)", "b", "BiasAdd",
     ["b̄: the batch axis is summed: (2×3) → (3)"]),
    (f"{X}\nb = tf.Variable([1.0, 2.0, 3.0])", "x * b", "b", "Mul", ["b̄: axis 0 is summed: (2×3) → (3)"]),
    (f"{X}\nb = tf.Variable([[1.0], [2.0]])", "x + b", "b", "AddV2", ["b̄: axis 1 is summed: (2×3) → (2×1)"]),
    (f"{X}\nb = tf.Variable(2.0)", "x + b", "b", "AddV2", ["b̄: axes 0 and 1 are summed: (2×3) → (scalar)"]),
    (X, "tf.transpose(x)", "x", "Transpose", ["x̄: (3×2) → (2×3)"]),
    (X, "tf.reduce_sum(x, axis=1)", "x", "Sum", ["x̄: copied along axis 1: (2) → (2×3)"]),
    (X, "tf.reduce_mean(x)", "x", "Mean", ["x̄: copied along every axis: (scalar) → (2×3)"]),
    (X, "tf.reshape(x, [6])", "x", "Reshape", ["x̄: (6) → (2×3)"]),
    (X, "tf.gather(x, [0, 0, 1])", "x", "ResourceGather", ["x̄: (3×3) → (2×3)"]),
    (f"{X}\n{W}", "tf.einsum('ij,jk->ik', x, W)", "[x, W]", "Einsum", ["ik,jk → ij", "ik,ij → jk"]),
    (X, "tf.tanh(x)", "x", "Tanh", []),
]  # fmt: skip


@pytest.mark.parametrize(("setting", "formula", "sources", "op_type", "shapes"), SHAPES, ids=[row[1] for row in SHAPES])
def test_the_shapes_at_work_are_told(
    tell: Tell, setting: str, formula: str, sources: str, op_type: str, shapes: list[str] | None
) -> None:
    sections = backward_of(tell(lesson(setting, formula, sources)), op_type)
    if shapes is None:
        assert any("(4×3×2) = (4×3×2)(4×2×2)" in section.shapes and "summed" in section.shapes for section in sections)
    else:
        assert list(dict.fromkeys(section.shapes for section in sections if section.shapes)) == shapes


def product_of(section: Section) -> np.ndarray:
    """Carry out what the row of matrices says."""
    first, *rest = section.heats
    value = first.cells.array.astype(np.float64)
    for heat in rest[:-1]:
        value = value @ heat.cells.array if heat.sign == "·" else value * heat.cells.array
    return -value if rest[-1].sign == "= −" else value


PRODUCTS = [
    (f"{X}\n{W}", "x @ W", "[x, W]", "MatMul"),
    (f"{X}\n{W}", "tf.matmul(W, x, transpose_a=True, transpose_b=True)", "[x, W]", "MatMul"),
    (X, "tf.sin(x)", "x", "Sin"),
    (X, "tf.math.lgamma(x + 0.5)", "x", "Lgamma"),
    ("x = tf.Variable([[2.0, 1.0], [0.0, 4.0]])", "tf.linalg.inv(x)", "x", "MatrixInverse"),
    (f"{X}\nb = tf.Variable([1.0, 2.0, 3.0])", "x / b", "[x, b]", "RealDiv"),
]


@pytest.mark.parametrize(("setting", "formula", "sources", "op_type"), PRODUCTS, ids=[row[1] for row in PRODUCTS])
def test_what_the_row_of_matrices_says_is_true_of_its_numbers(
    tell: Tell, setting: str, formula: str, sources: str, op_type: str
) -> None:
    for section in backward_of(tell(lesson(setting, formula, sources)), op_type):
        last = section.heats[-1]
        assert last.sign.startswith("=")
        assert len(section.heats) >= 3
        value = product_of(section)
        sent = last.cells.array
        np.testing.assert_allclose(value.sum(axis=0, keepdims=True) if "Σ" in last.sign else value, sent, rtol=1e-4)


def test_where_no_local_derivative_is_defined_only_both_ends_are_shown(tell: Tell) -> None:
    (section,) = backward_of(tell(lesson(X, "tf.nn.softmax(x)", "x")), "Softmax")
    assert [heat.sign for heat in section.heats] == ["", "→"]


def test_an_image_is_shown_by_rows_and_columns_and_says_which_part(tell: Tell) -> None:
    setting = "x = tf.Variable(tf.random.normal([1, 5, 4, 2]))\nk = tf.Variable(tf.random.normal([2, 2, 2, 3]))"
    told = tell(lesson(setting, "tf.nn.conv2d(x, k, 1, 'VALID')", "[x, k]"))
    by_image, by_kernel = backward_of(told, "Conv2D")
    assert [(heat.cells.shape, heat.part) for heat in by_image.heats] == [
        ((4, 3), "[0, :, :, 0]"),
        ((5, 4), "[0, :, :, 0]"),
    ]
    assert by_kernel.heats[-1].part == "[:, :, 0, 0]"
    sent = told.recording.gradient_calls[0].sources[1].value
    assert sent is not None
    value = told.recording.tensors[sent].value
    assert value is not None
    np.testing.assert_array_equal(by_kernel.heats[-1].cells.array, value.array[:, :, 0, 0])


def test_single_numbers_need_no_matrices(tell: Tell) -> None:
    told = tell("x = tf.Variable(2.0)\nwith tf.GradientTape() as tape:\n    f = x * x\ng = tape.gradient(f, x)\n")
    assert all(not section.heats and section.rows for section in backward_of(told, "Mul"))


def test_complex_products_say_that_factors_are_conjugated(tell: Tell) -> None:
    setting = "x = tf.Variable([[1 + 0.5j, 2 + 1j]])\nw = tf.constant([[1 + 2j], [3 + 1j]])"
    told = tell(f"{setting}\nwith tf.GradientTape() as tape:\n    f = tf.math.real(x @ w)\ng = tape.gradient(f, x)\n")
    (section,) = backward_of(told, "MatMul")
    assert section.latex == ""
    assert "conjugates" in section.notes[0]
