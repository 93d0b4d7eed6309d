"""``tapeviz record`` with the real worker: what it keeps, and how it ends."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tapeviz import api
from tests.cli.conftest import Tapeviz

SETTABLE = """
import tensorflow as tf
x = tf.Variable(3.0)
noise = tf.random.normal([80, 90])
with tf.GradientTape() as tape:
    y = x**2 + tf.reduce_sum(noise)
print("drawn", float(noise[0, 0]))
tape.gradient(y, x)
"""

# Runs a script in plain TensorFlow, after seeding as the contract says.
PLAIN = """
import sys, tensorflow as tf
tf.keras.utils.set_random_seed(7)
exec(open(sys.argv[1]).read())
"""

CELLS = """# %%
import tensorflow as tf
x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    y = x**2
print(tape.gradient(y, x).numpy())
# %%
print(nonsense)
# %%
with tf.GradientTape() as tape:
    y = x**3
print(tape.gradient(y, x).numpy())
"""

ENDLESS = CELLS.replace("print(nonsense)", "while True:\n    y = y + x")


@pytest.fixture
def lesson(tmp_path: Path) -> Path:
    return tmp_path / "lesson.py"


def test_settings_and_seed_reach_the_lesson_and_large_values_are_kept_whole(
    tapeviz: Tapeviz, lesson: Path, tmp_path: Path
) -> None:
    lesson.write_text(SETTABLE, encoding="utf-8")
    tape = tmp_path / "out.tape"
    ran = tapeviz("record", lesson, "-o", tape, "--set", "x=-2.5", "--seed", "7")
    assert ran.status == 0, ran.err
    document = tapeviz("inspect", tape, "--json").json
    assert [source["value"] for source in document["gradient_calls"][0]["sources"]] == [-5.0]
    noise = next(tensor for tensor in document["tensors"] if tensor["name"] == "noise")
    assert noise["value"] is None
    with zipfile.ZipFile(tape) as archive, archive.open(f"arrays/{noise['id']}.npy") as entry:
        whole = np.load(entry, allow_pickle=False)
    assert whole.shape == (80, 90)
    assert whole.std() == pytest.approx(noise["summary"]["std"])
    plain = subprocess.run([sys.executable, "-c", PLAIN, str(lesson)], capture_output=True, text=True, check=True)
    assert ran.out == plain.stdout == f"drawn {whole[0, 0].item()}\n"
    assert document["output"] == plain.stdout


def test_a_lesson_runs_where_the_command_was_given_and_imports_from_where_it_lies(
    tapeviz: Tapeviz, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course, desk = tmp_path / "course", tmp_path / "desk"
    course.mkdir()
    desk.mkdir()
    (course / "beside.py").write_text("value = 4.0\n")
    (desk / "data.txt").write_text("2.5")
    script = course / "lesson.py"
    script.write_text("import beside\nprint(beside.value, open('data.txt').read())\n")
    monkeypatch.chdir(desk)
    plain = subprocess.run([sys.executable, str(script)], check=True, capture_output=True, text=True).stdout
    assert tapeviz("record", script, "-o", "out.tape").status == 0
    assert api.load(desk / "out.tape").output == plain == "4.0 2.5\n"


def test_a_lesson_that_fails_keeps_what_was_recorded_and_says_where(lesson: Path, tmp_path: Path) -> None:
    lesson.write_text(CELLS, encoding="utf-8")
    tape = tmp_path / "out.tape"
    ran = subprocess.run(
        [sys.executable, "-m", "tapeviz", "record", lesson, "-o", tape], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert "lesson.py, line 8" in ran.stderr
    assert "nonsense" in ran.stderr
    assert "Traceback" not in ran.stderr
    recording = api.load(tape)
    assert len(recording.gradient_calls) == 1
    assert recording.errors[0].line == 8


def test_keep_going_runs_the_later_cells_and_still_gives_status_1(
    tapeviz: Tapeviz, lesson: Path, tmp_path: Path
) -> None:
    lesson.write_text(CELLS, encoding="utf-8")
    ran = tapeviz("record", lesson, "-o", tmp_path / "out.tape", "--keep-going")
    assert ran.status == 1
    assert ran.out.splitlines() == ["6.0", "27.0"]
    recording = api.load(tmp_path / "out.tape")
    assert len(recording.gradient_calls) == 2
    assert [error.cell for error in recording.errors] == [1]


def test_a_setting_of_nothing_in_the_lesson_is_a_wrong_argument(tapeviz: Tapeviz, lesson: Path, tmp_path: Path) -> None:
    lesson.write_text(CELLS, encoding="utf-8")
    ran = tapeviz("record", lesson, "-o", tmp_path / "out.tape", "--set", "q=3")
    assert ran.status == 2
    assert "no variable 'q'" in ran.err
    assert not (tmp_path / "out.tape").exists()


def test_a_lesson_that_never_ends_is_stopped_and_kept(tapeviz: Tapeviz, lesson: Path, tmp_path: Path) -> None:
    lesson.write_text(ENDLESS, encoding="utf-8")
    ran = tapeviz("record", lesson, "-o", tmp_path / "out.tape", "--timeout", "1")
    assert ran.status == 3
    assert "stopped by its time limit" in ran.err
    recording = api.load(tmp_path / "out.tape")
    assert recording.ended_by == "timeout"
    assert len(recording.gradient_calls) == 1


def test_the_notebook_interface_records_a_text() -> None:
    recording = api.record(CELLS.split("# %%\nprint(nonsense)")[0], overrides={"x": "4.0"})
    assert recording.errors == ()
    (call,) = recording.gradient_calls
    value = recording.tensors[call.sources[0].value or 0].value
    assert value is not None
    assert value.array == 8.0
