"""What is kept of what a lesson prints."""

from __future__ import annotations

import re

from tapeviz.client.output import MAX_PART_BYTES, KeptOutput, split_crash


def test_what_is_given_out_is_what_was_printed() -> None:
    output = KeptOutput()
    output.feed("∂f".encode()[:2])
    first = output.take_new()
    output.feed("∂f".encode()[2:])
    assert first + output.take_new() + output.finish() == output.text == "∂f"


def test_only_the_first_bytes_after_all_was_taken_call_for_attention() -> None:
    output = KeptOutput()
    assert [output.feed(b"a"), output.feed(b"b")] == [True, False]
    output.take_new()
    assert output.feed(b"c")


def test_of_a_million_lines_the_first_and_the_last_are_kept_and_the_others_counted() -> None:
    output = KeptOutput()
    lines = [f"{number}\n" for number in range(1_000_000)]
    for start in range(0, 1_000_000, 997):
        output.feed("".join(lines[start : start + 997]).encode())
    output.finish()
    first, gap, last = re.split(r"\n… ([\d,]+) lines were left out here[^\n]*\n", output.text)
    left_out = int(gap.replace(",", ""))
    head, tail = first.splitlines(), last.splitlines()
    assert head == [str(number) for number in range(len(head))]
    assert tail == [str(number) for number in range(1_000_000 - len(tail), 1_000_000)]
    assert len(head) + left_out + len(tail) == 1_000_000
    assert len(output.text) <= 2 * MAX_PART_BYTES + 200


def test_one_endless_line_is_bounded_and_cut_between_characters() -> None:
    output = KeptOutput()
    for _ in range(100):
        output.feed("∂".encode() * 10_001)
    output.finish()
    assert len(output.text.encode()) <= 2 * MAX_PART_BYTES + 200
    assert "�" not in output.text
    assert re.search(r"… [\d,]+ bytes were left out here", output.text)


def test_bytes_that_are_no_text_do_no_harm() -> None:
    output = KeptOutput()
    output.feed(b"\xff\x00ok\n")
    assert output.finish() == "�\0ok\n"


def test_a_place_is_that_of_what_was_fed_before_it() -> None:
    output = KeptOutput()
    output.note_place()
    output.feed("∂f\n".encode())
    output.note_place()
    assert output.places == (0, 3)
    output.take_new()
    output.feed(b"g")
    output.note_place()
    output.finish()
    assert [output.text[:place] for place in output.places] == ["", "∂f\n", "∂f\ng"]


def test_places_keep_pointing_at_their_lines_where_much_was_left_out() -> None:
    output = KeptOutput()
    lines = [f"∂{number}\n" for number in range(300_000)]
    for number, line in enumerate(lines):
        if number in (10, 150_000, 299_990):
            output.note_place()
        output.feed(line.encode())
    output.finish()
    first, lost, last = output.places
    assert output.text[first:].startswith("∂10\n")
    assert output.text[lost:].startswith("\n… ")
    assert output.text[last:].startswith("∂299990\n")


CRASH = """before
Fatal Python error: Segmentation fault

Current thread 0x00007f (most recent call first):
  File "/usr/lib/python3.11/ctypes/__init__.py", line 519 in string_at
  File "./lesson.py", line 3 in crash
  File "lesson.py", line 7 in <module>
"""


def test_a_lesson_that_only_speaks_of_faults_is_not_cut() -> None:
    output = KeptOutput()
    output.feed(b"what is a 'Fatal Python error: '?\n")
    assert output.take_new() == "what is a 'Fatal Python error: '?\n"


def test_a_fault_handlers_report_is_held_back_until_it_is_known_what_it_is() -> None:
    output = KeptOutput()
    output.feed(CRASH.encode())
    assert output.take_new() == "before\n"
    assert output.finish() == CRASH.removeprefix("before\n")


def test_a_crash_is_parted_from_the_output_and_placed_at_the_innermost_line_of_the_lesson() -> None:
    assert split_crash(CRASH, "lesson.py") == ("before\n", 3)
    assert split_crash(CRASH, "other.py") == ("before\n", None)
    assert split_crash("no crash\n", "lesson.py") == ("no crash\n", None)
