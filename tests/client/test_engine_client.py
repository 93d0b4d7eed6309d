"""Stop always works, and the engine outlives every lesson: the real client, the real worker, the real TensorFlow."""

from __future__ import annotations

from contextlib import suppress

import psutil
import pytest

from tapeviz.client import ClientEvent
from tapeviz.protocol.responses import EngineReady, FigureShown, LessonRecorded, OutputPrinted
from tests.client.watcher import WatchedClient

SQUARE = """\
import tensorflow as tf
x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    y = x * x
print(tape.gradient(y, x).numpy(), flush=True)
"""
ENDLESS = SQUARE + "while True:\n    y = x * x\n"
DEAF = """\
while True:
    try:
        print('deaf', flush=True)
        while True:
            pass
    except:
        pass
"""
STUBBORN = """\
import time
try:
    print('asleep', flush=True)
    time.sleep(3600)
finally:
    time.sleep(3600)
"""


def is_alive(pid: int) -> bool:
    """Whether the process runs: one that has ended may wait for a busy system to clear it away."""
    with suppress(psutil.NoSuchProcess):
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    return False


def assert_runs(watched: WatchedClient) -> None:
    recording = watched.run(SQUARE).recording
    assert recording.output == "6.0\n"
    assert recording.ended_by == "finished"
    value = recording.gradient_calls[0].sources[0].value
    assert value is not None
    gradient = recording.tensors[value].value
    assert gradient is not None
    assert gradient.array == 6.0


def test_the_engine_says_which_tensorflow_it_holds(watched: WatchedClient) -> None:
    ready = watched.wait_for(EngineReady)
    assert ready.tensorflow_version.startswith("2.21")
    assert ready.problem is None
    assert_runs(watched)


def test_an_endless_loop_is_interrupted_and_what_it_recorded_is_kept(watched: WatchedClient) -> None:
    since = len(watched.heard)
    generation = watched.begin(ENDLESS)
    watched.wait_for_print(generation, "6.0")
    watched.client.stop()
    event = watched.wait_for_event("interrupted", since)
    recorded = watched.wait_for(LessonRecorded, lambda answer: answer.generation == generation)
    assert recorded.recording.ended_by == "interrupted"
    assert recorded.recording.source.name == "lesson.py"
    assert len(recorded.recording.gradient_calls) == 1
    assert event.generation == generation
    assert [item.kind for item in watched.heard[since:] if isinstance(item, ClientEvent)] == ["interrupted"]
    assert_runs(watched)


def test_a_lesson_asleep_is_interrupted(watched: WatchedClient) -> None:
    since = len(watched.heard)
    generation = watched.begin("import time\nprint('asleep', flush=True)\ntime.sleep(3600)")
    watched.wait_for_print(generation, "asleep")
    watched.client.stop()
    watched.wait_for_event("interrupted", since)


def test_figures_come_when_they_are_shown_and_stand_in_the_recording_where_they_were(watched: WatchedClient) -> None:
    since = len(watched.heard)
    recording = watched.run(
        "import matplotlib.pyplot as plt\nfor n in (1, 2):\n    print('before', n)\n    plt.plot([n])\n    plt.show()\n"
    ).recording
    assert [recording.output[: figure.position] for figure in recording.figures] == [
        "before 1\n",
        "before 1\nbefore 2\n",
    ]
    shown = [item.figure for item in watched.heard[since:] if isinstance(item, FigureShown)]
    assert tuple(shown) == recording.figures


def test_figures_that_were_shown_before_a_crash_were_passed_on(watched: WatchedClient) -> None:
    since = len(watched.heard)
    watched.begin("import matplotlib.pyplot as plt, os\nprint('drawn')\nplt.plot([1])\nplt.show()\nos._exit(3)\n")
    watched.wait_for_event("died", since)
    (shown,) = (item.figure for item in watched.heard[since:] if isinstance(item, FigureShown))
    assert shown.position == len("drawn\n")
    assert_runs(watched)


def test_a_lesson_that_catches_everything_is_killed_and_the_standby_takes_over(watched: WatchedClient) -> None:
    since = len(watched.heard)
    generation = watched.begin(DEAF)
    watched.wait_for_print(generation, "deaf")
    watched.client.stop()
    killed = watched.wait_for_event("killed", since)
    assert killed.generation == generation
    assert killed.ended_by == "interrupted"
    assert "did not heed" in killed.message
    watched.wait_for_event("restarted", since)
    watched.wait_for(EngineReady, since=since)
    assert_runs(watched)


def test_asked_a_second_time_stop_does_not_wait(watched: WatchedClient) -> None:
    since = len(watched.heard)
    generation = watched.begin(STUBBORN)
    watched.wait_for_print(generation, "asleep")
    watched.client.stop()
    watched.client.stop()
    assert watched.wait_for_event("killed", since).generation == generation
    assert_runs(watched)


def test_a_lesson_that_exits_is_named_what_it_started_ends_and_the_run_that_waits_is_run(
    watched: WatchedClient,
) -> None:
    since = len(watched.heard)
    first = watched.begin(
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(3600)'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(1)\n"
        "os._exit(3)"
    )
    watched.wait_for_print(first, "\n")
    child = int(watched.wait_for(OutputPrinted, lambda answer: answer.generation == first).text)
    second = watched.begin(SQUARE)
    died = watched.wait_for_event("died", since)
    assert died.generation == first
    assert died.ended_by == "died"
    assert "os._exit(3)" in died.message
    recorded = watched.wait_for(LessonRecorded, since=since)
    assert recorded.generation == second
    assert recorded.recording.output == "6.0\n"
    assert not is_alive(child)


def test_a_segmentation_fault_is_named_with_its_line_and_nothing_printed_is_lost(watched: WatchedClient) -> None:
    since = len(watched.heard)
    generation = watched.begin("import ctypes\nprint('one')\nprint('two')\nctypes.string_at(0)")
    died = watched.wait_for_event("died", since)
    assert died.generation == generation
    assert "segmentation fault" in died.message
    assert died.line == 4
    printed = [item.text for item in watched.heard[since:] if isinstance(item, OutputPrinted)]
    assert "".join(printed) == "one\ntwo\n"
    assert_runs(watched)


def test_a_death_between_two_runs_is_told_and_mended(watched: WatchedClient) -> None:
    since = len(watched.heard)
    watched.run("import os, threading\nthreading.Timer(0.5, os._exit, [4]).start()")
    died = watched.wait_for_event("died", since)
    assert died.generation is None
    assert "exit code 4" in died.message
    assert_runs(watched)


def test_a_time_limit_holds_for_a_lesson_that_catches_everything(watched: WatchedClient) -> None:
    since = len(watched.heard)
    generation = watched.begin(DEAF, timeout=0.5)
    killed = watched.wait_for_event("killed", since)
    assert killed.generation == generation
    assert killed.ended_by == "timeout"
    assert "time limit of 0.5 s" in killed.message
    assert_runs(watched)


@pytest.mark.parametrize("printed", ["x" * 100, "∂" * 100])
def test_prints_arrive_while_the_lesson_runs_and_again_in_the_recording(watched: WatchedClient, printed: str) -> None:
    since = len(watched.heard)
    recorded = watched.run(f"for k in range(200):\n    print(k, {printed!r})")
    texts = [item.text for item in watched.heard[since:] if isinstance(item, OutputPrinted)]
    assert "".join(texts) == recorded.recording.output == "".join(f"{k} {printed}\n" for k in range(200))
    assert watched.heard[-1] is recorded
