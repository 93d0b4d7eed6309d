"""Lesson files: what Python would read is what is read, and nothing is ever half written."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapeviz.storage.atomic import write_atomically
from tapeviz.storage.problems import UnreadableFile, UnwritableFile
from tapeviz.storage.text_file import read_lesson, save_lesson


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("x = 'é'\n".encode(), "x = 'é'\n"),
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n"),
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'\n", "# -*- coding: latin-1 -*-\nx = 'é'\n"),
        (b"x = 1\r\ny = 2\r\n", "x = 1\ny = 2\n"),
        (b"", ""),
    ],
)
def test_a_lesson_is_read_in_the_encoding_it_declares(tmp_path: Path, content: bytes, text: str) -> None:
    path = tmp_path / "lesson.py"
    path.write_bytes(content)
    assert read_lesson(path) == text


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"x = 1\ny = '\xe9'\n", r"not utf-8 text \(line 2\)"),
        (b"# coding: klingon\n", "encoding that Python does not know"),
        (b"\x7fELF\0\0", "not a text file"),
        (b"#" * (5 << 20), "too large"),
    ],
)
def test_what_is_no_lesson_is_refused_in_one_sentence(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "lesson.py"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=says):
        read_lesson(path)


def test_a_missing_lesson_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="There is no file"):
        read_lesson(tmp_path / "missing.py")
    with pytest.raises(UnreadableFile, match="not a file"):
        read_lesson(tmp_path)


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0")))
def test_any_text_comes_back(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.py"
    text = f"pass  # no declaration follows\npass\n{text}"
    save_lesson(path, text)
    assert read_lesson(path) == text


def test_a_lesson_is_written_in_the_encoding_it_declares(tmp_path: Path) -> None:
    path = tmp_path / "lesson.py"
    save_lesson(path, "# coding: latin-1\nx = 'é'\n")
    assert path.read_bytes() == b"# coding: latin-1\nx = '\xe9'\n"
    with pytest.raises(UnwritableFile, match="Line 2 holds '∂'"):
        save_lesson(path, "# coding: latin-1\nx = '∂'\n")
    assert path.read_bytes() == b"# coding: latin-1\nx = '\xe9'\n"


def test_windows_line_ends_stay(tmp_path: Path) -> None:
    path = tmp_path / "lesson.py"
    path.write_bytes(b"x = 1\r\n")
    save_lesson(path, "x = 2\ny = 3\n")
    assert path.read_bytes() == b"x = 2\r\ny = 3\r\n"


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "lesson.py"
    path.write_text("old", encoding="utf-8")

    def fail_half_way(file: BinaryIO) -> None:
        file.write(b"new")
        raise OSError(28, "No space left on device")

    with pytest.raises(UnwritableFile, match="No space left on device"):
        write_atomically(path, fail_half_way)
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_name_that_is_a_folder_or_lies_in_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnwritableFile, match="is a folder"):
        save_lesson(tmp_path, "x = 1\n")
    with pytest.raises(UnwritableFile, match="there is no folder"):
        save_lesson(tmp_path / "missing" / "lesson.py", "x = 1\n")


def test_permissions_and_links_stay(tmp_path: Path) -> None:
    path = tmp_path / "lesson.py"
    save_lesson(path, "x = 1\n")
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask
    path.chmod(0o640)
    link = tmp_path / "link.py"
    link.symlink_to(path)
    save_lesson(link, "x = 2\n")
    assert link.is_symlink()
    assert path.read_text(encoding="utf-8") == "x = 2\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
