"""The command line, run in this process, and a recording to look at."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tapeviz.cli import main
from tapeviz.storage.tape_file import save_recording
from tests.storage.recordings import squared


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit status and its two streams."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Tapeviz = Callable[..., Ran]


@pytest.fixture
def tapeviz(capsysbinary: pytest.CaptureFixture[bytes], qapp: object) -> Tapeviz:
    """Run the command line in this process, beside the application that pytest-qt keeps."""

    def run(*words: str | Path) -> Ran:
        capsysbinary.readouterr()
        status = main([str(word) for word in words])
        streams = capsysbinary.readouterr()
        return Ran(status=status, out=streams.out.decode("utf-8"), err=streams.err.decode("utf-8"))

    return run


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    """A recording of ``y = x * x``."""
    path = tmp_path / "lesson.tape"
    save_recording(path, squared(), {})
    return path
