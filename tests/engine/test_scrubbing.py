"""Scrubbing through a folded loop shows what each iteration shows that is kept whole."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tapeviz.engine import loops as folding
from tapeviz.model.checks import check_recording
from tapeviz.model.folding import build_graph
from tapeviz.model.frame import Frame, build_frame
from tapeviz.model.graph import Subject
from tapeviz.model.laps import NOT_KEPT
from tapeviz.model.recording import Recording
from tapeviz.model.scrubbing import (
    assigned_over_iterations,
    iteration_of,
    recording_at,
    representative,
    scalar_over_iterations,
)
from tapeviz.model.series import loops
from tapeviz.model.subjects import subjects
from tapeviz.model.tensor import TensorValue
from tapeviz.model.timeline import build_timeline
from tests.engine.conftest import Record
from tests.engine.lessons_with_loops import EPOCHS, LESSONS, TURNS, VARIABLES


def bits(value: TensorValue | None) -> Any:
    return value and (value.shape, value.data, value.text)


def shown(frame: Frame) -> Any:
    nodes = {
        name: (bits(node.value), bits(node.adjoint), node.is_none, node.adjoint_label)
        for name, node in frame.nodes.items()
    }
    return nodes, {name: (bits(edge.value), bits(edge.cotangent)) for name, edge in frame.edges.items()}


def last_frame(recording: Recording, subject: Subject, at: int | None = None) -> Frame:
    """The last frame of a subject, with the numbers of iteration `at`."""
    graph = build_graph(recording, subject, is_folded=True)
    numbers = recording if at is None else recording_at(recording, subject, at)
    timeline = build_timeline(numbers, graph)
    return build_frame(numbers, graph, timeline, timeline.last)


@pytest.mark.parametrize("text", LESSONS.values(), ids=LESSONS.keys())
def test_every_iteration_shows_its_own_numbers(record: Record, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    record(text)
    whole = record(text)
    monkeypatch.setattr(folding, "FOLD_FROM", 8)
    folded = record(text)
    subject = subjects(folded)[0]
    found, same = iteration_of(folded, subject), iteration_of(whole, subjects(whole)[0])
    assert found is not None and same is not None
    iterations = found[0].iterations
    assert iterations == same[0].iterations and found[0].changes == same[0].changes
    for iteration in sorted({0, 1, *range(2, iterations, 5), iterations - 1}):
        here = representative(folded, subject, iteration)
        expected = Subject(call=iteration * len(whole.gradient_calls) // iterations)
        assert shown(last_frame(folded, here, iteration)) == shown(last_frame(whole, expected)), iteration
        check_recording(recording_at(folded, here, iteration))


@pytest.mark.parametrize("is_folded", [False, True])
def test_a_number_over_all_iterations(record: Record, monkeypatch: pytest.MonkeyPatch, is_folded: bool) -> None:
    """The oracle is the descent worked out in float64 by hand."""
    if is_folded:
        monkeypatch.setattr(folding, "FOLD_FROM", 8)
    recording = record(VARIABLES)
    assert bool(recording.laps) == is_folded
    w, b, expected = 0.5, 0.0, []
    for _ in range(30):
        residual = 2 * w + b - 3
        expected.append((w, residual**2, 4 * residual, w - 0.05 * 4 * residual))
        w, b = w - 0.05 * 4 * residual, b - 0.05 * 2 * residual
    call = recording.gradient_calls[0]
    subject = Subject(call=0)
    gradient = call.sources[0].value
    assert gradient is not None
    variable = call.sources[0].tensor
    lines = (
        scalar_over_iterations(recording, subject, variable),
        scalar_over_iterations(recording, subject, call.target[0]),
        scalar_over_iterations(recording, subject, gradient),
        assigned_over_iterations(recording, subject, variable),
    )
    np.testing.assert_allclose(np.stack(lines, axis=1), expected, rtol=1e-3, atol=1e-4)


def test_where_the_graph_changes_the_loop_says_so(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "FOLD_FROM", 8)
    recording = record(TURNS)
    (loop,) = [loop for loop in loops(recording) if loop.iterations == 40]
    assert loop.changes == tuple(range(3, 40, 3))
    assert [part.count for part in loop.parts] == [3] * 13 + [1]
    assert sum(series.iterations for series in recording.series) == 39  # the last one stands alone
    line = scalar_over_iterations(recording, Subject(call=0), recording.gradient_calls[0].target[0])
    x = [1.1, *(1.0 + 0.01 * (k % 7) for k in range(39))]
    expected = [number ** (2 + (k // 3) % 3) for k, number in enumerate(x)]
    np.testing.assert_allclose(line, expected, rtol=1e-5)


def test_another_batch_is_another_template_and_one_loop(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "FOLD_FROM", 8)
    recording = record(EPOCHS)
    (loop,) = loops(recording)
    assert (loop.iterations, loop.changes) == (24, ())
    assert [series.iterations for series in recording.series] == [24]


def test_what_was_not_kept_says_so(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "FOLD_FROM", 8)
    monkeypatch.setattr(folding, "HIGHEST_BYTES", 6_000)
    recording = record(
        "w = tf.Variable(tf.ones(40))\n"
        "for k in range(200):\n"
        "    with tf.GradientTape() as tape:\n"
        "        y = tf.reduce_sum(w * w)\n"
        "    w.assign_sub(0.01 * tape.gradient(y, w))\n"
    )
    assert any("kept for one in" in note for note in recording.notes)
    call = recording.gradient_calls[0]
    gradient = call.sources[0].value
    assert gradient is not None
    line = scalar_over_iterations(recording, Subject(call=0), gradient)
    kept = np.flatnonzero(~np.isnan(line))
    assert {0, 199} <= set(kept) and 4 < len(kept) < 100
    assert len(set(np.diff(kept[(kept >= 16) & (kept < 199)]))) == 1  # an even sample
    np.testing.assert_allclose(line[kept], 2 * 0.98**kept, rtol=1e-4)
    losses = scalar_over_iterations(recording, Subject(call=0), call.target[0])
    np.testing.assert_allclose(losses, [40 * 0.98 ** (2 * k) for k in range(200)], rtol=1e-3)
    missing = next(k for k in range(200) if math.isnan(line[k]))
    value = recording_at(recording, Subject(call=0), missing).tensors[gradient].value
    assert value is not None and value.text == NOT_KEPT
