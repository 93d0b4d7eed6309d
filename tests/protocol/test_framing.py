"""Messages keep their borders in a stream of bytes."""

from __future__ import annotations

import io

import pytest

from tapeviz.protocol.codec import MessageError
from tapeviz.protocol.framing import read_frame, write_frame


def test_frames_are_read_as_they_were_written() -> None:
    payloads = [b"", b"one", bytes(range(256)) * 1000]
    stream = io.BytesIO()
    for payload in payloads:
        write_frame(stream, payload)
    stream.seek(0)
    assert [read_frame(stream) for _ in payloads] == payloads
    assert read_frame(stream) is None


@pytest.mark.parametrize("kept", [1, 3, 5, 11, 12, 14])
def test_a_stream_that_ends_within_a_frame_has_ended(kept: int) -> None:
    stream = io.BytesIO()
    write_frame(stream, b"hello")
    assert read_frame(io.BytesIO(stream.getvalue()[:kept])) is None


def test_what_is_no_frame_is_quoted() -> None:
    with pytest.raises(MessageError, match="Traceback"):
        read_frame(io.BytesIO(b"Traceback (most recent call last):"))


def test_an_absurd_length_is_refused_before_it_is_read() -> None:
    with pytest.raises(MessageError, match="longer than any"):
        read_frame(io.BytesIO(b"tape" + b"\xff" * 8))
