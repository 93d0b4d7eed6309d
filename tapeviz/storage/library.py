"""The lessons that ship with tapeviz."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from tapeviz.model.lesson import table_of
from tapeviz.storage.resources import resource_path
from tapeviz.storage.text_file import read_lesson

Group = Literal["course", "surfaces"]
"""The lessons in their order, and the known functions to descend on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedLesson:
    """One built-in lesson: its number in its group, its name (``first-tape``), title, and what it shows in a line."""

    group: Group
    number: int
    name: str
    title: str
    summary: str
    path: Path

    @property
    def label(self) -> str:
        """The number by which it is asked for: ``14`` in the course, ``s3`` among the surfaces."""
        return f"s{self.number}" if self.group == "surfaces" else str(self.number)

    @property
    def text(self) -> str:
        """The lesson itself."""
        return read_lesson(self.path)


def shipped_lessons() -> tuple[ShippedLesson, ...]:
    """List the built-in lessons in the order of the course, and after them the surfaces."""
    found = (_lesson(path) for path in resource_path("lessons").glob("*.py"))
    return tuple(sorted(found, key=lambda lesson: (get_args(Group).index(lesson.group), lesson.number)))


def find_lesson(name: str) -> ShippedLesson | None:
    """Find a built-in lesson by its name, its number or its file name; None where there is none."""
    for lesson in shipped_lessons():
        if name in (lesson.name, lesson.label, lesson.path.name, lesson.path.stem):
            return lesson
    return None


def _lesson(path: Path) -> ShippedLesson:
    settings = table_of(read_lesson(path))
    return ShippedLesson(
        group=settings.get("group", "course"),
        number=settings["number"],
        name=path.stem.split("-", 1)[1],
        title=settings["title"],
        summary=settings["summary"],
        path=path,
    )
