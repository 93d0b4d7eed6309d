"""The picture against plain TensorFlow: the same script, run once under the engine and once without it."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from typing import Any

import numpy as np
import pytest
import sympy
import tensorflow as tf

from tapeviz.engine.runner import Engine
from tapeviz.model.folding import build_graph
from tapeviz.model.frame import Frame, Frames
from tapeviz.model.graph import OpGraph, Subject
from tapeviz.model.numbers import format_value
from tapeviz.model.recording import Recording
from tapeviz.model.scrubbing import iteration_of, turned
from tapeviz.model.series import loops
from tapeviz.model.subjects import subject_at_row, subject_title, subjects
from tapeviz.model.timeline import Timeline, build_timeline

SCRIPTS = {
    "polynomial": """
        x, y = tf.Variable(2.0), tf.Variable(3.0)
        sources = [x, y]
        with tf.GradientTape() as tape:
            f = x**2 + 3*x*y + y**3
        grads = tape.gradient(f, sources)
        """,
    "fan_out": """
        a = tf.Variable(1.5)
        sources = [a]
        with tf.GradientTape() as tape:
            b = tf.sin(a)
            f = b * b + b + a + a
        grads = tape.gradient(f, sources)
        """,
    "watched_constants": """
        x, c = tf.constant(0.7), tf.constant(5.0)
        sources = [x]
        with tf.GradientTape() as tape:
            tape.watch(x)
            f = tf.where(x > 0, tf.exp(-x) / 2, 1 - x) + tf.stop_gradient(x) * x * c
        grads = tape.gradient(f, sources)
        """,
    "matrices": """
        w, b = tf.Variable([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), tf.Variable([0.1, 0.2])
        sources = [w, b]
        data = tf.constant([[1.0], [2.0], [3.0]])
        with tf.GradientTape() as tape:
            z = tf.matmul(w, data)[:, 0] + b
            loss = tf.reduce_mean(tf.reshape(tf.transpose(tf.stack([z, z])), [-1])) + tf.reduce_sum(w[0])
        grads = tape.gradient(loss, sources)
        """,
    "broadcast": """
        x, y = tf.Variable([[1.0], [2.0]]), tf.Variable([3.0, 4.0, 5.0])
        sources = [x, y]
        with tf.GradientTape() as tape:
            f = tf.reduce_sum(tf.maximum(x * y, 5.0) / (1.0 + tf.abs(y)))
        grads = tape.gradient(f, sources)
        """,
    "intermediate_source": """
        x = tf.Variable(0.5)
        with tf.GradientTape() as tape:
            u = tf.exp(x)
            f = u * u + x
        sources = [x, u]
        grads = tape.gradient(f, sources)
        """,
    "second_derivative": """
        x = tf.Variable(2.0)
        sources = [x]
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                f = x**3 + tf.sin(x)
            g = inner.gradient(f, x)
        grads = outer.gradient(g, sources)
        """,
    "weighted_vector": """
        x = tf.Variable([1.0, 2.0])
        sources = [x]
        with tf.GradientTape() as tape:
            f = x * x
        grads = tape.gradient(f, sources, output_gradients=tf.constant([10.0, 1.0]))
        """,
    "gathered": """
        table = tf.Variable([1.0, 2.0, 4.0])
        sources = [table]
        with tf.GradientTape() as tape:
            f = tf.reduce_sum(tf.gather(tf.identity(table), [0, 1, 1]) ** 2)
        grads = tape.gradient(f, sources)
        """,
    "network": """
        tf.keras.utils.set_random_seed(1)
        model = tf.keras.Sequential([tf.keras.layers.Dense(4, activation="tanh"), tf.keras.layers.Dense(1)])
        inputs, wanted = tf.random.normal([8, 3]), tf.random.normal([8, 1])
        model(inputs)
        sources = model.trainable_variables
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((model(inputs) - wanted) ** 2)
        grads = tape.gradient(loss, sources)
        """,
}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


def text_of(script: str) -> str:
    return "# %%\nimport tensorflow as tf\n" + textwrap.dedent(script)


def recorded(engine: Engine, script: str) -> Recording:
    recording = engine.run("lesson.py", text_of(script)).recording
    assert recording.errors == ()
    return recording


def plain(script: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(text_of(script), namespace)
    return namespace


def last_frame(recording: Recording, subject: Subject, *, is_folded: bool) -> tuple[OpGraph, Timeline, Frame]:
    graph = build_graph(recording, subject, is_folded=is_folded)
    timeline = build_timeline(recording, graph)
    return graph, timeline, Frames(recording, graph, timeline).at(timeline.last)


def source_nodes(recording: Recording, subject: Subject, graph: OpGraph) -> list[str]:
    assert subject.call is not None
    shown = {tensor: node.id for node in graph.nodes if node.kind != "target" for tensor in node.values}
    return [shown[source.tensor] for source in recording.gradient_calls[subject.call].sources]


@pytest.mark.parametrize("is_folded", [True, False])
@pytest.mark.parametrize("name", SCRIPTS)
def test_sums_in_the_picture_are_what_plain_tensorflow_returns(engine: Engine, name: str, is_folded: bool) -> None:
    expected = [tf.convert_to_tensor(grad).numpy() for grad in plain(SCRIPTS[name])["grads"]]
    recording = recorded(engine, SCRIPTS[name])
    subject = subjects(recording)[-1]
    graph, _, frame = last_frame(recording, subject, is_folded=is_folded)
    arriving: dict[str, list[Any]] = defaultdict(list)
    for edge in graph.edges:
        cotangent = frame.edges[edge.id].cotangent
        if cotangent is not None:
            arriving[edge.source].append(cotangent.array)
    for node, value in zip(source_nodes(recording, subject, graph), expected, strict=True):
        shown = frame.nodes[node].adjoint
        assert shown is not None
        np.testing.assert_allclose(shown.array, value, rtol=1e-6)
        np.testing.assert_allclose(sum(arriving[node]), value, rtol=1e-5)
        assert not frame.nodes[node].is_running_sum


@pytest.mark.parametrize("name", SCRIPTS)
def test_cotangents_into_an_op_make_the_cotangent_that_tensorflow_gave_it(engine: Engine, name: str) -> None:
    recording = recorded(engine, SCRIPTS[name])
    subject = subjects(recording)[-1]
    assert subject.call is not None
    graph, _, frame = last_frame(recording, subject, is_folded=False)
    call = recording.gradient_calls[subject.call]
    given = {c.op: c.output_cotangents for c in call.contributions}
    arrived: dict[int, Any] = defaultdict(float)
    for edge, seed in zip([edge for edge in graph.edges if edge.op is None], call.seed, strict=True):
        value = None if seed is None else recording.tensors[seed].value
        if value is not None:
            arrived[edge.tensor] += value.array
    for edge in graph.edges:
        cotangent = frame.edges[edge.id].cotangent
        if cotangent is not None:
            arrived[edge.tensor] += cotangent.array
    assert given
    for op, cotangents in given.items():
        for tensor, cotangent_id in zip(recording.ops[op].outputs, cotangents, strict=True):
            value = None if cotangent_id is None else recording.tensors[cotangent_id].value
            if value is not None:
                np.testing.assert_allclose(arrived[tensor], value.array, rtol=1e-5)


def test_the_polynomial_gives_the_picture_of_the_design(engine: Engine) -> None:
    recording = recorded(engine, SCRIPTS["polynomial"])
    subject = subjects(recording)[0]
    graph, timeline, frame = last_frame(recording, subject, is_folded=True)
    assert [(node.kind, node.symbol) for node in graph.nodes] == [
        ("variable", "x"), ("op", "( )²"), ("op", "3×"), ("variable", "y"), ("op", "×"), ("op", "+"), ("op", "( )³"),
        ("op", "+"), ("target", "f"),
    ]  # fmt: skip
    assert (timeline.forward_count, timeline.backward_count) == (6, 6)
    sums = {node.adjoint_label: format_value(node.adjoint) for node in frame.nodes.values() if node.adjoint}
    assert sums == {"∂f/∂x": "13.00", "∂f/∂y": "33.00", "": "1.000"}
    assert subject_title(recording, subject) == "∂f / ∂(x, y)   line 8"


def test_the_second_derivative_goes_through_the_ops_of_the_first(engine: Engine) -> None:
    recording = recorded(engine, SCRIPTS["second_derivative"])
    outer = subjects(recording)[-1]
    graph, _, frame = last_frame(recording, outer, is_folded=True)
    made_by = [recording.ops[node.op].made_by for node in graph.nodes if node.op is not None]
    assert {None, 0} == set(made_by)
    x = sympy.Symbol("x")
    exact = float((x**3 + sympy.sin(x)).diff(x, 2).subs(x, 2))
    adjoint = frame.nodes["variable:x"].adjoint
    assert adjoint is not None
    assert float(adjoint.array) == pytest.approx(exact, rel=1e-6)


def test_where_a_path_is_cut_can_be_seen(engine: Engine) -> None:
    script = """
        x = tf.Variable(2.0)
        outside = x * 3.0
        with tf.GradientTape(persistent=True) as tape:
            f = tf.stop_gradient(x) * 2.0
            g = tf.cast(tf.cast(x, tf.int32), tf.float32) + 1.0
            h = outside + 1.0
        grads = [tape.gradient(f, x), tape.gradient(g, x), tape.gradient(h, x)]
        """
    recording = recorded(engine, script)
    cuts = []
    for subject in subjects(recording):
        graph, timeline, frame = last_frame(recording, subject, is_folded=True)
        x = frame.nodes["variable:x"]
        assert x.is_none
        assert x.adjoint is None
        assert [step.phase for step in timeline.steps if step.phase in ("seed", "vjp")] == []
        on_the_way = {edge.source: edge.target for edge in graph.edges}
        target = next(node.id for node in graph.nodes if node.kind == "target")
        cuts.append({node.title for node in graph.nodes if not node.is_recorded and node.id in on_the_way})
        assert target in on_the_way.values()
        assert frame.nodes[target].reached == "forward"
    assert cuts == [{"StopGradient", "Mul"}, {"Cast", "AddV2"}, {"Mul", "AddV2"}]


def test_a_training_loop_is_one_series_with_its_own_values_in_each_iteration(engine: Engine) -> None:
    script = """
        w = tf.Variable(1.0)
        seen = []
        for _ in range(6):
            with tf.GradientTape() as tape:
                loss = (w - 3.0) ** 2
            grad = tape.gradient(loss, w)
            seen.append((float(w.numpy()), float(grad)))
            w.assign_sub(0.1 * grad)
        """
    seen = plain(script)["seen"]
    recording = recorded(engine, script)
    first = subjects(recording)[0]
    (loop,) = loops(recording)
    assert iteration_of(recording, first) == (loop, 0)
    assert loop.iterations == 6
    structures = set()
    after = [*(value for value, _ in seen[1:]), 3 - 2 * 0.8**6]
    for iteration, (value, grad) in enumerate(seen):
        found = turned(recording, first, iteration)
        assert found is not None
        _, subject = found
        for is_folded in (True, False):
            graph, timeline, frame = last_frame(recording, subject, is_folded=is_folded)
            w = frame.nodes["variable:w"]
            read = Frames(recording, graph, timeline).at(timeline.result).nodes["variable:w"]
            assert w.value is not None
            assert w.before is not None
            assert w.adjoint is not None
            assert read.value is not None
            assert read.before is None
            assert float(read.value.array) == float(w.before.array) == pytest.approx(value, rel=1e-6)
            assert float(w.value.array) == pytest.approx(after[iteration], rel=1e-6)
            assert float(w.adjoint.array) == pytest.approx(grad, rel=1e-6)
            structures.add((is_folded, graph.structure))
    assert len(structures) == 2


def test_outputs_of_one_op_are_not_summed_up(engine: Engine) -> None:
    script = """
        x = tf.Variable([2.0, 3.0])
        with tf.GradientTape() as tape:
            a, b = tf.unstack(x)
            f = a * b + a
        grads = tape.gradient(f, [a, x])
        """
    of_a, of_x = (grad.numpy() for grad in plain(script)["grads"])
    recording = recorded(engine, script)
    (subject,) = subjects(recording)
    graph, _, frame = last_frame(recording, subject, is_folded=True)
    unpack = next(node.id for node in graph.nodes if node.title == "Unpack")
    assert (frame.nodes[unpack].adjoint_label, format_value(frame.nodes[unpack].adjoint)) == ("∂f/∂a", "4.000")
    assert float(of_a) == 4.0
    adjoint = frame.nodes["variable:x"].adjoint
    assert adjoint is not None
    np.testing.assert_allclose(adjoint.array, of_x)
    alone = recorded(engine, script.replace("[a, x]", "[x]"))
    _, _, frame = last_frame(alone, subjects(alone)[0], is_folded=True)
    assert frame.nodes[unpack].adjoint is None


def test_a_jacobian_shows_the_row_that_is_looked_at(engine: Engine) -> None:
    script = """
        x = tf.Variable([1.0, 2.0])
        with tf.GradientTape() as tape:
            u = tf.stack([x[0] * x[1], x[0] ** 2])
        J = tape.jacobian(u, x)
        """
    recording = recorded(engine, script)
    (subject,) = subjects(recording)
    assert subject_title(recording, subject) == "J of u by x   line 7"
    for row, (expected, label) in enumerate([([2.0, 1.0], "∂u[0]/∂x"), ([2.0, 0.0], "∂u[1]/∂x")]):
        at_row = subject_at_row(recording, subject, row)
        _, _, frame = last_frame(recording, at_row, is_folded=True)
        adjoint = frame.nodes["variable:x"].adjoint
        assert adjoint is not None
        np.testing.assert_allclose(adjoint.array, expected)
        assert frame.nodes["variable:x"].adjoint_label == label
    assert subject_at_row(recording, subject, 2) == subject
    assert (
        build_graph(recording, subject, is_folded=True).structure
        == build_graph(recording, subject_at_row(recording, subject, 1), is_folded=True).structure
    )


def test_the_same_script_gives_the_same_node_ids_again(engine: Engine) -> None:
    graphs = []
    for _ in range(2):
        recording = recorded(engine, SCRIPTS["network"])
        graphs.append(build_graph(recording, subjects(recording)[0], is_folded=True))
    assert graphs[0].structure == graphs[1].structure
    assert [node.id for node in graphs[0].nodes] == [node.id for node in graphs[1].nodes]
    assert "variable:layers[0].kernel" in {node.id for node in graphs[0].nodes}
