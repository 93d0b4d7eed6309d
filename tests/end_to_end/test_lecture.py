"""A lecture with tapeviz, sentence by sentence."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from tapeviz.model.numbers import format_value
from tests.end_to_end.conftest import Lecturer


def type_the_function(lecturer: Lecturer) -> None:
    pane = lecturer.window.lesson
    lecturer.type_into(pane.functions.fields[0].edit, "f(x, y) = x^2 + 3xy + y^3")
    lecturer.qtbot.waitUntil(lambda: len(pane.variables.cards) == 2)
    for card, value in zip(pane.variables.cards, ("2", "3"), strict=True):
        lecturer.type_into(card.value, value)
        QTest.keyClick(card.value, Qt.Key.Key_Return)


def test_a_typed_function_is_drawn_and_stepped_through_to_13_and_33_and_all_the_way_back(lecturer: Lecturer) -> None:
    type_the_function(lecturer)
    assert "x = tf.Variable(2.0)" in lecturer.state.lesson.text
    lecturer.run()
    assert lecturer.state.failure is None
    assert lecturer.state.timeline is not None
    assert (lecturer.state.timeline.forward_count, lecturer.state.timeline.backward_count) == (6, 6)
    assert lecturer.chips() == {}
    lecturer.play_to_end()
    assert lecturer.state.playhead == lecturer.state.timeline.last
    assert lecturer.chips() == {"∂f/∂x": "13.00", "∂f/∂y": "33.00"}
    assert "13.00" in lecturer.window.caption.text
    assert "33.00" in lecturer.window.caption.text
    for _ in range(lecturer.state.timeline.last):
        lecturer.press(Qt.Key.Key_Left)
    assert lecturer.state.playhead == 0
    frame = lecturer.window.centre.graph.shown_frame
    assert frame is not None
    assert all(edge.value is None and edge.cotangent is None for edge in frame.edges.values())


def test_dragging_a_slider_changes_every_number_in_place(lecturer: Lecturer) -> None:
    type_the_function(lecturer)
    lecturer.run()
    lecturer.play_to_end()
    view = lecturer.window.centre.graph
    painter = view.painter
    assert painter is not None
    before = dict(painter.layout.nodes)
    playhead = lecturer.state.playhead
    slider = lecturer.window.lesson.variables.cards[0].slider
    start = slider.rect().center()
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=start)
    for pixels in range(2, 20, 2):
        QTest.mouseMove(slider, start + QPoint(pixels, 0))
        QTest.qWait(20)
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=start + QPoint(20, 0))
    lecturer.wait(lambda state: state.requested_text is None and not state.is_stale)
    recording = lecturer.state.recording
    assert recording is not None
    source_x, source_y = recording.gradient_calls[0].sources
    x = float(next(t for t in recording.tensors if t.name == "x" and t.role == "variable").value.array)  # type: ignore[union-attr]
    assert x != 2.0
    # By calculus: df/dx = 2x + 3y, df/dy = 3x + 3y² at y = 3.
    for source, expected in ((source_x, 2 * x + 9), (source_y, 3 * x + 27)):
        assert source.value is not None
        value = recording.tensors[source.value].value
        assert value is not None
        np.testing.assert_allclose(value.array, expected, rtol=1e-6)
        assert lecturer.chips()[f"∂f/∂{source.name}"] == format_value(value)
    assert lecturer.state.playhead == playhead
    assert view.painter is not None
    assert dict(view.painter.layout.nodes) == before


def test_two_hundred_key_presses_end_on_the_right_step(lecturer: Lecturer) -> None:
    chain = "import tensorflow as tf\nx = tf.Variable(1.01)\nwith tf.GradientTape() as tape:\n    y = x\n"
    chain += "    for _ in range(120):\n        y = tf.sin(y)\ng = tape.gradient(y, x)\n"
    lecturer.run_text(chain)
    assert lecturer.state.timeline is not None
    window = lecturer.window
    for _ in range(200):
        QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_Right)
    assert lecturer.state.playhead == 200
    for _ in range(50):
        QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_Left)
    assert lecturer.state.playhead == 150
    lecturer.program.store.tell()
    assert lecturer.window.caption.heading.startswith("Backward")
    assert lecturer.window.timeline.isEnabled()


def test_a_click_on_the_timeline_and_a_row_of_the_table_go_to_their_step(lecturer: Lecturer) -> None:
    type_the_function(lecturer)
    lecturer.run()
    bar = lecturer.window.timeline
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=QPoint(round(bar.place_of(4)), bar.height() // 2))
    assert lecturer.state.playhead == 4
    lecturer.do("view.show_steps")
    table = lecturer.window.centre.steps
    model = table.model()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualRect(model.index(9, 0)).center())
    assert lecturer.state.playhead == 9
    lecturer.program.store.tell()
    assert model.index(6, 3).data() == "49.00"
    assert model.index(12, 3).data() == ""


def test_playing_goes_through_all_steps_by_itself(lecturer: Lecturer) -> None:
    lecturer.run()
    lecturer.do("playback.set_speed", speed=40.0)
    lecturer.press(Qt.Key.Key_Space)
    assert lecturer.state.view.is_playing
    lecturer.wait(lambda state: state.timeline is not None and state.playhead == state.timeline.last)
    assert not lecturer.state.view.is_playing
    lecturer.do("playback.set_speed", speed=1.0)


def test_code_and_graph_point_at_each_other(lecturer: Lecturer) -> None:
    type_the_function(lecturer)
    lecturer.run()
    state = lecturer.state
    assert state.graph is not None
    assert state.recording is not None
    product = next(node for node in state.graph.nodes if node.symbol == "×")
    assert product.op is not None
    place = state.recording.ops[product.op].place
    assert place is not None
    line = state.lesson.text.splitlines()[place.line - 1]
    assert line[place.column : place.end_column] == "3*x*y"
    lecturer.do("selection.select_place", line=place.line, column=place.end_column - 1)
    assert lecturer.state.selection.node == product.id
    assert lecturer.window.inspector.inspection is not None
    assert "3x × y" in lecturer.window.inspector.inspection.title


def test_the_symbolic_twin_gives_the_number_of_the_tape(lecturer: Lecturer) -> None:
    lecturer.run()
    lecturer.wait(lambda state: bool(state.symbolic))
    (twin,) = lecturer.state.symbolic[0]
    assert twin is not None
    assert (twin.expression.replace(" ", ""), twin.value) == ("2x+2", 8.0)


def test_unfolding_shows_the_tape_exactly_as_it_is(lecturer: Lecturer) -> None:
    lecturer.run()
    assert lecturer.state.graph is not None
    assert "ReadVariableOp" not in {node.title for node in lecturer.state.graph.nodes}
    lecturer.do("view.toggle_folding")
    assert "ReadVariableOp" in {node.title for node in lecturer.state.graph.nodes}
    lecturer.do("view.toggle_folding")


def test_each_iteration_of_a_loop_can_be_looked_at(lecturer: Lecturer) -> None:
    lecturer.run_text(
        "import tensorflow as tf\nx = tf.Variable(2.0)\nfor _ in range(10):\n    with tf.GradientTape() as tape:\n"
        "        loss = (x - 5.0) ** 2\n    x.assign_sub(0.1 * tape.gradient(loss, x))\n"
    )
    lecturer.play_to_end()
    assert lecturer.chips() == {"∂loss/∂x": "−6.000"}
    lecturer.do("view.show_iteration", iteration=1)
    lecturer.do("playback.last")
    # (x − 5)² at x = 2.6 has the slope 2(2.6 − 5).
    assert lecturer.chips() == {"∂loss/∂x": "−4.800"}


def test_a_figure_of_the_lesson_is_seen_and_copied(lecturer: Lecturer) -> None:
    lecturer.run_text(
        "import matplotlib.pyplot as plt\nprint('a line')\nplt.plot([1, 2])\nplt.title('Up')\nplt.show()\n"
    )
    lecturer.do("view.show_output")
    (figure,) = lecturer.state.engine.figures
    assert figure.title == "Up"
    assert lecturer.window.centre.output.figure == figure
    lecturer.do("file.copy_output_figure")
    copied = QGuiApplication.clipboard().image()
    assert (copied.width(), copied.height()) == (figure.width, figure.height)
    lecturer.do("file.begin")
    assert lecturer.state.engine.figures == ()
    assert lecturer.window.centre.output.figure is None


def test_the_formulas_of_a_step_are_copied_as_latex(lecturer: Lecturer) -> None:
    type_the_function(lecturer)
    lecturer.run()
    lecturer.play_to_end()
    lecturer.wait(lambda state: bool(state.symbolic))
    lecturer.program.store.tell()
    QGuiApplication.clipboard().clear()
    lecturer.press(Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    copied = QGuiApplication.clipboard().text()
    assert r"\frac{\partial f}{\partial y} &= 3 x + 3 y^{2} = 6 + 27 = 33" in copied
