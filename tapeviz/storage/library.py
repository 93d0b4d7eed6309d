"""The lessons that ship with tapeviz."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from tapeviz.storage.resources import resource_path
from tapeviz.storage.text_file import read_lesson

_HEADER = re.compile(r"(?m)^# /// script\n(?P<content>(?:^#(?: .*)?\n)+?)^# ///$")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedLesson:
    """One built-in lesson: its number in the course, its name (``first-tape``), title, and what it shows in a line."""

    number: int
    name: str
    title: str
    summary: str
    path: Path

    @property
    def text(self) -> str:
        """The lesson itself."""
        return read_lesson(self.path)


def shipped_lessons() -> tuple[ShippedLesson, ...]:
    """List the built-in lessons in the order of the course."""
    found = (_lesson(path) for path in resource_path("lessons").glob("[0-9][0-9]-*.py"))
    return tuple(sorted(found, key=lambda lesson: lesson.number))


def find_lesson(name: str) -> ShippedLesson | None:
    """Find a built-in lesson by its name, its number or its file name; None where there is none."""
    for lesson in shipped_lessons():
        if name in (lesson.name, str(lesson.number), lesson.path.name, lesson.path.stem):
            return lesson
    return None


def _lesson(path: Path) -> ShippedLesson:
    header = _HEADER.search(read_lesson(path))
    if header is None:
        raise ValueError(f"the built-in lesson {path.name} has no header")
    settings = tomllib.loads(re.sub(r"(?m)^# ?", "", header["content"]))["tool"]["tapeviz"]
    return ShippedLesson(
        number=settings["number"],
        name=path.stem.split("-", 1)[1],
        title=settings["title"],
        summary=settings["summary"],
        path=path,
    )
