"""Choosing a row of a Jacobian in the window: by slider, by key, by a click on the matrix."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tapeviz.client import run_once
from tapeviz.commands.looking import looking_at
from tapeviz.model.recording import Recording
from tapeviz.model.state import AppState
from tapeviz.model.subjects import subjects
from tapeviz.paint.fonts import load_fonts
from tapeviz.protocol.requests import RunLesson
from tapeviz.ui.inspector.inspector import Inspector
from tapeviz.ui.inspector.jacobian_map import JacobianMap
from tapeviz.ui.playback.row_bar import RowBar
from tests.ui_graph.conftest import PromptStore

LESSON = """import tensorflow as tf
x = tf.Variable([1.0, 2.0, 3.0])
with tf.GradientTape() as tape:
    y = x ** 2
    loss = tf.reduce_sum(y)
J = tape.jacobian(y, x)
"""


@pytest.fixture(scope="module")
def recording() -> Recording:
    return run_once(RunLesson(generation=1, name="lesson.py", text=LESSON, keep_going=False))


@pytest.fixture
def store(qtbot: QtBot, recording: Recording) -> PromptStore:
    load_fonts()
    sent: list[object] = []
    return PromptStore(looking_at(AppState(), recording, subjects(recording)[0]), sent.append)


def test_slider_and_keys_walk_the_rows_at_the_same_step(qtbot: QtBot, store: PromptStore) -> None:
    bar = RowBar(store)
    qtbot.addWidget(bar)
    store.changed.connect(bar.apply)
    bar.apply(None, store.state)
    store.execute("playback.go_to", playhead=3)
    assert bar.label.text() == "row 1 of 3 · ∂y[0]"
    bar.slider.setValue(2)
    assert bar.label.text() == "row 3 of 3 · ∂y[2]"
    assert store.state.playhead == 3
    store.execute("view.next_row")
    assert store.state.subject is not None
    assert store.state.subject.row == 2
    store.execute("view.previous_row")
    assert bar.slider.value() == 1


def test_the_inspector_shows_the_finished_rows_and_a_click_chooses_one(qtbot: QtBot, store: PromptStore) -> None:
    inspector = Inspector(store)
    qtbot.addWidget(inspector)
    store.changed.connect(inspector.apply)
    inspector.resize(300, 700)
    inspector.show()
    store.execute("view.show_row", row=1)
    store.execute("playback.last")
    (shown,) = inspector.findChildren(JacobianMap)
    assert shown.accessibleName() == "∂y / ∂x: 2 of 3 rows are finished"
    assert shown.accessibleDescription() == "y[0]: 2.000, 0.000, 0.000; y[1]: 0.000, 4.000, 0.000"
    right = QPointF(shown.width() - 10.0, 0.0)
    heights = [y for y in range(shown.height()) if shown.row_at(y) == 2]
    middle = heights[len(heights) // 2]
    assert shown.words_at(right + QPointF(0, middle)) == "∂y[2]/∂x[2]: its backward pass is still to come"
    QTest.mouseClick(shown, Qt.MouseButton.LeftButton, pos=QPoint(150, middle))
    assert store.state.subject is not None
    assert store.state.subject.row == 2
    assert shown.words_at(right + QPointF(0, middle)) == "∂y[2]/∂x[2] = 6.0"
