"""``tapeviz inspect`` and ``tapeviz lessons``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tapeviz.commandline.inspect import MAX_CALLS, report
from tapeviz.commandline.table import aligned
from tapeviz.model.wording import sentences
from tapeviz.storage.contract_json import recording_json
from tapeviz.storage.library import shipped_lessons
from tests.cli.conftest import Tapeviz
from tests.storage.recordings import squared


def test_the_table_tells_calls_sources_reasons_errors_and_output(tapeviz: Tapeviz, tape: Path) -> None:
    ran = tapeviz("inspect", tape)
    assert ran.status == 0
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert lines[0] == "lesson.py ended by an error after 250 ms under TensorFlow 2.21.0"
    assert "0 4 single use variables 2 released series 0" in lines
    assert "0 6 0 y x 3.000 6.000 yes" in lines
    assert "c 2.000 None" in lines
    assert "call 0 c y never uses c. Use it." in lines
    assert "line 8 NameError There is no z." in lines
    assert lines[-2:] == ["Output", "9.0"]


def test_the_columns_line_up() -> None:
    assert aligned([("a", "bb", "c"), ("aaa", "b", "")], right=(1,)) == ["a    bb  c", "aaa   b"]
    assert aligned([]) == []


def test_of_very_many_calls_the_table_shows_the_ends() -> None:
    recording = squared()
    calls = tuple(replace(recording.gradient_calls[0], id=number) for number in range(200))
    lines = report(replace(recording, gradient_calls=calls, accumulators=()))
    shown = [line.split()[0] for line in lines if line.endswith("yes")]
    assert shown == [str(number) for number in (*range(MAX_CALLS // 2), *range(200 - MAX_CALLS // 2, 200))]
    assert any("160 between them are left out" in line for line in lines)


def test_json_on_standard_output_is_the_whole_recording(tapeviz: Tapeviz, tape: Path) -> None:
    ran = tapeviz("inspect", tape, "--json")
    assert ran.status == 0
    assert ran.err == ""
    assert ran.json["source"]["text"] == squared().source.text
    assert ran.json.keys() == recording_json(squared()).keys()
    assert [source["value"] for source in ran.json["gradient_calls"][0]["sources"]] == [6.0, None]


def test_lessons_are_listed(tapeviz: Tapeviz) -> None:
    ran = tapeviz("lessons")
    assert ran.status == 0
    listed = [line.split()[:2] for line in ran.out.splitlines()]
    assert listed == [[lesson.label, lesson.name] for lesson in shipped_lessons()]
    assert ["29", "jacobian-and-hessian"] in listed
    assert listed[-1] == ["s15", "double-well"]


def test_a_lesson_is_copied_out_but_never_over_another_text(tapeviz: Tapeviz, tmp_path: Path) -> None:
    copy = tmp_path / "cubic.py"
    assert tapeviz("lessons", "cubic", "-o", copy).status == 0
    original = shipped_lessons()[1].path
    assert copy.read_bytes() == original.read_bytes()
    assert tapeviz("lessons", "2", "-o", copy).status == 0
    copy.write_text("mine = 1\n", encoding="utf-8")
    ran = tapeviz("lessons", "cubic", "-o", copy)
    assert ran.status == 2
    assert "exists and is another text" in ran.err
    assert copy.read_text(encoding="utf-8") == "mine = 1\n"


def test_a_lesson_is_printed(tapeviz: Tapeviz) -> None:
    assert tapeviz("lessons", "cubic").out == shipped_lessons()[1].text


def test_a_message_and_its_mend_become_sentences_on_one_line() -> None:
    assert sentences("'(' was never closed", "Close the bracket.") == "'(' was never closed. Close the bracket."
    assert sentences("Shapes\n  differ", None, "") == "Shapes differ."
