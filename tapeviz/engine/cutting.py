"""How far the notes of a run have come, and cutting out what was noted between two such moments."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import FrameType
from typing import Any

from tapeviz.engine.events import Level
from tapeviz.engine.recorder import Recorder


def level_of(recorder: Recorder) -> Level:
    """Say how much a recorder has noted."""
    return Level(
        ops=len(recorder.ops),
        tapes=len(recorder.tapes),
        calls=len(recorder.calls),
        accesses=len(recorder.accesses),
        departures=len(recorder.departures),
        resets=len(recorder.resets),
        assignments=len(recorder.variables.assignments),
        variables=len(recorder.variables.seen),
        invocations=len(recorder.invocations.invocations),
        accumulators=len(recorder.forward.accumulators),
        weighed=(recorder.weighed, recorder.weight),
    )


def is_just_past(recorder: Recorder, end: Level) -> bool:
    """Whether nothing has happened since `end` but that one tape began."""
    now = level_of(recorder)
    tape = recorder.tapes[-1]
    is_untouched = tape.exited_at is None and not (tape.watches or tape.resets or tape.is_nested)
    return is_untouched and now._replace(variables=0, invocations=0, weighed=(0, 0)) == end._replace(
        tapes=end.tapes + 1, variables=0, invocations=0, weighed=(0, 0)
    )


def cut_out(recorder: Recorder, start: Level, end: Level, keys: Iterable[Any]) -> None:
    """Forget what was noted from `start` to `end`, after which only one tape began.

    Parameters
    ----------
    recorder : Recorder
    start, end : Level
    keys : iterable
        The ids of the tensors that came up in between, and only there.
    """
    for tape in recorder.tapes[start.tapes : end.tapes]:
        tape.is_cut = True
    del recorder.ops[start.ops :]
    del recorder.tapes[start.tapes : end.tapes]
    del recorder.calls[start.calls :]
    del recorder.accesses[start.accesses :]
    del recorder.departures[start.departures :]
    del recorder.resets[start.resets :]
    variables = recorder.variables
    del variables.assignments[start.assignments :]
    for handle in list(variables.seen)[start.variables :]:
        del variables.seen[handle]
    recorder.tapes[-1].entered_at = start.ops
    recorder.weighed, recorder.weight = start.weighed
    recorder.known.difference_update(keys)
    recorder.rows.forget(start.ops)
    recorder.functions.forget(start.ops)
    recorder.invocations.forget(start.invocations, _running())


def _running() -> Iterable[FrameType]:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back
