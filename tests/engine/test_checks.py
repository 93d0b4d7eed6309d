"""A recording that contradicts itself, or TensorFlow, is found out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tensorflow.python.eager import imperative_grad

from tapeviz.engine import tap, tape_tap
from tapeviz.engine.checking import relative_error
from tapeviz.model.checks import check_recording
from tapeviz.model.recording import Recording
from tests.engine.conftest import Record, Run

LESSON = "x = tf.Variable(2.0)\nwith tf.GradientTape() as tape:\n    y = x * x + x\ng = tape.gradient(y, x)\n"


def with_op(recording: Recording, index: int, **changes: Any) -> Recording:
    ops = list(recording.ops)
    ops[index] = replace(ops[index], **changes)
    return replace(recording, ops=tuple(ops))


def with_call(recording: Recording, **changes: Any) -> Recording:
    return replace(recording, gradient_calls=(replace(recording.gradient_calls[0], **changes),))


def with_contribution(recording: Recording, **changes: Any) -> Recording:
    first, *rest = recording.gradient_calls[0].contributions
    return with_call(recording, contributions=(replace(first, **changes), *rest))


BROKEN: dict[str, tuple[Callable[[Recording], Recording], str]] = {
    "id": (lambda r: with_op(r, 2, id=7), "calls itself 7"),
    "missing input": (lambda r: with_op(r, 3, inputs=(999,)), "tensor 999"),
    "missing tape": (lambda r: with_op(r, 3, recorded_by=(4,)), "tape 4"),
    "cycle": (lambda r: with_op(r, 3, inputs=r.ops[-1].outputs), "before op"),
    "foreign output": (lambda r: with_op(r, 3, outputs=()), "does not make it"),
    "order": (lambda r: with_call(r, ended_at=0), "ends before it begins"),
    "seeds": (lambda r: with_call(r, seed=()), "0 seeds"),
    "input index": (lambda r: with_contribution(r, input_index=9), "an input that op"),
    "wrong tensor": (lambda r: with_contribution(r, tensor=0), "not what op"),
    "cotangents": (lambda r: with_contribution(r, output_cotangents=()), "one per output"),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_a_recording_that_contradicts_itself_is_turned_away(
    broken: tuple[Callable[[Recording], Recording], str], record: Record
) -> None:
    recording = record(LESSON)
    check_recording(recording)
    damage, sentence = broken
    with pytest.raises(ValueError, match=sentence):
        check_recording(damage(recording))


def test_a_contribution_that_was_missed_shows_as_a_defect(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = tape_tap.gradient_function

    def deaf(listener: Any) -> Any:
        calls = listener.gradients
        tell = calls.on_vjp
        calls.on_vjp = lambda kind, *rest: None if kind == "ReadVariableOp" else tell(kind, *rest)
        return whole(listener)

    monkeypatch.setattr(tape_tap, "gradient_function", deaf)
    (call,) = run(LESSON).recording.gradient_calls
    assert not call.checked
    assert call.defect is not None and "'x'" in call.defect and "0 contributions" in call.defect


def test_a_number_that_differs_shows_as_a_defect(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = tape_tap.gradient_function

    def garbled(listener: Any) -> Any:
        calls = listener.gradients
        tell = calls.on_vjp
        calls.on_vjp = lambda kind, a, i, cotangents, results: tell(kind, a, i, cotangents, _doubled(kind, results))
        return whole(listener)

    monkeypatch.setattr(tape_tap, "gradient_function", garbled)
    (call,) = run(LESSON).recording.gradient_calls
    assert not call.checked
    assert call.largest_error > 0.1


def _doubled(kind: str, results: Any) -> Any:
    return [result * 2.0 for result in results] if kind == "Mul" else results


@pytest.mark.parametrize(
    ("terms", "result", "is_close"),
    [
        ([[1.0, 2.0], [3.0, 4.0]], [4.0, 6.0], True),
        ([[1.0, 2.0], [3.0, 4.0]], [4.0, 6.00001], False),
        ([[0.1] * 2, [0.2] * 2], [np.float32(0.1) + np.float32(0.2)] * 2, True),
        ([[np.nan], [1.0]], [np.nan], True),
        ([[np.nan], [1.0]], [1.0], False),
        ([[np.inf], [1.0]], [np.inf], True),
        ([[3e38], [3e38]], [np.inf], True),
        ([[1e8], [-1e8], [1.0]], [0.0], True),
        ([[1.0, 2.0, 3.0]], [1.0], False),
        ([], [0.0], True),
    ],
)
def test_sums_are_compared_to_rounding_of_their_own_dtype(terms: Any, result: Any, is_close: bool) -> None:
    arrays = [np.asarray(term, np.float32) for term in terms]
    assert relative_error(arrays, np.asarray(result, np.float32))[1] is is_close


def test_tensorflow_without_its_hooks_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tap.problem() is None
    monkeypatch.delattr(imperative_grad, "imperative_grad")
    sentence = tap.problem()
    assert sentence is not None and "imperative_grad is missing" in sentence and sentence.endswith(".")
