"""The lessons that ship, as a list."""

from __future__ import annotations

from tapeviz.storage.library import find_lesson, shipped_lessons
from tapeviz.storage.resources import resource_path


def test_the_lessons_stand_in_the_order_of_the_course() -> None:
    lessons = shipped_lessons()
    course = range(1, 30)
    assert [lesson.label for lesson in lessons] == [*map(str, course), *(f"s{number}" for number in range(1, 16))]
    assert len({lesson.name for lesson in lessons}) == len(lessons)
    for lesson in lessons:
        prefix = {"course": "", "surfaces": "s"}[lesson.group]
        assert lesson.path.name == f"{prefix}{lesson.number:02d}-{lesson.name}.py"
        assert lesson.title
        assert lesson.summary
        assert lesson.text.startswith("# /// script\n")


def test_a_lesson_is_found_by_name_number_and_file_name() -> None:
    first = shipped_lessons()[0]
    assert first.path == resource_path("lessons", "01-first-tape.py")
    for name in ("first-tape", "1", "01-first-tape", "01-first-tape.py"):
        assert find_lesson(name) == first
    valley = find_lesson("s3")
    assert valley is not None
    assert valley == find_lesson("rosenbrock") == find_lesson("s03-rosenbrock")
    assert find_lesson("last-tape") is None
