"""Going into a compiled function and out again, by mouse, by keys and by the way that stands above the picture."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from tapeviz.model.numbers import format_value
from tapeviz.model.tensor import TensorValue
from tests.end_to_end.conftest import Lecturer

LESSON = """import tensorflow as tf

x = tf.Variable(3.0)

@tf.function
def cube(v):
    return square(v) * v

@tf.function
def square(v):
    return v * v

with tf.GradientTape() as tape:
    y = 2.0 * cube(x)
gradient = tape.gradient(y, x)
"""


def node(lecturer: Lecturer, symbol: str) -> str:
    assert lecturer.state.graph is not None
    return next(node.id for node in lecturer.state.graph.nodes if node.symbol == symbol)


def place(lecturer: Lecturer, name: str) -> QPoint:
    view = lecturer.window.centre.graph
    lecturer.qtbot.waitUntil(lambda: view.painter is not None and name in view.painter.layout.nodes)
    view.fit()
    assert view.painter is not None
    box = view.painter.layout.nodes[name]
    return view.mapFromScene(QPointF(box.x, box.y))


def viewport(lecturer: Lecturer) -> QWidget:
    return lecturer.window.centre.graph.viewport()


def titles(lecturer: Lecturer) -> list[str]:
    return [opened.title for opened in lecturer.state.opened]


def test_a_double_click_goes_in_and_backspace_comes_out(lecturer: Lecturer) -> None:
    lecturer.run_text(LESSON)
    lecturer.play_to_end()
    playhead = lecturer.state.playhead
    QTest.mouseDClick(viewport(lecturer), Qt.MouseButton.LeftButton, pos=place(lecturer, node(lecturer, "cube")))
    lecturer.program.store.tell()
    assert titles(lecturer) == ["cube"]
    assert lecturer.window.centre.breadcrumb.isVisible()
    assert lecturer.window.centre.breadcrumb.here.text() == "cube"
    assert lecturer.state.playhead == 0
    lecturer.play_to_end()
    assert lecturer.chips()["∂y/∂x"] == format_value(recorded_gradient(lecturer))
    lecturer.press(Qt.Key.Key_Backspace)
    assert titles(lecturer) == []
    assert not lecturer.window.centre.breadcrumb.isVisible()
    assert lecturer.state.playhead == playhead


def recorded_gradient(lecturer: Lecturer) -> TensorValue | None:
    recording = lecturer.state.recording
    assert recording is not None
    value = recording.gradient_calls[0].sources[0].value
    assert value is not None
    return recording.tensors[value].value


def test_enter_the_button_and_the_way_above_the_picture(lecturer: Lecturer) -> None:
    lecturer.run_text(LESSON)
    QTest.mouseClick(viewport(lecturer), Qt.MouseButton.LeftButton, pos=place(lecturer, node(lecturer, "cube")))
    lecturer.program.store.tell()
    assert lecturer.window.inspector.open.isVisible()
    lecturer.press(Qt.Key.Key_Return)
    assert titles(lecturer) == ["cube"]
    assert not lecturer.window.inspector.open.isVisible()
    lecturer.do("selection.select_node", node=node(lecturer, "square"))
    QTest.mouseClick(lecturer.window.inspector.open, Qt.MouseButton.LeftButton)
    lecturer.program.store.tell()
    assert titles(lecturer) == ["cube", "square"]
    parts = lecturer.window.centre.breadcrumb.parts
    assert [part.text().rstrip(" ▸") for part in parts] == ["lesson.py", "cube"]
    QTest.mouseClick(parts[0], Qt.MouseButton.LeftButton)
    lecturer.program.store.tell()
    assert titles(lecturer) == []


def test_a_dragged_value_moves_the_numbers_inside(lecturer: Lecturer) -> None:
    lecturer.run_text(LESSON)
    lecturer.do("graph.open_node", node=node(lecturer, "cube"))
    lecturer.play_to_end()
    before = lecturer.chips()
    generation = lecturer.state.generation
    lecturer.do("lesson.set_value", name="x", value="2.0")
    lecturer.wait(lambda state: state.generation > generation and state.requested_text is None)
    lecturer.program.store.tell()
    assert titles(lecturer) == ["cube"]
    assert (before["∂y/∂x"], lecturer.chips()["∂y/∂x"]) == ("54.00", "24.00")


def test_the_code_of_a_function_and_its_ops_point_at_each_other(lecturer: Lecturer) -> None:
    lecturer.run_text(LESSON)
    lecturer.do("graph.open_node", node=node(lecturer, "cube"))
    lecturer.do("selection.select_place", line=7, column=20)
    selected = lecturer.state.selection.node
    assert selected in {node(lecturer, "×"), node(lecturer, "square")}
