"""What holds for the picture of any recording, whatever ran."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tapeviz.model.folding import build_graph
from tapeviz.model.frame import Frames
from tapeviz.model.graph import OpGraph
from tapeviz.model.recording import Recording
from tapeviz.model.subjects import subjects
from tapeviz.model.timeline import Timeline, build_timeline, next_line, previous_line
from tests.model.builder import Builder

UNARY = ["ReadVariableOp", "Identity", "Sin", "StopGradient", "Shape", "Cast"]
BINARY = ["Mul", "AddV2", "Pow", "Reshape", "Sum"]


@st.composite
def recordings(draw: st.DrawFn) -> Recording:
    """Ops of any type on any inputs, on the tape or off it, with calls on it and whatever VJPs."""
    b = Builder()
    tensors = [b.variable("x", 1.0), b.variable(None, 2.0), b.tensor(3.0), b.tensor([1.0, 2.0], name="c")]
    tape = b.tape(watched=tensors[:1])
    for _ in range(draw(st.integers(0, 12))):
        type_ = draw(st.sampled_from(UNARY + BINARY))
        inputs = draw(
            st.lists(st.sampled_from(tensors), min_size=1 + (type_ in BINARY), max_size=1 + (type_ in BINARY))
        )
        on = [tape] if draw(st.booleans()) else []
        name = draw(st.sampled_from([None, "x", "u"]))
        tensors.append(b.op(type_, inputs, 1.0, tapes=on, line=draw(st.integers(1, 4)), name=name))
    recorded = [op.outputs[0] for op in reversed(b.ops) if op.recorded_by]
    vjps = [
        (output, 1.0, [draw(st.sampled_from([None, 1.0])) for _ in b.ops[b.producer(output)].inputs])
        for output in recorded
    ]
    for _ in range(draw(st.integers(0, 2))):
        sources = [(tensor, draw(st.sampled_from([None, 1.0]))) for tensor in draw(st.lists(st.sampled_from(tensors)))]
        b.call(tape, draw(st.sampled_from(tensors)), sources, vjps=vjps)
    return b.recording()


def pictures(recording: Recording) -> list[tuple[OpGraph, Timeline]]:
    graphs = [build_graph(recording, s, is_folded=folded) for s in subjects(recording) for folded in (True, False)]
    return [(graph, build_timeline(recording, graph)) for graph in graphs]


@given(recordings())
def test_edges_join_nodes_that_are_there_and_every_id_is_its_own(recording: Recording) -> None:
    for graph, _ in pictures(recording):
        nodes = [node.id for node in graph.nodes]
        assert len(set(nodes)) == len(nodes)
        assert len({edge.id for edge in graph.edges}) == len(graph.edges)
        assert {name for edge in graph.edges for name in (edge.source, edge.target)} <= set(nodes)


@given(recordings())
def test_what_is_recorded_is_drawn_or_counted_as_hidden(recording: Recording) -> None:
    for graph, _ in pictures(recording):
        subject = graph.subject
        drawn = {node.op for node in graph.nodes if node.op is not None}
        assert not drawn & set(graph.hidden_ops)
        if subject.call is not None or subject.tape is not None:
            assert {op.id for op in recording.ops if op.recorded_by} <= drawn | set(graph.hidden_ops)


@given(recordings())
def test_sources_and_targets_are_always_in_the_picture(recording: Recording) -> None:
    for graph, _ in pictures(recording):
        if graph.subject.call is None:
            continue
        call = recording.gradient_calls[graph.subject.call]
        shown = {tensor for node in graph.nodes for tensor in node.values}
        assert {source.tensor for source in call.sources} <= shown
        assert [node.tensor for node in graph.nodes if node.kind == "target"] == list(call.target)


@given(recordings())
def test_every_drawn_op_runs_once_forward_in_the_order_in_which_it_ran(recording: Recording) -> None:
    for graph, timeline in pictures(recording):
        ran = [step.op for step in timeline.steps if step.phase == "forward"]
        assert ran == sorted(node.op for node in graph.nodes if node.op is not None)
        assert [step.index for step in timeline.steps] == list(range(timeline.last + 1))


@given(recordings())
def test_no_value_is_shown_before_all_that_it_needs(recording: Recording) -> None:
    for graph, timeline in pictures(recording):
        frames = Frames(recording, graph, timeline)
        for playhead in range(timeline.last + 1):
            frame = frames.at(playhead)
            for edge in graph.edges:
                if frame.nodes[edge.target].value is not None:
                    assert frame.nodes[edge.source].value is not None
                if frame.edges[edge.id].cotangent is not None:
                    assert frame.nodes[edge.target].reached == "backward"


@given(recordings(), st.lists(st.integers(0, 30), max_size=8))
def test_a_frame_does_not_depend_on_the_way_to_it(recording: Recording, visits: list[int]) -> None:
    for graph, timeline in pictures(recording):
        wandering = Frames(recording, graph, timeline)
        for visit in visits:
            playhead = visit % (timeline.last + 1)
            assert wandering.at(playhead) == Frames(recording, graph, timeline).at(playhead)


@given(recordings())
def test_walking_by_lines_ends_at_both_ends(recording: Recording) -> None:
    for _, timeline in pictures(recording):
        stops = [0]
        while stops[-1] < timeline.last:
            stops.append(next_line(timeline, stops[-1]))
            assert stops[-1] > stops[-2]
        for earlier, later in pairwise(stops):
            assert previous_line(timeline, later) == earlier
