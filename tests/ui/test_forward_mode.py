"""Forward mode in the window: the table of steps and the timeline are its own."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tapeviz.client import run_once
from tapeviz.commands.looking import looking_at
from tapeviz.model.graph import Subject
from tapeviz.model.recording import Recording
from tapeviz.model.state import AppState
from tapeviz.paint.fonts import load_fonts
from tapeviz.paint.theme import THEME_NAMES, theme_of
from tapeviz.protocol.requests import RunLesson
from tapeviz.ui.playback.step_table import StepTable
from tests.ui_graph.conftest import PromptStore

LESSON = """import tensorflow as tf
x = tf.constant(2.0)
with tf.autodiff.ForwardAccumulator(x, tf.constant(0.5)) as acc:
    y = tf.sin(x) * x
answer = acc.jvp(y)
"""


@pytest.fixture(scope="module")
def recording() -> Recording:
    return run_once(RunLesson(generation=1, name="lesson.py", text=LESSON, keep_going=False))


def test_the_table_of_steps_has_tangents_in_place_of_cotangents(qtbot: QtBot, recording: Recording) -> None:
    load_fonts()
    sent: list[object] = []
    store = PromptStore(looking_at(AppState(), recording, Subject(accumulator=0)), sent.append)
    table = StepTable(store)
    qtbot.addWidget(table)
    store.changed.connect(table.apply)
    table.apply(None, store.state)
    store.execute("playback.last")
    model = table.model()
    headers = [model.headerData(column, Qt.Orientation.Horizontal) for column in range(model.columnCount())]
    assert headers == ["Step", "Op", "Line", "Value", "Tangent"]
    cells = [[model.index(row, column).data() for column in (0, 3, 4)] for row in range(model.rowCount())]
    assert [row[0] for row in cells] == ["Start", "Tangents", "Forward 1 of 2", "Forward 2 of 2", "Result"]
    assert cells[2][1:] == ["0.9093", "−0.2081"]
    assert cells[3][1:] == ["1.819", "0.03850"]
    store.execute("playback.first")
    assert model.index(3, 4).data() == ""


@pytest.mark.parametrize("name", [name for name in THEME_NAMES if not theme_of(name).is_monochrome])
def test_tangents_have_a_colour_of_their_own_that_can_be_read(name: str) -> None:
    theme = theme_of(name)
    assert len({theme.tangent, theme.forward, theme.backward, theme.accent}) == 4
    for ground in (theme.canvas, theme.panel, theme.tangent_soft):
        assert contrast(theme.tangent, ground) >= 4.5


def contrast(one: str, other: str) -> float:
    """The contrast ratio of the Web Content Accessibility Guidelines, 1.4.3."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
