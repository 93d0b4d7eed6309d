"""Recording a lesson in the worker process, for the subcommands that need a recording."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy.typing as npt

from tapeviz.client import LessonRunner
from tapeviz.commandline.status import DONE, LESSON_FAILED, STOPPED, say
from tapeviz.model.recording import LessonError, Recording
from tapeviz.model.wording import sentences
from tapeviz.protocol.requests import RunLesson
from tapeviz.storage.text_file import read_lesson

_STOPS = {
    "timeout": "it was stopped by its time limit; give it more with --timeout",
    "memory": "it was stopped by its memory limit; give it more with --memory-limit",
    "interrupted": "it was interrupted",
}


def lesson_request(path: Path, **options: Any) -> RunLesson:
    """Ask for a run of the lesson at `path`; `options` are fields of `RunLesson`."""
    return RunLesson(
        generation=1,
        name=path.name,
        text=read_lesson(path),
        folder=str(path.resolve().parent),
        working_folder=str(Path.cwd()),
        **options,
    )


def record_lesson(
    request: RunLesson, on_output: Callable[[str], None] | None = None
) -> tuple[Recording, dict[int, npt.NDArray[Any]]]:
    """Run a lesson in a worker, and fetch what a recording file holds beside the recording.

    Returns
    -------
    recording : Recording
    arrays : dict of int to array
        The whole values of the tensors that the recording only summarises, by tensor id.
    """
    arrays = {}
    with LessonRunner() as runner:
        recording = runner.run(request, on_output)
        for tensor in recording.tensors:
            if tensor.value is None or tensor.value.summary is None:
                continue
            value = runner.fetch(request.generation, tensor.id)
            if value is not None and value.is_whole:
                arrays[tensor.id] = value.array
    return recording, arrays


def tell_how_it_ended(recording: Recording) -> int:
    """Say on standard error what there is to know of a run, and give the exit status that it stands for."""
    for note in recording.notes:
        say(f"{recording.source.name}: {note}")
    for error in recording.errors:
        say(_told(recording, error))
    if reason := _STOPS.get(recording.ended_by):
        say(f"{recording.source.name} did not run to its end: {reason}.")
    if recording.ended_by in ("timeout", "memory"):
        return STOPPED
    return LESSON_FAILED if recording.errors or recording.ended_by != "finished" else DONE


def _told(recording: Recording, error: LessonError) -> str:
    place = recording.source.name
    if error.line is not None:
        place += f", line {error.line}"
    if error.column is not None:
        place += f", column {error.column + 1}"
    return f"{place}: {sentences(error.message, error.hint)}"
