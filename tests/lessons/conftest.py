"""One worker for all lessons: TensorFlow is imported once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import count

import pytest

from tapeviz.client import LessonRunner
from tapeviz.model.recording import Recording
from tapeviz.protocol.requests import RunLesson
from tapeviz.storage.library import find_lesson


@pytest.fixture(scope="session")
def recorded() -> Iterator[Callable[[int | str], Recording]]:
    """Record the lesson of a number, or of a surface's label, through the real worker, once."""
    generations = count(1)
    with LessonRunner() as runner:

        @cache
        def record(label: str) -> Recording:
            lesson = find_lesson(label)
            assert lesson is not None
            request = RunLesson(
                generation=next(generations), name=lesson.path.name, text=lesson.text, folder=str(lesson.path.parent)
            )
            return runner.run(request)

        yield lambda label: record(str(label))
