"""``tapeviz record``: run a lesson without a window and keep the recording."""

from __future__ import annotations

import argparse
import sys

from tapeviz.commandline.lesson_run import lesson_request, record_lesson, tell_how_it_ended
from tapeviz.commandline.status import say
from tapeviz.storage.tape_file import save_recording


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
    recording, arrays = record_lesson(request, _print_through)
    status = tell_how_it_ended(recording)
    save_recording(arguments.output, recording, arrays)
    say(
        f"recorded {len(recording.ops)} ops and {len(recording.gradient_calls)} gradient calls "
        f"in {recording.duration * 1000:.0f} ms; kept in {arguments.output}."
    )
    return status


def _print_through(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
