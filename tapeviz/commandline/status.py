"""The exit statuses that other programs rely on, and how a command says that it cannot go on."""

from __future__ import annotations

import sys

DONE = 0
LESSON_FAILED = 1
WRONG_USE = 2
STOPPED = 3


class CommandError(Exception):
    """A command cannot do what it was asked; the text is one sentence, `status` the exit status."""

    def __init__(self, sentence: str, status: int = WRONG_USE) -> None:
        super().__init__(sentence)
        self.status = status


def say(sentence: str) -> None:
    """Tell the person at the terminal something, on standard error."""
    print(f"tapeviz: {sentence}", file=sys.stderr, flush=True)
