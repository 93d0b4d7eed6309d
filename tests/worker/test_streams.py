"""What a lesson prints, by whatever way, is its output; what it does to its streams is gone with it."""

from __future__ import annotations

import os

import pytest

from tapeviz.protocol.responses import LessonRecorded, OutputPrinted
from tests.client.watcher import WatchedClient


def output_of(watched: WatchedClient, text: str) -> str:
    recording = watched.run(text).recording
    assert recording.errors == ()
    return recording.output


def test_a_silent_lesson_has_no_output_not_even_tensorflows(watched: WatchedClient) -> None:
    assert output_of(watched, "import tensorflow as tf\nx = tf.square(tf.Variable(2.0))\n") == ""


def test_print_errors_descriptors_and_child_processes_come_in_the_order_they_were_written(
    watched: WatchedClient,
) -> None:
    text = (
        "import os, subprocess, sys\n"
        "print('a ∂')\n"
        "os.write(1, b'b\\n')\n"
        "print('c', file=sys.stderr)\n"
        "os.write(2, b'd\\n')\n"
        "subprocess.run([sys.executable, '-c', 'print(\"e\")'], check=True)\n"
        "print('f', end='')\n"
    )
    assert output_of(watched, text) == "a ∂\nb\nc\nd\ne\nf"


def test_native_code_that_floods_the_output_cannot_reach_the_messages(watched: WatchedClient) -> None:
    text = (
        "import os\n"
        "for _ in range(400):\n"
        "    os.write(1, b'tape\\x00\\x00' * 10_000)\n"
        "    os.write(2, bytes(range(256)))\n"
    )
    since = len(watched.heard)
    recorded = watched.run(text)
    assert recorded.recording.ended_by == "finished"
    printed = "".join(item.text for item in watched.heard[since:] if isinstance(item, OutputPrinted))
    assert printed == recorded.recording.output
    assert len(recorded.recording.output.encode()) < 2_500_000
    assert output_of(watched, "print('still here')") == "still here\n"


def test_a_million_lines_end_in_their_first_and_last_and_a_sentence(watched: WatchedClient) -> None:
    recording = watched.run("for k in range(1_000_000):\n    print(k)").recording
    assert recording.ended_by == "finished"
    assert recording.output.startswith("0\n1\n2\n")
    assert recording.output.endswith("999998\n999999\n")
    assert "lines were left out here" in recording.output
    assert len(recording.output) < 1_100_000


def test_standard_input_is_empty(watched: WatchedClient) -> None:
    recording = watched.run("name = input('Your name? ')").recording
    assert recording.errors[0].type == "EOFError"
    assert recording.output == "Your name? "


@pytest.mark.parametrize(
    "vandalism",
    [
        "sys.stdout.close(); sys.stderr.close()",
        "sys.stdout = sys.stderr = None",
        "os.close(1); os.close(2)",
        "os.dup2(os.open(os.devnull, os.O_WRONLY), 1)",
        "print('unfinished', end=''); os.close(1)",
    ],
)
def test_what_one_lesson_does_to_its_streams_the_next_does_not_feel(watched: WatchedClient, vandalism: str) -> None:
    assert watched.run(f"import os, sys\n{vandalism}").recording.ended_by == "finished"
    assert output_of(watched, "import sys\nprint('one')\nprint('two', file=sys.stderr)") == "one\ntwo\n"


def test_tensorflows_own_warning_is_output_at_every_run(watched: WatchedClient) -> None:
    text = (
        "import tensorflow as tf\n"
        "x = tf.constant(3)\n"
        "with tf.GradientTape() as tape:\n    tape.watch(x)\n    y = x * x\n"
        "print(tape.gradient(y, x))\n"
    )
    for _ in range(7):
        assert "The dtype of the watched tensor must be floating" in output_of(watched, text)


def test_an_output_belongs_to_its_run(watched: WatchedClient) -> None:
    watched.run("import threading\nthreading.Timer(0.2, print, ['late']).start()")
    assert output_of(watched, "import time\nprint('mine')") == "mine\n"


def test_a_newer_run_passes_over_one_that_waits(watched: WatchedClient) -> None:
    since = len(watched.heard)
    first = watched.begin("import time\nprint('first', flush=True)\ntime.sleep(1)")
    watched.wait_for_print(first, "first")
    passed_over = watched.begin("print('second')")
    assert watched.run("print('third')").recording.output == "third\n"
    assert all(getattr(item, "generation", None) != passed_over for item in watched.heard[since:])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_child_that_runs_past_the_end_of_the_lesson_says_nothing(watched: WatchedClient) -> None:
    since = len(watched.heard)
    text = "import os\nif os.fork() == 0:\n    print('child', flush=True)\nelse:\n    os.wait()\n    print('parent')"
    assert watched.run(text).recording.output.endswith("child\nparent\n")
    assert output_of(watched, "print('next')") == "next\n"
    assert sum(isinstance(item, LessonRecorded) for item in watched.heard[since:]) == 2


def test_what_is_printed_logged_and_warned_of_reads_as_in_plain_python(watched: WatchedClient) -> None:
    text = "import logging, warnings\nwarnings.warn('careful')\nlogging.warning('logged')\n"
    output = watched.run(text, name="/somewhere/lesson.py").recording.output
    assert output == "/somewhere/lesson.py:2: UserWarning: careful\n  warnings.warn('careful')\nWARNING:root:logged\n"
