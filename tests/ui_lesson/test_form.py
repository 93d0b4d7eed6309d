"""The form: what is typed and dragged in it arrives in the script, and nothing that was typed is lost."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tapeviz.ui.lesson.lesson_pane import LessonPane
from tapeviz.ui.lesson.variable_details import VariableDetails
from tests.ui_lesson.conftest import MOCK, RecordingStore


def type_formula(pane: LessonPane, text: str, field: int = 0) -> None:
    edit = pane.functions.fields[field].edit
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, text)
    QTest.keyClick(edit, Qt.Key.Key_Return)


def test_a_typed_formula_writes_the_script(pane: LessonPane, store: RecordingStore) -> None:
    type_formula(pane, "f(x, y) = sin(x) y")
    assert "    f = tf.sin(x)*y\n" in store.state.lesson.text
    assert pane.editor.toPlainText() == store.state.lesson.text


def test_a_formula_is_taken_after_a_pause_too(qtbot: QtBot, pane: LessonPane, store: RecordingStore) -> None:
    edit = pane.functions.fields[0].edit
    edit.end(False)
    QTest.keyClicks(edit, " + x")
    qtbot.waitUntil(lambda: "y**3 + x" in store.state.lesson.text, timeout=3000)


def test_a_bad_formula_is_marked_at_the_character_and_kept(pane: LessonPane, store: RecordingStore) -> None:
    type_formula(pane, "f(x, y) = x^2 + (y")
    field = pane.functions.fields[0]
    assert field.edit.problem_column == 16
    assert "never closed" in field.edit.accessibleDescription()
    assert store.state.lesson.text == MOCK
    store.execute("lesson.set_value", name="x", value="4", is_dragging=False)
    assert "x = tf.Variable(4.0)" in store.state.lesson.text
    assert field.text() == "f(x, y) = x^2 + (y"
    assert field.has_problem
    type_formula(pane, "f(x, y) = x^2 + (y)")
    assert not field.has_problem
    assert "f = x**2 + y\n" in store.state.lesson.text


def test_a_new_parameter_brings_a_card(pane: LessonPane, store: RecordingStore) -> None:
    type_formula(pane, "f(x, y, k) = k x y")
    assert [card.row.name for card in pane.variables.cards] == ["x", "y", "k"]
    assert "k = tf.Variable(1.0)" in store.state.lesson.text


def test_a_second_function_can_use_the_first_and_go_again(pane: LessonPane, store: RecordingStore) -> None:
    QTest.mouseClick(pane.add_function, Qt.MouseButton.LeftButton)
    assert QApplication.focusWidget() is pane.functions.fields[1].edit
    type_formula(pane, "g(x, y) = f(x, y)^2", field=1)
    assert "    g = f**2\n" in store.state.lesson.text
    assert [pane.choice.target.itemText(at) for at in range(pane.choice.target.count())] == ["f", "g"]
    QTest.mouseClick(pane.functions.fields[1].remove, Qt.MouseButton.LeftButton)
    assert store.state.lesson.text == MOCK


def test_the_target_the_sources_and_the_tape_can_be_chosen(pane: LessonPane, store: RecordingStore) -> None:
    type_formula(pane, "g(x, y) = x y", field=0)
    pane.choice.persistent.click()
    assert "tf.GradientTape(persistent=True)" in store.state.lesson.text
    next(action for action in pane.choice.menu.actions() if action.text() == "x").trigger()
    assert "tape.gradient(g, y)" in store.state.lesson.text
    next(action for action in pane.choice.menu.actions() if action.text() == "x").trigger()
    assert "tape.gradient(g, [x, y])" in store.state.lesson.text


def test_a_slider_that_is_dragged_fires_while_and_after(qtbot: QtBot, pane: LessonPane, store: RecordingStore) -> None:
    card = pane.variables.cards[0]
    slider = card.slider
    slider.setSliderDown(True)
    assert pane.is_dragging
    for number in (2.5, 3.0, 3.5):
        slider.setValue(number)
        qtbot.wait(45)
    slider.setSliderDown(False)
    slider.sliderReleased.emit()
    values = [arguments for command_id, arguments in store.fired if command_id == "lesson.set_value"]
    assert {"name": "x", "value": "2.5", "is_dragging": True} in values
    assert values[-1] == {"name": "x", "value": "3.5", "is_dragging": False}
    assert "x = tf.Variable(3.5)" in store.state.lesson.text
    assert card.value.text() == "3.500"
    store.execute("lesson.set_value", name="y", value="9", is_dragging=False)
    pane.undo()
    assert "x = tf.Variable(3.5)" in store.state.lesson.text
    pane.undo()
    assert store.state.lesson.text == MOCK


def test_a_fast_drag_is_throttled(pane: LessonPane, store: RecordingStore) -> None:
    slider = pane.variables.cards[0].slider
    slider.setSliderDown(True)
    for step in range(200):
        slider.setValue(-5 + step / 20)
    slider.setSliderDown(False)
    assert len(store.fired) < 20


def test_the_arrow_keys_move_a_slider(pane: LessonPane, store: RecordingStore) -> None:
    slider = pane.variables.cards[0].slider
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert "x = tf.Variable(2.1)" in store.state.lesson.text


def test_a_typed_value_is_taken_and_a_bad_one_explained(pane: LessonPane, store: RecordingStore) -> None:
    card = pane.variables.cards[0]
    card.value.setFocus()
    card.value.selectAll()
    QTest.keyClicks(card.value, "two")
    QTest.keyClick(card.value, Qt.Key.Key_Return)
    assert "is no number" in card.problem.text()
    assert store.state.lesson.text == MOCK
    assert card.value.text() == "two"
    card.value.selectAll()
    QTest.keyClicks(card.value, "pi/2")
    QTest.keyClick(card.value, Qt.Key.Key_Return)
    assert not card.problem.isVisible()
    assert "x = tf.Variable(math.pi/2)" in store.state.lesson.text


def test_a_vector_has_no_slider(pane: LessonPane, store: RecordingStore) -> None:
    card = pane.variables.cards[0]
    assert card.slider.isVisible()
    card.value.setFocus()
    card.value.selectAll()
    QTest.keyClicks(card.value, "[1, 2]")
    QTest.keyClick(card.value, Qt.Key.Key_Return)
    assert not card.slider.isVisible()
    assert "x = tf.Variable([1.0, 2.0])" in store.state.lesson.text


def test_a_kind_can_be_chosen(pane: LessonPane, store: RecordingStore) -> None:
    kind = pane.variables.cards[1].kind
    kind.setCurrentIndex(kind.findData("watched constant"))
    kind.activated.emit(kind.currentIndex())
    assert "y = tf.constant(3.0)" in store.state.lesson.text
    assert "    tape.watch(y)\n" in store.state.lesson.text


def open_details(pane: LessonPane, card: int) -> VariableDetails:
    QTest.mouseClick(pane.variables.cards[card].more, Qt.MouseButton.LeftButton)
    return next(widget for widget in pane.variables.findChildren(VariableDetails) if widget.isVisible())


def test_name_dtype_and_range_stand_behind_the_card(pane: LessonPane, store: RecordingStore) -> None:
    details = open_details(pane, 0)
    details.name.setText("w")
    details.name.editingFinished.emit()
    details.high.setText("10")
    details.high.editingFinished.emit()
    details.dtype.setCurrentText("float64")
    details.dtype.activated.emit(1)
    details.low.setText("20")
    details.low.editingFinished.emit()
    assert "smaller number" in details.problem.text()
    details.close()
    form = store.state.lesson.form
    assert form is not None
    assert form.functions == ("f(w, y) = w^2 + 3wy + y^3",)
    assert "w = tf.Variable(2.0, dtype=tf.float64)" in store.state.lesson.text
    assert "grads = tape.gradient(f, [w, y])" in store.state.lesson.text
    assert pane.variables.cards[0].slider.maximum() == 10


def test_a_variable_can_be_added_and_removed_but_not_while_it_is_used(pane: LessonPane, store: RecordingStore) -> None:
    QTest.mouseClick(pane.add_variable, Qt.MouseButton.LeftButton)
    assert "z = tf.Variable(1.0)" in store.state.lesson.text
    used = open_details(pane, 0)
    assert not used.remove.isEnabled()
    used.close()
    spare = open_details(pane, 2)
    QTest.mouseClick(spare.remove, Qt.MouseButton.LeftButton)
    assert store.state.lesson.text == MOCK


def test_a_script_of_another_shape_lets_the_form_rest_but_its_variables_slide(
    pane: LessonPane, store: RecordingStore
) -> None:
    store.open(MOCK + "for i in range(3):\n    print(i)\n", name="loop.py")
    assert not pane.functions.isVisible()
    assert "a loop on line 10" in pane.note.text()
    assert [card.row.name for card in pane.variables.cards] == ["x", "y"]
    assert not pane.variables.cards[0].kind.isEnabled()
    pane.variables.cards[0].slider.setValue(4.0)
    assert "x = tf.Variable(4.0)" in store.state.lesson.text


def test_an_empty_script_grows_from_a_formula(pane: LessonPane, store: RecordingStore) -> None:
    store.open("", name="new.py")
    type_formula(pane, "f(x, y) = x^2 + 3xy + y^3")
    for card, value in zip(pane.variables.cards, "23", strict=True):
        card.value.setFocus()
        card.value.selectAll()
        QTest.keyClicks(card.value, value)
        QTest.keyClick(card.value, Qt.Key.Key_Return)
    assert store.state.lesson.text == MOCK


def test_a_run_key_hands_over_what_was_typed_at_once(pane: LessonPane, store: RecordingStore) -> None:
    edit = pane.functions.fields[0].edit
    edit.setFocus()
    edit.end(False)
    QTest.keyClicks(edit, " + 1")
    QTest.keyClick(edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert "y**3 + 1" in store.state.lesson.text
    value = pane.variables.cards[0].value
    value.setFocus()
    value.selectAll()
    QTest.keyClicks(value, "5")
    pane.commit()
    assert "x = tf.Variable(5.0)" in store.state.lesson.text


def test_another_lesson_takes_the_place_of_a_field_that_is_typed_in(pane: LessonPane, store: RecordingStore) -> None:
    value = pane.variables.cards[1].value
    value.setFocus()
    value.selectAll()
    QTest.keyClicks(value, "12")
    store.fired.clear()
    other = "for i in range(2):\n    pass\n"
    store.open(other, name="other.py")
    assert store.ids() == ["file.open_text"]
    assert store.state.lesson.text == other
