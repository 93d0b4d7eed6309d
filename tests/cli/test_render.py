"""``tapeviz render``: pictures without a window."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations
from pathlib import Path

from PySide6.QtGui import QImage

from tapeviz.model.parts import part_of
from tapeviz.model.recording import Inside
from tapeviz.storage.tape_file import save_recording
from tests.cli.conftest import Tapeviz
from tests.storage.recordings import squared


def painted(tapeviz: Tapeviz, tape: Path, name: str, *words: str) -> QImage:
    out = tape.with_name(name)
    ran = tapeviz("render", tape, "-o", out, *words)
    assert ran.status == 0, ran.err
    image = QImage(str(out))
    assert not image.isNull()
    return image


def test_a_picture_has_the_size_and_scale_that_were_asked_for(tapeviz: Tapeviz, tape: Path) -> None:
    image = painted(tapeviz, tape, "a.png", "--size", "800x500", "--scale", "1.5")
    assert (image.width(), image.height()) == (1200, 750)
    assert image.pixelColor(2, 2).alpha() == 255


def test_each_step_and_each_theme_gives_another_picture(tapeviz: Tapeviz, tape: Path) -> None:
    choices = [("--step", "0"), ("--step", "1"), ("--step", "end"), ("--theme", "dark"), ("--theme", "print")]
    images = [painted(tapeviz, tape, f"{number}.png", *words) for number, words in enumerate(choices)]
    assert all(one != other for one, other in combinations(images, 2))
    assert painted(tapeviz, tape, "again.png", "--call", "0") == images[2]


def test_a_transparent_picture_has_no_background(tapeviz: Tapeviz, tape: Path) -> None:
    assert painted(tapeviz, tape, "a.png", "--transparent").pixelColor(2, 2).alpha() == 0


def test_svg_and_pdf_keep_text_as_text(tapeviz: Tapeviz, tape: Path) -> None:
    assert tapeviz("render", tape, "-o", tape.with_suffix(".svg"), "--title", "Square").status == 0
    svg = tape.with_suffix(".svg").read_text(encoding="utf-8")
    assert "Square" in re.findall(r">([^<>]+)</text>", svg)
    assert tapeviz("render", tape, "-o", tape.with_suffix(".pdf")).status == 0
    assert tape.with_suffix(".pdf").read_bytes().startswith(b"%PDF-")


def test_a_step_that_is_not_there_gives_status_2(tapeviz: Tapeviz, tape: Path) -> None:
    ran = tapeviz("render", tape, "-o", tape.with_suffix(".png"), "--step", "999")
    assert ran.status == 2
    assert "999" in ran.err
    assert not tape.with_suffix(".png").exists()


def test_an_op_that_opens_is_painted_as_what_is_inside(tapeviz: Tapeviz, tape: Path) -> None:
    whole = squared()
    last = whole.ops[-1]
    inner = part_of(whole, [last.id], last.outputs, {})
    opens = Inside(op=last.id, kind="function", title="f", recording=inner)
    shut = Inside(op=0, kind="function", title="g", recording=None, note="It does not open: it draws random numbers.")
    save_recording(tape, replace(whole, insides=(shut, opens)), {})
    alone = tape.with_name("alone.tape")
    save_recording(alone, inner, {})
    opened = painted(tapeviz, tape, "opened.png", "--open", str(last.id))
    assert opened == painted(tapeviz, alone, "alone.png")
    assert opened != painted(tapeviz, tape, "whole.png")
    for op, said in ((0, "it draws random numbers"), (99, f"there is no op 99. Those that open are {last.id}.")):
        ran = tapeviz("render", tape, "-o", tape.with_suffix(".png"), "--open", str(op))
        assert ran.status == 2
        assert said in ran.err


def test_a_lesson_that_fails_is_painted_up_to_there(tapeviz: Tapeviz, tmp_path: Path) -> None:
    lesson = tmp_path / "used-up.py"
    assert tapeviz("lessons", "a-tape-used-up", "-o", lesson).status == 0
    ran = tapeviz("render", lesson, "-o", tmp_path / "used-up.png")
    assert ran.status == 1
    assert "persistent=True" in ran.err
    assert not QImage(str(tmp_path / "used-up.png")).isNull()


def test_each_row_of_a_jacobian_is_a_picture(tapeviz: Tapeviz, tmp_path: Path) -> None:
    lesson = tmp_path / "rows.py"
    lesson.write_text(
        "import tensorflow as tf\n"
        "x = tf.Variable([1.0, 2.0])\n"
        "with tf.GradientTape() as tape:\n"
        "    y = x ** 2\n"
        "j = tape.jacobian(y, x)\n"
    )
    recording = tmp_path / "rows.tape"
    assert tapeviz("record", lesson, "-o", recording).status == 0
    rows = tapeviz("inspect", recording, "--json").json["gradient_calls"][0]["rows"]
    assert [(row["index"], row["values"]) for row in rows] == [([0], [[2.0, 0.0]]), ([1], [[0.0, 4.0]])]
    first, second = (painted(tapeviz, recording, f"{row}.png", "--call", "0", "--row", row) for row in ("0", "1"))
    assert first != second
    assert painted(tapeviz, recording, "call.png", "--call", "0") == first
    refused = tapeviz("render", recording, "-o", tmp_path / "no.png", "--row", "2")
    assert refused.status == 2
    assert "rows run from 0 to 1" in refused.err


def test_forward_mode_is_a_picture_and_a_table(tapeviz: Tapeviz, tmp_path: Path) -> None:
    lesson = tmp_path / "forward.py"
    lesson.write_text(
        "import tensorflow as tf\n"
        "x = tf.constant(3.0)\n"
        "with tf.autodiff.ForwardAccumulator(x, tf.constant(2.0)) as acc:\n"
        "    y = x ** 2\n"
        "answer = acc.jvp(y)\n"
        "with tf.GradientTape() as tape:\n"
        "    tape.watch(x)\n"
        "    y = x ** 2\n"
        "g = tape.gradient(y, x)\n"
    )
    recording = tmp_path / "forward.tape"
    assert tapeviz("record", lesson, "-o", recording).status == 0
    assert "y: 12.00" in tapeviz("inspect", recording).out
    (found,) = tapeviz("inspect", recording, "--json").json["accumulators"]
    assert (found["answers"][0]["value"], found["primals"][0]["tangent_value"], found["checked"]) == (12.0, 2.0, True)
    forward = painted(tapeviz, recording, "forward.png", "--accumulator", "0")
    assert forward != painted(tapeviz, recording, "reverse.png", "--call", "0")
    refused = tapeviz("render", recording, "-o", tmp_path / "no.png", "--accumulator", "1")
    assert refused.status == 2
    assert "There is no ForwardAccumulator 1" in refused.err
    both = tapeviz("render", recording, "-o", tmp_path / "no.png", "--accumulator", "0", "--call", "0")
    assert both.status == 2
