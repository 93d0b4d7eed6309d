"""``tapeviz render``: one picture of the graph, without a window."""

from __future__ import annotations

import argparse
import os
import sys

from tapeviz.client import run_once
from tapeviz.commandline.argument_values import MAX_SIDE
from tapeviz.commandline.lesson_run import lesson_request, tell_how_it_ended
from tapeviz.commandline.status import DONE, WRONG_USE, CommandError, say
from tapeviz.model.recording import Recording
from tapeviz.model.subjects import inside_of
from tapeviz.storage.atomic import check_writable
from tapeviz.storage.tape_file import is_recording_file, load_recording

MAX_NAMED = 8


def render(arguments: argparse.Namespace) -> int:
    """Paint a lesson, which is recorded first, or a recording, from which nothing is executed."""
    if max(arguments.size) * arguments.scale > MAX_SIDE:
        raise CommandError(f"a picture of that size and scale has more than {MAX_SIDE} pixels on one side.")
    check_writable(arguments.output)
    if is_recording_file(arguments.file):
        recording, _ = load_recording(arguments.file)
        status = DONE
    else:
        recording = run_once(lesson_request(arguments.file))
        status = tell_how_it_ended(recording)
    if not recording.ops:
        raise CommandError(f"{arguments.file} recorded no op, so there is nothing to paint.", status or WRONG_USE)
    try:
        for op in arguments.opened:
            recording = _inside(recording, op)
    except ValueError as error:
        raise CommandError(str(error), status or WRONG_USE) from error
    if sys.platform == "linux":
        # A picture needs no display, and a display that cannot be reached would abort the process.
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from tapeviz.export.figure import render_figure

    try:
        render_figure(
            recording,
            arguments.output,
            step=arguments.step,
            call=arguments.call,
            row=arguments.row,
            accumulator=arguments.accumulator,
            path=arguments.path,
            size=arguments.size,
            scale=arguments.scale,
            theme=arguments.theme,
            is_transparent=arguments.transparent,
            title=arguments.title,
        )
    except ValueError as error:
        raise CommandError(str(error), status or WRONG_USE) from error
    say(f"painted {arguments.output}.")
    return status


def _inside(recording: Recording, op: int) -> Recording:
    """Find what an op opens into.

    Raises
    ------
    ValueError
        With the reason, where there is no such op or it does not open.
    """
    inside = inside_of(recording, op)
    if inside is not None and inside.recording is not None:
        return inside.recording
    opening = [str(each.op) for each in recording.insides if each.recording is not None]
    there = f" Those that open are {', '.join(opening[:MAX_NAMED])}." if opening else " No op of it opens."
    if not 0 <= op < len(recording.ops):
        raise ValueError(f"there is no op {op}.{there}")
    reason = f" {inside.note}" if inside is not None else there
    raise ValueError(f"op {op} ({recording.ops[op].type}) does not open.{reason}")
