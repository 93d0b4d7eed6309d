"""Who owns which file descriptor: the channel to the client is put out of the lesson's reach.

The client starts the worker with requests on descriptor 0, printed output on 1 and responses on 2. The channel moves
to descriptors of its own, which no child process inherits; the lesson gets an empty 0, and the output pipe as both 1
and 2, so that neither ``print`` nor a C++ log can ever land in a message.
"""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import BinaryIO, TextIO

from tapeviz.protocol.codec import encode_response
from tapeviz.protocol.framing import write_frame
from tapeviz.protocol.marks import Mark, pack_mark
from tapeviz.protocol.responses import Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """The worker's end of the three pipes. `send` may be called from any thread."""

    requests: BinaryIO
    responses: BinaryIO
    printed: int
    token: str
    lock: threading.Lock
    owner: int

    def send(self, response: Response) -> None:
        """Send one response whole."""
        self._leave_if_forked()
        payload = encode_response(response)
        with self.lock:
            write_frame(self.responses, payload)

    def mark(self, mark: Mark) -> None:
        """Put `mark` into the printed output, after all that was printed so far."""
        self._leave_if_forked()
        os.write(self.printed, pack_mark(mark, self.token))

    def _leave_if_forked(self) -> None:
        """End a child that the lesson forked and that ran on past the lesson's end: it has nothing to say here."""
        if os.getpid() != self.owner:
            os._exit(0)


def claim_channel(token: str) -> Channel:
    """Take the channel away from the standard streams and give the lesson its own. To be called before all else."""
    channel = Channel(
        requests=os.fdopen(os.dup(0), "rb"),
        responses=os.fdopen(os.dup(2), "wb"),
        printed=os.dup(1),
        token=token,
        lock=threading.Lock(),
        owner=os.getpid(),
    )
    _lay_descriptors(channel.printed)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = _text_stream(1)
    sys.stderr = _text_stream(2)
    return channel


@contextmanager
def lesson_streams(channel: Channel) -> Iterator[None]:
    """Send on all that is printed inside, and put right afterwards what a lesson did to the standard streams."""
    before = sys.stdin, sys.stdout, sys.stderr
    try:
        yield
    finally:
        stdin, stdout, stderr = before
        _flush(stdout)
        _flush(stderr)
        _lay_descriptors(channel.printed)
        sys.stdin = stdin
        sys.stdout = _text_stream(1) if stdout.closed else stdout
        sys.stderr = _text_stream(2) if stderr.closed else stderr


def _flush(stream: TextIO) -> None:
    if stream.closed:
        return
    try:
        stream.flush()
    except OSError:  # the lesson closed the descriptor; what stands in the buffer is not for the next one
        with suppress(OSError):
            stream.close()


def _lay_descriptors(printed: int) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(printed, 1)
    os.dup2(printed, 2)


def _text_stream(descriptor: int) -> TextIO:
    stream = open(descriptor, "wb", closefd=False)  # noqa: SIM115
    return io.TextIOWrapper(stream, encoding="utf-8", errors="backslashreplace", line_buffering=True)
