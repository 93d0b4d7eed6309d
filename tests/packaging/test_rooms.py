"""The window's rooms leave TensorFlow unimported, the worker's rooms leave Qt unimported."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import tapeviz


def imported_by(rooms: str, unwanted: str) -> str:
    code = f"import sys, {rooms}; print([name for name in {unwanted!r}.split() if name in sys.modules])"
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.parametrize("room", ["tapeviz.app", "tapeviz.ui.main_window", "tapeviz.cli"])
def test_the_window_leaves_tensorflow_to_the_worker(room: str) -> None:
    assert imported_by(room, "tensorflow keras sympy") == "[]"


def test_the_worker_leaves_qt_to_the_window() -> None:
    assert imported_by("tapeviz.worker.process", "PySide6") == "[]"


def test_the_model_needs_neither() -> None:
    assert imported_by("tapeviz.model.explain", "PySide6 tensorflow msgspec sympy") == "[]"


def imported_modules(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_only_the_tap_knows_the_private_modules_of_tensorflow() -> None:
    files = Path(tapeviz.__file__).parent.rglob("*.py")
    private = {
        file.name for file in files if any(name.startswith("tensorflow.python") for name in imported_modules(file))
    }
    assert "tap.py" in private
    assert all(name == "tap.py" or name.endswith("_tap.py") for name in private)


def test_thousands_of_qt_calls_that_return_none_leave_the_interpreter_whole() -> None:
    """PySide6 6.12.0 dropped a reference to None with each such call and crashed after some thousands."""
    code = (
        "from PySide6.QtCore import QObject\n"
        "thing = QObject()\n"
        "for _ in range(50_000):\n"
        "    thing.setObjectName('x')\n"
        "    thing.blockSignals(False)\n"
        "print('whole')\n"
    )
    outcome = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (outcome.returncode, outcome.stdout.strip()) == (0, "whole")
