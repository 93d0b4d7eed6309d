"""Whole messages over a stream of bytes: a mark, the length, the payload."""

from __future__ import annotations

import struct
from typing import BinaryIO

from tapeviz.protocol.codec import MessageError

_HEADER = struct.Struct(">4sQ")
_MARK = b"tape"
MAX_FRAME_BYTES = 4 * 2**30
"""A longer frame is taken for garbage."""
WORKER_ARGUMENT = "--tapeviz-worker"
"""Starts a frozen program as its own worker: a frozen program has no ``python -m``."""


def write_frame(stream: BinaryIO, payload: bytes) -> None:
    """Write one message and hand it on at once."""
    stream.write(_HEADER.pack(_MARK, len(payload)) + payload)
    stream.flush()


def read_frame(stream: BinaryIO) -> bytes | None:
    """Wait for the next message; None where the other end is gone, also in the middle of a message.

    Raises
    ------
    MessageError
        Where the stream holds something else; it carries what was read so far.
    """
    header = stream.read(_HEADER.size)
    if not _MARK.startswith(header[: len(_MARK)]):
        raise MessageError(header.decode("utf-8", "replace"))
    if len(header) < _HEADER.size:
        return None
    _, size = _HEADER.unpack(header)
    if size > MAX_FRAME_BYTES:
        raise MessageError(f"a message of {size} bytes is longer than any can be")
    payload = stream.read(size)
    return payload if len(payload) == size else None
