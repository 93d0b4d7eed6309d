"""Gradient descent, live: typed, run, stepped and steered in the real window with the real worker."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from tapeviz.model.descent import Trajectory
from tests.end_to_end.conftest import Lecturer

RAVINE = """import tensorflow as tf

x = tf.Variable(-5.0)
y = tf.Variable(-2.0)
with tf.GradientTape() as tape:
    f = x**2 + 2 * y**2
grads = tape.gradient(f, [x, y])
"""


@pytest.fixture
def descending(lecturer: Lecturer) -> Lecturer:
    """The ravine with the Descent tab in front."""
    lecturer.run_text(RAVINE)
    lecturer.press(Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    assert lecturer.state.view.tab == "descent"
    lecturer.wait(lambda state: state.descent.landscape is not None and state.descent.is_landscape_final)
    return lecturer


def enter(lecturer: Lecturer, field: QWidget, text: str) -> None:
    lecturer.type_into(field, text)
    lecturer.press(Qt.Key.Key_Return)


def path(lecturer: Lecturer, racer: int = 0) -> Trajectory:
    return lecturer.state.descent.trajectories[racer]


def race_to_the_end(lecturer: Lecturer) -> None:
    lecturer.press(Qt.Key.Key_Space)
    lecturer.wait(lambda state: state.descent.is_over)
    lecturer.program.store.tell()


def by_hand(rate: float, count: int) -> np.ndarray:
    """The same descent as a lesson would write it."""
    x, y = tf.Variable(-5.0), tf.Variable(-2.0)
    positions = [[x.numpy(), y.numpy()]]
    for _ in range(count):
        with tf.GradientTape() as tape:
            f = x**2 + 2 * y**2
        for variable, gradient in zip((x, y), tape.gradient(f, [x, y]), strict=True):
            variable.assign_sub(rate * gradient)
        positions.append([x.numpy(), y.numpy()])
    return np.array(positions)


def test_a_race_goes_where_the_lesson_would_go(descending: Lecturer) -> None:
    """Twenty iterations at rate 0.1 end at (-0.0576461, -0.0000731)."""
    enter(descending, descending.window.racers.iterations, "20")
    race_to_the_end(descending)
    trajectory = path(descending)
    assert trajectory.count == 21
    np.testing.assert_allclose(trajectory.positions, by_hand(0.1, 20), rtol=1e-5)
    np.testing.assert_allclose(trajectory.positions[-1], [-0.0576461, -0.0000731], atol=5e-8)
    x, y = trajectory.positions.T
    np.testing.assert_allclose(trajectory.losses, x**2 + 2 * y**2, rtol=1e-5)


def test_the_panel_is_as_wide_after_presenting_as_before(descending: Lecturer) -> None:
    before = descending.window.racers.width()
    descending.do("present.toggle")
    descending.do("present.toggle")
    descending.qtbot.waitUntil(lambda: descending.window.racers.width() == before)


def test_the_landscape_is_that_of_the_function(descending: Lecturer) -> None:
    landscape = descending.state.descent.landscape
    assert landscape is not None
    columns = np.linspace(landscape.extent.low[0], landscape.extent.high[0], landscape.values.shape[1])
    rows = np.linspace(landscape.extent.low[1], landscape.extent.high[1], landscape.values.shape[0])
    expected = columns[None, :] ** 2 + 2 * rows[:, None] ** 2
    np.testing.assert_allclose(landscape.values.array, expected, rtol=1e-4, atol=1e-4)


def test_the_keys_of_a_clicker_move_the_clock(descending: Lecturer) -> None:
    descending.press(Qt.Key.Key_Right)
    descending.wait(lambda state: state.descent.newest >= 1)
    assert descending.state.descent.shown == 1
    for _ in range(3):
        descending.press(Qt.Key.Key_PageDown)
    descending.wait(lambda state: state.descent.shown == 4)
    descending.press(Qt.Key.Key_PageUp)
    assert descending.state.descent.shown == 3
    descending.press(Qt.Key.Key_Home)
    assert descending.state.descent.shown == 0
    descending.press(Qt.Key.Key_End)
    descending.wait(lambda state: state.descent.is_over)
    descending.program.store.tell()
    assert descending.state.descent.shown == descending.state.descent.newest
    assert descending.state.playhead == 0, "the timeline of the tape stays where it was"


def test_a_rate_that_is_too_high_is_told_in_words(descending: Lecturer) -> None:
    enter(descending, descending.window.racers.cards[0].rate, "0.6")
    race_to_the_end(descending)
    assert path(descending).status.kind == "diverged"
    assert "0.5" in path(descending).status.sentence, "2/λ of the steepest direction is 0.5"
    assert path(descending).status.sentence in descending.window.caption.text


def test_a_race_is_steered_while_it_runs(descending: Lecturer) -> None:
    """Iterates before the change were left with the old rate, those after with the new one, and it shows."""
    descending.do("descent.set_pace", pace=100.0)
    descending.press(Qt.Key.Key_Space)
    descending.wait(lambda state: state.descent.newest >= 5)
    descending.do("descent.set_rate", look=0, rate=0.02)
    descending.wait(lambda state: 0.02 in np.round(state.descent.trajectories[0].rates, 6))
    descending.press(Qt.Key.Key_Space)
    trajectory = path(descending)
    rates = np.round(trajectory.rates.astype(np.float64), 6)
    assert set(rates.tolist()) == {0.1, 0.02}
    assert (np.diff(rates) <= 0).all()
    moved = np.diff(trajectory.positions[:, 0])
    np.testing.assert_allclose(moved, -rates * 2 * trajectory.positions[:-1, 0], rtol=1e-4, atol=1e-7)


def test_optimizers_race_side_by_side(descending: Lecturer) -> None:
    descending.do("descent.compare_optimizers")
    race_to_the_end(descending)
    names = [racer.settings.optimizer for racer in descending.state.descent.raced]
    assert names == ["sgd", "momentum", "rmsprop", "adam"]
    adam = tf.keras.optimizers.Adam(0.1)
    x, y = tf.Variable(-5.0), tf.Variable(-2.0)
    for _ in range(10):
        with tf.GradientTape() as tape:
            f = x**2 + 2 * y**2
        adam.apply_gradients(zip(tape.gradient(f, [x, y]), [x, y], strict=True))
    np.testing.assert_allclose(path(descending, 3).positions[10], [x.numpy(), y.numpy()], rtol=1e-5)


def test_another_value_of_a_variable_is_raced_from_at_once(descending: Lecturer) -> None:
    race_to_the_end(descending)
    before = descending.state.descent.race
    descending.do("lesson.set_value", name="x", value="3.0", is_dragging=False)
    descending.wait(lambda state: state.descent.race > before and state.descent.is_over)
    np.testing.assert_allclose(path(descending).positions[0], [3.0, -2.0])


def test_before_an_audience_a_clicker_goes_through_the_iterates(descending: Lecturer) -> None:
    race_to_the_end(descending)
    descending.press(Qt.Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
    assert not descending.window.racers.isVisible()
    assert not descending.window.lesson.isVisible()
    descending.press(Qt.Key.Key_Home)
    descending.press(Qt.Key.Key_PageDown)
    descending.press(Qt.Key.Key_Space)
    assert descending.state.descent.shown == 2
    assert descending.window.caption.heading == "Iterate 2"
    descending.press(Qt.Key.Key_Escape)
    assert descending.state.view.tab == "descent"
    assert descending.window.racers.isVisible()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (
            "x = tf.Variable([1.0, 2.0])\nwith tf.GradientTape() as t:\n    y = x * x\nt.gradient(y, x)\n",
            "single number",
        ),
        ("x = tf.Variable(1.0)\nwith tf.GradientTape() as t:\n    y = tf.round(x)\nt.gradient(y, x)\n", "gradient"),
    ],
)
def test_what_cannot_be_descended_on_says_why(lecturer: Lecturer, text: str, word: str) -> None:
    lecturer.run_text("import tensorflow as tf\n" + text)
    lecturer.do("view.show_descent")
    lecturer.wait(lambda state: bool(state.descent.problem))
    lecturer.program.store.tell()
    assert word in lecturer.state.descent.problem
    assert lecturer.window.caption.text == lecturer.state.descent.problem
    lecturer.press(Qt.Key.Key_Space)
    assert lecturer.state.descent.trajectories == ()


def test_a_function_without_values_on_one_side_has_a_landscape_with_a_hole(lecturer: Lecturer) -> None:
    lecturer.run_text(
        "import tensorflow as tf\nx = tf.Variable(1.0)\n"
        "with tf.GradientTape() as t:\n    y = x - tf.math.log(x)\nt.gradient(y, x)\n"
    )
    lecturer.do("view.show_descent")
    lecturer.wait(lambda state: state.descent.landscape is not None and state.descent.is_landscape_final)
    landscape = lecturer.state.descent.landscape
    assert landscape is not None
    x = np.linspace(landscape.extent.low[0], landscape.extent.high[0], landscape.values.shape[0])
    assert np.isnan(landscape.values.array[x < -0.01]).all()
    assert np.isfinite(landscape.values.array[x > 0.01]).all()


def test_a_figure_of_the_race_goes_on_the_clipboard(descending: Lecturer) -> None:
    race_to_the_end(descending)
    descending.do("file.copy_figure")
    image = QGuiApplication.clipboard().image()
    assert (image.width(), image.height()) == (3200, 1800)
    colours = {image.pixelColor(x, y).name() for x in range(0, 3200, 40) for y in range(0, 1800, 40)}
    assert len(colours) > 8, "level sets have shades"


def test_an_iterate_opens_down_to_its_tape_and_the_way_back_leads_to_the_race(descending: Lecturer) -> None:
    race_to_the_end(descending)
    descending.do("descent.go_to", iterate=12)
    descending.press(Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    descending.wait(lambda state: bool(state.opened))
    descending.program.store.tell()
    breadcrumb = descending.window.centre.breadcrumb
    assert breadcrumb.isVisible()
    assert breadcrumb.here.text() == "Gradient descent, rate 0.1: iterate 12"
    assert descending.state.view.tab == "graph"
    descending.play_to_end()
    chips = descending.chips()
    x, y = by_hand(0.1, 12)[-1]
    assert float(chips["∂f/∂x"].replace("−", "-")) == pytest.approx(2 * x, rel=1e-3)
    assert float(chips["∂f/∂y"].replace("−", "-")) == pytest.approx(4 * y, rel=1e-3)
    descending.press(Qt.Key.Key_Escape)
    assert not breadcrumb.isVisible()
    assert (descending.state.view.tab, descending.state.descent.shown) == ("descent", 12)
    assert path(descending).count > 12


def test_an_iterate_of_adam_opens_into_its_sub_steps_and_then_into_its_tape(descending: Lecturer) -> None:
    """By hand from (-5, -2): the gradient is (-10, -8), and 0.9 · 0 + 0.1 · (-10) = -1."""
    descending.do("descent.set_optimizer", look=0, optimizer="adam")
    race_to_the_end(descending)
    descending.do("descent.go_to", iterate=0)
    descending.do("descent.toggle_sub_steps")
    descending.wait(lambda state: state.descent.explained is not None and state.descent.explained.iterate == 0)
    pane = descending.window.centre.descent.plots.sub_steps
    descending.program.store.tell()
    assert pane.isVisible()
    titles = [pane.steps.item(row).text() for row in range(pane.steps.count())]
    assert [title.split("  ")[1] for title in titles] == [
        "Gradient",
        "First moment",
        "Second moment",
        "Bias correction",
        "Step",
        "Update",
    ]
    descending.do("descent.next_sub_step")
    descending.program.store.tell()
    assert pane.caption.text() == "m = 0.9 m + 0.1 g = 0.9 × (0, 0) + 0.1 × (−10, −8) = (−1, −0.8)"
    pane.buttons["descent.open_iterate"].click()
    descending.wait(lambda state: bool(state.opened))
    assert descending.state.view.tab == "graph"


def test_a_racer_that_is_lost_opens_where_the_nan_came_from(lecturer: Lecturer) -> None:
    """The root has no value below 0, where a rate of 0.3 leads from 0.5 at once: 0.5 - 0.3 (1/(2 √0.5) + 1)."""
    lecturer.run_text(
        "import tensorflow as tf\nx = tf.Variable(0.5)\n"
        "with tf.GradientTape() as t:\n    y = tf.sqrt(x) + tf.square(x)\nt.gradient(y, x)\n"
    )
    lecturer.do("view.show_descent")
    lecturer.wait(lambda state: state.descent.objective is not None)
    lecturer.program.store.tell()
    enter(lecturer, lecturer.window.racers.cards[0].rate, "0.3")
    race_to_the_end(lecturer)
    assert path(lecturer).status.kind == "nan"
    lecturer.window.racers.cards[0].open.click()
    lecturer.wait(lambda state: bool(state.opened))
    lecturer.program.store.tell()
    lecturer.do("findings.show_next")
    state = lecturer.state
    assert state.selection.node is not None
    assert state.shown is not None
    assert state.shown.ops[[op.type for op in state.shown.ops].index("Sqrt")].line == 4
    assert "Sqrt" in state.selection.node
    lecturer.press(Qt.Key.Key_Escape)
    assert lecturer.state.view.tab == "descent"
