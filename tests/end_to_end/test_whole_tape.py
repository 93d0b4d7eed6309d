"""All that the tape does, gone through by key and by mouse as in a lecture."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from tapeviz.model.numbers import format_value
from tests.end_to_end.conftest import Lecturer

Key, Alt, Control = Qt.Key, Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
HEAD = "import tensorflow as tf\n"


def node(lecturer: Lecturer, symbol: str) -> str:
    assert lecturer.state.graph is not None
    return next(node.id for node in lecturer.state.graph.nodes if node.symbol == symbol)


def step(lecturer: Lecturer) -> tuple[str, tuple[int, ...]]:
    assert lecturer.state.timeline is not None
    here = lecturer.state.timeline.steps[lecturer.state.playhead]
    return here.phase, here.ops


def test_a_compiled_function_is_opened_and_closed_again_at_the_same_step(lecturer: Lecturer) -> None:
    lecturer.run_text(
        HEAD + "x = tf.Variable(1.5)\n@tf.function\ndef inner(v):\n    return tf.sin(v) * v\n"
        "with tf.GradientTape() as tape:\n    y = inner(x) ** 2\nslope = tape.gradient(y, x)\n"
    )
    lecturer.press(Key.Key_Right)
    lecturer.do("selection.select_node", node=node(lecturer, "inner"))
    playhead = lecturer.state.playhead
    lecturer.press(Key.Key_Return)
    assert [place.title for place in lecturer.state.opened] == ["inner"]
    lecturer.press(Key.Key_End)
    assert lecturer.window.centre.breadcrumb.isVisible()
    lecturer.press(Key.Key_Escape)
    assert lecturer.state.opened == ()
    assert lecturer.state.playhead == playhead
    assert lecturer.state.selection.node == node(lecturer, "inner")


def test_escape_comes_out_of_the_innermost_first(lecturer: Lecturer) -> None:
    lecturer.run_text(
        HEAD + "x = tf.Variable(1.5)\n@tf.function\ndef inner(v):\n    return tf.sin(v) * v\n"
        "with tf.GradientTape() as tape:\n    y = inner(x) ** 2\nslope = tape.gradient(y, x)\n"
    )
    lecturer.do("present.toggle")
    lecturer.do("graph.open_node", node=node(lecturer, "inner"))
    lecturer.press(Key.Key_Escape)
    assert (lecturer.state.opened, lecturer.state.view.is_presenting) == ((), True)
    lecturer.press(Key.Key_Escape)
    assert not lecturer.state.view.is_presenting
    lecturer.qtbot.waitUntil(lambda: not lecturer.window.isFullScreen())
    lecturer.window.resize(1366, 768)


def test_a_loop_is_scrubbed_and_its_numbers_are_those_of_plain_arithmetic(lecturer: Lecturer) -> None:
    lecturer.run_text(
        HEAD + "w = tf.Variable(5.0)\nfor turn in range(40):\n    with tf.GradientTape() as tape:\n"
        "        loss = (w - 1.0) ** 2\n    w.assign_sub(0.1 * tape.gradient(loss, w))\n"
    )
    bar = lecturer.window.centre.iterations
    assert bar.isVisible()
    box = bar._box()
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=QPoint(round(box.center().x()), round(box.center().y())))
    lecturer.program.store.tell()
    turn = lecturer.state.iteration
    assert turn in (19, 20)
    lecturer.press(Key.Key_End)
    w = 1.0 + 4.0 * 0.8**turn
    assert abs(source_gradient(lecturer) - 2.0 * (w - 1.0)) < 1e-4
    playhead = lecturer.state.playhead
    bar.setFocus()
    lecturer.press(Key.Key_Right)
    assert (lecturer.state.iteration, lecturer.state.playhead) == (turn + 1, playhead)
    assert bar.accessibleDescription().startswith(f"iteration {turn + 2} of 40")


def source_gradient(lecturer: Lecturer) -> float:
    frame = lecturer.window.centre.graph.shown_frame
    assert frame is not None
    (adjoint,) = [node.adjoint for name, node in frame.nodes.items() if name == "variable:w"]
    assert adjoint is not None
    return float(adjoint.array)


def test_the_rows_of_a_jacobian_are_gone_through_at_the_same_step(lecturer: Lecturer) -> None:
    lecturer.run_text(
        HEAD + "x = tf.Variable([1.0, 2.0, 3.0])\nwith tf.GradientTape() as tape:\n    y = x ** 2\n"
        "whole = tape.jacobian(y, x)\n"
    )
    lecturer.press(Key.Key_End)
    playhead = lecturer.state.playhead
    rows = [lecturer.chips()["∂y[0]/∂x"]]
    for place in (1, 2):
        lecturer.press(Key.Key_PageDown, Alt)
        assert lecturer.state.playhead == playhead
        rows.append(lecturer.chips()[f"∂y[{place}]/∂x"])
    assert rows == ["[2.000, 0.000, 0.000]", "[0.000, 4.000, 0.000]", "[0.000, 0.000, 6.000]"]
    assert lecturer.window.centre.rows.label.text() == "row 3 of 3 · ∂y[2]"


def test_a_layer_is_unfolded_and_folded_at_the_same_moment(lecturer: Lecturer) -> None:
    lecturer.run_text(
        HEAD + "layer = tf.keras.layers.Dense(2, activation='tanh', name='hidden')\nx = tf.constant([[1.0, 2.0]])\n"
        "layer.build(x.shape)\nwith tf.GradientTape() as tape:\n    loss = tf.reduce_sum(layer(x) ** 2)\n"
        "tape.gradient(loss, layer.trainable_variables)\n"
    )
    lecturer.do("graph.fold_all")
    lecturer.press(Key.Key_Right)
    lecturer.press(Key.Key_Right)
    before = step(lecturer)
    assert lecturer.state.graph is not None
    (folded,) = [node for node in lecturer.state.graph.nodes if node.kind == "group"]
    lecturer.do("selection.select_node", node=folded.id)
    lecturer.press(Key.Key_Plus)
    unfolded = [node.id for node in lecturer.state.graph.nodes]
    assert folded.id not in unfolded
    assert len(unfolded) > 6
    lecturer.press(Key.Key_Minus)
    assert step(lecturer) == before


def test_a_loss_that_becomes_nan_leads_to_the_op_that_made_it(lecturer: Lecturer) -> None:
    lecturer.run_text(
        HEAD + "x = tf.Variable(-1.0)\nwith tf.GradientTape() as tape:\n    a = tf.math.log(x)\n    y = a * 2.0\n"
        "tape.gradient(y, x)\n"
    )
    assert lecturer.window.centre.findings.isVisible()
    lecturer.press(Key.Key_F8)
    assert lecturer.state.selection.node == node(lecturer, "log")
    assert lecturer.window.lesson.editor.pointed is not None
    assert lecturer.window.lesson.editor.pointed.place.line == 4


def test_two_iterations_of_a_loop_stand_side_by_side(lecturer: Lecturer) -> None:
    lecturer.run_text(
        HEAD + "w = tf.Variable(5.0)\nfor turn in range(4):\n    with tf.GradientTape() as tape:\n"
        "        loss = (w - 1.0) ** 2\n    w.assign_sub(0.1 * tape.gradient(loss, w))\n"
    )
    assert lecturer.state.subject is not None
    lecturer.do("compare.with", subject=lecturer.state.subject, iteration=3)
    right = lecturer.window.centre.pair.right
    assert right is not None
    lecturer.wait(lambda state: right.painter is not None)
    lecturer.press(Key.Key_End)
    frames = (lecturer.window.centre.graph.shown_frame, right.shown_frame)
    shown = [format_value(frame.nodes["variable:w"].adjoint) for frame in frames if frame is not None]
    assert shown == ["8.000", "4.096"]
    lecturer.press(Key.Key_Escape)
    assert lecturer.state.compared is None


def test_a_long_title_keeps_its_line_in_the_top_bar(lecturer: Lecturer) -> None:
    bar = lecturer.window.top_bar
    lecturer.run_text(
        HEAD + "x = tf.Variable(1.0)\nwith tf.GradientTape() as tape:\n    y = x * x\ntape.gradient(y, x)\n"
    )
    assert bar._call.shown_text() == "∂y / ∂x   line 5"
    names = [f"a_weight_with_a_long_name_{place}" for place in range(4)]
    lines = "".join(f"{name} = tf.Variable({place}.0)\n" for place, name in enumerate(names))
    lecturer.run_text(
        HEAD + lines + f"with tf.GradientTape() as tape:\n    y = {' * '.join(names)}\n"
        f"tape.gradient(y, [{', '.join(names)}])\n"
    )
    shown = bar._call.shown_text()
    assert shown.startswith("∂y / ∂(")
    assert shown.endswith("line 8")
    assert "…" in shown


def test_the_table_of_steps_uses_its_room_for_vectors(lecturer: Lecturer) -> None:
    lecturer.run_text(
        HEAD + "x = tf.Variable([1.0, 2.0])\nwith tf.GradientTape() as tape:\n    y = tf.reduce_sum(tf.sin(x) * x)\n"
        "tape.gradient(y, x)\n"
    )
    lecturer.press(Key.Key_3, Alt)
    table = lecturer.window.centre.steps
    lecturer.press(Key.Key_End)
    widths = [table.columnWidth(column) for column in range(table.model().columnCount())]
    assert sum(widths) <= table.viewport().width()
    value = table.model().index(1, 3)
    assert table.sizeHintForIndex(value).width() <= widths[3]
    lecturer.press(Key.Key_1, Alt)


def test_the_inspector_begins_at_its_top_for_another_node_and_stays_where_it_is_read(lecturer: Lecturer) -> None:
    lecturer.run_text(
        HEAD + "x = tf.Variable([[0.5, 2.0], [1.0, 3.0]])\nwith tf.GradientTape() as tape:\n"
        "    y = tf.reduce_sum(tf.tanh(x @ x))\ntape.gradient(y, x)\n"
    )
    lecturer.press(Key.Key_End)
    lecturer.do("selection.select_node", node=node(lecturer, "tanh"))
    bar = lecturer.window.inspector.verticalScrollBar()
    lecturer.qtbot.waitUntil(lambda: bar.maximum() > 60)
    bar.setValue(50)
    lecturer.press(Key.Key_Left)
    lecturer.press(Key.Key_Right)
    assert bar.value() == 50
    lecturer.do("selection.select_node", node=node(lecturer, "@"))
    assert bar.value() == 0


def test_nothing_is_left_to_be_laid_out_after_a_change(lecturer: Lecturer) -> None:
    lecturer.run_text(
        HEAD + "x = tf.Variable(2.0)\nwith tf.GradientTape() as tape:\n    y = tf.sin(x) * x\ntape.gradient(y, x)\n"
    )
    window = lecturer.window
    for scale in ("view.larger_text", "view.larger_text", "view.smaller_text", "view.smaller_text"):
        lecturer.do(scale)
        lecturer.press(Key.Key_Right)
        for label in window.caption.findChildren(QLabel):
            assert label.width() >= label.minimumSizeHint().width()
        for button in window.top_bar.findChildren(QPushButton):
            assert button.width() >= button.sizeHint().width()


def test_a_graph_too_entangled_to_draw_says_what_to_do_and_is_drawn_after_it(lecturer: Lecturer) -> None:
    lecturer.run_text(
        HEAD + "weights = [tf.Variable(1.0) for _ in range(12)]\ny = tf.constant(1.0)\n"
        "with tf.GradientTape() as tape:\n    for t in range(50):\n        for w in weights:\n            y = y * w\n"
        "    loss = tf.sin(y) * 2.0\ntape.gradient(loss, weights)\n"
    )
    canvas = lecturer.window.centre.graph
    lecturer.qtbot.waitUntil(lambda: canvas.painter is not None)
    lecturer.do("view.group_nothing")
    note, busy = (canvas.findChild(QLabel, name) for name in ("graphNote", "busyBadge"))
    assert isinstance(note, QLabel)
    assert isinstance(busy, QLabel)
    lecturer.qtbot.waitUntil(lambda: "too entangled to draw" in note.text(), timeout=60_000)
    assert busy.isHidden()
    lecturer.do("view.group_by_parts")
    lecturer.qtbot.waitUntil(lambda: canvas.painter is not None)
    assert note.isHidden()
