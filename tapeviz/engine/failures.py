"""What went wrong in a lesson: where, in a sentence, and what mends it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import FrameType, TracebackType
from typing import Any

from tapeviz.engine.hints import Moment, hint_for
from tapeviz.engine.places import Places
from tapeviz.model.recording import LessonError, SourceRange

MAX_MESSAGE = 600
MIN_WORDS = 5
_NOISE = (
    re.compile(r"^Graph execution error:\s*Detected at node .*\n\n(?=\S)", re.DOTALL),
    re.compile(r"\s*\[\[\{\{node .*", re.DOTALL),
    re.compile(r"\{\{\w+ [^}]*\}\}\s*"),
    re.compile(r"\s*\[Op:\w+\](\s*name:\s*\S*)?"),
    re.compile(r"\s*; NodeDef:.*", re.DOTALL),
    re.compile(r" on /job:\S+( by allocator \w+)?"),
    re.compile(r"\s*Arguments received by .*", re.DOTALL),
    re.compile(r"(?<=\.)(?=variable shape)"),
)
_TRACED = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+)')
_QUALIFIED = re.compile(r"'(?:\w+\.)+(EagerTensor|ResourceVariable|SymbolicTensor)'")


def describe(
    error: BaseException, cell: int, filename: str, places: Places, namespace: Mapping[str, Any]
) -> LessonError:
    """Describe what a cell raised.

    Parameters
    ----------
    error : BaseException
    cell : int
    filename : str
        What the lesson's code objects call their file.
    places : Places
    namespace : mapping of str to object
        The lesson's top level, for names that were meant.
    """
    if isinstance(error, SyntaxError) and error.filename in (filename, None):
        place, frame = _syntax_place(error), None
        message = error.msg or "invalid syntax"
    else:
        place, frame = _raised_place(error.__traceback__, filename, places)
        message = message_of(error)
        traced = _traced_line(str(error), filename)
        if traced is not None:
            text = places.line(traced)
            start = len(text) - len(text.lstrip())
            place = SourceRange(line=traced, column=start, end_line=traced, end_column=len(text.rstrip()))
    known = {**namespace, **frame.f_locals} if frame is not None else dict(namespace)
    line_text = places.line(place.line) if place is not None else ""
    moment = Moment(error=error, message=message, line=line_text, names=tuple(known))
    is_one_line = place is not None and place.end_line == place.line and place.end_column > place.column
    return LessonError(
        cell=cell,
        type=type(error).__name__,
        message=message,
        line=place.line if place is not None else None,
        hint=hint_for(moment),
        column=place.column if place is not None else None,
        end_column=place.end_column if place is not None and is_one_line else None,
    )


def limit_reached(cell: int, count: int) -> LessonError:
    """Describe a run whose later ops were not kept."""
    return LessonError(
        cell=cell,
        type="RecordingLimit",
        message=f"The lesson ran more than {count:,} ops; it went on, but the recording holds only the first of them.",
        line=None,
        hint="Run fewer iterations, or put the loop into a tf.function: it is recorded as one op.",
    )


def _syntax_place(error: SyntaxError) -> SourceRange | None:
    if not error.lineno:
        return None
    column = max((error.offset or 1) - 1, 0)
    end_line = error.end_lineno or error.lineno
    end_column = max((error.end_offset or 0) - 1, column + 1 if end_line == error.lineno else 0)
    return SourceRange(line=error.lineno, column=column, end_line=end_line, end_column=end_column)


def _raised_place(
    traceback: TracebackType | None, filename: str, places: Places
) -> tuple[SourceRange | None, FrameType | None]:
    """Find the innermost frame of the lesson that the error came through."""
    place, frame = None, None
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == filename:
            frame = traceback.tb_frame
            place = places.range_of(frame.f_code, traceback.tb_lasti) or SourceRange(
                line=traceback.tb_lineno, column=0, end_line=traceback.tb_lineno, end_column=0
            )
        traceback = traceback.tb_next
    return place, frame


def _is_sentence(key: Any) -> bool:
    """Whether a KeyError was given no key but a sentence: libraries do so, as TensorFlow's registry of gradients."""
    return isinstance(key, str) and len(key.split()) >= MIN_WORDS


def _traced_line(message: str, filename: str) -> int | None:
    """Find the lesson's line that AutoGraph names: the code that it ran is a rewritten copy."""
    if not message.lstrip().startswith("in user code:"):
        return None
    lines = [int(match["line"]) for match in _TRACED.finditer(message) if match["file"] == filename]
    return lines[-1] if lines else None


def message_of(error: BaseException) -> str:
    """Take TensorFlow's talk of devices and nodes out of a message; what is left begins in upper case."""
    if isinstance(error, KeyError) and error.args and not _is_sentence(error.args[0]):
        return f"There is no key {error.args[0]!r}."
    if isinstance(error, SystemExit):
        return f"The lesson left with exit status {error.code!r}."
    message = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    if message.lstrip().startswith("in user code:"):
        message = message.strip().splitlines()[-1].strip()
        message = re.sub(r"^\w+: ", "", message)
    for noise in _NOISE:
        message = noise.sub("", message)
    message = _QUALIFIED.sub(r"'\1'", message).replace("\t", " ").strip()
    message = message or f"The lesson raised {type(error).__name__} without a message."
    return message if len(message) <= MAX_MESSAGE else message[: MAX_MESSAGE - 1] + "…"
