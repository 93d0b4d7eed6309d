from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tapeviz.engine.runner import Engine, RunResult
from tapeviz.model.recording import GradientCall, Recording

Run = Callable[..., RunResult]
Record = Callable[..., Recording]


@pytest.fixture(scope="session")
def engine() -> Engine:
    engine = Engine()
    assert engine.problem is None
    return engine


@pytest.fixture
def run(engine: Engine) -> Run:
    def run(text: str, **options: Any) -> RunResult:
        return engine.run("lesson.py", "import tensorflow as tf\n" + text, **options)

    return run


@pytest.fixture
def record(run: Run) -> Record:
    """Record a lesson that must not fail; its first line, the import, is line 1."""

    def record(text: str, **options: Any) -> Recording:
        recording = run(text, **options).recording
        assert not recording.errors, recording.errors
        return recording

    return record


def array(recording: Recording, tensor: int | None) -> npt.NDArray[Any]:
    assert tensor is not None
    value = recording.tensors[tensor].value
    assert value is not None
    return value.array


def results(recording: Recording, call: GradientCall) -> list[Any]:
    """List what a call returned: arrays, None where it returned None."""
    return [None if source.value is None else array(recording, source.value) for source in call.sources]


def sums(recording: Recording, call: GradientCall) -> list[Any]:
    """Add up, by NumPy and from what was recorded alone, what reached each source."""
    found = []
    for source in call.sources:
        terms = [
            array(recording, contribution.value)
            for contribution in call.contributions
            if contribution.tensor == source.tensor and contribution.value is not None
        ]
        terms += [
            array(recording, seed)
            for target, seed in zip(call.target, call.seed, strict=True)
            if target == source.tensor and seed is not None
        ]
        found.append(np.sum(terms, axis=0) if terms else None)
    return found
