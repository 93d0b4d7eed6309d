from __future__ import annotations

import numpy as np
import pytest

from tapeviz.model.folding import build_graph
from tapeviz.model.frame import Frame, Frames, build_frame
from tapeviz.model.graph import OpGraph, Subject
from tapeviz.model.numbers import format_value
from tapeviz.model.recording import Recording
from tapeviz.model.subjects import default_subject
from tapeviz.model.timeline import Timeline, build_timeline
from tests.model.builder import Builder, quadratic_in_two_variables


def pictures(recording: Recording, *, is_folded: bool = True) -> tuple[OpGraph, Timeline, Frames]:
    graph = build_graph(recording, default_subject(recording), is_folded=is_folded)
    timeline = build_timeline(recording, graph)
    return graph, timeline, Frames(recording, graph, timeline)


def square_sum() -> Recording:
    """u = x², f = u + u at x = 3, seen by TensorFlow as two contributions of 1 at u, one read of x."""
    b = Builder()
    x = b.variable("x", 3.0)
    tape = b.tape(line=3)
    read = b.op("ReadVariableOp", [x], 3.0, tapes=[tape], line=4)
    u = b.op("Square", [read], 9.0, tapes=[tape], line=4, name="u")
    f = b.op("AddV2", [u, u], 18.0, tapes=[tape], line=5, name="f")
    b.call(tape, f, [(x, 12.0)], vjps=[(f, 1.0, [1.0, 1.0]), (u, 2.0, [12.0]), (read, 12.0, [12.0])])
    return b.recording()


def adjoint(frame: Frame, node: str) -> tuple[str, str, bool]:
    shown = frame.nodes[node]
    return shown.adjoint_label, format_value(shown.adjoint), shown.is_running_sum


def test_an_op_with_fan_out_shows_its_sum() -> None:
    _, timeline, frames = pictures(square_sum())
    assert [step.phase for step in timeline.steps] == ["start", "forward", "forward", "seed", "vjp", "vjp", "result"]
    assert frames.at(3).nodes["op:Square:1"].adjoint is None
    assert adjoint(frames.at(4), "op:Square:1") == ("", "2.000", False)
    assert frames.at(timeline.last).nodes["op:AddV2:1"].adjoint is None


def test_contributions_through_a_folded_read_belong_to_the_op_that_sent_them() -> None:
    recording = square_sum()
    _, timeline, frames = pictures(recording)
    assert adjoint(frames.at(5), "variable:x") == ("∂f/∂x", "12.00", False)
    read = recording.tensors[1].producer
    assert timeline.steps[5].hidden_ops == (read,)
    assert timeline.steps[1].hidden_ops == (read,)


def test_both_edges_of_a_tensor_read_twice_get_their_own_contribution() -> None:
    _, _, frames = pictures(square_sum())
    frame = frames.at(4)
    sent = {name: format_value(edge.cotangent) for name, edge in frame.edges.items() if edge.cotangent is not None}
    assert sent == {"op:Square:1->op:AddV2:1:0": "1.000", "op:Square:1->op:AddV2:1:1": "1.000"}


def test_edges_show_a_value_from_the_step_that_makes_it() -> None:
    _, _, frames = pictures(square_sum())
    edge, read = "op:Square:1->op:AddV2:1:0", "variable:x->op:Square:1:0"
    assert (frames.at(0).edges[edge].value, frames.at(0).edges[read].value) == (None, None)
    assert format_value(frames.at(1).edges[edge].value) == "9.000"
    assert format_value(frames.at(1).edges[read].value) == "3.000"
    assert [frames.at(step).edges[edge].reached for step in range(5)] == [
        "waiting",
        "forward",
        "forward",
        "forward",
        "backward",
    ]


def test_target_edge_carries_no_numbers_and_turns_at_the_seed() -> None:
    _, timeline, frames = pictures(square_sum())
    edges = [frames.at(step).edges["op:AddV2:1->target:f:0"] for step in range(timeline.last + 1)]
    assert [edge.reached for edge in edges] == ["waiting", "waiting", "forward", *["backward"] * 4]
    assert all(edge.value is None and edge.cotangent is None for edge in edges)
    assert format_value(frames.at(2).nodes["target:f"].value) == "18.00"
    assert adjoint(frames.at(3), "target:f") == ("", "1.000", False)


def _live(frame: Frame) -> set[str]:
    nodes = {name for name, node in frame.nodes.items() if node.is_live}
    return nodes | {name for name, edge in frame.edges.items() if edge.is_live}


def test_only_what_happens_in_a_step_is_live() -> None:
    _, timeline, frames = pictures(square_sum())
    live = [_live(frames.at(step)) for step in range(timeline.last + 1)]
    into_sum = {"op:AddV2:1", "op:Square:1->op:AddV2:1:0", "op:Square:1->op:AddV2:1:1"}
    into_square = {"op:Square:1", "variable:x->op:Square:1:0"}
    assert live == [set(), into_square, into_sum, {"op:AddV2:1->target:f:0"}, into_sum, into_square, set()]


def test_unfolded_every_vjp_of_the_tape_has_its_step() -> None:
    recording = quadratic_in_two_variables()
    _, timeline, frames = pictures(recording, is_folded=False)
    assert (timeline.forward_count, timeline.backward_count) == (10, 10)
    assert [step.op for step in timeline.steps if step.phase == "vjp"] == list(
        dict.fromkeys(c.op for c in recording.gradient_calls[0].contributions)
    )
    assert adjoint(frames.at(timeline.last), "variable:y") == ("∂f/∂y", "33.00", False)


def test_the_sum_at_a_source_is_tensorflows_own() -> None:
    b = Builder()
    x = b.variable("x", 1.0)
    tape = b.tape()
    read = b.op("ReadVariableOp", [x], 1.0, tapes=[tape])
    f = b.op("AddV2", [read, read], 2.0, tapes=[tape], name="f")
    b.call(tape, f, [(x, 0.30000001)], vjps=[(f, 1.0, [0.1, 0.2]), (read, 0.3, [0.3])])
    recording = b.recording()
    _, timeline, frames = pictures(recording)
    returned = recording.gradient_calls[0].sources[0].value
    assert returned is not None
    assert frames.at(timeline.last).nodes["variable:x"].adjoint is recording.tensors[returned].value


def test_none_is_said_at_the_result_and_never_shown_as_zero() -> None:
    b = Builder()
    x, z = b.variable("x", 2.0), b.variable("z", 5.0)
    tape = b.tape()
    read = b.op("ReadVariableOp", [x], 2.0, tapes=[tape])
    f = b.op("Square", [read], 4.0, tapes=[tape], name="f")
    b.call(tape, f, [(x, 4.0), (z, None)], vjps=[(f, 1.0, [4.0]), (read, 4.0, [4.0])])
    _, timeline, frames = pictures(b.recording())
    shown = [frames.at(step).nodes["variable:z"] for step in range(timeline.last + 1)]
    assert [node.is_none for node in shown] == [False] * timeline.last + [True]
    assert all(node.adjoint is None for node in shown)
    assert timeline.steps[-1].nodes == ("variable:x", "variable:z")
    assert not frames.at(timeline.last).nodes["variable:x"].is_none


def test_zeros_that_tensorflow_returned_for_an_unconnected_source_are_shown_at_the_result() -> None:
    b = Builder()
    x, z = b.variable("x", 2.0), b.variable("z", 5.0)
    tape = b.tape()
    f = b.op("Square", [b.op("ReadVariableOp", [x], 2.0, tapes=[tape])], 4.0, tapes=[tape], name="f")
    b.call(tape, f, [(z, 0.0)])
    _, timeline, frames = pictures(b.recording())
    assert frames.at(timeline.last - 1).nodes["variable:z"].adjoint is None
    assert adjoint(frames.at(timeline.last), "variable:z") == ("∂f/∂z", "0.000", False)


def test_what_is_sent_to_a_constant_is_dropped_as_tensorflow_drops_it() -> None:
    b = Builder()
    x, c = b.variable("x", 2.0), b.tensor(5.0, name="c")
    tape = b.tape()
    read = b.op("ReadVariableOp", [x], 2.0, tapes=[tape])
    f = b.op("AddV2", [c, read], 7.0, tapes=[tape], name="f")
    b.call(tape, f, [(x, 1.0)], vjps=[(f, 1.0, [1.0, 1.0]), (read, 1.0, [1.0])])
    _, timeline, frames = pictures(b.recording())
    frame = frames.at(timeline.last)
    assert frame.edges["constant:c->op:AddV2:1:0"].cotangent is None
    assert frame.edges["constant:c->op:AddV2:1:0"].reached == "forward"
    assert frame.nodes["constant:c"].adjoint is None


def test_an_op_that_is_not_recorded_runs_forward_but_has_no_vjp() -> None:
    b = Builder()
    x = b.variable("x", 2.0)
    tape = b.tape()
    read = b.op("ReadVariableOp", [x], 2.0, tapes=[tape])
    held = b.op("StopGradient", [read], 2.0)
    f = b.op("Mul", [held, read], 4.0, tapes=[tape], name="f")
    b.call(tape, f, [(x, 2.0)], vjps=[(f, 1.0, [None, 2.0]), (read, 2.0, [2.0])])
    graph, timeline, frames = pictures(b.recording())
    assert [node.id for node in graph.nodes if not node.is_recorded] == ["op:StopGradient:1"]
    assert (timeline.forward_count, timeline.backward_count) == (2, 1)
    assert frames.at(timeline.last).nodes["op:StopGradient:1"].reached == "forward"
    assert frames.at(timeline.last).edges["op:StopGradient:1->op:Mul:1:0"].cotangent is None


def test_a_variable_shows_what_it_holds_when_it_is_read() -> None:
    b = Builder()
    x = b.variable("x", 2.0)
    b.assign(x, 7.0)
    tape = b.tape()
    f = b.op("Square", [b.op("ReadVariableOp", [x], 7.0, tapes=[tape])], 49.0, tapes=[tape], name="f")
    b.call(tape, f, [(x, 14.0)])
    for is_folded in (True, False):
        _, _, frames = pictures(b.recording(), is_folded=is_folded)
        assert format_value(frames.at(0).nodes["variable:x"].value) == "7.000"


def test_a_variable_that_is_assigned_between_two_reads_changes_under_way() -> None:
    b = Builder()
    x = b.variable("x", 2.0)
    tape = b.tape()
    u = b.op("Square", [b.op("ReadVariableOp", [x], 2.0, tapes=[tape])], 4.0, tapes=[tape])
    b.assign(x, 10.0)
    f = b.op("Mul", [u, b.op("ReadVariableOp", [x], 10.0, tapes=[tape])], 40.0, tapes=[tape], name="f")
    b.call(tape, f, [(x, 44.0)])
    for is_folded in (True, False):
        _, timeline, frames = pictures(b.recording(), is_folded=is_folded)
        assert format_value(frames.at(0).nodes["variable:x"].value) == "2.000"
        assert format_value(frames.at(timeline.last).nodes["variable:x"].value) == "10.00"


def test_a_target_that_is_a_source_has_derivative_one() -> None:
    b = Builder()
    x = b.variable("x", 2.0)
    tape = b.tape()
    read = b.op("ReadVariableOp", [x], 2.0, tapes=[tape])
    b.call(tape, read, [(x, 1.0)], vjps=[(read, 1.0, [1.0])])
    _, timeline, frames = pictures(b.recording())
    assert [step.phase for step in timeline.steps] == ["start", "seed", "result"]
    assert adjoint(frames.at(1), "variable:x") == ("∂x/∂x", "1.000", False)


def test_sums_of_matrices_are_sums_of_matrices() -> None:
    b = Builder()
    x = b.variable("x", [1.0, 2.0])
    tape = b.tape()
    read = b.op("ReadVariableOp", [x], [1.0, 2.0], tapes=[tape])
    read_again = b.op("ReadVariableOp", [x], [1.0, 2.0], tapes=[tape])
    u, v = (b.op(kind, [r], [1.0, 4.0], tapes=[tape]) for kind, r in (("Square", read), ("Exp", read_again)))
    f = b.op("Mul", [u, v], [1.0, 8.0], tapes=[tape], name="f")
    vjps = [(f, [1.0, 1.0], [[1.0, 1.0], [1.0, 1.0]]), (v, [1.0, 1.0], [[3.0, 4.0]]), (u, [1.0, 1.0], [[0.5, 0.5]])]
    b.call(tape, f, [(x, [3.5, 4.5])], vjps=vjps)
    _, timeline, frames = pictures(b.recording())
    running = frames.at(timeline.last - 2).nodes["variable:x"]
    assert running.is_running_sum
    assert running.adjoint is not None
    np.testing.assert_array_equal(running.adjoint.array, [3.0, 4.0])
    assert adjoint(frames.at(timeline.last), "variable:x") == ("∂f/∂x", "[3.500, 4.500]", False)


def test_a_tape_without_a_call_plays_forward_only() -> None:
    b = Builder()
    x = b.variable("x", 2.0)
    tape = b.tape()
    b.op("Square", [b.op("ReadVariableOp", [x], 2.0, tapes=[tape])], 4.0, tapes=[tape])
    recording = b.recording()
    assert default_subject(recording) == Subject(tape=tape)
    _, timeline, frames = pictures(recording)
    assert [step.phase for step in timeline.steps] == ["start", "forward"]
    assert format_value(frames.at(1).nodes["op:Square:1"].value) == "4.000"


def test_a_recording_without_ops_has_one_step() -> None:
    graph, timeline, frames = pictures(Builder().recording())
    assert (graph.nodes, graph.edges, timeline.last) == ((), (), 0)
    assert frames.at(0).nodes == {}


def test_a_playhead_outside_the_timeline_is_refused() -> None:
    recording = square_sum()
    graph, timeline, _ = pictures(recording)
    for playhead in (-1, timeline.last + 1):
        with pytest.raises(IndexError, match=f"steps 0 to {timeline.last}"):
            build_frame(recording, graph, timeline, playhead)


def test_what_a_step_leaves_alone_keeps_its_very_frame() -> None:
    _, _, frames = pictures(quadratic_in_two_variables())
    before, after = frames.at(2), frames.at(3)
    changed = {name for name in before.nodes if before.nodes[name] is not after.nodes[name]}
    assert changed == {"op:Mul:1", "op:Mul:2"}


def test_a_chain_of_thousands_of_ops_plays_to_its_end() -> None:
    count = 1_200
    b = Builder()
    x = b.variable("x", 1.0)
    tape = b.tape()
    read = b.op("ReadVariableOp", [x], 1.0, tapes=[tape])
    values = [read]
    for _ in range(count):
        values.append(b.op("Neg", [values[-1]], 1.0, tapes=[tape]))
    vjps = [(value, 1.0, [-1.0]) for value in reversed(values[1:])]
    b.call(tape, values[-1], [(x, 1.0)], vjps=[*vjps, (read, 1.0, [1.0])])
    _, timeline, frames = pictures(b.recording())
    assert (timeline.forward_count, timeline.backward_count) == (count, count)
    assert all(node.reached == "backward" for node in frames.at(timeline.last).nodes.values())
    assert [name for name, node in frames.at(600).nodes.items() if node.is_live] == ["op:Neg:600"]


def test_contributions_that_do_not_add_up_by_shape_leave_the_sum_to_tensorflow() -> None:
    b = Builder()
    x = b.variable("x", [1.0, 2.0, 3.0])
    tape = b.tape()
    read, again = (b.op("ReadVariableOp", [x], [1.0, 2.0, 3.0], tapes=[tape]) for _ in range(2))
    u = b.op("Square", [again], [1.0, 4.0, 9.0], tapes=[tape])
    f = b.op("GatherV2", [read, b.tensor([0, 1]), b.tensor(0)], [1.0, 2.0], tapes=[tape], name="f")
    b.call(
        tape, f, [(x, [3.0, 5.0, 6.0])], vjps=[(f, [1.0, 1.0], [[1.0, 1.0], None, None]), (u, 1.0, [[2.0, 4.0, 6.0]])]
    )
    _, timeline, frames = pictures(b.recording())
    running = frames.at(timeline.last - 2).nodes["variable:x"]
    assert (format_value(running.adjoint), running.is_running_sum) == ("[1.000, 1.000]", True)
    assert adjoint(frames.at(timeline.last), "variable:x") == ("∂f/∂x", "[3.000, 5.000, 6.000]", False)


def test_a_sum_that_cannot_be_told_is_not_shown_until_tensorflow_tells_it() -> None:
    b = Builder()
    x = b.variable("x", [1.0, 2.0])
    tape = b.tape()
    reads = [b.op("ReadVariableOp", [x], [1.0, 2.0], tapes=[tape]) for _ in range(3)]
    made = [b.op("Exp", [read], [1.0, 2.0], tapes=[tape]) for read in reads]
    f = b.op("Pack", made, 1.0, tapes=[tape], name="f")
    sent = [(made[0], 1.0, [[1.0]]), (made[1], 1.0, [[1.0, 1.0]]), (made[2], 1.0, [[1.0, 1.0]])]
    b.call(tape, f, [(x, [3.0, 2.0])], vjps=sent)
    _, timeline, frames = pictures(b.recording())
    shown = [frames.at(step).nodes["variable:x"] for step in range(timeline.last - 3, timeline.last)]
    assert [format_value(node.adjoint) for node in shown] == ["[1.000]", "", "[3.000, 2.000]"]
    assert [node.is_running_sum for node in shown] == [True, True, False]


def test_of_several_targets_only_the_connected_ones_get_a_seed() -> None:
    b = Builder()
    x, c = b.variable("x", 2.0), b.tensor(3.0, name="c")
    tape = b.tape()
    read = b.op("ReadVariableOp", [x], 2.0, tapes=[tape])
    f = b.op("Square", [read], 4.0, tapes=[tape], name="f")
    b.call(tape, f, [(x, 4.0)], vjps=[(f, 1.0, [4.0]), (read, 4.0, [4.0])])
    b.also_target(c)
    _, timeline, frames = pictures(b.recording())
    seed = next(step for step in timeline.steps if step.phase == "seed")
    assert seed.nodes == ("target:f",)
    last = frames.at(timeline.last)
    assert (last.nodes["target:f"].reached, last.nodes["target:c"].reached) == ("backward", "forward")
    assert last.nodes["target:c"].adjoint is None
    assert last.nodes["variable:x"].adjoint_label == "∂(f + c)/∂x"
