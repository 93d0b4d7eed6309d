"""What is recorded, held against oracles that are not ours: plain TensorFlow, finite differences, published numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tests.engine.conftest import Record, array, results, sums

FUNCTIONS = {
    "add": "x + y",
    "subtract": "x - 2.0 * y",
    "multiply": "x * y",
    "divide": "x / y",
    "power": "x ** y",
    "square": "tf.square(x) + y ** 2",
    "negate": "-x * y",
    "reciprocal": "1.0 / x + tf.math.reciprocal(y)",
    "sqrt": "tf.sqrt(x * y)",
    "exponential": "tf.exp(x - y)",
    "logarithm": "tf.math.log(x + y)",
    "trigonometry": "tf.sin(x) * tf.cos(y) + tf.tan(x * 0.3)",
    "saturating": "tf.tanh(x) + tf.sigmoid(y) + tf.nn.softplus(x * y)",
    "corners": "tf.maximum(x, y) + tf.minimum(x, 2.5) + tf.nn.relu(x - y) + tf.abs(x)",
    "fan-out": "x * x * x + x + x * y",
    "same twice": "(x + x) * y",
    "hidden reads": "tf.add(x, y) + tf.stack([x, y, x])[1]",
    "branch": "tf.where(x > y, x * y, x / y)",
    "reshaped": "tf.reduce_sum(tf.reshape(tf.stack([x, y, x * y, x]), (2, 2)) @ tf.constant([[1.0, 2.0], [3.0, 4.0]]))",
    "broadcast": "tf.reduce_mean(x * tf.constant([[1.0, 2.0, 3.0]]) + y * tf.constant([[1.0], [2.0]]))",
    "concat": "tf.reduce_prod(tf.concat([[x], [y, x]], 0))",
    "split": "tf.split(tf.stack([x, y, x, y]), 2)[0][1] * x",
    "clip": "tf.clip_by_value(x * y, 0.0, 5.0) + x",
    "gather": "tf.reduce_sum(tf.gather(tf.stack([x, y]), [0, 1, 1]) ** 2)",
    "scan of lines": "tf.reduce_sum(tf.math.cumsum(tf.stack([x, y, x])))",
}


def lesson(expression: str) -> str:
    return (
        "x = tf.Variable(2.0)\n"
        "y = tf.Variable(0.7)\n"
        "with tf.GradientTape() as tape:\n"
        f"    f = {expression}\n"
        "gradients = tape.gradient(f, [x, y])\n"
    )


def plain(text: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {"tf": tf}
    exec(compile(text, "plain.py", "exec"), namespace)
    return namespace


@pytest.mark.parametrize("expression", FUNCTIONS.values(), ids=FUNCTIONS.keys())
def test_gradients_are_those_of_plain_tensorflow_and_of_finite_differences(expression: str, record: Record) -> None:
    recording = record(lesson(expression))
    (call,) = recording.gradient_calls
    assert call.checked, call.defect
    returned = results(recording, call)
    for own, summed, expected in zip(
        returned, sums(recording, call), plain(lesson(expression))["gradients"], strict=True
    ):
        np.testing.assert_array_equal(own, expected.numpy())
        np.testing.assert_allclose(summed, own, rtol=1e-6, atol=1e-6)
    # TensorFlow differentiates a whole tensor by adding its elements up.
    function = eval(f"lambda x, y: tf.reduce_sum({expression})", {"tf": tf})
    point, step = (2.0, 0.7), 1e-2
    for index, own in enumerate(returned):
        ahead, behind = list(point), list(point)
        ahead[index] += step
        behind[index] -= step
        difference = (function(*map(tf.constant, ahead)) - function(*map(tf.constant, behind))) / (2 * step)
        np.testing.assert_allclose(own, difference.numpy(), rtol=5e-3, atol=5e-3)


def test_micrograd_counts_a_variable_that_is_used_twice(record: Record) -> None:
    recording = record("a = tf.Variable(3.0)\nwith tf.GradientTape() as tape:\n    b = a + a\ng = tape.gradient(b, a)")
    (call,) = recording.gradient_calls
    assert results(recording, call) == [2.0]
    assert [array(recording, c.value) for c in call.contributions if recording.ops[c.op].type == "AddV2"] == [1.0, 1.0]


def test_micrograd_expression(record: Record) -> None:
    recording = record(
        "a, b, c, f = tf.Variable(2.0), tf.Variable(-3.0), tf.Variable(10.0), tf.Variable(-2.0)\n"
        "with tf.GradientTape() as tape:\n"
        "    e = a * b\n"
        "    d = e + c\n"
        "    L = d * f\n"
        "g = tape.gradient(L, [a, b, c, f, d, e])"
    )
    (call,) = recording.gradient_calls
    assert array(recording, call.target[0]) == -8.0
    assert results(recording, call) == [6.0, -4.0, -2.0, 4.0, -2.0, -2.0]
    assert [source.name for source in call.sources] == ["a", "b", "c", "f", "d", "e"]


def test_cs231n_sigmoid_neuron(record: Record) -> None:
    recording = record(
        "w = [tf.Variable(2.0), tf.Variable(-3.0), tf.Variable(-3.0)]\n"
        "x = [tf.Variable(-1.0), tf.Variable(-2.0)]\n"
        "with tf.GradientTape() as tape:\n"
        "    f = 1 / (1 + tf.exp(-(w[0] * x[0] + w[1] * x[1] + w[2])))\n"
        "g = tape.gradient(f, {'w': w, 'x': x})"
    )
    (call,) = recording.gradient_calls
    assert array(recording, call.target[0]) == pytest.approx(0.7311, abs=1e-4)
    expected = [-0.1966, -0.3932, 0.1966, 0.3932, -0.5898]
    assert results(recording, call) == [pytest.approx(value, abs=2e-4) for value in expected]
    assert [source.path for source in call.sources] == [("w", 0), ("w", 1), ("w", 2), ("x", 0), ("x", 1)]
    assert [source.name for source in call.sources] == ["w[0]", "w[1]", "w[2]", "x[0]", "x[1]"]


def test_cs231n_circuit(record: Record) -> None:
    recording = record(
        "x, y, z, w = (tf.Variable(v) for v in (3.0, -4.0, 2.0, -1.0))\n"
        "with tf.GradientTape() as tape:\n"
        "    f = 2 * (x * y + tf.maximum(z, w))\n"
        "g = tape.gradient(f, [x, y, z, w])"
    )
    (call,) = recording.gradient_calls
    assert array(recording, call.target[0]) == -20.0
    assert results(recording, call) == [-8.0, 6.0, 2.0, 0.0]


def test_mazur_network(record: Record) -> None:
    recording = record(
        "i = tf.constant([[0.05, 0.10]])\n"
        "first = tf.Variable([[0.15, 0.25], [0.20, 0.30]])\n"
        "second = tf.Variable([[0.40, 0.50], [0.45, 0.55]])\n"
        "with tf.GradientTape() as tape:\n"
        "    h = tf.sigmoid(i @ first + 0.35)\n"
        "    o = tf.sigmoid(h @ second + 0.60)\n"
        "    E = tf.reduce_sum(0.5 * (tf.constant([[0.01, 0.99]]) - o) ** 2)\n"
        "g = tape.gradient(E, [first, second])"
    )
    (call,) = recording.gradient_calls
    assert array(recording, call.target[0]) == pytest.approx(0.298371109, abs=1e-6)
    first, second = results(recording, call)
    assert second[0, 0] == pytest.approx(0.08216704, abs=1e-6)
    assert first[0, 0] == pytest.approx(0.000438568, abs=1e-7)
    assert call.checked


def test_the_backward_pass_is_in_the_order_in_which_tensorflow_applied_it(record: Record) -> None:
    recording = record(
        "seen = []\n"
        "def marked(name):\n"
        "    def mark(x):\n"
        "        def grad(upstream):\n"
        "            seen.append(name)\n"
        "            return upstream\n"
        "        return tf.identity(x), grad\n"
        "    mark.__name__ = name\n"
        "    return tf.custom_gradient(mark)\n"
        "x = tf.Variable(2.0)\n"
        "with tf.GradientTape() as tape:\n"
        "    y = marked('outer')(marked('inner')(x * 1.0) * 2.0) + marked('other')(x * 3.0)\n"
        "g = tape.gradient(y, x)\n"
        "print(*seen)\n"
    )
    (call,) = recording.gradient_calls
    ops = [recording.ops[contribution.op] for contribution in call.contributions]
    assert [op.type for op in ops if op.attributes.get("custom_gradient")] == recording.output.split()
    assert {op.type for op in ops} >= {"outer", "inner", "other"}
    assert call.checked


def test_a_cotangent_is_the_sum_of_what_came_back_before(record: Record) -> None:
    recording = record(lesson("tf.exp(x) * x + tf.exp(x) / y"))
    (call,) = recording.gradient_calls
    came: dict[int, list[Any]] = {target: [1.0] for target in call.target}
    for contribution in call.contributions:
        op = recording.ops[contribution.op]
        for output, cotangent in zip(op.outputs, contribution.output_cotangents, strict=True):
            np.testing.assert_allclose(array(recording, cotangent), np.sum(came[output]), rtol=1e-6)
        if contribution.value is not None:
            came.setdefault(contribution.tensor, []).append(array(recording, contribution.value))
