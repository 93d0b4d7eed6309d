from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tapeviz.layout.service import MAX_INLINE_NODES
from tapeviz.ui.graph.minimap import Minimap
from tapeviz.ui.graph.picture import Arrival
from tests.paint.recorded import LONG_CHAIN
from tests.ui_graph.conftest import Canvas

PATIENCE = 60_000


def overview_of(canvas: Canvas) -> Minimap:
    overview = canvas.view.findChild(Minimap)
    assert isinstance(overview, Minimap)
    return overview


def test_a_large_graph_is_laid_out_while_the_window_goes_on(canvas_of: Callable[..., Canvas], qtbot: QtBot) -> None:
    canvas = canvas_of()
    assert not overview_of(canvas).isVisible()
    canvas.show("long chain")
    assert len(canvas.graph.nodes) > MAX_INLINE_NODES
    assert overview_of(canvas).isHidden(), "its layout is still being made, and nobody waits for it"
    canvas.store.execute("playback.step_forward")
    qtbot.waitUntil(lambda: canvas.view.painter is not None, timeout=PATIENCE)
    assert canvas.view.painter is not None
    assert len(canvas.view.painter.layout.nodes) == LONG_CHAIN + 2
    assert canvas.view.shown_frame is not None
    assert canvas.view.shown_frame.playhead == 1


def test_the_overview_of_a_large_graph_moves_the_canvas(canvas_of: Callable[..., Canvas], qtbot: QtBot) -> None:
    canvas = canvas_of("long chain")
    qtbot.waitUntil(lambda: canvas.view.painter is not None, timeout=PATIENCE)
    overview = overview_of(canvas)
    assert overview.isVisible()
    canvas.view.zoom_by(4.0)
    QTest.mouseClick(overview, Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
    upper_left = canvas.view.mapToScene(canvas.view.viewport().rect().center())
    QTest.mouseClick(overview, Qt.MouseButton.LeftButton, pos=QPoint(160, 100))
    lower_right = canvas.view.mapToScene(canvas.view.viewport().rect().center())
    assert lower_right.x() > upper_left.x()
    assert lower_right.y() > upper_left.y()


def test_another_graph_takes_the_place_of_one_that_is_still_laid_out(canvas_of: Callable[..., Canvas]) -> None:
    canvas = canvas_of("long chain")
    canvas.show("quadratic")
    assert canvas.view.painter is not None
    assert canvas.node("f") in canvas.view.painter.layout.nodes


def test_a_layout_that_comes_too_late_is_dropped(canvas_of: Callable[..., Canvas], qtbot: QtBot) -> None:
    canvas = canvas_of("long chain")
    late: list[Arrival] = []
    canvas.view._arranged.connect(late.append)
    qtbot.waitUntil(lambda: bool(late), timeout=PATIENCE)
    canvas.show("quadratic")
    painter = canvas.view.painter
    canvas.view._arranged.emit(late[0])
    assert canvas.view.painter is painter
