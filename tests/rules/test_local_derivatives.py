"""Every rule against TensorFlow's own gradient of the very op, and against finite differences."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

from tapeviz.model.rules import RULES, Rule, rule_of
from tapeviz.model.rules.local import FUNCTIONS, local_derivative, power_rule, primals_of
from tapeviz.model.rules.notation import evaluate

Call = Callable[..., tf.Tensor]
raw = tf.raw_ops

ANY, POSITIVE, INSIDE, ABOVE_ONE = (-3.0, 3.0), (0.2, 4.0), (-0.9, 0.9), (1.1, 4.0)

UNARY: dict[str, tuple[Call, tuple[float, float]]] = {
    "Neg": (lambda u: raw.Neg(x=u), ANY),
    "Square": (lambda u: raw.Square(x=u), ANY),
    "Sqrt": (lambda u: raw.Sqrt(x=u), POSITIVE),
    "Rsqrt": (lambda u: raw.Rsqrt(x=u), POSITIVE),
    "Reciprocal": (lambda u: raw.Reciprocal(x=u), POSITIVE),
    "Inv": (lambda u: raw.Inv(x=u), POSITIVE),
    "Exp": (lambda u: raw.Exp(x=u), ANY),
    "Expm1": (lambda u: raw.Expm1(x=u), ANY),
    "Log": (lambda u: raw.Log(x=u), POSITIVE),
    "Log1p": (lambda u: raw.Log1p(x=u), POSITIVE),
    "Erf": (lambda u: raw.Erf(x=u), ANY),
    "Erfc": (lambda u: raw.Erfc(x=u), ANY),
    "Sin": (lambda u: raw.Sin(x=u), ANY),
    "Cos": (lambda u: raw.Cos(x=u), ANY),
    "Tan": (lambda u: raw.Tan(x=u), INSIDE),
    "Asin": (lambda u: raw.Asin(x=u), INSIDE),
    "Acos": (lambda u: raw.Acos(x=u), INSIDE),
    "Atan": (lambda u: raw.Atan(x=u), ANY),
    "Sinh": (lambda u: raw.Sinh(x=u), ANY),
    "Cosh": (lambda u: raw.Cosh(x=u), ANY),
    "Asinh": (lambda u: raw.Asinh(x=u), ANY),
    "Acosh": (lambda u: raw.Acosh(x=u), ABOVE_ONE),
    "Atanh": (lambda u: raw.Atanh(x=u), INSIDE),
    "Abs": (lambda u: raw.Abs(x=u), ANY),
    "Sign": (lambda u: raw.Sign(x=u), ANY),
    "Tanh": (lambda u: raw.Tanh(x=u), ANY),
    "Sigmoid": (lambda u: raw.Sigmoid(x=u), ANY),
    "Relu": (lambda u: raw.Relu(features=u), ANY),
    "Relu6": (lambda u: raw.Relu6(features=u), (-3.0, 9.0)),
    "LeakyRelu": (lambda u: raw.LeakyRelu(features=u, alpha=0.3), ANY),
    "Elu": (lambda u: raw.Elu(features=u), ANY),
    "Selu": (lambda u: raw.Selu(features=u), ANY),
    "Softplus": (lambda u: raw.Softplus(features=u), ANY),
    "Softsign": (lambda u: raw.Softsign(features=u), ANY),
}
BINARY: dict[str, tuple[Call, tuple[float, float]]] = {
    "AddV2": (lambda u, v: raw.AddV2(x=u, y=v), ANY),
    "Add": (lambda u, v: raw.Add(x=u, y=v), ANY),
    "AddN": (lambda u, v: raw.AddN(inputs=[u, v]), ANY),
    "Sub": (lambda u, v: raw.Sub(x=u, y=v), ANY),
    "Mul": (lambda u, v: raw.Mul(x=u, y=v), ANY),
    "MulNoNan": (lambda u, v: raw.MulNoNan(x=u, y=v), ANY),
    "RealDiv": (lambda u, v: raw.RealDiv(x=u, y=v), POSITIVE),
    "Div": (lambda u, v: raw.Div(x=u, y=v), POSITIVE),
    "DivNoNan": (lambda u, v: raw.DivNoNan(x=u, y=v), POSITIVE),
    "FloorMod": (lambda u, v: raw.FloorMod(x=u, y=v), POSITIVE),
    "Pow": (lambda u, v: raw.Pow(x=u, y=v), POSITIVE),
    "SquaredDifference": (lambda u, v: raw.SquaredDifference(x=u, y=v), ANY),
    "Xlogy": (lambda u, v: raw.Xlogy(x=u, y=v), POSITIVE),
    "Atan2": (lambda u, v: raw.Atan2(y=u, x=v), ANY),
    "Maximum": (lambda u, v: raw.Maximum(x=u, y=v), ANY),
    "Minimum": (lambda u, v: raw.Minimum(x=u, y=v), ANY),
}
ATTRIBUTES = {"LeakyRelu": {"alpha": float(np.float32(0.3))}}
ELSEWHERE = {"BiasAdd", "ClipByValue", "SelectV2", "Select"}


def pulled_by_tensorflow(call: Call, primals: list[np.ndarray], cotangent: np.ndarray) -> list[np.ndarray | None]:
    tensors = [tf.constant(primal) for primal in primals]
    with tf.GradientTape() as tape:
        for tensor in tensors:
            tape.watch(tensor)
        result = call(*tensors)
    pulled = tape.gradient(result, tensors, output_gradients=tf.constant(cotangent))
    return [None if value is None else value.numpy() for value in pulled]


def finite_difference(call: Call, primals: list[np.ndarray], index: int) -> np.ndarray:
    step = 1e-6
    above, below = list(primals), list(primals)
    above[index], below[index] = primals[index] + step, primals[index] - step
    rise = call(*map(tf.constant, above)).numpy() - call(*map(tf.constant, below)).numpy()
    return np.asarray(rise / (2 * step))


def check(op_type: str, call: Call, primals: list[np.ndarray]) -> None:
    rule = rule_of(op_type)
    assert rule is not None
    attributes = ATTRIBUTES.get(op_type, {})
    output = call(*map(tf.constant, primals)).numpy()
    forward = evaluate(rule.forward, primals_of(rule, primals, output, attributes), FUNCTIONS)
    np.testing.assert_allclose(forward, output, rtol=1e-9, atol=1e-12)
    cotangent = np.random.default_rng(7).normal(size=output.shape)
    for index, pulled in enumerate(pulled_by_tensorflow(call, primals, cotangent)):
        local = local_derivative(rule, index, primals, output, attributes)
        assert local is not None
        np.testing.assert_allclose(local * cotangent, 0.0 if pulled is None else pulled, rtol=1e-7, atol=1e-10)
        np.testing.assert_allclose(local, finite_difference(call, primals, index), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("op_type", UNARY)
def test_the_local_derivative_of_a_function_of_one_number_is_tensorflows(op_type: str) -> None:
    call, (low, high) = UNARY[op_type]
    check(op_type, call, [np.random.default_rng(1).uniform(low, high, size=64)])


@pytest.mark.parametrize("op_type", BINARY)
def test_the_local_derivatives_of_a_function_of_two_numbers_are_tensorflows(op_type: str) -> None:
    call, (low, high) = BINARY[op_type]
    check(op_type, call, list(np.random.default_rng(2).uniform(low, high, size=(2, 64))))


def test_clip_sends_the_cotangent_to_the_value_or_to_the_bound_that_cut() -> None:
    primals = [np.linspace(-3, 3, 24), np.full(24, -1.03), np.full(24, 1.07)]
    check("ClipByValue", lambda u, v, w: raw.ClipByValue(t=u, clip_value_min=v, clip_value_max=w), primals)


def test_a_bias_is_added_like_a_term() -> None:
    primals = [np.array([[1.0, 2.0, 3.0]]), np.array([[4.0, 5.0, 6.0]])]
    check("BiasAdd", lambda u, v: raw.BiasAdd(value=u, bias=tf.reshape(v, [3])), primals)


@pytest.mark.parametrize("op_type", ["SelectV2", "Select"])
def test_where_sends_each_cotangent_to_the_operand_it_was_taken_from(op_type: str) -> None:
    condition = np.array([True, False, False, True])
    ours, theirs = np.arange(4.0), np.arange(4.0) + 10
    call = raw.SelectV2 if op_type == "SelectV2" else raw.Select
    words = {"condition": condition, "t": ours, "e": theirs} if op_type == "SelectV2" else {}
    output = (call(**words) if words else call(condition=condition, x=ours, y=theirs)).numpy()
    rule = rule_of(op_type)
    assert rule is not None
    cotangent = np.array([1.0, 2.0, 3.0, 4.0])
    pulled = pulled_by_tensorflow(lambda v, w: tf.where(condition, v, w), [ours, theirs], cotangent)
    for index in (1, 2):
        local = local_derivative(rule, index, [condition, ours, theirs], output, {})
        assert local is not None
        np.testing.assert_array_equal(local * cotangent, pulled[index - 1])
    assert local_derivative(rule, 0, [condition, ours, theirs], output, {}) is None


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


def test_no_elementwise_rule_is_left_out_here() -> None:
    elementwise = {op_type for rule in RULES if rule.is_elementwise for op_type in rule.op_types}
    assert elementwise == set(UNARY) | set(BINARY) | ELSEWHERE


def test_a_rule_whose_attribute_was_not_recorded_gives_no_number() -> None:
    rule = rule_of("LeakyRelu")
    assert isinstance(rule, Rule)
    assert local_derivative(rule, 0, [np.ones(1)], np.ones(1), {}) is None
