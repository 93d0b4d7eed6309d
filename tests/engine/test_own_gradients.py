"""Ops whose gradient the lesson gives itself: one node outside, forward and backward function inside."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from tapeviz.model.folding import build_graph
from tapeviz.model.graph import Subject
from tapeviz.model.recording import Recording
from tests.engine.conftest import Record, array

LOG1PEXP = """
@tf.custom_gradient
def log1pexp(x):
    e = tf.exp(x)
    def grad(upstream):
        return upstream * (1 - 1 / (1 + e))
    return tf.math.log(1 + e), grad

x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y = 3.0 * log1pexp(x)
g = tape.gradient(y, x)
"""

CLIP = """
@tf.custom_gradient
def clip(v):
    def backward(dy):
        return tf.clip_by_norm(dy, 0.5)
    return v, backward

v = tf.Variable(2.0)
with tf.GradientTape() as tape:
    out = clip(v * v)
g = tape.gradient(out, v)
"""

RECOMPUTE = """
runs = []

@tf.recompute_grad
def block(v):
    runs.append(1)
    h = tf.sin(v)
    return h * h

x = tf.Variable(0.7)
with tf.GradientTape() as tape:
    y = 2.0 * block(x)
g = tape.gradient(y, x)
print(len(runs))
"""


def plain(text: str) -> float:
    space: dict[str, Any] = {"tf": tf}
    exec(text, space)
    return float(space["g"])


def end(recording: Recording, name: str) -> float:
    return next(float(array(recording, tensor)) for tensor in recording.ends if recording.tensors[tensor].name == name)


def symbols(recording: Recording) -> list[str]:
    graph = build_graph(recording, Subject(call=0) if recording.gradient_calls else Subject(), is_folded=True)
    return [node.symbol for node in graph.nodes if node.kind == "op"]


def test_a_custom_gradient_is_one_node_and_opens_into_forward_and_backward(record: Record) -> None:
    recording = record(LOG1PEXP)
    assert symbols(recording) == ["log1pexp", "3×"]
    (inside,) = recording.insides
    assert (inside.kind, inside.title) == ("custom_gradient", "log1pexp")
    within = inside.recording
    assert within is not None
    assert [op.type for op in within.ops if op.type != "ReadVariableOp"] == [
        *("Exp", "AddV2", "Log"),
        *("AddV2", "RealDiv", "Sub", "Mul"),
    ]
    assert {op.line for op in within.ops if op.type == "RealDiv"} == {7}
    upstream = next(tensor for tensor in within.tensors if tensor.name == "upstream")
    assert array(within, upstream.id) == 3.0
    np.testing.assert_allclose(end(within, "result"), np.log1p(np.exp(2.0)), rtol=1e-6)
    assert end(within, "g") == plain(LOG1PEXP)


def test_the_identity_with_clipped_gradients_shows_the_clipping(record: Record) -> None:
    recording = record(CLIP)
    assert symbols(recording) == ["( )²", "clip"] or symbols(recording) == ["×", "clip"]
    within = recording.insides[0].recording
    assert within is not None
    assert "Minimum" in {op.type for op in within.ops} or "Maximum" in {op.type for op in within.ops}
    assert 0.5 in {round(float(array(within, tensor)), 6) for tensor in within.ends}
    assert plain(CLIP) == 0.5 * 4.0


def test_what_recompute_grad_computed_again_is_seen_inside(record: Record) -> None:
    recording = record(RECOMPUTE)
    assert recording.output.strip() == "2", "once forward, once on the way back, and not again for the picture"
    assert symbols(recording) == ["block", "2×"]
    (inside,) = recording.insides
    assert (inside.kind, inside.title) == ("recompute_grad", "block")
    assert "computed it again" in inside.note
    within = inside.recording
    assert within is not None
    assert [op.type for op in within.ops if op.type not in ("Identity", "ReadVariableOp")][:2] == ["Sin", "Mul"]
    assert "Cos" in {op.type for op in within.ops}
    assert float(array(within, within.ends[-1])) == plain(RECOMPUTE.replace("print", "str"))


def test_without_a_gradient_call_only_the_forward_ops_are_inside(record: Record) -> None:
    recording = record(LOG1PEXP.replace("g = tape.gradient(y, x)", ""))
    (inside,) = recording.insides
    assert inside.recording is not None
    assert [op.type for op in inside.recording.ops if op.type != "ReadVariableOp"] == ["Exp", "AddV2", "Log"]
    assert "Only forward" in inside.note
