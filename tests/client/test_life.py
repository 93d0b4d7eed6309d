"""Starting, failing to start, and leaving nothing behind."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tapeviz.client import run_once
from tapeviz.protocol.requests import RunLesson
from tapeviz.protocol.responses import EngineReady, LessonRecorded
from tests.client.watcher import WatchedClient

PARENT = """
from tapeviz.client import run_once
from tapeviz.protocol.requests import RunLesson
text = "import os\\nprint(os.getpid(), flush=True)\\nwhile True:\\n    pass"
run_once(RunLesson(generation=1, name="a.py", text=text), lambda printed: print(printed, end="", flush=True))
"""


def open_descriptors() -> set[str]:
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the one that lists the folder
            found.add(str(entry.readlink()))
    return found


def test_a_run_stopped_before_the_engine_is_there_never_begins_and_closing_leaves_nothing_behind() -> None:
    threads, children = set(threading.enumerate()), set(psutil.Process().children(recursive=True))
    descriptors = open_descriptors()
    with WatchedClient(has_standby=False) as watched:
        watched.begin("print('never')\nwhile True:\n    pass")
        watched.client.stop()
        recording = watched.wait_for(LessonRecorded).recording
        assert recording.ended_by == "interrupted"
        assert recording.output == ""
        assert watched.wait_for_event("interrupted").generation == 1
        running = watched.begin("print('endless', flush=True)\nwhile True:\n    pass")
        watched.wait_for_print(running, "endless")
    heard = len(watched.heard)
    assert set(threading.enumerate()) == threads
    assert set(psutil.Process().children(recursive=True)) == children
    assert open_descriptors() <= descriptors
    watched.client.close()
    assert len(watched.heard) == heard


def test_a_worker_ends_with_its_parent() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    worker.wait(timeout=20)
    assert not worker.is_running()


def test_run_once_tells_of_a_death_in_a_recording_that_holds_what_was_printed() -> None:
    printed: list[str] = []
    request = RunLesson(generation=1, name="a.py", text="import os\nprint('bye', flush=True)\nos._exit(3)")
    recording = run_once(request, printed.append)
    assert recording.ended_by == "died"
    assert recording.output == "".join(printed) == "bye\n"
    assert "os._exit(3)" in recording.errors[0].message
    assert recording.source.text == request.text


def test_without_tensorflow_the_engine_says_so_and_a_run_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tensorflow.py").write_text("raise ImportError('DLL load failed')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with WatchedClient(has_standby=False) as watched:
        recording = watched.run("x = 1").recording
        problem = watched.wait_for(EngineReady).problem
    assert problem is not None
    assert "DLL load failed" in problem
    assert "pip install" in problem
    assert recording.ended_by == "error"
    assert recording.errors[0].message == problem


def test_a_worker_that_cannot_start_is_given_up_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with WatchedClient() as watched:
        failed = watched.wait_for_event("failed")
        assert failed.message.startswith("The engine cannot be started: The Python process ended (exit code 1).")
        generation = watched.begin("x = 1")
        again = watched.wait_for_event("failed", since=watched.heard.index(failed) + 1)
        assert again.generation == generation


@pytest.mark.parametrize(
    ("module", "absent"),
    [("tapeviz.client", ("tensorflow", "PySide6")), ("tapeviz.worker.process", ("tensorflow", "PySide6"))],
)
def test_importing_is_light(module: str, absent: tuple[str, ...]) -> None:
    code = f"import sys, {module}; print([name for name in {absent!r} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"
