"""Where in the lesson's text an instruction stands."""

from __future__ import annotations

import sys
from types import CodeType, FrameType

from tapeviz.model.recording import SourceRange

Position = tuple[int | None, int | None, int | None, int | None]


class Places:
    """Finds source ranges of instructions in `text`, in characters.

    Python counts columns in UTF-8 bytes; a line with other letters in it needs them counted again.
    """

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        self._positions: dict[int, tuple[CodeType, list[Position]]] = {}
        self._ranges: dict[tuple[int, int], SourceRange | None] = {}

    def range_of(self, code: CodeType, instruction: int) -> SourceRange | None:
        """Return the range of the instruction at byte offset `instruction`."""
        key = (id(code), instruction)
        if key not in self._ranges:
            self._ranges[key] = self._find(code, instruction)
        return self._ranges[key]

    def line(self, number: int) -> str:
        """Return the text of a line; empty beyond the end."""
        return self._lines[number - 1] if 1 <= number <= len(self._lines) else ""

    def _find(self, code: CodeType, instruction: int) -> SourceRange | None:
        held, positions = self._positions.get(id(code), (None, []))
        if held is None:
            positions = list(code.co_positions())
            self._positions[id(code)] = (code, positions)
        index = instruction // 2
        if not 0 <= index < len(positions):
            return None
        line, end_line, column, end_column = positions[index]
        if line is None:
            return None
        end_line = end_line or line
        return SourceRange(
            line=line,
            column=self.column(line, column or 0),
            end_line=end_line,
            end_column=self.column(end_line, end_column or 0),
        )

    def column(self, line: int, column: int) -> int:
        """Turn a byte column of a line into a character column."""
        text = self.line(line)
        return column if text.isascii() else len(text.encode()[:column].decode(errors="ignore"))


class TracedPlaces(Places):
    """Finds whole lines: of an op that was traced only its line is known, which stands for the instruction."""

    def range_of(self, code: CodeType, instruction: int) -> SourceRange | None:
        """Return the range of what is written on the line `instruction`."""
        del code
        text = self.line(instruction)
        start = len(text) - len(text.lstrip())
        return SourceRange(line=instruction, column=start, end_line=instruction, end_column=len(text.rstrip()))


def line_of(frame: FrameType | None) -> int | None:
    """Return the line a frame stands at."""
    return frame.f_lineno if frame is not None else None


def innermost(filename: str) -> FrameType | None:
    """Return the innermost running frame of the lesson, None outside of it."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename != filename:
        frame = frame.f_back
    return frame
