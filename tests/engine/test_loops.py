"""Long loops are folded while they run; written out again, they are what they would have been."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tapeviz.engine import loops as folding
from tapeviz.model.checks import check_recording
from tapeviz.model.expansion import expanded
from tapeviz.model.recording import Recording
from tapeviz.model.tensor import TensorValue
from tests.engine.conftest import Record

VARIABLES = """
w = tf.Variable(0.5)
b = tf.Variable(0.0)
for k in range(30):
    with tf.GradientTape() as tape:
        loss = (w * 2.0 + b - 3.0) ** 2
    gw, gb = tape.gradient(loss, [w, b])
    w.assign_sub(0.05 * gw)
    b.assign_sub(0.05 * gb)
    if k % 10 == 9:
        print(float(loss))
print(float(w), float(b))
"""
PLAIN_STATE = """
x = tf.constant([4.0, -3.0])
velocity = tf.zeros(2)
before = x
losses = []
for k in range(30):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(x ** 2 * [1.0, 3.0])
    g = tape.gradient(y, x)
    velocity = 0.5 * velocity + g
    x, before = x - 0.05 * velocity + 0.1 * (x - before), x
    losses.append(y)
total = tf.add_n(losses)
print(x.numpy(), float(total))
"""
EPOCHS = """
data = tf.constant([[1.0], [2.0], [3.0], [4.0], [5.0]])
w = tf.Variable([[0.1]])
for epoch in range(8):
    for batch in tf.data.Dataset.from_tensor_slices(data).batch(2):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((batch @ w - 3.0 * batch) ** 2)
        w.assign_sub(0.01 * tape.gradient(loss, w))
    print(epoch, float(tf.reduce_mean((data @ w - 3.0 * data) ** 2)))
"""
ADAM = """
import keras
w = tf.Variable([1.0, -2.0, 3.0])
optimizer = keras.optimizers.Adam(0.1)
for k in range(25):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.cos(w) + w ** 2)
    optimizer.apply_gradients(zip(tape.gradient(loss, [w]), [w]))
"""
SECOND_ORDER = """
x = tf.Variable(3.0)
def newton():
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = tf.cosh(x) + 0.3 * x
        first = inner.gradient(y, x)
    second = outer.gradient(first, x)
    x.assign_sub(0.3 * first / second)
    return y
for k in range(25):
    y = newton()
"""
TWO_TAPES = """
a = tf.Variable(1.0)
b = tf.Variable(2.0)
for k in range(25):
    with tf.GradientTape(persistent=True) as tape:
        f = a * b
        h = a + b
    ga, gb = tape.gradient(f, [a, b]), tape.gradient(h, b)
    with tf.GradientTape() as other:
        g = a * tf.exp(-b)
    gb = other.gradient(g, b)
    a.assign_sub(0.01 * ga[0])
    b.assign_add(0.01 * gb)
"""
TURNS = """
x = tf.Variable(1.1)
for k in range(40):
    with tf.GradientTape() as tape:
        y = x * 1.0
        for _ in range(1 + (k // 3) % 3):
            y = y * x
    g = tape.gradient(y, x)
    x.assign(1.0 + 0.01 * (k % 7))
"""
SPARSE = """
table = tf.Variable(tf.reshape(tf.range(12.0), (6, 2)))
unused = tf.Variable(1.0)
for k in range(25):
    with tf.GradientTape() as tape:
        rows = tf.gather(table, [k % 3, k % 2, 1])
        loss = tf.reduce_sum(rows ** 2)
    g, none = tape.gradient(loss, [table, unused])
    table.assign_sub(0.01 * tf.convert_to_tensor(g))
"""
OWN_GRADIENT = """
@tf.custom_gradient
def cube(x):
    def back(upstream):
        return 3.0 * x ** 2 * upstream
    return x ** 3, back
@tf.function
def square(x):
    return x * x
x = tf.Variable(1.5)
for k in range(25):
    c = tf.constant(float(k))
    with tf.GradientTape() as tape:
        y = cube(x) + square(x) * c
    x.assign_sub(0.01 * tape.gradient(y, x))
"""
LESSONS = {
    "variables": VARIABLES,
    "plain state": PLAIN_STATE,
    "epochs": EPOCHS,
    "adam": ADAM,
    "second order": SECOND_ORDER,
    "two tapes": TWO_TAPES,
    "turns": TURNS,
    "sparse": SPARSE,
    "own gradient": OWN_GRADIENT,
}


@pytest.fixture
def eager_folding(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fold from the first lap on."""
    monkeypatch.setattr(folding, "FOLD_FROM", 8)
    yield


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
