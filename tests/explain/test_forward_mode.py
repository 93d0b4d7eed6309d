"""What is said and shown of forward mode: tangents beside primals, in TensorFlow's own numbers."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from tapeviz.engine.runner import Engine
from tapeviz.model.explain import captions, inspect
from tapeviz.model.explanation import Inspection
from tapeviz.model.folding import build_graph
from tapeviz.model.forward_mode import cost_of, dotted
from tapeviz.model.frame import Frame, build_frame
from tapeviz.model.graph import OpGraph, Subject
from tapeviz.model.recording import Recording
from tapeviz.model.subjects import subject_title, subjects
from tapeviz.model.timeline import Timeline, build_timeline

LESSON = """
import tensorflow as tf
x, y = tf.Variable(2.0), tf.Variable(3.0)
with tf.autodiff.ForwardAccumulator((x, y), (tf.constant(1.0), tf.constant(0.5))) as acc:
    f = x**2 + 3 * x * y + tf.sin(y)
    g = tf.constant(2.0) * 4.0
answers = acc.jvp([f, g])
with tf.GradientTape() as tape:
    f = x**2 + 3 * x * y + tf.sin(y)
grads = tape.gradient(f, [x, y])
"""


class Shown:
    def __init__(self, recording: Recording, subject: Subject) -> None:
        self.recording = recording
        self.graph: OpGraph = build_graph(recording, subject, is_folded=True)
        self.timeline: Timeline = build_timeline(recording, self.graph)
        self.told = {caption.heading: caption.text for caption in captions(recording, self.graph, self.timeline)}

    def frame(self, playhead: int) -> Frame:
        return build_frame(self.recording, self.graph, self.timeline, playhead)

    def inspect(self, playhead: int, node: str | None = None) -> Inspection:
        return inspect(self.recording, self.graph, self.timeline, playhead, node, None)


@pytest.fixture(scope="module")
def shown(engine: Engine) -> Shown:
    recording = engine.run("lesson.py", LESSON).recording
    assert not recording.errors
    return Shown(recording, Subject(accumulator=0))


def test_forward_mode_is_listed_after_the_gradient_calls(shown: Shown) -> None:
    listed = subjects(shown.recording)
    assert listed == (Subject(call=0), Subject(accumulator=0))
    assert subject_title(shown.recording, listed[1]) == "forward mode: ∂(f, g)·v   line 4"


def test_each_step_says_the_forward_rule_with_its_numbers(shown: Shown) -> None:
    assert shown.told["Tangents"] == (
        "Forward mode starts at the inputs: ẋ = 1.000 and ẏ = 0.5000 are given, the direction in which they move."
    )
    texts = list(shown.told.values())
    assert "( )² makes 4.000; its tangent is 4.000 · 1.000 = 4.000." in texts
    assert "× makes 18.00; its tangent is 3.000 · 3.000 + 6.000 · 0.5000 = 12.00." in texts
    assert any(text.startswith("sin makes 0.1411; its tangent is (−0.9900) · 0.5000 = −0.4950") for text in texts)


def test_the_result_is_what_tensorflow_returns_and_none_stays_none(shown: Shown) -> None:
    x, y = tf.Variable(2.0), tf.Variable(3.0)
    with tf.autodiff.ForwardAccumulator((x, y), (tf.constant(1.0), tf.constant(0.5))) as acc:
        f = x**2 + 3 * x * y + tf.sin(y)
    target = next(node for node in shown.graph.nodes if node.kind == "target" and node.symbol == "f")
    state = shown.frame(shown.timeline.last).nodes[target.id]
    assert state.tangent is not None
    np.testing.assert_allclose(state.tangent.array, acc.jvp(f).numpy(), rtol=1e-6)
    assert state.tangent_label == "ḟ"
    assert "None for" in shown.told["Result"]
    lost = next(node for node in shown.graph.nodes if node.kind == "target" and node.symbol != "f")
    assert shown.frame(shown.timeline.last).nodes[lost.id].is_none


def test_a_tangent_is_shown_from_the_step_in_which_it_is_there(shown: Shown) -> None:
    begin = shown.frame(0)
    assert all(node.tangent is None for node in begin.nodes.values())
    given = shown.frame(1)
    assert {name for name, node in given.nodes.items() if node.tangent is not None} == {"variable:x", "variable:y"}
    assert all(edge.tangent is None for edge in given.edges.values())
    square = next(step for step in shown.timeline.steps if step.op is not None)
    after = shown.frame(square.index)
    (edge,) = [edge for edge in shown.graph.edges if edge.source == square.nodes[0]]
    assert after.edges[edge.id].tangent is not None
    assert all(node.adjoint is None for node in after.nodes.values())


def test_the_inspector_shows_the_rule_forward(shown: Shown) -> None:
    sine = next(node for node in shown.graph.nodes if node.title == "Sin")
    section = shown.inspect(shown.timeline.last, sine.id).sections[1]
    assert section.title == "Tangent"
    assert section.formula == "ż = cos(y) · ẏ"
    assert section.latex.startswith(r"\dot{z} = ")
    assert [row.number for row in section.rows] == ["0.5000", "−0.9900", "−0.4950"]
    early = shown.inspect(1, sine.id).sections[1]
    assert early.rows == ()


def test_both_modes_are_counted_on_the_same_function(engine: Engine, shown: Shown) -> None:
    alone = engine.run("lesson.py", LESSON.replace("acc.jvp([f, g])", "acc.jvp(f)")).recording
    cost = cost_of(alone, alone.accumulators[0])
    assert cost is not None
    types = [alone.ops[jvp.op].type for jvp in alone.accumulators[0].jvps]
    applied = {share.op for share in alone.gradient_calls[0].contributions}
    assert cost.forward_rules == len(types)
    assert cost.backward_rules == len(applied)
    assert (cost.line, cost.inputs, cost.outputs) == (10, 2, 1)
    summary = Shown(alone, Subject(accumulator=0))
    notes = [note for part in summary.inspect(summary.timeline.last).sections for note in part.notes]
    assert any("reverse mode (line 10)" in note for note in notes)
    assert any("2 passes in forward mode" in note and "1 pass in reverse mode" in note for note in notes)


def test_a_hessian_vector_product_draws_the_backward_ops_it_goes_through(engine: Engine) -> None:
    recording = engine.run(
        "lesson.py",
        "import tensorflow as tf\n"
        "v = tf.Variable([1.0, 2.0])\n"
        "with tf.autodiff.ForwardAccumulator(v, tf.constant([1.0, 0.0])) as acc:\n"
        "    with tf.GradientTape() as tape:\n"
        "        y = tf.reduce_sum(v ** 3.0)\n"
        "    backward = tape.gradient(y, v)\n"
        "product = acc.jvp(backward)\n",
    ).recording
    shown = Shown(recording, Subject(accumulator=0))
    target = next(node for node in shown.graph.nodes if node.kind == "target")
    assert target.symbol == "backward"
    tangent = shown.frame(shown.timeline.last).nodes[target.id].tangent
    assert tangent is not None
    np.testing.assert_allclose(tangent.array, [6.0, 0.0])
    assert {recording.ops[node.op].made_by for node in shown.graph.nodes if node.op is not None} == {None, 0}
    assert not [node for node in shown.graph.nodes if "jvp" in node.title]
    gradient = build_graph(recording, Subject(call=0), is_folded=True)
    assert not [node for node in gradient.nodes if "jvp" in node.title]


def test_the_outer_of_two_accumulators_can_be_stepped(engine: Engine) -> None:
    recording = engine.run(
        "lesson.py",
        "import tensorflow as tf\n"
        "p = tf.constant(1.1)\n"
        "with tf.autodiff.ForwardAccumulator(p, tf.constant(1.0)) as outer:\n"
        "    with tf.autodiff.ForwardAccumulator(p, tf.constant(1.0)) as inner:\n"
        "        out = p ** tf.constant(3.5)\n"
        "first = inner.jvp(out)\n"
        "second = outer.jvp(first)\n",
    ).recording
    shown = Shown(recording, Subject(accumulator=0))
    target = next(node for node in shown.graph.nodes if node.kind == "target")
    tangent = shown.frame(shown.timeline.last).nodes[target.id].tangent
    assert tangent is not None
    np.testing.assert_allclose(tangent.array, 3.5 * 2.5 * 1.1**1.5, rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "tangent"), [("x", "ẋ"), ("f[2]", "ḟ[2]"), ("u1", "u̇1"), ("loss", "d loss"), ("x_1", "d x_1")]
)
def test_tangents_are_named_after_their_primals(name: str, tangent: str) -> None:
    assert dotted(name) == tangent
