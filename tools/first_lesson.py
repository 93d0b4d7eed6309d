"""Do without a display what `make run` does with one: record the first lesson, print its gradients, draw its pictures.

usage: python tools/first_lesson.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

from tapeviz.cli import main as tapeviz
from tapeviz.storage.library import find_lesson


def main() -> int:
    """Record, print, draw; say where the pictures are."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    lesson = find_lesson("1")
    if lesson is None:
        print("The first lesson is missing; install tapeviz again.", file=sys.stderr)
        return 1
    recording = str(folder / "first-lesson.tape")
    pictures = [str(folder / name) for name in ("first-lesson-light.png", "first-lesson-dark.png", "first-lesson.svg")]
    steps = [
        ["record", str(lesson.path), "-o", recording],
        ["inspect", recording],
        ["render", recording, "-o", pictures[0], "--theme", "light"],
        ["render", recording, "-o", pictures[1], "--theme", "dark"],
        ["render", recording, "-o", pictures[2], "--theme", "print"],
    ]
    for step in steps:
        status = tapeviz(step)
        if status:
            return status
    print("There is no display; the pictures of the first lesson are in:")
    print("\n".join(f"  {picture}" for picture in pictures))
    return 0


if __name__ == "__main__":
    # Recording starts a process of its own, which imports this file again: nothing may happen above this line.
    sys.exit(main())
