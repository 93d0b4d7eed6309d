"""A lesson is a plain script: Python alone runs it, and it gives what the recording says."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tapeviz.model.lesson import cells
from tapeviz.model.recording import Recording
from tapeviz.storage.library import ShippedLesson, shipped_lessons

LESSONS = shipped_lessons()
BREAK = "---- next lesson ----"
# The lesson that ends in an error on purpose is to print the same up to there.
RUN_ALL = f"""
import runpy, sys
for path in sys.argv[1:]:
    try:
        runpy.run_path(path, run_name="__main__")
    except RuntimeError as error:
        print(type(error).__name__)
    print({BREAK!r}, flush=True)
"""


@pytest.fixture(scope="module")
def printed() -> dict[str, str]:
    """What each lesson prints under plain Python; one process for all, without tapeviz in it."""
    paths = [str(lesson.path) for lesson in LESSONS]
    run = subprocess.run(
        [sys.executable, "-c", RUN_ALL, *paths],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent,
        env=os.environ | {"MPLBACKEND": "Agg"},  # plt.show() would wait for a window to be closed
    )
    parts = run.stdout.split(f"{BREAK}\n")
    return {lesson.label: part for lesson, part in zip(LESSONS, parts, strict=False)}


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_plain_python_prints_what_the_recording_holds(
    lesson: ShippedLesson, printed: dict[str, str], recorded: Callable[[int | str], Recording]
) -> None:
    label = lesson.label
    own = [line for line in printed[label].splitlines() if line != "RuntimeError"]
    assert own
    # TensorFlow's warnings go to standard error, which the recording keeps among the output.
    kept = [line for line in recorded(label).output.splitlines() if not line.startswith("WARNING")]
    assert kept == own
    assert ("RuntimeError" in printed[label]) == (label == "7")


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_a_lesson_is_told_in_cells(lesson: ShippedLesson) -> None:
    text = lesson.text
    found = [cell for cell in cells(text) if cell.text.strip()]
    narration = [cell.text for cell in found if cell.kind == "markdown"]
    title = lesson.title
    assert narration[0].startswith(f"# {title}\n")
    assert any("**Predict" in part for part in narration)
    assert sum(cell.kind == "code" for cell in found) >= 2 or number_of_code_lines(text) < 20
    assert max(map(len, text.splitlines())) <= 100


def number_of_code_lines(text: str) -> int:
    return sum(bool(line) and not line.startswith("#") for line in text.splitlines())
