"""Groups of real recordings: what stands in them, and that folding them changes no number."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapeviz.engine.runner import Engine
from tapeviz.model.explain import captions, inspect
from tapeviz.model.folding import build_graph
from tapeviz.model.frame import Frame, Frames
from tapeviz.model.graph import GraphGroup, Grouping, OpGraph, Subject
from tapeviz.model.group_folding import fold_groups, folded_groups, nodes_within, path_to
from tapeviz.model.groups import with_groups
from tapeviz.model.recording import Recording
from tapeviz.model.subjects import subjects
from tapeviz.model.tensor import TensorValue
from tapeviz.model.timeline import Timeline, build_timeline, same_moment

SCRIPTS = {
    "nested tape": """
        x = tf.Variable(1.0)
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                y = tf.exp(x) * tf.sin(x)
            slope = inner.gradient(y, x)
        outer.gradient(slope, x)
        """,
    "three deep": """
        x = tf.Variable(2.0)
        with tf.GradientTape() as a:
            with tf.GradientTape() as b:
                with tf.GradientTape() as c:
                    y = tf.exp(x) * tf.sin(x)
                first = c.gradient(y, x)
            second = b.gradient(first, x)
        a.gradient(second, x)
        """,
    "functions": """
        w, x = tf.Variable(0.5), tf.Variable(2.0)
        def neuron(v):
            return tf.tanh(w * v + 0.25)
        def twice(v):
            a = neuron(v)
            return neuron(a) * a
        with tf.GradientTape() as tape:
            y = twice(x) + neuron(x) * x
        tape.gradient(y, [w, x])
        """,
    "layers": """
        tf.keras.utils.set_random_seed(3)
        dense = tf.keras.layers.Dense
        model = tf.keras.Sequential([dense(4, activation="tanh", name="hidden"), dense(2, name="out")], name="net")
        x = tf.constant([[1.0, -2.0, 0.5], [0.25, 1.0, -1.0]])
        model.build((None, 3))
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(x) - 1.0))
        tape.gradient(loss, model.trainable_variables)
        """,
    "scopes": """
        w, b, x = tf.Variable(3.0), tf.Variable(0.5), tf.Variable(2.0)
        with tf.GradientTape() as tape:
            with tf.name_scope("outer"):
                with tf.name_scope("inner"):
                    h = w * x
                    h = h + b
                g = tf.sin(h) * h
            y = g * x
        tape.gradient(y, [w, b, x])
        """,
    "loop": """
        x = tf.Variable(1.5)
        with tf.GradientTape() as tape:
            y = x
            for _ in range(3):
                a = tf.sin(y)
                y = a * y + x
        tape.gradient(y, x)
        """,
    "residual": """
        x = tf.Variable([1.0, 2.0])
        def block(v):
            h = tf.nn.relu(v * 2.0)
            return v + h * v
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(block(block(x)) * x)
        tape.gradient(y, x)
        """,
}
SMALL = tuple(SCRIPTS)
SCRIPTS["deep"] = """
    tf.keras.utils.set_random_seed(0)
    dense, sequence = tf.keras.layers.Dense, tf.keras.Sequential
    model = sequence([sequence([dense(4, activation="tanh") for _ in range(4)]) for _ in range(12)])
    x = tf.ones((2, 4))
    model.build((2, 4))
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(model(x) ** 2)
    tape.gradient(loss, model.trainable_variables)
    """
ALL_GROUPINGS: tuple[Grouping, ...] = ("parts", "iterations", "lines")


@cache
def engine() -> Engine:
    return Engine()


@cache
def recorded(name: str) -> Recording:
    text = "import tensorflow as tf\n" + textwrap.dedent(SCRIPTS[name]).lstrip()
    recording = engine().run("lesson.py", text).recording
    assert not recording.errors, recording.errors
    return recording


@cache
def whole(name: str, grouping: Grouping = "parts") -> OpGraph:
    recording = recorded(name)
    graph = build_graph(recording, subjects(recording)[-1], is_folded=True)
    return with_groups(recording, graph, grouping)


def titles(graph: OpGraph) -> list[str]:
    return [group.title for group in graph.groups]


def group_called(graph: OpGraph, title: str) -> GraphGroup:
    return next(group for group in graph.groups if group.title == title)


def types_in(name: str, group: GraphGroup) -> list[str]:
    return [recorded(name).ops[op].type for op in group.ops]


def test_the_backward_ops_of_an_inner_tape_are_a_group_of_their_own() -> None:
    graph = whole("nested tape")
    (group,) = graph.groups
    assert group.kind == "backward"
    assert group.title == "backward pass of ∂y / ∂x"
    assert group.line == 6
    made_by = {recorded("nested tape").ops[op].made_by for op in group.ops}
    assert made_by == {0}
    outside = [node for node in graph.nodes if node.op is not None and node.id not in group.nodes]
    assert {recorded("nested tape").ops[node.op].made_by for node in outside if node.op is not None} == {None}


def test_tapes_three_deep_have_a_group_for_each_backward_pass() -> None:
    graph = whole("three deep")
    assert titles(graph) == ["backward pass of ∂y / ∂x", "backward pass of ∂first / ∂x"]


def test_each_call_of_a_function_is_a_group_and_calls_nest() -> None:
    graph = whole("functions")
    assert titles(graph) == ["twice( )", "neuron( )", "neuron( )", "neuron( )"]
    twice, first, second, third = graph.groups
    assert [group.parent for group in (first, second, third)] == [twice.id, twice.id, None]
    assert types_in("functions", first) == ["Mul", "AddV2", "Tanh"]
    assert len(twice.ops) == 7
    assert len({group.id for group in graph.groups}) == 4
    assert all(node.kind in ("op", "constant") for node in graph.nodes if node.id in (*twice.nodes, *first.nodes))


def test_layers_bear_their_class_and_name_and_hold_their_variables() -> None:
    graph = whole("layers")
    assert titles(graph) == ["Sequential · net", "Dense · hidden", "Dense · out"]
    hidden = group_called(graph, "Dense · hidden")
    assert types_in("layers", hidden) == ["MatMul", "BiasAdd", "Tanh"]
    assert [recorded("layers").tensors[tensor].shape for tensor in hidden.variables] == [(3, 4), (4,)]
    assert len(group_called(graph, "Sequential · net").variables) == 4
    assert all("x" not in group.nodes for group in graph.groups)


def test_name_scopes_nest_and_hold_what_is_read_only_there() -> None:
    graph = whole("scopes")
    assert titles(graph) == ["outer", "inner"]
    outer, inner = graph.groups
    assert inner.parent == outer.id
    assert "variable:w" in inner.nodes
    assert "variable:b" in inner.nodes
    assert "variable:x" not in (*outer.nodes, *inner.nodes), "y = g * x reads it outside"


def test_the_turns_of_a_loop_are_groups_on_request() -> None:
    assert whole("loop").groups == ()
    graph = whole("loop", "iterations")
    assert titles(graph) == [f"iteration {number} of line 5" for number in (1, 2, 3)]
    assert all(types_in("loop", group) == ["Sin", "Mul", "AddV2"] for group in graph.groups)


def test_the_lines_of_the_lesson_are_groups_on_request() -> None:
    graph = whole("functions", "lines")
    assert "7: return neuron(a) * a" in titles(graph)
    line = group_called(graph, "7: return neuron(a) * a")
    assert types_in("functions", line) == ["Mul", "AddV2", "Tanh", "Mul"]


def test_nothing_is_grouped_where_nothing_is_asked_for() -> None:
    assert all(whole(name, "none").groups == () for name in SMALL)


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("grouping", ALL_GROUPINGS)
def test_groups_are_a_forest_over_the_drawn_nodes(name: str, grouping: Grouping) -> None:
    graph = whole(name, grouping)
    known = {node.id for node in graph.nodes}
    homes = [node for group in graph.groups for node in group.nodes]
    assert len(homes) == len(set(homes)), "a node stands in one frame only"
    assert set(homes) <= known
    before: set[str] = set()
    for group in graph.groups:
        assert group.parent is None or group.parent in before
        before.add(group.id)
        drawn = [node.op for node in graph.nodes if node.id in nodes_within(graph, group) and node.op is not None]
        assert sorted(drawn) == list(group.ops)


def foldings(name: str, grouping: Grouping) -> Iterator[frozenset[str]]:
    ids = [group.id for group in whole(name, grouping).groups]
    yield frozenset()
    yield frozenset(ids)
    yield from (frozenset({one}) for one in ids)


def alike(one: TensorValue | None, other: TensorValue | None) -> bool:
    if one is None or other is None:
        return one is other
    return np.allclose(one.array, other.array, rtol=1e-6, atol=1e-7)


class Twin:
    """A folded picture beside the unfolded one."""

    def __init__(self, name: str, grouping: Grouping, folded: frozenset[str]) -> None:
        self.recording = recorded(name)
        self.graph = whole(name, grouping)
        self.folded = fold_groups(self.recording, self.graph, folded)
        self.timeline = build_timeline(self.recording, self.graph)
        self.short = build_timeline(self.recording, self.folded)
        self.frames = Frames(self.recording, self.graph, self.timeline)
        self.short_frames = Frames(self.recording, self.folded, self.short)

    def pairs(self) -> Iterator[tuple[Frame, Frame]]:
        for playhead in range(len(self.short.steps)):
            yield (
                self.short_frames.at(playhead),
                self.frames.at(same_moment(self.short, playhead, self.timeline)),
            )


def assert_same_numbers(twin: Twin) -> None:
    flat_edges = {consumer: edge for edge in twin.graph.edges for consumer in edge.consumers}
    kept = {node.id for node in twin.graph.nodes}
    for short, long in twin.pairs():
        for node in twin.folded.nodes:
            if node.id not in kept:
                reached = {long.nodes[other.id].reached for other in twin.graph.nodes if other.op in node.members}
                expected = "backward" if "backward" in reached else "waiting" if "waiting" in reached else "forward"
                assert short.nodes[node.id].reached == expected
                continue
            mine, its = short.nodes[node.id], long.nodes[node.id]
            assert (mine.reached, mine.is_none, mine.adjoint_label) == (its.reached, its.is_none, its.adjoint_label)
            assert alike(mine.value, its.value)
            assert alike(mine.adjoint, its.adjoint)
        for edge in twin.folded.edges:
            flat = [flat_edges[consumer] for consumer in edge.consumers]
            parts = [long.edges[each.id].cotangent for each in flat]
            arrived = [part.array for part in parts if part is not None]
            shown = short.edges[edge.id].cotangent
            assert (shown is None) == (not arrived)
            if shown is not None:
                np.testing.assert_allclose(shown.array, np.sum(arrived, axis=0), rtol=1e-5, atol=1e-6)
            if flat and edge.target in kept:
                assert alike(short.edges[edge.id].value, long.edges[flat[0].id].value)


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("grouping", ALL_GROUPINGS)
def test_folding_changes_no_number(name: str, grouping: Grouping) -> None:
    for folded in foldings(name, grouping):
        assert_same_numbers(Twin(name, grouping, folded))


@given(data=st.data())
def test_any_choice_of_folds_shows_the_same_numbers(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(SMALL))
    grouping = data.draw(st.sampled_from(ALL_GROUPINGS))
    ids = [group.id for group in whole(name, grouping).groups]
    folded = frozenset(data.draw(st.lists(st.sampled_from(ids), unique=True))) if ids else frozenset()
    assert_same_numbers(Twin(name, grouping, folded))


@pytest.mark.parametrize("name", SMALL)
def test_a_folded_timeline_does_everything_once_and_in_the_same_order(name: str) -> None:
    for folded in foldings(name, "parts"):
        twin = Twin(name, "parts", folded)
        for phase in ("forward", "vjp"):
            assert ops_of(twin.short, phase) == ops_of(twin.timeline, phase)
        assert all(one is None or one != other for one, other in groups_in_turn(twin.short))


def ops_of(timeline: Timeline, phase: str) -> list[int]:
    return [op for step in timeline.steps if step.phase == phase for op in step.ops]


def groups_in_turn(timeline: Timeline) -> list[tuple[str | None, str | None]]:
    return list(pairwise(step.group for step in timeline.steps if step.phase == "vjp"))


@pytest.mark.parametrize("name", SMALL)
def test_unfolding_keeps_the_moment(name: str) -> None:
    for folded in foldings(name, "parts"):
        twin = Twin(name, "parts", folded)
        moments = [same_moment(twin.short, playhead, twin.timeline) for playhead in range(len(twin.short.steps))]
        assert moments == sorted(set(moments))
        back = [same_moment(twin.timeline, moment, twin.short) for moment in moments]
        assert back == list(range(len(twin.short.steps)))


@pytest.mark.parametrize("name", SMALL)
def test_the_edges_of_a_folded_group_are_one_for_each_tensor(name: str) -> None:
    graph = whole(name)
    for folded in foldings(name, "parts"):
        drawn = fold_groups(recorded(name), graph, folded)
        into: dict[tuple[str, str], set[int]] = defaultdict(set)
        for edge in drawn.edges:
            if edge.target in folded:
                assert edge.tensor not in into[(edge.source, edge.target)]
                into[(edge.source, edge.target)].add(edge.tensor)
        assert len({edge.id for edge in drawn.edges}) == len(drawn.edges)
        ends = {end for edge in drawn.edges for end in (edge.source, edge.target)}
        assert ends <= {node.id for node in drawn.nodes}


def test_the_caption_of_a_folded_group_counts_its_ops_and_vjps() -> None:
    recording, graph = recorded("layers"), whole("layers")
    group = group_called(graph, "Dense · hidden")
    drawn = fold_groups(recording, graph, {group.id})
    timeline = build_timeline(recording, drawn)
    texts = [caption.text for caption in captions(recording, drawn, timeline)]
    steps = [step.index for step in timeline.steps if step.group == group.id]
    assert len(steps) == 2
    assert texts[steps[0]].startswith("Dense · hidden runs its 3 ops: it takes 2×3 (norm")
    assert texts[steps[1]].startswith("Dense · hidden: 3 VJPs send")
    assert "the 2 variables within the folded groups are given." in texts[0]


def test_the_inspector_tells_a_group_folded_or_not() -> None:
    recording, graph = recorded("functions"), whole("functions")
    group = group_called(graph, "twice( )")
    for folded in (frozenset[str](), frozenset({group.id})):
        drawn = fold_groups(recording, graph, folded)
        timeline = build_timeline(recording, drawn)
        told = inspect(recording, drawn, timeline, timeline.last, group.id, None)
        assert (told.kicker, told.title) == ("FUNCTION", "twice( )")
        assert told.subtitle.startswith("7 ops · line 9")
        forward, within, backward = told.sections
        assert sorted(row.label for row in forward.rows) == ["= result", "w", "x"]
        assert "tanh" in within.notes[0]
        assert backward.rows


def test_a_small_graph_is_unfolded_and_a_large_one_fits_a_slide() -> None:
    assert all(folded_groups(whole(name), {}) == frozenset() for name in SMALL)
    recording, graph = recorded("deep"), whole("deep")
    folded = folded_groups(graph, {})
    drawn = fold_groups(recording, graph, folded)
    assert sum(node.kind == "group" for node in drawn.nodes) == 12
    assert len(drawn.nodes) <= 30 < len(graph.nodes)
    chosen = next(group for group in drawn.groups if group.is_folded)
    opened = fold_groups(recording, graph, folded_groups(graph, {chosen.id: False}))
    assert len(opened.nodes) == len(drawn.nodes) + 3
    inner = next(group for group in graph.groups if group.parent == chosen.id)
    assert path_to(graph, inner.nodes[0])[-2:] == (chosen.id, inner.id)


def test_subject_of_all_ops_has_groups_too() -> None:
    recording = recorded("functions")
    graph = build_graph(recording, Subject(), is_folded=True)
    assert "neuron( )" in titles(with_groups(recording, graph, "parts"))
