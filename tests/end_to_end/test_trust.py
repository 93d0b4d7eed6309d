"""The badge says whether the gradients are true; the paths show what they are made of."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

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
    cells = [dialog.table.item(0, column).text() for column in range(dialog.table.columnCount())]  # type: ignore[union-attr]
    assert cells == ["x", "its number", "3.000", "3.000", "3.000", "0"]
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
