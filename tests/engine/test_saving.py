"""What a tape keeps for the backward pass: TensorFlow says it, and hands just that to the gradient functions."""

from __future__ import annotations

from typing import Any

import pytest
import tensorflow as tf
from tensorflow.python.eager import backprop

from tapeviz.engine.saving_tap import kept_places, register_gradient_function
from tapeviz.model.recording import Op, Recording
from tests.engine.conftest import Record


def saved(recording: Recording, kind: str) -> tuple[set[int], set[int]]:
    """The places of the inputs and of the outputs that are kept of the only op of a type."""
    (op,) = (op for op in recording.ops if op.type == kind and op.recorded_by)
    return _places(op, op.inputs), _places(op, op.outputs)


def _places(op: Op, tensors: tuple[int, ...]) -> set[int]:
    return {place for place, tensor in enumerate(tensors) if tensor in op.saved}


@pytest.mark.parametrize(
    ("expression", "kind", "expected"),
    [
        ("x * [2.0, 5.0]", "Mul", ({0, 1}, set())),  # y·x̄ and x·ȳ need the factors
        ("tf.exp(x)", "Exp", (set(), {0})),  # d eˣ = eˣ: the result is enough
        ("tf.sigmoid(x)", "Sigmoid", (set(), {0})),
        ("tf.sin(x)", "Sin", ({0}, set())),
        ("-x", "Neg", (set(), set())),
        ("tf.pow(x, [2.0, 3.0])", "Pow", ({0, 1}, {0})),
    ],
)
def test_what_is_kept_follows_from_the_derivative(
    record: Record, expression: str, kind: str, expected: tuple[set[int], set[int]]
) -> None:
    recording = record(
        f"x = tf.constant([1.0, 2.0])\nwith tf.GradientTape() as tape:\n    tape.watch(x)\n    y = {expression}"
    )
    assert saved(recording, kind) == expected


def test_it_is_just_what_tensorflow_hands_to_its_gradient_functions() -> None:
    """A network with all kinds of ops; an oracle that looks at each call of TensorFlow's own gradient function."""
    given: list[tuple[str, int, int, Any, Any]] = []

    def watching(kind: str, attributes: Any, count: int, inputs: Any, outputs: Any, cotangents: Any, *rest: Any) -> Any:
        given.append((kind, count, len(cotangents), inputs, outputs))
        return backprop._gradient_function(kind, attributes, count, inputs, outputs, cotangents, *rest)

    before = register_gradient_function(watching)
    try:
        images = tf.random.stateless_uniform((2, 6, 6, 3), (1, 2))
        kernel, scale = tf.Variable(tf.ones((3, 3, 3, 4)) / 9), tf.Variable(tf.ones(4))
        with tf.GradientTape() as tape:
            y = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(images, kernel, 1, "SAME"), scale))
            y, *_ = tf.compat.v1.nn.fused_batch_norm(y, scale, tf.zeros(4))
            y = tf.nn.max_pool2d(y, 2, 2, "VALID")
            a, b = tf.split(tf.reshape(y, (2, -1)), 2, axis=1)
            z = tf.concat([tf.tanh(a), tf.nn.softmax(b), tf.maximum(a, b)], axis=1)
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(tf.ones_like(z), z)) + tf.norm(
                tf.gather(z, [0])
            )
        tape.gradient(loss, [kernel, scale])
    finally:
        register_gradient_function(before)
    kinds = {kind for kind, *_ in given}
    assert {"Conv2D", "Relu", "FusedBatchNormV3", "MaxPool", "Split", "ConcatV2", "Softmax", "GatherV2"} <= kinds
    for kind, inputs_count, outputs_count, inputs, outputs in given:
        kept = tuple(
            tuple(place for place, tensor in enumerate(tensors or ()) if tensor is not None)
            for tensors in (inputs, outputs)
        )
        assert kept_places(kind, inputs_count, outputs_count) == kept, kind


def test_asking_leaves_tensorflow_and_the_tapes_of_a_lesson_alone() -> None:
    x = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        kept_places.__wrapped__("Mul", 2, 1)
        y = x * x
    assert tape.watched_variables() == (x,)
    assert tape.gradient(y, x) == 6.0


def test_what_is_not_recorded_keeps_nothing_and_stopped_and_forgotten_ops_are_marked(record: Record) -> None:
    recording = record(
        "x = tf.Variable(2.0)\nc = tf.constant(1.0)\nwith tf.GradientTape() as tape:\n    y = tf.sin(x)\n"
        "    tape.reset()\n"
        "    with tape.stop_recording():\n        z = tf.cos(x)\n    w = tf.tan(c)\n    v = tf.exp(x)"
    )
    ops = {op.type: op for op in recording.ops}
    assert [ops[kind].is_stopped for kind in ("Sin", "Cos", "Tan", "Exp")] == [False, True, False, False]
    assert [bool(ops[kind].saved) for kind in ("Sin", "Cos", "Tan", "Exp")] == [True, False, False, True]
    (tape,) = recording.tapes
    (reset,) = tape.resets
    assert ops["Sin"].id < reset <= ops["Cos"].id
