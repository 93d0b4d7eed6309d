"""One worker process seen from outside: what is sent to it, what it answers, what it prints, and its end."""

from __future__ import annotations

import gc
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import BinaryIO, cast

import psutil

from tapeviz.client.output import KeptOutput
from tapeviz.protocol.codec import MessageError, decode_response, encode_request
from tapeviz.protocol.framing import WORKER_ARGUMENT, read_frame, write_frame
from tapeviz.protocol.marks import Mark, MarkReader, pack_mark
from tapeviz.protocol.requests import Request
from tapeviz.protocol.responses import EngineReady, Response

_READ_BYTES = 256 * 1024
_PIPE_BYTES = 1024 * 1024
_COMPLAINT_BYTES = 4096
_GATHER_SECONDS = 0.002
"""How long printed lines may gather in the pipe: reading a million of them one by one would be slow."""
_CLOSED = Mark(moment="closed", generation=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The worker sent a response."""

    process: WorkerProcess
    response: Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """Something new is in `output`."""

    process: WorkerProcess
    generation: int
    output: KeptOutput


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """Run `mark.generation`, which prints into `output`, came to a moment of its life."""

    process: WorkerProcess
    mark: Mark
    output: KeptOutput


@dataclass(frozen=True, slots=True, kw_only=True)
class Exited:
    """The process is gone, and all that it sent before has been reported.

    `complaint` is the last it said outside of any run, such as Python's own errors while it starts.
    """

    process: WorkerProcess
    exit_code: int
    complaint: str


Report = Answered | Printed | Marked | Exited


class WorkerProcess:
    """A worker that was started and is reported on until it is gone.

    Parameters
    ----------
    report : callable
        Called from the threads of this process with every `Report`; must not block.
    """

    def __init__(self, report: Callable[[Report], None]) -> None:
        self._report = report
        self._token = secrets.token_hex(16)
        self._complaint = ""
        self._idle_words = b""
        self._outbox: SimpleQueue[bytes | None] = SimpleQueue()
        self.ready: EngineReady | None = None
        printed, self._printed_end = os.pipe()
        _widen(self._printed_end)
        self._process = _spawn(self._token, self._printed_end)
        self._threads = [
            self._thread("send", self._send),
            self._thread("receive", self._receive),
            self._thread("output", self._collect, printed),
        ]
        self._waiter = self._thread("wait", self._await_exit)

    @property
    def pid(self) -> int:
        """The id that the operating system gave it."""
        return self._process.pid

    def send(self, request: Request) -> None:
        """Send `request`, or nothing where the process is gone; never blocks."""
        self._outbox.put(encode_request(request))

    def kill(self) -> None:
        """End the process, and all that it started, at once."""
        if self._process.poll() is None:
            _kill_family(self._process)

    def join(self) -> None:
        """Wait until the process is gone and everything that belonged to it is closed."""
        self._waiter.join()

    def _thread(self, name: str, work: Callable[..., None], *arguments: object) -> threading.Thread:
        thread = threading.Thread(target=work, args=arguments, name=f"tapeviz-{name}-{self._process.pid}", daemon=True)
        thread.start()
        return thread

    def _send(self) -> None:
        with suppress(OSError), cast(BinaryIO, self._process.stdin) as stream:
            while (payload := self._outbox.get()) is not None:
                write_frame(stream, payload)

    def _receive(self) -> None:
        with cast(BinaryIO, self._process.stderr) as stream:
            try:
                while (payload := read_frame(stream)) is not None:
                    self._report(Answered(process=self, response=_decoded(payload)))
            except MessageError as error:
                self._complaint = str(error) + stream.read().decode("utf-8", "replace")
                self.kill()

    def _collect(self, printed: int) -> None:
        marks = MarkReader(self._token)
        output: KeptOutput | None = None
        generation = 0
        with os.fdopen(printed, "rb", buffering=0) as stream:
            while True:
                items = marks.feed(stream.read(_READ_BYTES))
                for item in items:
                    if isinstance(item, Mark):
                        if item == _CLOSED:
                            return
                        if item.moment == "begins":
                            output, generation = KeptOutput(), item.generation
                        if output is not None:
                            if item.moment == "figure":
                                output.note_place()
                            self._report(Marked(process=self, mark=item, output=output))
                        if item.moment == "ends":
                            output = None
                    elif output is None:
                        self._idle_words = (self._idle_words + item)[-_COMPLAINT_BYTES:]
                    elif output.feed(item):
                        self._report(Printed(process=self, generation=generation, output=output))
                if not any(isinstance(item, Mark) for item in items):
                    time.sleep(_GATHER_SECONDS)

    def _await_exit(self) -> None:
        exit_code = self._process.wait()
        _kill_family(self._process)
        self._outbox.put(None)
        os.write(self._printed_end, pack_mark(_CLOSED, self._token))
        for thread in self._threads:
            thread.join()
        os.close(self._printed_end)
        complaint = self._complaint or self._idle_words.decode("utf-8", "replace")
        self._report(Exited(process=self, exit_code=exit_code, complaint=complaint))


def _decoded(payload: bytes) -> Response:
    """Decode without Python looking for garbage among the thousands of new objects, which doubles the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return decode_response(payload)
    finally:
        if was_enabled:
            gc.enable()


def _command(token: str) -> Sequence[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, WORKER_ARGUMENT, token]
    return [sys.executable, "-P", "-m", "tapeviz.worker", token]


def _spawn(token: str, printed: int) -> subprocess.Popen[bytes]:
    package_folder = str(Path(__file__).parents[2])
    inherited = os.environ.get("PYTHONPATH")
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([package_folder, inherited] if inherited else [package_folder]),
        "TF_CPP_MIN_LOG_LEVEL": os.environ.get("TF_CPP_MIN_LOG_LEVEL", "2"),
        "MPLBACKEND": "Agg",
    }
    return subprocess.Popen(
        _command(token),
        stdin=subprocess.PIPE,
        stdout=printed,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=os.name == "posix",  # a Ctrl+C in the terminal is for the client alone
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def _widen(pipe: int) -> None:
    """Let a lesson that prints a lot run on while the reader is busy, where the system can (Linux)."""
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):  # the user's share of pipe memory may be used up
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _kill_family(process: subprocess.Popen[bytes]) -> None:
    """End `process` and what it started: these would hold its pipes open."""
    if os.name == "posix":
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        return
    with suppress(psutil.NoSuchProcess):
        for child in psutil.Process(process.pid).children(recursive=True):
            child.kill()
    process.kill()
