"""What is recorded of scripts that users paste is what plain TensorFlow gives: every call, number and None."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tapeviz.engine.runner import RunResult
from tapeviz.model.recording import GradientCall, Recording
from tests.conformance.conftest import SCRIPTS, PlainRun

# NumPy 2 says this of tensors under plain TensorFlow too; a lesson must not fail of it because tests are strict.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

NAMES = [script.stem for script in SCRIPTS]


def array_of(run: RunResult, tensor: int) -> npt.NDArray[Any]:
    value = run.recording.tensors[tensor].value
    assert value is not None
    return value.array if value.is_whole else run.arrays[tensor]


def dtypes_of(run: RunResult, call: GradientCall) -> tuple[str | None, ...]:
    return tuple(None if s.value is None else run.recording.tensors[s.value].dtype for s in call.sources)


def results_of(run: RunResult, call: GradientCall) -> list[npt.NDArray[Any] | None]:
    return [None if source.value is None else array_of(run, source.value) for source in call.sources]


def held_ancestry(recording: Recording, call: GradientCall) -> set[int]:
    """Every tensor from which ops that the tape holds lead to a target."""
    found = set(call.target)
    waiting = list(call.target)
    while waiting:
        producer = recording.tensors[waiting.pop()].producer
        if producer is None or call.tape not in recording.ops[producer].recorded_by:
            continue
        fresh = set(recording.ops[producer].inputs) - found
        found |= fresh
        waiting += fresh
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_call_gives_the_numbers_of_plain_tensorflow(
    name: str, record: Callable[[str], RunResult], plain: dict[str, PlainRun]
) -> None:
    run, expected = record(name), plain[name]
    assert expected.calls
    calls = run.recording.gradient_calls
    assert [call.method for call in calls] == [call.method for call in expected.calls]
    for call, plain_call in zip(calls, expected.calls, strict=True):
        results = results_of(run, call)
        assert dtypes_of(run, call) == plain_call.dtypes
        for result, number in zip(results, plain_call.results, strict=True):
            if result is not None and number is not None:
                assert result.shape == number.shape
                np.testing.assert_allclose(result, number, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_every_sum_of_contributions_is_checked(name: str, record: Callable[[str], RunResult]) -> None:
    calls = record(name).recording.gradient_calls
    assert calls
    assert [(call.line, call.defect) for call in calls if call.defect is not None] == []
    # A Jacobian whose rows would run the lesson's own code, or that has none, claims nothing and says so.
    unchecked = [call for call in calls if not call.checked]
    assert [call.line for call in unchecked if call.method == "gradient" or call.rows] == []
    assert [call.line for call in unchecked if not call.note and any(s.value is not None for s in call.sources)] == []


@pytest.mark.parametrize("name", NAMES)
def test_ops_that_the_tape_holds_lead_from_every_gradient_back_to_its_source(
    name: str, record: Callable[[str], RunResult]
) -> None:
    recording = record(name).recording
    broken = [
        (call.line, source.name)
        for call in recording.gradient_calls
        if call.unconnected_gradients == "none"
        for source in call.sources
        if source.value is not None and source.tensor not in held_ancestry(recording, call)
    ]
    assert recording.gradient_calls
    assert broken == []


@pytest.mark.parametrize("name", NAMES)
def test_every_none_has_its_reason_and_nothing_else_has_one(name: str, record: Callable[[str], RunResult]) -> None:
    calls = record(name).recording.gradient_calls
    assert calls
    for call in calls:
        for source in call.sources:
            assert (source.value is None) == (source.why_none is not None), (call.line, source)
            if source.why_none is not None:
                assert source.why_none.message.endswith(".")
                assert source.why_none.fix.endswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_what_is_printed_and_what_fails_is_the_same(
    name: str, record: Callable[[str], RunResult], plain: dict[str, PlainRun]
) -> None:
    recording, expected = record(name).recording, plain[name]
    assert expected.output or expected.errors
    assert recording.output == expected.output
    assert [error.type for error in recording.errors] == list(expected.errors)
