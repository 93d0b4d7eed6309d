"""Marks in the stream of what a lesson prints, so that the reader knows which bytes belong to which run.

A mark is a NUL, a token that no lesson can guess, what happens, the generation, and a NUL. It is shorter than what a
pipe takes in one piece, so other threads of the lesson cannot tear it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast, get_args

Moment = Literal["begins", "figure", "timeout", "memory", "heeded", "ends", "closed"]
"""A run begins; shows a figure, which travels by the channel; goes over its time or its memory and is being
interrupted; has left the lesson's code after an interrupt; ends. And, written by the reader's own side: nothing more
will come."""

_MOMENTS = frozenset(get_args(Moment))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something that happened to run `generation`."""

    moment: Moment
    generation: int


def pack_mark(mark: Mark, token: str) -> bytes:
    """Return the bytes that stand for `mark` in the stream."""
    return f"\0{token}:{mark.moment}:{mark.generation}\0".encode("ascii")


class MarkReader:
    """Tells marks from printed bytes in a stream that arrives in pieces.

    Parameters
    ----------
    token : str
        What the marks of this stream begin with.
    """

    def __init__(self, token: str) -> None:
        self._opening = f"\0{token}:".encode("ascii")
        self._rest = b""

    def feed(self, piece: bytes) -> list[bytes | Mark]:
        """Return what is complete after the next `piece`, in order."""
        found: list[bytes | Mark] = []
        text = self._rest + piece
        while (start := text.find(self._opening)) >= 0:
            end = text.find(b"\0", start + len(self._opening))
            if start:
                found.append(text[:start])
            if end < 0:
                self._rest = text[start:]
                return found
            found.append(self._mark(text[start + len(self._opening) : end]))
            text = text[end + 1 :]
        kept = self._partial_opening(text)
        self._rest = text[len(text) - kept :]
        if len(text) > kept:
            found.append(text[: len(text) - kept])
        return found

    def _mark(self, body: bytes) -> Mark:
        moment, _, generation = body.decode("ascii").partition(":")
        if moment not in _MOMENTS:
            raise ValueError(f"there is no moment {moment!r}")
        return Mark(moment=cast(Moment, moment), generation=int(generation))

    def _partial_opening(self, text: bytes) -> int:
        for size in range(min(len(text), len(self._opening) - 1), 0, -1):
            if text.endswith(self._opening[:size]):
                return size
        return 0
