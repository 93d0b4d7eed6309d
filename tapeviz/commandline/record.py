"""``tapeviz record``: run a lesson without a window and keep the recording."""

from __future__ import annotations

import argparse
import sys

from tapeviz.commandline.lesson_run import lesson_request, record_lesson, tell_how_it_ended
from tapeviz.commandline.status import CommandError, say
from tapeviz.commandline.table import counted
from tapeviz.storage.atomic import check_writable
from tapeviz.storage.tape_file import save_recording

_NOT_BEGUN = "EngineError"
"""The type of the error with which the worker answers a run that never came to the lesson's first line."""


def record(arguments: argparse.Namespace) -> int:
    """Record the lesson; whatever was recorded is written, also where the lesson failed or was stopped."""
    request = lesson_request(
        arguments.lesson,
        keep_going=arguments.keep_going,
        overrides=dict(arguments.settings),
        seed=arguments.seed,
        timeout=arguments.timeout,
        memory_limit=arguments.memory_limit,
    )
    check_writable(arguments.output)
    recording, arrays = record_lesson(request, _print_through)
    if arguments.settings and any(error.type == _NOT_BEGUN for error in recording.errors):
        raise CommandError(recording.errors[0].message)
    status = tell_how_it_ended(recording)
    save_recording(arguments.output, recording, arrays)
    kept = f"{counted(len(recording.ops), 'op')} and {counted(len(recording.gradient_calls), 'gradient call')}"
    if folded := sum(series.folded for series in recording.series):
        kept += f", and the values of {folded:,} more iterations"
    say(f"recorded {kept} in {recording.duration * 1000:.0f} ms; kept in {arguments.output}.")
    return status


def _print_through(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
