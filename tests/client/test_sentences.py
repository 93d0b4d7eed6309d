"""How a death is told."""

from __future__ import annotations

import signal

import pytest

from tapeviz.client import sentences
from tapeviz.protocol.requests import RunLesson

LESSON = RunLesson(generation=1, name="lesson.py", text="", timeout=2.0, memory_limit=512)


@pytest.mark.parametrize(
    ("exit_code", "words"),
    [
        (3, "The lesson ended the Python process (os._exit(3)). What this run recorded is lost."),
        (0, "The lesson ended the Python process (os._exit(0)). What this run recorded is lost."),
        (-signal.SIGSEGV, "A segmentation fault"),
        (-signal.SIGABRT, "aborted the Python process (SIGABRT)"),
        (-signal.SIGKILL, "memory ran out"),
        (-signal.SIGTERM, "ended by SIGTERM"),
        (-77, "ended by signal 77"),
        (0xC0000005, "A segmentation fault"),
        (0xC00000FD, "A stack overflow"),
    ],
)
def test_an_exit_code_is_told_in_words(exit_code: int, words: str) -> None:
    assert words in sentences.died(exit_code, LESSON, None)


def test_a_crash_names_its_line() -> None:
    assert "at line 3 of lesson.py." in sentences.died(-signal.SIGSEGV, LESSON, 3)


def test_a_death_between_runs_speaks_of_no_lesson() -> None:
    assert sentences.died(4, None, None) == "The Python process ended (exit code 4)."


def test_a_limit_is_named_with_its_number() -> None:
    assert "at its time limit of 2 s" in sentences.stopped("timeout", LESSON)
    assert "at its memory limit of 512 MiB" in sentences.killed("memory", LESSON)
    assert "limit" not in sentences.stopped("interrupted", LESSON)


def test_a_failed_start_quotes_the_last_line() -> None:
    complaint = "Traceback (most recent call last):\nModuleNotFoundError: No module named 'msgspec'\n"
    assert "cannot be started: ModuleNotFoundError: No module named 'msgspec'." in sentences.failed(1, complaint)
