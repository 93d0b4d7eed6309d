"""Errors that a None or an op without a gradient led to: their hint says which one, and why."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from tapeviz.model.recording import GradientCall, LessonError, Recording

MAX_NAMED = 2
_OF_NONE = re.compile(r"No gradients provided|NoneType|value \(None\)")
_NO_GRADIENT = re.compile(r"gradient registry has no entry for: (\w+)")


def with_reason(error: LessonError, recording: Recording, at: int) -> LessonError:
    """Return the error with a hint that names the very op, or the very gradient that is None.

    `at` is the id of the first op that ran after the error: what came later did not lead to it.
    """
    missing = _NO_GRADIENT.search(error.message)
    if missing is not None:
        lines = [op.line for op in recording.ops[:at] if op.type == missing[1] and op.line is not None]
        where = f"{missing[1]} ran on line {lines[-1]}. " if lines else ""
        return replace(error, hint=f"{where}{error.hint or ''}".strip())
    if _OF_NONE.search(error.message):
        reasons = _reasons_of_last([call for call in recording.gradient_calls if call.ended_at <= at])
        return replace(error, hint=" ".join(reasons)) if reasons else error
    return error


def _reasons_of_last(calls: Sequence[GradientCall]) -> list[str]:
    """Say why the gradients of the last call that returned None are None, and what mends the first."""
    for call in reversed(calls):
        whys = [source.why_none for source in call.sources if source.why_none is not None and source.value is None]
        if whys:
            messages = list(dict.fromkeys(why.message for why in whys))
            more = [f"{len(messages) - MAX_NAMED} more are None."] if len(messages) > MAX_NAMED else []
            return ["A gradient is None:", *messages[:MAX_NAMED], *more, whys[0].fix]
    return []
