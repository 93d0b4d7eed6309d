"""Local derivatives in numbers: at kinks, with constant exponents, and where they cannot be had."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

from tapeviz.model.rules import Rule, rule_of
from tapeviz.model.rules.local import local_derivative, power_rule

Call = Callable[..., tf.Tensor]
raw = tf.raw_ops


def pulled_by_tensorflow(call: Call, primals: list[np.ndarray], cotangent: np.ndarray) -> list[np.ndarray | None]:
    tensors = [tf.constant(primal) for primal in primals]
    with tf.GradientTape() as tape:
        for tensor in tensors:
            tape.watch(tensor)
        result = call(*tensors)
    pulled = tape.gradient(result, tensors, output_gradients=tf.constant(cotangent))
    return [None if value is None else value.numpy() for value in pulled]


@pytest.mark.parametrize("op_type", ["Maximum", "Minimum", "Relu", "Abs", "ClipByValue"])
def test_at_a_kink_the_rule_takes_tensorflows_side(op_type: str) -> None:
    rule = rule_of(op_type)
    assert rule is not None
    calls: dict[str, tuple[Call, list[np.ndarray]]] = {
        "Maximum": (tf.maximum, [np.array([1.0]), np.array([1.0])]),
        "Minimum": (tf.minimum, [np.array([1.0]), np.array([1.0])]),
        "Relu": (tf.nn.relu, [np.array([0.0])]),
        "Abs": (tf.abs, [np.array([0.0])]),
        "ClipByValue": (
            lambda u, v, w: raw.ClipByValue(t=u, clip_value_min=v, clip_value_max=w),
            [np.array([-1.0]), np.array([-1.0]), np.array([1.0])],
        ),
    }
    call, primals = calls[op_type]
    output = call(*map(tf.constant, primals)).numpy()
    for index, pulled in enumerate(pulled_by_tensorflow(call, primals, np.ones(1))):
        np.testing.assert_array_equal(local_derivative(rule, index, primals, output, {}), pulled)


@pytest.mark.parametrize("exponent", [1.0, 2.0, 3.0, 7.0, 0.5, 1.5, -1.0, -2.0])
def test_the_power_rule_with_a_constant_exponent_is_tensorflows(exponent: float) -> None:
    general = rule_of("Pow")
    assert general is not None
    base = np.random.default_rng(3).uniform(0.3, 3, size=32)
    output = np.asarray(base**exponent)
    rule = power_rule(general, exponent)
    cotangent = np.random.default_rng(4).normal(size=32)
    (pulled,) = pulled_by_tensorflow(lambda u: tf.pow(u, tf.constant(exponent, u.dtype)), [base], cotangent)
    local = local_derivative(rule, 0, [base], output, {})
    assert local is not None
    assert pulled is not None
    np.testing.assert_allclose(local * cotangent, pulled, rtol=1e-9)


def test_a_rule_whose_attribute_was_not_recorded_gives_no_number() -> None:
    rule = rule_of("LeakyRelu")
    assert isinstance(rule, Rule)
    assert local_derivative(rule, 0, [np.ones(1)], np.ones(1), {}) is None
