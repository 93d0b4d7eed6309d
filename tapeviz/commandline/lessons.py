"""``tapeviz lessons``: the built-in lessons, listed or copied out."""

from __future__ import annotations

import argparse

from tapeviz.commandline.status import DONE, CommandError, say
from tapeviz.commandline.table import aligned
from tapeviz.storage.library import find_lesson, shipped_lessons
from tapeviz.storage.text_file import read_lesson, save_lesson


def lessons(arguments: argparse.Namespace) -> int:
    """List the lessons; print the one that is named, or copy it to a file."""
    if arguments.name is None:
        if arguments.output is not None:
            raise CommandError("say which lesson to copy, as in `tapeviz lessons first-tape -o first.py`.")
        rows = [(lesson.label, lesson.name, lesson.summary) for lesson in shipped_lessons()]
        print("\n".join(aligned(rows, right=(0,))))
        return DONE
    lesson = find_lesson(arguments.name)
    if lesson is None:
        raise CommandError(f"there is no lesson {arguments.name!r}; `tapeviz lessons` lists them.")
    if arguments.output is None:
        print(lesson.text, end="")
        return DONE
    if arguments.output.is_file() and read_lesson(arguments.output) != lesson.text:
        raise CommandError(f"{arguments.output} exists and is another text; choose a new name, or remove it first.")
    save_lesson(arguments.output, lesson.text)
    say(f"copied lesson {lesson.label}, {lesson.title}, to {arguments.output}.")
    return DONE
