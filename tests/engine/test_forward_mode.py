"""Forward mode: every tangent that is recorded is the one that TensorFlow computed, and none is made up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tapeviz.model.accumulators import Accumulator
from tapeviz.model.recording import Recording
from tests.engine.conftest import Record, Run, array

QUADRATIC = """
x, y = tf.constant(2.0), tf.Variable(3.0)
with tf.autodiff.ForwardAccumulator((x, y), (tf.constant(1.0), tf.constant(0.5))) as acc:
    f = x**2 + 3 * x * y + tf.sin(y)
answer = acc.jvp(f)
"""


def only(recording: Recording) -> Accumulator:
    (accumulator,) = recording.accumulators
    return accumulator


def tangents_of(recording: Recording, accumulator: Accumulator) -> dict[str, Any]:
    """Tangent of the first output, by op type (the last one of that type)."""
    return {
        recording.ops[jvp.op].type: array(recording, jvp.output_tangents[0])
        for jvp in accumulator.jvps
        if jvp.output_tangents[0] is not None
    }


def test_each_op_has_the_tangents_that_went_in_and_came_out(record: Record) -> None:
    recording = record(QUADRATIC)
    accumulator = only(recording)
    assert (accumulator.checked, accumulator.defect) == (True, None)
    assert accumulator.line == 4
    assert [primal.name for primal in accumulator.primals] == ["x", "y"]
    assert [float(array(recording, primal.tangent)) for primal in accumulator.primals] == [1.0, 0.5]
    found = tangents_of(recording, accumulator)
    assert float(found["Pow"]) == 4.0
    assert float(found["Sin"]) == pytest.approx(0.5 * np.cos(3.0))
    (product,) = [
        jvp for jvp in accumulator.jvps if recording.ops[jvp.op].type == "Mul" and None not in jvp.input_tangents
    ]
    assert [float(array(recording, tangent)) for tangent in product.input_tangents] == [3.0, 0.5]
    assert float(array(recording, product.output_tangents[0])) == 3.0 * 3.0 + 6.0 * 0.5
    types = [recording.ops[jvp.op].type for jvp in accumulator.jvps]
    assert not [kind for kind in types if "jvp" in kind]


def test_the_answer_is_plain_tensorflows(record: Record) -> None:
    recording = record(QUADRATIC)
    x, y = tf.constant(2.0), tf.Variable(3.0)
    with tf.autodiff.ForwardAccumulator((x, y), (tf.constant(1.0), tf.constant(0.5))) as acc:
        f = x**2 + 3 * x * y + tf.sin(y)
    (answer,) = only(recording).answers
    assert (answer.name, answer.line) == ("f", 6)
    assert array(recording, answer.value) == acc.jvp(f).numpy()


def test_what_has_no_tangent_is_none_and_zero_only_where_asked(record: Record) -> None:
    recording = record(
        "x, c = tf.constant(2.0), tf.constant(5.0)\n"
        "with tf.autodiff.ForwardAccumulator(x, tf.constant(1.0)) as acc:\n"
        "    y, z = x ** 2, c ** 2\n"
        "got = acc.jvp([y, z])\n"
        "zeros = acc.jvp(z, unconnected_gradients='zero')\n"
    )
    accumulator = only(recording)
    assert accumulator.checked
    values = [None if a.value is None else float(array(recording, a.value)) for a in accumulator.answers]
    assert values == [4.0, None, 0.0]
    assert [answer.name for answer in accumulator.answers] == ["y", "z", "z"]


def test_forward_over_reverse_records_the_tangents_of_the_backward_pass(record: Record) -> None:
    recording = record(
        "v = tf.Variable([1.0, 2.0])\n"
        "with tf.autodiff.ForwardAccumulator(v, tf.constant([1.0, 0.0])) as acc:\n"
        "    with tf.GradientTape() as tape:\n"
        "        y = tf.reduce_sum(v ** 3.0)\n"
        "    backward = tape.gradient(y, v)\n"
        "product = acc.jvp(backward)\n"
    )
    accumulator, (call,) = only(recording), recording.gradient_calls
    assert accumulator.checked
    assert call.checked
    assert array(recording, accumulator.answers[0].value).tolist() == [6.0, 0.0]
    assert {recording.ops[jvp.op].made_by for jvp in accumulator.jvps} == {None, 0}


def test_the_outer_accumulator_differentiates_the_tangents_of_the_inner(record: Record) -> None:
    recording = record(
        "p = tf.constant(1.1)\n"
        "with tf.autodiff.ForwardAccumulator(p, tf.constant(1.0)) as outer:\n"
        "    with tf.autodiff.ForwardAccumulator(p, tf.constant(1.0)) as inner:\n"
        "        out = p ** tf.constant(3.5)\n"
        "first = inner.jvp(out)\n"
        "second = outer.jvp(first)\n"
    )
    outer, inner = recording.accumulators
    assert (outer.parent, inner.parent) == (None, 0)
    assert outer.checked
    assert inner.checked
    assert float(array(recording, inner.answers[0].value)) == pytest.approx(3.5 * 1.1**2.5)
    assert float(array(recording, outer.answers[0].value)) == pytest.approx(3.5 * 2.5 * 1.1**1.5)


def test_functions_and_custom_gradients_carry_tangents(record: Record) -> None:
    recording = record(
        "@tf.custom_gradient\n"
        "def triple(x):\n"
        "    return 2.0 * x, lambda upstream: 2.0 * upstream\n"
        "@tf.function\n"
        "def sine(x):\n"
        "    return tf.sin(x)\n"
        "x = tf.constant(2.0)\n"
        "with tf.autodiff.ForwardAccumulator(x, tf.constant(1.0)) as acc:\n"
        "    y = triple(x)\n"
        "    z = sine(y)\n"
        "print(acc.jvp(y).numpy(), acc.jvp(z).numpy())\n"
    )
    accumulator = only(recording)
    assert accumulator.checked
    y, z = (float(array(recording, answer.value)) for answer in accumulator.answers)
    assert [float(number) for number in recording.output.split()] == pytest.approx([y, z])
    assert y == 2.0
    assert z == pytest.approx(2.0 * np.cos(4.0), rel=1e-6)


def test_a_run_with_forward_mode_prints_what_plain_python_prints(run: Run) -> None:
    text = (
        "x = tf.Variable([[1.0, 2.0], [3.0, 4.0]])\n"
        "with tf.autodiff.ForwardAccumulator(x, tf.ones([2, 2])) as acc:\n"
        "    y = tf.linalg.matmul(x, x) * tf.random.uniform([2, 2])\n"
        "    s = tf.nn.softmax(tf.nn.silu(y))\n"
        "print(acc.jvp(s).numpy().tolist(), tf.random.uniform([1]).numpy().tolist())\n"
    )
    recording = run(text, seed=3).recording
    assert only(recording).checked
    tf.keras.utils.set_random_seed(3)
    x = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    with tf.autodiff.ForwardAccumulator(x, tf.ones([2, 2])) as acc:
        y = tf.linalg.matmul(x, x) * tf.random.uniform([2, 2])
        s = tf.nn.softmax(tf.nn.silu(y))
    assert recording.output == f"{acc.jvp(s).numpy().tolist()} {tf.random.uniform([1]).numpy().tolist()}\n"


def test_accumulators_after_the_run_are_tensorflows_own_again(record: Record) -> None:
    record(QUADRATIC)
    x = tf.constant(2.0)
    with tf.autodiff.ForwardAccumulator(x, tf.constant(1.0)) as acc:
        y = x * x
    assert acc.jvp(y).numpy() == 4.0
    assert tf.autodiff.ForwardAccumulator.jvp.__module__ == "tensorflow.python.eager.forwardprop"
    assert not hasattr(tf.autodiff.ForwardAccumulator.jvp, "__wrapped__")
