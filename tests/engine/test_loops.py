"""Long loops are folded while they run; written out again, they are what they would have been."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest

from tapeviz.engine import loops as folding
from tapeviz.engine import recorder as limits
from tapeviz.model.checks import check_recording
from tapeviz.model.expansion import expanded
from tapeviz.model.recording import Recording
from tapeviz.model.tensor import TensorValue
from tapeviz.storage.contract_json import contract_chunks
from tests.engine.conftest import Record, Run, array
from tests.engine.lessons_with_loops import LESSONS


def rows(value: TensorValue | None) -> Any:
    if value is None:
        return None
    return (value.encoding, value.shape, value.data, value.text)


COUNTER = re.compile(r"_\d+$")


class Twin:
    """Says whether two recordings tell the same, whatever the ids of their tensors are."""

    def __init__(self, mine: Recording, its: Recording) -> None:
        self.mine, self.its = mine, its
        self.tensors: dict[int, int] = {}

    def same(self, mine: int | None, its: int | None, where: Any) -> None:
        assert (mine is None) == (its is None), where
        if mine is None or its is None:
            return
        known = self.tensors.setdefault(mine, its)
        assert known == its, (where, mine, known, its)
        first, second = self.mine.tensors[mine], self.its.tensors[its]
        assert rows(first.value) == rows(second.value), (where, first, second)
        for name in ("role", "dtype", "shape", "trainable", "producer", "name"):
            assert getattr(first, name) == getattr(second, name), (where, name, first, second)

    def all_same(self, mine: Any, its: Any, where: Any) -> None:
        for one, other in zip(mine, its, strict=True):
            self.same(one, other, where)

    def compare(self) -> None:
        mine, its = self.mine, self.its
        for op, other in zip(mine.ops, its.ops, strict=True):
            assert COUNTER.sub("", op.type) == COUNTER.sub("", other.type)
            for name in ("place", "scope", "recorded_by", "made_by", "attributes"):
                assert getattr(op, name) == getattr(other, name), (name, op, other)
            self.all_same(op.inputs, other.inputs, op)
            self.all_same(op.outputs, other.outputs, op)
        for tape, other_tape in zip(mine.tapes, its.tapes, strict=True):
            for name in ("parent", "line", "entered_at", "exited_at", "persistent"):
                assert getattr(tape, name) == getattr(other_tape, name), (name, tape, other_tape)
            self.all_same(tape.watched, other_tape.watched, tape)
        for call, other_call in zip(mine.gradient_calls, its.gradient_calls, strict=True):
            for name in ("tape", "method", "line", "started_at", "ended_at", "checked", "defect"):
                assert getattr(call, name) == getattr(other_call, name), (name, call.id)
            self.all_same(call.target, other_call.target, call.id)
            self.all_same(call.seed, other_call.seed, call.id)
            for source, other_source in zip(call.sources, other_call.sources, strict=True):
                assert (source.name, source.path) == (other_source.name, other_source.path)
                assert source.why_none == other_source.why_none
                self.same(source.tensor, other_source.tensor, call.id)
                self.same(source.value, other_source.value, call.id)
            for share, other_share in zip(call.contributions, other_call.contributions, strict=True):
                assert (share.op, share.input_index) == (other_share.op, other_share.input_index)
                self.all_same(share.output_cotangents, other_share.output_cotangents, share)
                self.same(share.tensor, other_share.tensor, share)
                self.same(share.value, other_share.value, share)
        for given, other_given in zip(mine.assignments, its.assignments, strict=True):
            assert (given.op, given.line, rows(given.value)) == (
                other_given.op,
                other_given.line,
                rows(other_given.value),
            )
            self.same(given.variable, other_given.variable, given)
        assert [series.tape_ids for series in mine.series] == [series.tape_ids for series in its.series]
        assert mine.output == its.output


@pytest.mark.parametrize("text", LESSONS.values(), ids=LESSONS.keys())
def test_written_out_it_is_what_it_would_have_been(record: Record, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    record(text)  # the first time, functions are traced
    whole = record(text)
    assert not whole.laps
    monkeypatch.setattr(folding, "FOLD_FROM", 8)
    folded = record(text)
    assert sum(laps.count for laps in folded.laps if laps.at is not None) >= 10
    assert len(folded.ops) < len(whole.ops) * 0.8
    check_recording(folded)
    again = expanded(folded)
    check_recording(again)
    Twin(again, whole).compare()


PLAIN_LOOP = """
x = tf.Variable(2.0)
found = []
for k in range({count}):
    with tf.GradientTape() as tape:
        y = tf.sin(x) * x
    g = tape.gradient(y, x)
    found.append(g.numpy())
    x.assign_sub(0.01 * g)
"""


@pytest.mark.parametrize(("count", "fold_from"), [(200, 20_000), (1_500, 500)])
def test_the_contract_lists_every_gradient_of_plain_tensorflow(
    record: Record, monkeypatch: pytest.MonkeyPatch, count: int, fold_from: int
) -> None:
    text = PLAIN_LOOP.format(count=count)
    plain: dict[str, Any] = {}
    exec(compile("import tensorflow as tf\n" + text, "plain.py", "exec"), plain)
    monkeypatch.setattr(folding, "FOLD_FROM", fold_from)
    recording = record(text)
    assert bool(recording.laps) == (count == 1_500)
    document = json.loads(b"".join(contract_chunks(recording)))
    calls = document["gradient_calls"]
    assert [call["sources"][0]["value"] for call in calls] == [float(number) for number in plain["found"]]
    assert all(call["checked"] for call in calls)
    assert [call["id"] for call in calls] == list(range(count))
    assert len({call["tape"] for call in calls}) == len(document["tapes"]) == len(document["assignments"]) == count
    assert [series["iterations"] for series in document["series"]] == [count]
    x = float(np.float32(2.0))
    for call, given in zip(calls, document["assignments"], strict=True):
        assert given["value"] == pytest.approx(x - 0.01 * call["sources"][0]["value"], abs=1e-6)
        x = given["value"]


@pytest.mark.parametrize(
    ("trouble", "ended_by"),
    [
        ("raise ValueError('too far')", "error"),
        ("tf.constant(1.0) + tf.constant([1.0, 2.0], tf.float64)", "error"),
        ("import signal; signal.raise_signal(signal.SIGINT)", "interrupted"),
    ],
)
def test_trouble_within_a_folded_loop_leaves_a_sound_recording(
    run: Run, monkeypatch: pytest.MonkeyPatch, trouble: str, ended_by: str
) -> None:
    monkeypatch.setattr(folding, "FOLD_FROM", 50)
    recording = run(
        "x = tf.Variable(2.0)\n"
        "for k in range(1000):\n"
        "    with tf.GradientTape() as tape:\n"
        "        y = x * x\n"
        "        if k == 300:\n"
        f"            {trouble}\n"
        "    x.assign_sub(0.01 * tape.gradient(y, x))\n"
    ).recording
    assert recording.ended_by == ended_by
    whole = expanded(recording)
    check_recording(whole)
    values = [array(whole, call.sources[0].value) for call in whole.gradient_calls]
    np.testing.assert_allclose(values, 4 * 0.98 ** np.arange(300), rtol=1e-4)
    assert len(whole.tapes) == 301


def test_a_loop_that_never_does_the_same_keeps_a_sample_and_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_OPS", 1500)
    monkeypatch.setattr(folding, "FOLD_FROM", 100)
    recording = run(
        "x = tf.Variable(2.0)\n"
        "for k in range(400):\n"
        "    with tf.GradientTape() as tape:\n"
        "        y = tf.reduce_sum(tf.zeros(k + 1) + x)\n"
        "    g = tape.gradient(y, x)\n"
        "print('done')\n"
    ).recording
    assert not recording.errors and len(recording.ops) < 1500
    (note,) = recording.notes
    assert "line 4" in note and "left out" in note
    counts = [float(array(recording, call.sources[0].value)) for call in recording.gradient_calls]
    assert counts[0] == 1.0 and counts[-1] == 400.0 and counts == sorted(counts)
    assert len(counts) < 400 and max(np.diff(counts)) < 200
    check_recording(recording)


def test_a_tape_that_is_held_on_to_keeps_its_iteration_whole(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "FOLD_FROM", 8)
    recording = record(
        "x = tf.Variable(2.0)\n"
        "held = []\n"
        "for k in range(20):\n"
        "    with tf.GradientTape(persistent=True) as tape:\n"
        "        y = x * x * x\n"
        "    held.append((tape, y))\n"
        "    x.assign_add(0.1)\n"
        "found = [tape.gradient(y, x) for tape, y in held]\n"
    )
    assert not recording.laps
    values = [array(recording, call.sources[0].value) for call in recording.gradient_calls]
    np.testing.assert_allclose(values, 3 * (2.0 + 0.1 * np.arange(20)) ** 2, rtol=1e-5)


def test_the_reason_of_a_none_is_the_same_in_the_iteration_after_folded_ones(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        "w = tf.Variable(2.0)\n"
        "state = w * 1.0\n"
        "for k in range(20):\n"
        "    with tf.GradientTape() as tape:\n"
        "        y = state * w\n"
        "    g = tape.gradient(y, [w, state])\n"
        "    state = state + 0.1 * w\n"
    )
    whole = record(text)
    monkeypatch.setattr(folding, "FOLD_FROM", 8)
    folded = record(text)
    assert folded.laps

    def reasons(recording: Recording) -> list[Any]:
        whys = [source.why_none for call in recording.gradient_calls for source in call.sources]
        return [why and (why.cause, why.message, why.fix, why.cut_at) for why in whys]

    mine, its = reasons(expanded(folded)), reasons(whole)
    assert mine[:-1] == its[:-1]
    assert mine[-1][:3] == its[-1][:3]  # the cut is shown in the iteration that is kept whole
