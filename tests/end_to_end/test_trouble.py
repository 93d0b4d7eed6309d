"""What lessons do wrong, and what tapeviz says and does then."""

from __future__ import annotations

from PySide6.QtCore import Qt

from tests.end_to_end.conftest import Lecturer

GOOD = """import tensorflow as tf

x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    y = x * x
g = tape.gradient(y, x)
"""


def assert_the_last_good_graph_is_there(lecturer: Lecturer) -> None:
    assert lecturer.state.graph is not None
    assert "×" in {node.symbol for node in lecturer.state.graph.nodes} or "( )²" in {
        node.symbol for node in lecturer.state.graph.nodes
    }


def assert_the_next_run_works(lecturer: Lecturer) -> None:
    lecturer.wait(lambda state: state.engine.phase == "ready")
    lecturer.run_text(GOOD)
    assert lecturer.state.failure is None
    lecturer.play_to_end()
    assert lecturer.chips() == {"∂y/∂x": "6.000"}


def start_and_spoil(lecturer: Lecturer, spoiled: str) -> None:
    """Run a good lesson, then type something else into it and run that, without waiting."""
    lecturer.run_text(GOOD)
    lecturer.window.lesson.editor.setFocus()
    lecturer.do("lesson.edit_text", text=spoiled)
    lecturer.do("run.run")


def test_stopping_an_endless_lesson_leaves_the_last_graph_on_the_screen(lecturer: Lecturer) -> None:
    start_and_spoil(lecturer, "while True:\n    pass\n")
    lecturer.wait(lambda state: state.engine.phase == "running")
    lecturer.qtbot.wait(300)
    lecturer.press(Qt.Key.Key_Escape)
    lecturer.wait(lambda state: state.requested_text is None)
    assert_the_last_good_graph_is_there(lecturer)
    assert lecturer.state.lesson.text.startswith("while True")
    assert_the_next_run_works(lecturer)


def test_opening_another_lesson_ends_a_run_and_leaves_the_engine_ready(lecturer: Lecturer) -> None:
    start_and_spoil(lecturer, "while True:\n    pass\n")
    lecturer.wait(lambda state: state.engine.phase == "running")
    lecturer.do("file.open_text", text=GOOD, name="lesson.py")
    lecturer.wait(lambda state: state.engine.phase == "ready")
    assert_the_next_run_works(lecturer)


def test_a_lesson_that_heeds_no_interrupt_is_killed_and_the_standby_takes_over(lecturer: Lecturer) -> None:
    spoiled = "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass\n"
    start_and_spoil(lecturer, spoiled)
    lecturer.wait(lambda state: state.engine.phase == "running")
    lecturer.qtbot.wait(300)
    lecturer.press(Qt.Key.Key_Escape)
    lecturer.wait(lambda state: state.requested_text is None)
    assert_the_last_good_graph_is_there(lecturer)
    assert lecturer.state.engine.message
    assert_the_next_run_works(lecturer)


def test_a_lesson_that_ends_its_process_is_told_and_leaves_the_window_alive(lecturer: Lecturer) -> None:
    start_and_spoil(lecturer, "import os\nos._exit(3)\n")
    lecturer.wait(lambda state: state.requested_text is None)
    assert_the_last_good_graph_is_there(lecturer)
    assert lecturer.state.failure is not None
    assert "3" in lecturer.state.failure.message
    assert_the_next_run_works(lecturer)


def test_a_segmentation_fault_is_told_and_leaves_the_window_alive(lecturer: Lecturer) -> None:
    start_and_spoil(lecturer, "import ctypes\nctypes.string_at(0)\n")
    lecturer.wait(lambda state: state.requested_text is None)
    assert_the_last_good_graph_is_there(lecturer)
    assert lecturer.state.failure is not None
    assert_the_next_run_works(lecturer)


def test_a_million_printed_lines_are_cut_and_the_cut_is_told(lecturer: Lecturer) -> None:
    lecturer.run_text("for i in range(1_000_000):\n    print('line', i)\n")
    shown = lecturer.window.centre.output.text
    assert "line 0\n" in shown
    assert "line 999999" in shown
    assert len(shown) < 3_000_000
    assert_the_next_run_works(lecturer)


def test_an_error_marks_its_line_says_what_mends_it_and_keeps_what_ran_before(lecturer: Lecturer) -> None:
    lecturer.run_text(GOOD + "again = tape.gradient(y, x)\n")
    failure = lecturer.state.failure
    assert failure is not None
    assert failure.line == 7
    assert "persistent=True" in f"{failure.message} {failure.hint}"
    assert_the_last_good_graph_is_there(lecturer)
    lecturer.play_to_end()
    assert lecturer.chips() == {"∂y/∂x": "6.000"}


def test_a_syntax_error_leaves_text_and_graph(lecturer: Lecturer) -> None:
    start_and_spoil(lecturer, "y = (1 +\n")
    lecturer.wait(lambda state: state.requested_text is None)
    assert lecturer.state.failure is not None
    assert lecturer.state.failure.type == "SyntaxError"
    assert lecturer.state.lesson.text == "y = (1 +\n"
    assert_the_last_good_graph_is_there(lecturer)


def test_a_formula_that_cannot_be_read_is_marked_at_its_character(lecturer: Lecturer) -> None:
    field = lecturer.window.lesson.functions.fields[0]
    before = lecturer.state.lesson.text
    lecturer.type_into(field.edit, "f(x) = x^2 + (3x")
    lecturer.wait(lambda state: bool(state.lesson.problems))
    problem = lecturer.state.lesson.problems[0]
    assert problem.column == len("f(x) = x^2 + ")
    assert problem.message
    assert field.text() == "f(x) = x^2 + (3x"
    assert lecturer.state.lesson.text == before


def test_the_reason_for_none_stands_in_the_window(lecturer: Lecturer) -> None:
    lecturer.run_text(
        "import tensorflow as tf\n\nx = tf.constant(3.0)\nwith tf.GradientTape() as tape:\n    y = x * x\n"
        "g = tape.gradient(y, x)\n"
    )
    lecturer.do("playback.last")
    recording = lecturer.state.recording
    assert recording is not None
    why = recording.gradient_calls[0].sources[0].why_none
    assert why is not None
    assert why.cause == "not_watched"
    inspection = lecturer.window.inspector.inspection
    assert inspection is not None
    notes = [note for section in inspection.sections for note in section.notes]
    assert why.message in notes
