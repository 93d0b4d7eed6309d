"""``tapeviz doctor``: what is installed, what is missing, and the command that mends it."""

from __future__ import annotations

from tapeviz.commandline.status import DONE, LESSON_FAILED, say
from tapeviz.commandline.table import aligned
from tapeviz.doctor import findings


def doctor() -> int:
    """Print one line for each thing that was looked at, and below it the mend."""
    say("looking around; TensorFlow takes some seconds to start.")
    found = findings()
    lines = aligned([("problem" if one.is_problem else "ok", one.subject, one.found) for one in found])
    for line, one in zip(lines, found, strict=True):
        print(line)
        if one.mend:
            print(f"         mend it with: {one.mend}")
    return LESSON_FAILED if any(one.is_problem for one in found) else DONE
