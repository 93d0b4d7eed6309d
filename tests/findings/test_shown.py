"""Where a picture shows that a path is cut, and what is said of gradients that are zero in part."""

from __future__ import annotations

from pathlib import Path

import pytest

from tapeviz.engine.runner import Engine
from tapeviz.export.figure import render_figure
from tapeviz.model.cuts import cuts_of, trail_of
from tapeviz.model.explain import caption, inspect
from tapeviz.model.findings import all_findings
from tapeviz.model.folding import build_graph
from tapeviz.model.graph import OpGraph, Subject
from tapeviz.model.recording import Recording
from tapeviz.model.timeline import build_timeline

HEAD = "import numpy as np\nimport tensorflow as tf\nx = tf.Variable([2.0, -1.0])\nw = tf.Variable([3.0, 3.0])\n"
BLOCK = "with tf.GradientTape() as tape:\n    {}\ntape.gradient(y, [x, w])\n"


def shown(engine: Engine, lesson: str) -> tuple[Recording, OpGraph]:
    recording = engine.run(name="lesson.py", text=HEAD + lesson).recording
    assert recording.errors == ()
    return recording, build_graph(recording, Subject(call=len(recording.gradient_calls) - 1), is_folded=True)


BROKEN = {
    "stop_gradient": (BLOCK.format("y = tf.stop_gradient(x * w) ** 2 + w"), "op:Mul", "op:StopGradient"),
    "no derivative": (BLOCK.format("y = tf.round(x) * w"), "variable:x", "op:R"),
    "whole numbers": (BLOCK.format("y = tf.cast(tf.cast(x, tf.int32), tf.float32) * w"), "variable:x", "op:Cast"),
    "outside the tape": ("h = x * 2.0\n" + BLOCK.format("y = h * w"), "variable:x", "op:Mul"),
    "no longer a variable": (
        "x = tf.constant(1.0)\n" + BLOCK.format("y = x * w"),
        "constant:x",
        "op:Mul",
    ),
}


@pytest.mark.parametrize("words", BROKEN)
def test_the_edge_at_which_a_path_is_cut_is_broken(words: str, engine: Engine) -> None:
    lesson, start, end = BROKEN[words]
    recording, graph = shown(engine, lesson)
    broken = {edge.id: edge for edge in graph.edges if edge.id in cuts_of(recording, graph).edges}
    assert set(cuts_of(recording, graph).edges.values()) == {words}
    (edge,) = broken.values()
    assert edge.source.startswith(start)
    assert edge.target.startswith(end)
    source = next(node.id for node in graph.nodes if node.symbol == "x")
    assert edge.id in trail_of(recording, graph, source)
    assert trail_of(recording, graph, "variable:w") == frozenset()


def test_where_no_edge_leads_on_the_reason_stands_at_the_source(engine: Engine) -> None:
    recording, graph = shown(engine, BLOCK.format("y = w * np.sin(x.numpy())"))
    assert cuts_of(recording, graph).edges == {}
    assert cuts_of(recording, graph).ends == {"variable:x": "left TensorFlow, line 6"}


@pytest.mark.usefixtures("qapp")
def test_a_figure_shows_the_cut(engine: Engine, tmp_path: Path) -> None:
    recording, _ = shown(engine, BLOCK.format("y = tf.stop_gradient(x) * w"))
    whole, _ = shown(engine, BLOCK.format("y = x * w"))
    for number, each in enumerate((recording, whole)):
        render_figure(
            each,
            tmp_path / f"{number}.svg",
            step=None,
            call=None,
            size=(800, 400),
            scale=1.0,
            theme="print",
            is_transparent=False,
            title="",
        )
    assert ">stop_gradient<" in (tmp_path / "0.svg").read_text(encoding="utf-8")
    assert "stop_gradient" not in (tmp_path / "1.svg").read_text(encoding="utf-8")


def test_it_is_told_how_many_numbers_became_zero_at_an_op(engine: Engine) -> None:
    recording, graph = shown(engine, BLOCK.format("y = tf.nn.relu(x) * w"))
    timeline = build_timeline(recording, graph)
    relu = next(node.id for node in graph.nodes if node.symbol == "relu")
    inspection = inspect(recording, graph, timeline, timeline.last, relu, ())
    notes = [note for section in inspection.sections for note in section.notes]
    assert "1 of 2 numbers that came in became 0 here." in notes


def test_each_reason_is_told_with_the_sources_that_it_is_the_reason_of(engine: Engine) -> None:
    recording, graph = shown(engine, "b = tf.Variable(1.0)\n" + BLOCK.format("y = tf.round(w)"))
    timeline = build_timeline(recording, graph)
    told = caption(recording, graph, timeline, timeline.result).text
    assert "returns None for x and w. For x: Nothing links y to x" in told
    assert "For w: The path from y back to w" in told


def test_gradients_with_one_reason_are_one_finding(engine: Engine) -> None:
    lesson = "p = x * w\nwith tf.GradientTape() as tape:\n    y = p * 2.0\ntape.gradient(y, [x, w])\n"
    recording, _ = shown(engine, lesson)
    (finding,) = all_findings(recording)
    assert finding.title == "∂y/∂x and ∂y/∂w are None"
