"""The script editor: keys, undo, marks, and the way it points and is pointed at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from tapeviz.model.recording import Recording
from tapeviz.ui.lesson.code_checks import check_code
from tapeviz.ui.lesson.lesson_pane import LessonPane
from tapeviz.ui.lesson.script_editor import ScriptEditor
from tests.ui_lesson.conftest import MOCK, RecordingStore


def put_cursor(editor: ScriptEditor, line: int, column: int = 0, *, to_line: int | None = None) -> None:
    cursor = editor.textCursor()
    cursor.setPosition(editor.document().findBlockByNumber(line - 1).position() + column)
    if to_line is not None:
        end = editor.document().findBlockByNumber(to_line - 1)
        cursor.setPosition(end.position() + end.length() - 1, QTextCursor.MoveMode.KeepAnchor)
    editor.setTextCursor(cursor)


def line_of(editor: ScriptEditor, line: int) -> str:
    return editor.document().findBlockByNumber(line - 1).text()


def place(editor: ScriptEditor, line: int, column: int) -> QPoint:
    cursor = editor.textCursor()
    cursor.setPosition(editor.document().findBlockByNumber(line - 1).position() + column)
    return editor.cursorRect(cursor).center() + QPoint(3, 0)


def test_typing_edits_the_lesson_and_the_form_follows(pane: LessonPane, store: RecordingStore) -> None:
    put_cursor(pane.editor, 7, len("    f = x**2"))
    QTest.keyClicks(pane.editor, "*y")
    assert "f = x**2*y + 3*x*y" in store.state.lesson.text
    assert pane.functions.fields[0].text() == "f(x, y) = x^2 * y + 3xy + y^3"


def test_undo_goes_back_through_form_and_script_alike(pane: LessonPane, store: RecordingStore) -> None:
    put_cursor(pane.editor, 9, len("grads = tape.gradient(f, [x, y])"))
    QTest.keyClicks(pane.editor, "  # both")
    typed = store.state.lesson.text
    store.execute("lesson.set_value", name="x", value="7", is_dragging=False)
    pane.undo()
    assert store.state.lesson.text == typed
    assert pane.variables.cards[0].row.value == "2.0"
    pane.undo()
    assert store.state.lesson.text == MOCK
    pane.redo()
    assert store.state.lesson.text == typed


def test_another_lesson_begins_a_history_of_its_own(pane: LessonPane, store: RecordingStore) -> None:
    store.open("a = 1\n", name="other.py")
    pane.undo()
    assert store.state.lesson.text == "a = 1\n"


@pytest.mark.parametrize(
    ("line", "after"), [("for i in range(3):", "    "), ("    x = 1", "    "), ("    return x", ""), ("f(", "    ")]
)
def test_return_goes_on_with_the_indent_that_python_expects(
    pane: LessonPane, store: RecordingStore, line: str, after: str
) -> None:
    store.open(line, name="other.py")
    put_cursor(pane.editor, 1, len(line))
    QTest.keyClick(pane.editor, Qt.Key.Key_Return)
    assert line_of(pane.editor, 2) == after


def test_tab_and_backtab_move_lines_and_the_slash_turns_them_into_comments(pane: LessonPane) -> None:
    editor = pane.editor
    put_cursor(editor, 3, to_line=4)
    QTest.keyClick(editor, Qt.Key.Key_Tab)
    assert line_of(editor, 4) == "    y = tf.Variable(3.0)"
    QTest.keyClick(editor, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert line_of(editor, 4) == "y = tf.Variable(3.0)"
    QTest.keyClick(editor, Qt.Key.Key_Slash, Qt.KeyboardModifier.ControlModifier)
    assert line_of(editor, 3) == "# x = tf.Variable(2.0)"
    QTest.keyClick(editor, Qt.Key.Key_Slash, Qt.KeyboardModifier.ControlModifier)
    assert editor.toPlainText() == MOCK


def test_backspace_takes_a_whole_indent(pane: LessonPane) -> None:
    put_cursor(pane.editor, 7, 4)
    QTest.keyClick(pane.editor, Qt.Key.Key_Backspace)
    assert line_of(pane.editor, 7).startswith("f = ")


def test_completions_are_asked_for_and_taken(pane: LessonPane, store: RecordingStore) -> None:
    editor = pane.editor
    put_cursor(editor, 10)
    editor.setFocus()
    QTest.keyClicks(editor, "tf.GradientT")
    assert store.fired[-1] == ("lesson.complete", {"prefix": "tf.GradientT"})
    engine = replace(store.state.engine, names=("tf.GradientTape", "tf.Graph"))
    store.show(replace(store.state, engine=engine))
    QTest.keyClick(editor._popup, Qt.Key.Key_Return)
    assert line_of(editor, 10) == "tf.GradientTape"


def move_mouse(widget: QWidget, to: QPoint) -> None:
    """Move the mouse over a widget, whatever window of another test may still lie over it."""
    none, no_keys = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    there = QPointF(to)
    event = QMouseEvent(QEvent.Type.MouseMove, there, widget.mapToGlobal(there), none, none, no_keys)
    QApplication.sendEvent(widget, event)


def test_hovering_and_clicking_point_at_places(
    pane: LessonPane, store: RecordingStore, mock_recording: Recording
) -> None:
    store.record(mock_recording)
    editor = pane.editor
    at = place(editor, 7, 9)
    move_mouse(editor.viewport(), at)
    assert ("selection.hover_place", {"line": 7, "column": 9}) in store.fired
    QTest.mouseClick(editor.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert ("selection.select_place", {"line": 7, "column": 9}) in store.fired
    node = store.state.selection.node
    graph = store.state.graph
    assert graph is not None
    chosen = next(found for found in graph.nodes if found.id == node)
    assert chosen.op is not None and mock_recording.ops[chosen.op].type == "Pow"
    store.fired.clear()
    move_mouse(editor.viewport(), QPoint(editor.viewport().width() - 3, editor.viewport().height() - 3))
    assert store.fired == [("selection.hover_place", {"line": None, "column": 0})]


def pixels(image: QImage, colour: str) -> int:
    wanted = QColor(colour).rgb()
    return sum(image.pixel(x, y) == wanted for x in range(image.width()) for y in range(image.height()))


def test_the_line_of_the_live_op_is_marked_in_the_colour_of_its_phase(
    pane: LessonPane, store: RecordingStore, mock_recording: Recording
) -> None:
    theme = pane.editor.theme
    store.record(mock_recording)
    assert store.state.timeline is not None
    steps = store.state.timeline.steps
    for phase, colour, other in (
        ("forward", theme.forward_soft, theme.backward_soft),
        ("vjp", theme.backward_soft, theme.forward_soft),
    ):
        step = next(step for step in steps if step.phase == phase)
        store.show(replace(store.state, playhead=step.index))
        assert pane.editor.step is not None and step.op is not None
        assert pane.editor.step.place == mock_recording.ops[step.op].place
        image = pane.editor.grab().toImage()
        assert pixels(image, colour) > 2000
        assert pixels(image, other) == 0
    store.show(replace(store.state, playhead=0))
    assert pane.editor.step is None


def test_the_mark_stays_while_a_value_changes_and_goes_with_its_line(
    pane: LessonPane, store: RecordingStore, mock_recording: Recording
) -> None:
    store.record(mock_recording)
    store.show(replace(store.state, playhead=3))
    store.execute("lesson.set_value", name="x", value="4", is_dragging=True)
    assert pane.editor.step is not None
    store.execute("lesson.edit_text", text=store.state.lesson.text.replace("3*x*y", "4*x*y"))
    assert pane.editor.step is None


def test_an_error_stands_under_its_line_and_goes_with_an_edit(
    pane: LessonPane, store: RecordingStore, record: Callable[[str], Recording]
) -> None:
    text = MOCK.replace("y**3", "y**3 + q")
    store.open(text, name="wrong.py")
    plain = pane.editor.line_rect(pane.editor.document().findBlockByNumber(8)).top()
    store.record(record(text))
    error = pane.editor.error
    assert error is not None and error.line == 7
    assert pane.editor.line_rect(pane.editor.document().findBlockByNumber(8)).top() > plain + 10
    assert pixels(pane.editor.grab().toImage(), pane.editor.theme.bad) > 20
    put_cursor(pane.editor, 7, len("    f = x**2 + 3*x*y + y**3 + "))
    QTest.keyClick(pane.editor, Qt.Key.Key_Delete)
    assert pane.editor.error is None


def test_names_that_are_not_there_are_marked_before_the_run() -> None:
    (mark,) = check_code("import math\nprint(math.pi + q)\n")
    assert (mark.line, mark.column, mark.end_column) == (2, 16, 17)
    assert "Undefined name 'q'" in mark.message
    (broken,) = check_code("x = (\n")
    assert broken.line == 1
    assert "not yet Python" in broken.message
    assert check_code(MOCK) == ()


def test_finding_goes_round(pane: LessonPane) -> None:
    pane.find()
    QTest.keyClicks(pane.find_bar.field, "Variable")
    lines = []
    for _ in range(3):
        QTest.keyClick(pane.find_bar.field, Qt.Key.Key_Return)
        lines.append(pane.editor.textCursor().blockNumber() + 1)
    assert lines == [3, 4, 3]
    QTest.keyClick(pane.find_bar.field, Qt.Key.Key_Escape)
    assert not pane.find_bar.isVisible()


def test_strings_over_several_lines_are_coloured_as_one(pane: LessonPane, store: RecordingStore) -> None:
    store.open('a = """one\nfor two\n"""\nfor i in a: pass\n', name="other.py")
    editor = pane.editor
    inside = editor.document().findBlockByNumber(1).layout().formats()
    outside = editor.document().findBlockByNumber(3).layout().formats()
    assert {found.format.foreground().color().name().upper() for found in inside} == {editor.theme.good.upper()}
    assert outside[0].format.foreground().color().name().upper() == editor.theme.accent.upper()
