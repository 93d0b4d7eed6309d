from __future__ import annotations

import pytest

from tapeviz.model.graph import Subject
from tapeviz.model.recording import Recording
from tapeviz.model.scrubbing import iteration_of, turned
from tapeviz.model.series import find_series, loops
from tapeviz.model.subjects import (
    default_subject,
    distinct_subjects,
    source_name,
    subject_title,
    subjects,
)
from tests.model.builder import Builder


def descent(iterations: int, *, odd_iteration: int | None = None, lines: tuple[int, ...] = ()) -> Recording:
    """w ← w − 0.1 · 2w, one tape each iteration, two calls on each tape."""
    b = Builder()
    w = b.variable("w", 1.0)
    for iteration in range(iterations):
        tape = b.tape(line=lines[iteration] if lines else 4, persistent=True)
        read = b.op("ReadVariableOp", [w], 1.0, tapes=[tape], line=5)
        f = b.op("Exp" if iteration == odd_iteration else "Square", [read], 1.0, tapes=[tape], line=5, name="f")
        b.call(tape, f, [(w, 2.0)], line=6)
        b.call(tape, read, [(w, 1.0)], line=7)
        b.assign(w, 0.8)
    series = find_series(b.tapes, b.ops)
    return b.recording(series)


def test_a_loop_that_records_the_same_graph_is_one_series() -> None:
    (series,) = descent(5).series
    assert (series.id, series.tape_ids, series.iterations) == (0, (0, 1, 2, 3, 4), 5)


def test_another_graph_breaks_a_series() -> None:
    assert [series.tape_ids for series in descent(6, odd_iteration=2).series] == [(0, 1), (3, 4, 5)]


def test_another_line_breaks_a_series() -> None:
    assert [series.tape_ids for series in descent(4, lines=(4, 4, 8, 8)).series] == [(0, 1), (2, 3)]


def test_one_tape_is_no_series() -> None:
    assert descent(1).series == ()


def test_tapes_that_hold_nothing_or_stand_nowhere_are_no_series() -> None:
    b = Builder()
    x = b.variable("x", 1.0)
    for line in (4, 4, None, None):
        tape = b.tape(line=line)
        if line is None:
            b.op("Square", [x], 1.0, tapes=[tape])
    assert find_series(b.tapes, b.ops) == ()


def test_the_way_ops_are_wired_is_part_of_the_graph() -> None:
    b = Builder()
    x, y = b.variable("x", 1.0), b.variable("y", 1.0)
    for inputs in ((x, x), (x, y), (y, x), (y, y)):
        tape = b.tape(line=4)
        b.op("AddV2", inputs, 2.0, tapes=[tape])
    assert [series.tape_ids for series in find_series(b.tapes, b.ops)] == [(1, 2)]


def test_tapes_inside_tapes_are_series_of_their_own() -> None:
    b = Builder()
    x = b.variable("x", 1.0)
    outer = b.tape(line=3)
    for _ in range(3):
        inner = b.tape(line=5, parent=outer)
        b.op("Square", [x], 1.0, tapes=[outer, inner])
    assert [series.tape_ids for series in find_series(b.tapes, b.ops)] == [(1, 2, 3)]


def test_subjects_are_calls_in_order_and_then_tapes_without_one() -> None:
    b = Builder()
    x = b.variable("x", 1.0)
    idle = b.tape(line=2)
    tape = b.tape(line=4)
    f = b.op("Square", [x], 1.0, tapes=[tape], name="f")
    b.call(tape, f, [(x, 2.0)])
    recording = b.recording()
    assert subjects(recording) == (Subject(call=0), Subject(tape=idle))
    assert default_subject(recording) == Subject(call=0)
    assert subject_title(recording, Subject(tape=idle)) == "tape without a gradient call   line 2"


def test_without_a_tape_all_ops_are_the_subject() -> None:
    assert subjects(Builder().recording()) == (Subject(),)
    assert subject_title(Builder().recording(), Subject()) == "all ops (no tape)"


def test_the_selector_lists_a_loop_once() -> None:
    recording = descent(5)
    assert len(subjects(recording)) == 10
    assert distinct_subjects(recording) == (Subject(call=0), Subject(call=1))


@pytest.mark.parametrize("iteration", [0, 3, 4])
def test_the_same_call_is_found_in_every_iteration(iteration: int) -> None:
    recording = descent(5)
    found = turned(recording, Subject(call=1), iteration)
    assert found == (recording, Subject(call=2 * iteration + 1))
    assert iteration_of(recording, found[1]) == (loops(recording)[0], iteration)


def test_a_call_outside_of_loops_has_no_iteration() -> None:
    assert iteration_of(descent(1), Subject(call=0)) is None


def test_titles_name_target_and_sources() -> None:
    b = Builder()
    variables = [b.variable(name, 1.0) for name in "abcde"]
    tape = b.tape()
    f = b.op("Square", [variables[0]], 1.0, tapes=[tape], name="f")
    unnamed = b.op("AddV2", [f, f], 2.0, tapes=[tape])
    b.call(tape, f, [(variables[0], 2.0)])
    b.call(tape, f, [(variable, None) for variable in variables])
    b.call(tape, f, [(variables[0], 2.0)], method="jacobian")
    b.call(tape, unnamed, [(variables[0], 2.0)])
    recording = b.recording()
    assert [subject_title(recording, subject) for subject in subjects(recording)] == [
        "∂f / ∂a   line 9",
        "∂f / ∂(a, b, c, …)   line 9",
        "J of f by a   line 9",
        "∂(+) / ∂a   line 9",
    ]


def test_paths_are_shortened_as_far_as_they_stay_apart() -> None:
    b = Builder()
    tape = b.tape(line=1)
    long = ("model.layers[0].up.kernel", "model.layers[1].up.kernel", "model.head.bias", "w")
    variables = [b.variable(name, 1.0) for name in long]
    f = b.op("AddN", variables, 4.0, tapes=[tape], name="f")
    b.call(tape, f, [(variable, 1.0) for variable in variables])
    recording = b.recording()
    assert [source_name(recording, source) for source in recording.gradient_calls[0].sources] == [
        "layers[0].up.kernel",
        "layers[1].up.kernel",
        "head.bias",
        "w",
    ]
