from __future__ import annotations

from collections.abc import Callable

import pytest

from tapeviz.engine.runner import Engine
from tapeviz.engine.symbolic import derive
from tapeviz.model.explanation import SymbolicDerivative
from tapeviz.model.recording import Recording

Twins = tuple[SymbolicDerivative | None, ...]
Derive = Callable[..., Twins]
Record = Callable[[str], Recording]


@pytest.fixture(scope="session")
def record() -> Record:
    engine = Engine()

    def recorded(text: str) -> Recording:
        recording = engine.run("lesson.py", f"# %%\nimport numpy as np\nimport tensorflow as tf\n{text}").recording
        assert not recording.errors, recording.errors
        return recording

    return recorded


@pytest.fixture(scope="session")
def twins(record: Record) -> Derive:
    def derived(text: str, *, call: int = 0) -> Twins:
        return derive(record(text), call)

    return derived
