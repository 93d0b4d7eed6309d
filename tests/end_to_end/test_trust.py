"""The badge beside the tape says whether the gradients are true, and the table behind it shows the numbers."""

from __future__ import annotations

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
