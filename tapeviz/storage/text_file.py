"""Lesson files: plain Python text, read in the encoding it declares and written whole or not at all."""

from __future__ import annotations

import io
import tokenize
from pathlib import Path

from tapeviz.storage.atomic import write_atomically
from tapeviz.storage.problems import UnreadableFile, UnwritableFile, reading_failed

MAX_LESSON_BYTES = 4 << 20
"""The size of the largest file that is taken for a lesson."""


def read_lesson(path: Path) -> str:
    r"""Read a lesson's text, with ``\n`` at the end of every line.

    Raises
    ------
    UnreadableFile
        Where there is no such file, or it is no Python text: too large, binary, or not in the encoding it declares.
    """
    content = _content(path)
    if len(content) > MAX_LESSON_BYTES:
        raise UnreadableFile(f"{path} is too large to be a lesson (more than {MAX_LESSON_BYTES >> 20} MiB).")
    if b"\0" in content:
        raise UnreadableFile(f"{path} is not a text file; a lesson is a Python script.")
    try:
        encoding = _declared_encoding(content)
        text = content.decode(encoding)
    except SyntaxError as error:
        raise UnreadableFile(f"{path} declares an encoding that Python does not know ({error.msg}).") from error
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableFile(
            f"{path} is not {encoding} text (line {line}); save it as UTF-8, or declare its encoding in the first line."
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def save_lesson(path: Path, text: str) -> None:
    """Write a lesson in the encoding it declares (UTF-8 where it declares none).

    A file that had Windows line ends keeps them.

    Raises
    ------
    UnwritableFile
        Where the file cannot be written, or the text does not fit the encoding it declares.
    """
    try:
        encoding = _declared_encoding(text.encode("utf-8", "surrogatepass"))
        content = text.encode("utf-8" if encoding == "utf-8-sig" else encoding)
    except SyntaxError as error:
        raise UnwritableFile(f"The lesson declares an encoding that Python does not know ({error.msg}).") from error
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise UnwritableFile(
            f"Line {line} holds {text[error.start]!r}, which {encoding} text cannot hold; declare utf-8 instead."
        ) from error
    if _has_windows_line_ends(path):
        content = content.replace(b"\n", b"\r\n")
    write_atomically(path, lambda file: file.write(content))


def _content(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise UnreadableFile(f"{path} is not a file.")
        with path.open("rb") as file:
            return file.read(MAX_LESSON_BYTES + 1)
    except OSError as error:
        raise reading_failed(path, error) from error


def _declared_encoding(content: bytes) -> str:
    """Give the encoding that a Python source declares by PEP 263, or UTF-8."""
    return tokenize.detect_encoding(io.BytesIO(content).readline)[0]


def _has_windows_line_ends(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return b"\r\n" in file.read(MAX_LESSON_BYTES)
    except OSError:
        return False
