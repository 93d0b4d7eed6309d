"""What went wrong in a lesson, in a sentence."""

from __future__ import annotations

from typing import Any

from tapeviz.engine.places import Places
from tapeviz.model.recording import LessonError, LessonSource


def describe(
    error: BaseException, cell: int, source: LessonSource, places: Places, namespace: dict[str, Any]
) -> LessonError:
    """Describe what a cell raised."""
    traceback = error.__traceback__
    line = None
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == source.name:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    if isinstance(error, SyntaxError):
        line = error.lineno
    return LessonError(cell=cell, type=type(error).__name__, message=str(error), line=line, hint=None)


def limit_reached(cell: int, count: int) -> LessonError:
    """Describe a run whose later ops were not kept."""
    return LessonError(
        cell=cell,
        type="RecordingLimit",
        message=f"The lesson ran more than {count:,} ops; the recording holds the first {count:,} of them.",
        line=None,
        hint="Run fewer iterations.",
    )
