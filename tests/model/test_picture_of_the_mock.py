"""The picture that the design fixes: x² + 3xy + y³ at (2, 3)."""

from __future__ import annotations

import pytest

from tapeviz.model.folding import build_graph
from tapeviz.model.frame import Frame, build_frame
from tapeviz.model.graph import OpGraph
from tapeviz.model.numbers import format_value
from tapeviz.model.recording import Recording
from tapeviz.model.subjects import default_subject, subject_title
from tapeviz.model.timeline import Timeline, build_timeline, next_line, previous_line
from tests.model.builder import quadratic_in_two_variables


@pytest.fixture(scope="module")
def recording() -> Recording:
    return quadratic_in_two_variables()


@pytest.fixture(scope="module")
def graph(recording: Recording) -> OpGraph:
    return build_graph(recording, default_subject(recording), is_folded=True)


@pytest.fixture(scope="module")
def timeline(recording: Recording, graph: OpGraph) -> Timeline:
    return build_timeline(recording, graph)


def test_nodes_are_those_of_the_mock(graph: OpGraph) -> None:
    drawn = [(node.kind, node.symbol) for node in graph.nodes]
    assert sorted(drawn) == sorted(
        [
            ("variable", "x"),
            ("variable", "y"),
            ("target", "f"),
            ("op", "( )²"),
            ("op", "3×"),
            ("op", "×"),
            ("op", "( )³"),
            ("op", "+"),
            ("op", "+"),
        ]
    )


def test_edges_are_those_of_the_mock(graph: OpGraph) -> None:
    symbols = {node.id: node.symbol for node in graph.nodes}
    assert [(symbols[edge.source], symbols[edge.target], edge.input_index) for edge in graph.edges] == [
        ("x", "( )²", 0),
        ("x", "3×", 1),
        ("3×", "×", 0),
        ("y", "×", 1),
        ("( )²", "+", 0),
        ("×", "+", 1),
        ("y", "( )³", 0),
        ("+", "+", 0),
        ("( )³", "+", 1),
        ("+", "f", 0),
    ]


def test_steps_are_those_of_the_mock(graph: OpGraph, timeline: Timeline) -> None:
    assert (timeline.forward_count, timeline.backward_count) == (6, 6)
    assert [step.phase for step in timeline.steps] == ["start", *["forward"] * 6, "seed", *["vjp"] * 6, "result"]
    symbols = {node.op: node.symbol for node in graph.nodes}
    assert [symbols[step.op] for step in timeline.steps if step.phase == "vjp"] == ["+", "( )³", "+", "×", "3×", "( )²"]


def chips(frame: Frame) -> dict[str, tuple[str, str, bool]]:
    return {
        name: (node.adjoint_label, format_value(node.adjoint), node.is_running_sum)
        for name, node in frame.nodes.items()
        if node.adjoint is not None
    }


def test_playhead_of_the_mock_shows_its_numbers(recording: Recording, graph: OpGraph, timeline: Timeline) -> None:
    frame = build_frame(recording, graph, timeline, 11)
    assert chips(frame) == {"target:f": ("", "1.000", False), "variable:y": ("∂f/∂y", "33.00", False)}
    sent = {name: format_value(edge.cotangent) for name, edge in frame.edges.items() if edge.cotangent is not None}
    assert sorted(sent.values()) == sorted(["1.000"] * 4 + ["3.000", "6.000", "27.00"])
    assert {name for name, edge in frame.edges.items() if edge.is_live} == {
        "op:Mul:1->op:Mul:2:0",
        "variable:y->op:Mul:2:1",
    }
    assert [name for name, node in frame.nodes.items() if node.is_live] == ["op:Mul:2"]


def test_sum_at_a_variable_is_running_until_all_is_in(recording: Recording, graph: OpGraph, timeline: Timeline) -> None:
    assert chips(build_frame(recording, graph, timeline, 9))["variable:y"] == ("", "27.00", True)


def test_result_shows_both_partial_derivatives(recording: Recording, graph: OpGraph, timeline: Timeline) -> None:
    shown = chips(build_frame(recording, graph, timeline, timeline.last))
    assert shown["variable:x"] == ("∂f/∂x", "13.00", False)
    assert shown["variable:y"] == ("∂f/∂y", "33.00", False)


def test_nothing_is_shown_before_it_is_computed(recording: Recording, graph: OpGraph, timeline: Timeline) -> None:
    frame = build_frame(recording, graph, timeline, 0)
    shown = {name: format_value(node.value) for name, node in frame.nodes.items() if node.value is not None}
    assert shown == {"variable:x": "2.000", "variable:y": "3.000"}
    assert all(edge.value is None and edge.reached == "waiting" for edge in frame.edges.values())


def test_a_frame_is_the_same_from_wherever_the_playhead_comes(
    recording: Recording, graph: OpGraph, timeline: Timeline
) -> None:
    onward = [build_frame(recording, graph, timeline, step) for step in range(timeline.last + 1)]
    back = [build_frame(recording, graph, timeline, step) for step in range(timeline.last, -1, -1)]
    assert onward == back[::-1]


def test_lines_are_walked_phase_by_phase(timeline: Timeline) -> None:
    stops = [0]
    while stops[-1] < timeline.last:
        stops.append(next_line(timeline, stops[-1]))
    assert stops == [0, 6, 7, 13, 14]
    assert [previous_line(timeline, stop) for stop in stops] == [0, 0, 6, 7, 13]


def test_title_reads_as_on_the_board(recording: Recording) -> None:
    assert subject_title(recording, default_subject(recording)) == "∂f / ∂(x, y)   line 9"
