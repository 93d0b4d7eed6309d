"""What is looked up in a recording is what a look at all of it gives."""

from __future__ import annotations

import networkx as nx

from tapeviz.engine.runner import Engine
from tapeviz.model.lookups import ops_on, variables_of, with_ancestors
from tapeviz.model.recording import Recording

LESSON = """\
import tensorflow as tf

x = tf.Variable(2.0)
scale = tf.constant(3.0) * 2.0
aside = tf.constant(1.0) + 1.0
for k in range(3):
    with tf.GradientTape(persistent=True) as tape:
        y = tf.sin(x) * scale
        with tf.GradientTape() as inner:
            z = x * y
        dz = inner.gradient(z, x)
    tape.gradient([y, dz], x)
"""


def test_the_ops_of_each_tape_are_those_that_name_it() -> None:
    recording = Engine().run("lesson.py", LESSON).recording
    assert len(recording.tapes) == 6
    for tape in recording.tapes:
        named = tuple(op for op in recording.ops if tape.id in op.recorded_by)
        assert ops_on(recording, tape.id) == named != ()
    assert ops_on(recording, 99) == ()


def test_the_variables_are_those_of_that_role() -> None:
    recording = Engine().run("lesson.py", LESSON).recording
    assert [recording.tensors[tensor].name for tensor in variables_of(recording)] == ["x"]


def test_ancestors_are_all_that_went_before_and_nothing_else() -> None:
    recording = Engine().run("lesson.py", LESSON).recording
    call = recording.gradient_calls[1]
    found = with_ancestors(recording, (), call.target)
    flow = nx.DiGraph()
    for op in recording.ops:
        flow.add_edges_from((tensor, ("op", op.id)) for tensor in op.inputs)
        flow.add_edges_from((("op", op.id), tensor) for tensor in op.outputs if made_by(recording, tensor) == op.id)
    before = set().union(*(nx.ancestors(flow, tensor) for tensor in call.target))
    assert [op for op in recording.ops if ("op", op.id) in before] == list(found)
    assert {op.type for op in found} >= {"Sin", "Mul"}
    assert "AddV2" not in {op.type for op in found}


def made_by(recording: Recording, tensor: int) -> int | None:
    return recording.tensors[tensor].producer
