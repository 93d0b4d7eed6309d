"""Wrong arguments and unreadable files: status 2, and one sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Tapeviz

WRONG = {
    "no such command or file": ["recrod", "x.py"],
    "no such file": ["missing.py"],
    "two files": ["a.py", "b.py"],
    "an unknown option": ["--windows"],
    "no lesson": ["record"],
    "no output": ["record", "lesson.py"],
    "an output that is no recording": ["record", "lesson.py", "-o", "out.zip"],
    "a missing lesson": ["record", "missing.py", "-o", "out.tape"],
    "no time at all": ["record", "lesson.py", "-o", "out.tape", "--timeout", "0"],
    "endless time": ["record", "lesson.py", "-o", "out.tape", "--timeout", "inf"],
    "half a MiB": ["record", "lesson.py", "-o", "out.tape", "--memory-limit", "0.5"],
    "a setting without a value": ["record", "lesson.py", "-o", "out.tape", "--set", "x"],
    "a setting of no name": ["record", "lesson.py", "-o", "out.tape", "--set", "2x=1"],
    "a negative seed": ["record", "lesson.py", "-o", "out.tape", "--seed", "-1"],
    "an output in no folder": ["record", "lesson.py", "-o", "missing/out.tape"],
    "a picture in no folder": ["render", "lesson.py", "-o", "missing/out.png"],
    "a missing recording": ["inspect", "missing.tape"],
    "a lesson for a recording": ["inspect", "lesson.py"],
    "a picture of no kind": ["render", "lesson.tape", "-o", "out.bmp"],
    "a size that is none": ["render", "lesson.tape", "-o", "out.png", "--size", "wide"],
    "a size of nothing": ["render", "lesson.tape", "-o", "out.png", "--size", "0x100"],
    "a step that is none": ["render", "lesson.tape", "-o", "out.png", "--step", "last"],
    "a theme that is none": ["render", "lesson.tape", "-o", "out.png", "--theme", "pink"],
    "a call that was not made": ["render", "lesson.tape", "-o", "out.png", "--call", "1"],
    "a lesson that does not ship": ["lessons", "last-tape"],
    "a copy of no lesson": ["lessons", "-o", "copy.py"],
    "a descent into a picture": ["descend", "lesson.py", "-o", "out.png"],
    "a descent in no folder": ["descend", "lesson.py", "-o", "missing/out.csv"],
    "a plot in no folder": ["descend", "lesson.py", "-o", "out.csv", "--plot", "missing/out.png"],
    "no such optimizer": ["descend", "lesson.py", "-o", "out.csv", "--optimizer", "adamm"],
    "a rate of fast": ["descend", "lesson.py", "-o", "out.csv", "--learning-rate", "fast"],
    "a rate of NaN": ["descend", "lesson.py", "-o", "out.csv", "--learning-rate", "nan"],
    "a billion iterations": ["descend", "lesson.py", "-o", "out.csv", "--iterations", "1000000000"],
    "a start of no value": ["descend", "lesson.py", "-o", "out.csv", "--start", "x"],
    "a start in words": ["descend", "lesson.py", "-o", "out.csv", "--start", "x=far"],
    "a hyperparameter that is none": ["descend", "lesson.py", "-o", "out.csv", "--hyperparameter", "beta_1=0.8"],
    "a momentum of two": [
        *("descend", "lesson.py", "-o", "out.csv"),
        *("--optimizer", "momentum", "--hyperparameter", "momentum=2"),
    ],
    "a clipping of no kind": ["descend", "lesson.py", "-o", "out.csv", "--clip", "hard=1"],
    "no noise at all": ["descend", "lesson.py", "-o", "out.csv", "--noise", "-1"],
    "something of a later day": ["export", "lesson.tape", "-o", "out.gif"],
}


@pytest.mark.parametrize("words", WRONG.values(), ids=WRONG.keys())
def test_wrong_use_gives_status_2_and_one_sentence(
    words: list[str], tapeviz: Tapeviz, tape: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tape.parent)
    Path("lesson.py").write_text("x = 1\n", encoding="utf-8")
    before = sorted(tape.parent.iterdir())
    ran = tapeviz(*words)
    assert ran.status == 2
    assert re.fullmatch(r"tapeviz: [^\n]+[.]\n", ran.err)
    assert ran.out == ""
    assert sorted(tape.parent.iterdir()) == before


@pytest.mark.parametrize("words", [["--help"], ["record", "--help"], ["--version"]])
def test_help_and_version_are_no_errors(words: list[str], tapeviz: Tapeviz) -> None:
    ran = tapeviz(*words)
    assert ran.status == 0
    assert "tapeviz" in ran.out
    assert ran.err == ""


def test_without_a_display_the_window_says_so(
    tapeviz: Tapeviz, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    lesson = tmp_path / "lesson.py"
    lesson.write_text("x = 1\n", encoding="utf-8")
    ran = tapeviz(lesson)
    assert ran.status == 1
    assert "there is no display" in ran.err


@pytest.mark.parametrize("command", [["inspect"], ["render", "-o", "out.png"]])
def test_a_damaged_recording_gives_status_2(tapeviz: Tapeviz, tape: Path, command: list[str]) -> None:
    tape.write_bytes(tape.read_bytes()[:400])
    ran = tapeviz(command[0], tape, *command[1:])
    assert ran.status == 2
    assert "lesson.tape is not a recording, or only the beginning of one" in ran.err
    assert "Traceback" not in ran.err
