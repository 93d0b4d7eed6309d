"""The bar over the iterations of a loop, and the curves of what is selected."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTableView
from pytestqt.qtbot import QtBot

from tapeviz.commands.looking import looking_again
from tapeviz.engine.runner import Engine
from tapeviz.model.recording import Recording
from tapeviz.model.state import AppState, ViewState
from tapeviz.model.tensor import value_of_array
from tapeviz.ui.inspector.over_iterations import OverIterations
from tapeviz.ui.inspector.tensor_table import TensorTable
from tapeviz.ui.playback.iteration_bar import IterationBar
from tapeviz.ui.store import Store
from tapeviz.ui.theme import dress_of

LESSON = """
import tensorflow as tf

w = tf.Variable(2.0)
for turn in range(12):
    with tf.GradientTape() as tape:
        loss = (w - 5.0) ** 2
        if turn >= 8:
            loss = loss * 2.0
    w.assign_sub(0.1 * tape.gradient(loss, w))
"""


@pytest.fixture(scope="module")
def recording() -> Iterator[Recording]:
    yield Engine().run("descent.py", LESSON).recording


@pytest.fixture
def store(recording: Recording) -> Store:
    return Store(looking_again(AppState(), recording), lambda _request: None)


@pytest.fixture
def bar(qtbot: QtBot, store: Store) -> IterationBar:
    bar = IterationBar(store)
    qtbot.addWidget(bar)
    bar.resize(600, 46)
    bar.show()
    bar.apply(None, store.state)
    store.changed.connect(bar.apply)
    return bar


def test_the_bar_says_where_one_is_and_what_the_loss_was(bar: IterationBar) -> None:
    assert (bar.minimum(), bar.maximum(), bar.value()) == (0, 11, 0)
    assert bar.accessibleDescription() == "iteration 1 of 12, loss 9.000"


def test_keys_go_by_one_and_to_the_ends(bar: IterationBar, store: Store) -> None:
    QTest.keyClick(bar, Qt.Key.Key_Right)
    assert store.state.iteration == 1
    QTest.keyClick(bar, Qt.Key.Key_End)
    assert store.state.iteration == 11
    QTest.keyClick(bar, Qt.Key.Key_Left)
    assert store.state.iteration == 10
    QTest.keyClick(bar, Qt.Key.Key_Home)
    store.tell()
    assert store.state.iteration == bar.value() == 0


def test_a_click_goes_to_the_iteration_under_it(bar: IterationBar, store: Store) -> None:
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=QPoint(bar.width() - 24, 20))
    assert store.state.iteration == 11
    # Two times (w - 5)² = 9 · 0.64⁸ · 0.36³ as the last laps go twice as fast.
    store.tell()
    assert bar.accessibleDescription() == f"iteration 12 of 12, loss {2 * 9 * 0.64**8 * 0.36**3:.5f}"


def test_the_knob_follows_a_click(bar: IterationBar, store: Store) -> None:
    box = bar._box()
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=QPoint(round(box.right()), round(box.center().y())))
    store.tell()
    assert bar._line is not None
    assert bar._line.current == store.state.iteration == 11


def test_a_change_of_structure_is_marked_and_the_curve_goes_on(bar: IterationBar, store: Store) -> None:
    store.execute("view.show_iteration", iteration=9)
    store.tell()
    assert bar.tip(8).endswith("(another structure begins here)")
    assert "loss" in bar.tip(3)


def test_outside_of_loops_there_is_no_bar(bar: IterationBar) -> None:
    bar.apply(None, AppState())
    assert not bar.isVisible()


def test_the_curves_of_a_variable_are_its_value_and_its_gradient(qtbot: QtBot, store: Store) -> None:
    curves = OverIterations()
    qtbot.addWidget(curves)
    store.execute("selection.select_node", node="variable:w")
    curves.apply(store.state)
    names = [row.accessibleName() for row in curves.rows]
    assert names[0].startswith("w, from 2.000 to 4.")
    assert names[1].startswith("∂loss/∂w, from −6.000 to ")
    store.execute("selection.select_node", node=None)
    curves.apply(store.state)
    assert curves.isHidden()


def test_another_iteration_takes_the_place_of_a_tensor_in_its_table(qtbot: QtBot) -> None:
    table = TensorTable("x", 0, value_of_array(np.array([[1.0, 2.0]])), dress_of(ViewState()))
    qtbot.addWidget(table)
    elements = table.findChild(QTableView)
    assert isinstance(elements, QTableView)
    assert table.show_value(value_of_array(np.array([[3.0, 4.0]])))
    assert table.findChild(QTableView) is elements
    assert [elements.model().index(0, column).data() for column in (0, 1)] == ["3.000", "4.000"]
    assert not table.show_value(value_of_array(np.array([3.0, 4.0])))
