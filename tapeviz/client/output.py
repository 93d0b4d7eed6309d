"""What a lesson printed, kept within bounds: the first part, the last part, and how much lies between."""

from __future__ import annotations

import codecs
import re
import threading
from pathlib import Path

MAX_PART_BYTES = 512 * 1024
"""At most this much is kept of the beginning, and at most this much of the end."""

_FAULT = re.compile(r"^(?:Fatal Python error|Windows fatal exception): ", re.MULTILINE)
_FRAME = re.compile(r'^  File "(?P<file>.*)", line (?P<line>\d+) in ', re.MULTILINE)


class KeptOutput:
    """Collects printed bytes from one thread and gives them out as text to another.

    The first part is given out as it comes; once it is full, the rest waits for the end, so that what was given out
    is always the beginning of what is kept.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._given: list[str] = []
        self._pending = ""
        self._head_size = 0
        self._is_head_full = False
        self._tail = bytearray()
        self._bytes_left_out = 0
        self._lines_left_out = 0
        self._head_characters = 0
        self._head_places: list[int] = []
        self._tail_places: list[int] = []

    @property
    def text(self) -> str:
        """All that was given out so far."""
        return "".join(self._given)

    @property
    def places(self) -> tuple[int, ...]:
        """The characters of the text before which something was noted; after `finish`, they are final."""
        with self._lock:
            return (*self._head_places, *(self._head_characters for _ in self._tail_places))

    def note_place(self) -> None:
        """Remember that something stands here, after all that was fed so far."""
        with self._lock:
            if self._is_head_full:
                self._tail_places.append(self._bytes_left_out + len(self._tail))
            else:
                self._head_places.append(self._head_characters)

    def feed(self, piece: bytes) -> bool:
        """Take the next bytes; return whether there is something to take now and was nothing before."""
        with self._lock:
            had_pending = bool(self._pending)
            if not self._is_head_full:
                piece = self._fill_head(piece)
            self._tail += piece
            if len(self._tail) > 2 * MAX_PART_BYTES:
                self._shorten_tail()
            return bool(self._pending) and not had_pending

    def take_new(self) -> str:
        """Return what came since it was last asked for; a fault handler's report waits for the end."""
        with self._lock:
            fault = _FAULT.search(self._pending)
            cut = fault.start() if fault else len(self._pending)
            new, self._pending = self._pending[:cut], self._pending[cut:]
            self._given.append(new)
            return new

    def finish(self) -> str:
        """Return all that was not given out yet; nothing more will come."""
        with self._lock:
            if len(self._tail) > MAX_PART_BYTES:
                self._shorten_tail()
            last, gap = self._decoder.decode(b"", final=True), self._gap()
            self._settle_places(self._head_characters + len(last), len(gap))
            rest = self._pending + last + gap + self._tail.decode("utf-8", "replace")
            self._pending = ""
            self._tail.clear()
            self._given.append(rest)
            return rest

    def _fill_head(self, piece: bytes) -> bytes:
        room = MAX_PART_BYTES - self._head_size
        cut = len(piece)
        if cut > room:
            self._is_head_full = True
            cut = piece.rfind(b"\n", 0, room) + 1 or _character_start(piece, room)
        self._head_size += cut
        decoded = self._decoder.decode(piece[:cut])
        self._pending += decoded
        self._head_characters += len(decoded)
        return piece[cut:]

    def _settle_places(self, head: int, gap: int) -> None:
        """Turn the places in the last part into characters, once it is known how much was left out before it."""
        for place in self._tail_places:
            kept = place - self._bytes_left_out
            before = len(self._tail[:kept].decode("utf-8", "replace")) + gap if kept >= 0 else 0
            self._head_places.append(head + before)
        self._tail_places.clear()

    def _shorten_tail(self) -> None:
        cut = len(self._tail) - MAX_PART_BYTES
        cut = self._tail.find(b"\n", cut) + 1 or _character_start(self._tail, cut)
        self._bytes_left_out += cut
        self._lines_left_out += self._tail.count(b"\n", 0, cut)
        del self._tail[:cut]

    def _gap(self) -> str:
        if not self._bytes_left_out:
            return ""
        amount = f"{self._lines_left_out:,} lines" if self._lines_left_out else f"{self._bytes_left_out:,} bytes"
        return f"\n… {amount} were left out here: the lesson printed more than is kept. Its last lines follow. …\n"


def _character_start(text: bytes | bytearray, place: int) -> int:
    while place > 0 and text[place] & 0xC0 == 0x80:
        place -= 1
    return place


def split_crash(printed: str, lesson: str) -> tuple[str, int | None]:
    """Part what the lesson printed last from the report of Python's fault handler.

    Returns
    -------
    printed : str
        Without the report.
    line : int or None
        The innermost line of the file `lesson` in the report.
    """
    fault = _FAULT.search(printed)
    if fault is None:
        return printed, None
    frames = _FRAME.finditer(printed, fault.end())
    lines = (int(frame["line"]) for frame in frames if Path(frame["file"]) == Path(lesson))
    return printed[: fault.start()], next(lines, None)
