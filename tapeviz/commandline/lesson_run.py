"""Recording a lesson in the worker process, for the subcommands that need a recording."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy.typing as npt

from tapeviz.client import run_once
from tapeviz.commandline.status import DONE, LESSON_FAILED, STOPPED, say
from tapeviz.model.recording import LessonError, Recording
from tapeviz.protocol.messages import RunLesson
from tapeviz.storage.text_file import read_lesson

_STOPS = {
    "timeout": "it was stopped by its time limit; give it more with --timeout",
    "memory": "it was stopped by its memory limit; give it more with --memory-limit",
    "interrupted": "it was interrupted",
    "died": "its process died",
}


def record_lesson(
    path: Path, on_output: Callable[[str], None] | None = None, **options: Any
) -> tuple[Recording, Mapping[int, npt.NDArray[Any]]]:
    """Run the lesson at `path` in a worker and say on standard error what went wrong in it.

    Parameters
    ----------
    path : Path
    on_output : callable, optional
        Takes what the lesson prints, piece by piece.
    **options
        Fields of `RunLesson`.

    Returns
    -------
    recording : Recording
    arrays : mapping of int to array
        The whole values of the summarised tensors, by tensor id.
    """
    request = RunLesson(
        generation=1, name=path.name, text=read_lesson(path), folder=str(path.resolve().parent), **options
    )
    recording, arrays = run_once(request, on_output)
    for error in recording.errors:
        say(_told(recording, error))
    if reason := _STOPS.get(recording.ended_by):
        say(f"{path.name} did not run to its end: {reason}.")
    return recording, arrays


def run_status(recording: Recording) -> int:
    """Give the exit status that a run stands for."""
    if recording.ended_by in ("timeout", "memory"):
        return STOPPED
    return LESSON_FAILED if recording.errors or recording.ended_by != "finished" else DONE


def _told(recording: Recording, error: LessonError) -> str:
    place = recording.source.name
    if error.line is not None:
        place += f", line {error.line}"
    if error.column is not None:
        place += f", column {error.column + 1}"
    return " ".join(f"{place}: {error.message} {error.hint or ''}".split())
