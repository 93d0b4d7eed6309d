"""How many ops a tape holds, and how many of them stand behind what is drawn."""

from __future__ import annotations

from tapeviz.model.folding import build_graph
from tapeviz.model.graph import Subject
from tapeviz.model.tape_count import count_ops
from tests.model.builder import Builder, quadratic_in_two_variables


def test_reads_of_variables_are_counted_apart() -> None:
    recording = quadratic_in_two_variables()
    graph = build_graph(recording, Subject(call=0), is_folded=True)
    count = count_ops(recording, Subject(call=0), graph)
    assert count is not None
    assert (count.shown, count.hidden, count.is_reads) == (6, 4, True)


def test_backward_ops_of_an_inner_tape_are_on_the_outer_one() -> None:
    b = Builder()
    x = b.variable("x", 2.0)
    outer = b.tape(watched=(x,))
    inner = b.tape(parent=outer, watched=(x,))
    y = b.op("Square", [x], 4.0, tapes=[outer, inner])
    b.call(inner, y, [(x, 4.0)], vjps=[(y, 1.0, [4.0])])
    slope = b.op("Mul", [b.tensor(2.0), x], 4.0, tapes=[outer], made_by=0, name="slope")
    b.call(outer, slope, [(x, 2.0)], vjps=[(slope, 1.0, [None, 2.0])])
    recording = b.recording()
    inside, outside = (count_ops(recording, Subject(call=call), None) for call in (0, 1))
    assert inside is not None
    assert outside is not None
    assert (inside.shown, outside.shown) == (1, 2)


def test_nothing_recorded_is_not_nothing_counted() -> None:
    assert count_ops(None, None, None) is None
