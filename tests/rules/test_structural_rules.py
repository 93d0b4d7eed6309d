"""What the rules of ops that work on whole tensors say, computed in NumPy by hand, against TensorFlow's gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tapeviz.model.rules import RULES, rule_of

Array = np.ndarray
random = np.random.default_rng(11)
A, B, V, S = random.normal(size=(3, 4)), random.normal(size=(4, 2)), random.normal(size=4), random.normal(size=(3, 3))
LOGITS, LABELS = random.normal(size=(3, 4)), np.eye(4)[[1, 0, 3]]
INDICES = np.array([2, 0, 2])


def softmax(u: Array) -> Array:
    weights = np.exp(u - u.max(axis=-1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def placed(shape: tuple[int, ...], where: Any, g: Array) -> Array:
    whole = np.zeros(shape)
    np.add.at(whole, where, g)
    return whole


Pull = Callable[[Array], list[Array]]
CASES: dict[str, tuple[Callable[..., tf.Tensor], list[Array], Pull]] = {
    "MatMul": (tf.matmul, [A, B], lambda g: [g @ B.T, A.T @ g]),
    "BatchMatMulV2": (
        lambda u, v: tf.raw_ops.BatchMatMulV2(x=u, y=v),
        [A[None], B[None]],
        lambda g: [g @ B.T[None], A.T[None] @ g],
    ),
    "MatrixInverse": (
        tf.linalg.inv,
        [S],
        lambda g: [-np.linalg.inv(S).T @ g @ np.linalg.inv(S).T],
    ),
    "MatrixDeterminant": (tf.linalg.det, [S], lambda g: [g * np.linalg.det(S) * np.linalg.inv(S).T]),
    "MatrixDiagPartV3": (tf.linalg.diag_part, [S], lambda g: [np.diag(g)]),
    "Cross": (tf.linalg.cross, [S[0], S[1]], lambda g: [np.cross(S[1], g), np.cross(g, S[0])]),
    "Sum": (tf.reduce_sum, [A], lambda g: [np.full(A.shape, g)]),
    "Mean": (tf.reduce_mean, [A], lambda g: [np.full(A.shape, g / A.size)]),
    "Prod": (tf.reduce_prod, [V], lambda g: [g * np.prod(V) / V]),
    "Max": (lambda u: tf.reduce_max(u, axis=1), [A], lambda g: [g[:, None] * (A.max(axis=1, keepdims=True) == A)]),
    "Min": (lambda u: tf.reduce_min(u, axis=1), [A], lambda g: [g[:, None] * (A.min(axis=1, keepdims=True) == A)]),
    "Cumsum": (tf.cumsum, [V], lambda g: [np.cumsum(g[::-1])[::-1]]),
    "Transpose": (tf.transpose, [A], lambda g: [g.T]),
    "Reshape": (lambda u: tf.reshape(u, [2, 6]), [A], lambda g: [g.reshape(3, 4)]),
    "Squeeze": (tf.squeeze, [A[:, :1]], lambda g: [g[:, None]]),
    "ExpandDims": (lambda u: tf.expand_dims(u, 0), [V], lambda g: [g[0]]),
    "ReverseV2": (lambda u: tf.reverse(u, [0]), [V], lambda g: [g[::-1]]),
    "Roll": (lambda u: tf.roll(u, 1, 0), [V], lambda g: [np.roll(g, -1)]),
    "BroadcastTo": (lambda u: tf.broadcast_to(u, [3, 4]), [V], lambda g: [g.sum(axis=0)]),
    "Tile": (lambda u: tf.tile(u, [3]), [V], lambda g: [g.reshape(3, 4).sum(axis=0)]),
    "StridedSlice": (lambda u: u[1:3], [V], lambda g: [placed((4,), slice(1, 3), g)]),
    "Slice": (lambda u: tf.slice(u, [1], [2]), [V], lambda g: [placed((4,), slice(1, 3), g)]),
    "GatherV2": (lambda u: tf.gather(u, INDICES) * 1.0, [A], lambda g: [placed((3, 4), INDICES, g)]),
    "ConcatV2": (lambda u, v: tf.concat([u, v], 0), [V, 2 * V], lambda g: [g[:4], g[4:]]),
    "Pack": (lambda u, v: tf.stack([u, v]), [V, 2 * V], lambda g: [g[0], g[1]]),
    "Pad": (lambda u: tf.pad(u, [[1, 2]]), [V], lambda g: [g[1:-2]]),
    "Softmax": (tf.nn.softmax, [V], lambda g: [softmax(V) * (g - (g * softmax(V)).sum())]),
    "LogSoftmax": (tf.nn.log_softmax, [V], lambda g: [g - softmax(V) * g.sum()]),
    "SoftmaxCrossEntropyWithLogits": (
        lambda u, v: tf.raw_ops.SoftmaxCrossEntropyWithLogits(features=u, labels=v).loss,
        [LOGITS, LABELS],
        lambda g: [g[:, None] * (softmax(LOGITS) - LABELS), -g[:, None] * np.log(softmax(LOGITS))],
    ),
    "SparseSoftmaxCrossEntropyWithLogits": (
        lambda u: tf.nn.sparse_softmax_cross_entropy_with_logits(tf.constant([1, 0, 3]), u),
        [LOGITS],
        lambda g: [g[:, None] * (softmax(LOGITS) - LABELS)],
    ),
    "L2Loss": (tf.nn.l2_loss, [A], lambda g: [g * A]),
    "Identity": (tf.identity, [A], lambda g: [g]),
    "Cast": (lambda u: tf.cast(u, tf.float32), [A], lambda g: [g]),
}


@pytest.mark.parametrize("op_type", CASES)
def test_what_the_rule_says_is_what_tensorflow_sends(op_type: str) -> None:
    rule = rule_of(op_type)
    assert rule is not None
    call, primals, pull = CASES[op_type]
    tensors = [tf.constant(primal) for primal in primals]
    with tf.GradientTape() as tape:
        for tensor in tensors:
            tape.watch(tensor)
        result = call(*tensors)
    cotangent = random.normal(size=result.shape).astype(result.dtype.as_numpy_dtype)
    pulled = tape.gradient(result, tensors, output_gradients=tf.constant(cotangent))
    for index, (ours, theirs) in enumerate(zip(pull(cotangent), pulled, strict=True)):
        np.testing.assert_allclose(ours, tf.convert_to_tensor(theirs).numpy(), rtol=1e-6, atol=1e-9)
        assert rule.vjp_of(index)
        assert rule.latex_of(index)


@pytest.mark.parametrize("parts", ["Unpack", "Split", "SplitV"])
def test_the_cotangents_of_parts_are_joined_again(parts: str) -> None:
    calls = {
        "Unpack": tf.unstack,
        "Split": lambda u: tf.split(u, 3),
        "SplitV": lambda u: tf.split(u, [1, 1, 1]),
    }
    tensor = tf.constant(A)
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        results = calls[parts](tensor)
    cotangents = [random.normal(size=result.shape) for result in results]
    pulled = tape.gradient(results, tensor, output_gradients=[tf.constant(g) for g in cotangents])
    np.testing.assert_allclose(pulled.numpy(), np.reshape(cotangents, A.shape))
    assert rule_of(parts) is not None


@pytest.mark.parametrize(
    "op_type", [op_type for rule in RULES if rule.manner == "blocking" for op_type in rule.op_types]
)
def test_a_blocking_op_sends_nothing_in_tensorflow(op_type: str) -> None:
    calls: dict[str, Callable[[tf.Tensor], tf.Tensor]] = {
        "FloorDiv": lambda u: tf.raw_ops.FloorDiv(x=u, y=u),
        "LogicalAnd": lambda u: tf.raw_ops.LogicalAnd(x=u > 0, y=u > 0),
        "LogicalOr": lambda u: tf.raw_ops.LogicalOr(x=u > 0, y=u > 0),
        "LogicalNot": lambda u: tf.raw_ops.LogicalNot(x=u > 0),
        "ArgMax": lambda u: tf.argmax(u, output_type=tf.int64),
        "ArgMin": lambda u: tf.argmin(u, output_type=tf.int64),
        "StopGradient": tf.stop_gradient,
    }
    one_input = {"Floor", "Ceil", "Round", "Rint", "OnesLike", "ZerosLike"}
    raw = getattr(tf.raw_ops, op_type)
    call = calls.get(op_type) or ((lambda u: raw(x=u)) if op_type in one_input else (lambda u: raw(x=u, y=u)))
    tensor = tf.constant(V)
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        result = tf.cast(call(tensor), tf.float64) * 1.0
    assert tape.gradient(result, tensor) is None
