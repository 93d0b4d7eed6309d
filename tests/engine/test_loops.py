"""Long loops are folded while they run; written out again, they are what they would have been."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tapeviz.engine import loops as folding
from tapeviz.model.checks import check_recording
from tapeviz.model.expansion import expanded
from tapeviz.model.recording import Recording
from tapeviz.model.tensor import TensorValue
from tests.engine.conftest import Record
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
