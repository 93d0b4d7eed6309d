"""What was found in a run is told, gone to and mended in the window, by mouse and by key."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from tests.end_to_end.conftest import Lecturer

STOPPED = """\
import tensorflow as tf

x = tf.Variable(2.0)
w = tf.Variable(3.0)
with tf.GradientTape() as tape:
    s = tf.stop_gradient(x * w)
    y = s ** 2 + tf.sin(w)
tape.gradient(y, [x, w])
"""
OUTSIDE = """\
import tensorflow as tf

w = tf.Variable(2.0)
optimizer = tf.keras.optimizers.SGD(0.1)
p = w * 3.0
with tf.GradientTape() as tape:
    loss = p ** 2
optimizer.apply_gradients([(tape.gradient(loss, w), w)])
"""
NAN = """\
import tensorflow as tf

x = tf.Variable(0.0)
with tf.GradientTape() as tape:
    y = tf.math.log(x + 1.0) + tf.sqrt(x)
tape.gradient(y, x)
"""


def shown(buttons: list[QPushButton]) -> list[str]:
    return [button.text() for button in buttons if button.isVisibleTo(button.window())]


def click_and_wait(lecturer: Lecturer, button: QPushButton) -> None:
    before = lecturer.state.generation
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    lecturer.wait(lambda state: state.generation > before and state.requested_text is None)
    lecturer.program.store.tell()


def test_a_none_is_gone_to_by_key_and_mended_by_a_click(lecturer: Lecturer) -> None:
    lecturer.run_text(STOPPED)
    chip = lecturer.window.centre.findings
    assert chip.isVisible()
    assert chip.text() == "1 finding"
    lecturer.press(Qt.Key.Key_F8)
    assert lecturer.state.selection.node == "variable:x"
    assert lecturer.window.lesson.editor.pointed is not None
    assert lecturer.window.lesson.editor.pointed.place.line == 6
    frame = lecturer.window.centre.graph.shown_frame
    assert frame is not None
    assert [edge.cut for edge in frame.edges.values() if edge.cut] == ["stop_gradient"]
    mends = [view.mends for view in lecturer.window.inspector._sections if view.mends.isVisible()]
    (row,) = mends
    assert shown(row.buttons) == ["Mend: leave out stop_gradient"]
    click_and_wait(lecturer, row.buttons[0])
    assert "stop_gradient" not in lecturer.state.lesson.text
    assert lecturer.state.recording is not None
    assert all(source.value is not None for source in lecturer.state.recording.gradient_calls[0].sources)
    assert not chip.isVisible()
    lecturer.window.lesson.editor.setFocus()
    lecturer.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert lecturer.state.lesson.text == STOPPED


def test_an_error_that_comes_of_a_none_is_mended_under_the_editor(lecturer: Lecturer) -> None:
    lecturer.run_text(OUTSIDE)
    assert lecturer.state.failure is not None
    assert "p was computed on line 5, before the tape on line 6 began" in (lecturer.state.failure.hint or "")
    row = lecturer.window.lesson.mends
    assert shown(row.buttons) == ["Mend: move line 5 inside"]
    click_and_wait(lecturer, row.buttons[0])
    assert lecturer.state.failure is None
    assert not row.isVisible()
    assert lecturer.state.lesson.text == OUTSIDE.replace("p = w * 3.0\n", "").replace(
        "    loss", "    p = w * 3.0\n    loss"
    )


def test_the_list_of_findings_is_walked_and_used_by_key(lecturer: Lecturer) -> None:
    lecturer.run_text(NAN)
    button = lecturer.window.centre.findings
    button.open()
    (card,) = button.list.cards
    assert card.accessibleName() == "An infinity in the backward pass"
    QTest.keyClick(card, Qt.Key.Key_Return)
    lecturer.program.store.tell()
    assert not button.list.isVisible()
    assert lecturer.state.timeline is not None
    step = lecturer.state.timeline.steps[lecturer.state.playhead]
    assert step.phase == "vjp"
    assert lecturer.state.graph is not None
    node = next(n for n in lecturer.state.graph.nodes if n.id == lecturer.state.selection.node)
    assert node.symbol == "√"
    frame = lecturer.window.centre.graph.shown_frame
    assert frame is not None
    assert {name: state.badge for name, state in frame.nodes.items() if state.badge} == {node.id: "∞"}


def test_a_mend_is_not_offered_once_the_script_has_changed(lecturer: Lecturer) -> None:
    lecturer.run_text(STOPPED)
    lecturer.press(Qt.Key.Key_F8)
    lecturer.do("lesson.edit_text", text="# changed\n" + STOPPED)
    before = lecturer.state.lesson.text
    lecturer.do("lesson.apply_mend", text="x = 1\n")
    assert lecturer.state.lesson.text == before
    rows = [view.mends for view in lecturer.window.inspector._sections if view.mends.isVisible()]
    assert rows
    assert not any(button.isEnabled() for row in rows for button in row.buttons)


def test_an_ordinary_lesson_shows_nothing_of_all_this(lecturer: Lecturer) -> None:
    lecturer.run_text(STOPPED.replace("tf.stop_gradient(x * w)", "x * w"))
    assert not lecturer.window.centre.findings.isVisible()
    assert not lecturer.window.lesson.mends.isVisible()
    lecturer.press(Qt.Key.Key_F8)
    assert lecturer.state.selection.node is None
