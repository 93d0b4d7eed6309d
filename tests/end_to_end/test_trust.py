"""What stands behind a gradient: whether it is true, the paths it is made of, and another one beside it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tapeviz.model.graph import Subject
from tapeviz.ui.verification import VerificationDialog
from tests.end_to_end.conftest import Lecturer

LESSON = """\
import tensorflow as tf

x = tf.Variable({0})
with tf.GradientTape() as tape:
    y = tf.nn.relu(x) * 3.0
tape.gradient(y, x)
"""


def test_a_true_gradient_gets_its_badge_and_a_kink_is_named(lecturer: Lecturer) -> None:
    badge = lecturer.window.lesson.summary.badge
    lecturer.run_text(LESSON.format(2.0))
    assert badge.isHidden()
    lecturer.wait(lambda state: state.verification is not None)
    lecturer.program.store.tell()
    assert badge.text().startswith("✓ tape = finite differences")
    assert "forward mode (0)" in badge.accessibleName()
    lecturer.run_text(LESSON.format(0.0))
    assert badge.isHidden()
    lecturer.wait(lambda state: state.verification is not None)
    lecturer.program.store.tell()
    assert "kink" in badge.text()
    assert "relu on line 5" in badge.toolTip()


def test_the_table_shows_tape_difference_and_tangent(lecturer: Lecturer) -> None:
    lecturer.run_text(LESSON.format(2.0))
    lecturer.wait(lambda state: state.verification is not None)
    dialog = VerificationDialog(lecturer.state, lecturer.window)
    cells = [dialog.table.item(0, column) for column in range(dialog.table.columnCount())]
    assert [cell and cell.text() for cell in cells] == ["x", "its number", "3.000", "3.000", "3.000", "0"]
    dialog.deleteLater()


def test_the_paths_of_a_source_are_gone_through_by_key_and_chosen_by_mouse(lecturer: Lecturer) -> None:
    lecturer.run_text(
        "import tensorflow as tf\nx, y = tf.Variable(2.0), tf.Variable(3.0)\nwith tf.GradientTape() as tape:\n"
        "    f = x ** 2 + x * y\ntape.gradient(f, [x, y])\n"
    )
    lecturer.press(Qt.Key.Key_J)
    listed = lecturer.window.inspector.paths
    assert lecturer.window.caption.heading == "Path 1 of 2"
    assert "f ← + ← ( )² ← x:  1 × 1 × 4 = 4.000" in lecturer.window.caption.text
    assert [row.isHidden() for row in listed.rows[:2]] == [False, False]
    QTest.mouseClick(listed.rows[1], Qt.MouseButton.LeftButton)
    lecturer.program.store.tell()
    assert lecturer.window.caption.heading == "Path 2 of 2"
    assert "all 2 make ∂f/∂x = 7.000" in lecturer.window.caption.text
    lecturer.press(Qt.Key.Key_J)
    assert lecturer.state.selection.node == "variable:y"
    lecturer.press(Qt.Key.Key_J)
    assert lecturer.window.caption.heading == "Result"


def test_two_formulations_stand_side_by_side_until_escape(lecturer: Lecturer) -> None:
    lecturer.run_text(
        "import tensorflow as tf\nx = tf.Variable(100.0)\nwith tf.GradientTape() as tape:\n"
        "    naive = tf.math.log(1.0 + tf.exp(x))\ntape.gradient(naive, x)\nwith tf.GradientTape() as tape:\n"
        "    stable = tf.maximum(x, 0.0) + tf.math.log1p(tf.exp(-tf.abs(x)))\ntape.gradient(stable, x)\n"
    )
    lecturer.do("compare.with", subject=Subject(call=1))
    pair = lecturer.window.centre.pair
    assert "overflows to ∞ (line 4)" in pair.banner.text.text()
    assert pair.right is not None
    right = pair.right
    lecturer.wait(lambda state: right.painter is not None)
    assert not right.isHidden()
    lecturer.play_to_end()
    frame = right.shown_frame
    assert frame is not None
    assert frame.phase == "result"
    lecturer.press(Qt.Key.Key_Escape)
    assert lecturer.state.compared is None
    assert pair.banner.isHidden()
    assert not right.isVisible()


def test_a_lesson_runs_before_it_is_compared_with(lecturer: Lecturer, lesson_file: Path) -> None:
    lesson_file.write_text(LESSON.format(3.0), encoding="utf-8")
    lecturer.run_text(LESSON.format(2.0))
    lecturer.window.comparing.bring(lesson_file)
    lecturer.wait(lambda state: state.compared is not None)
    lecturer.program.store.tell()
    text = lecturer.window.centre.pair.banner.text.text()
    assert "x is 2.000 on the left and 3.000 on the right" in text
    assert lecturer.state.recording is lecturer.state.shown
    lecturer.do("compare.leave")
