"""An op that does not open says why when it is asked to, and a path that is chosen comes into view."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolTip
from pytestqt.qtbot import QtBot

from tapeviz.model.path_state import shown_path
from tapeviz.ui.graph.pointing import area_of
from tapeviz.ui.graph.zoomable_view import LEAST_READABLE_ZOOM
from tests.ui_graph.conftest import Canvas

CanvasOf = Callable[..., Canvas]


def test_an_op_that_does_not_open_says_why_when_it_is_double_clicked(canvas_of: CanvasOf, qtbot: QtBot) -> None:
    canvas = canvas_of("shut")
    assert canvas.state.shown is not None
    (inside,) = canvas.state.shown.insides
    assert inside.recording is None
    node = next(node.id for node in canvas.graph.nodes if node.op == inside.op)
    QTest.mouseDClick(canvas.view.viewport(), Qt.MouseButton.LeftButton, pos=canvas.place(node))
    qtbot.waitUntil(QToolTip.isVisible)
    assert "random" in QToolTip.text()
    assert QToolTip.text() == inside.note
    assert canvas.state.opened == ()
    assert inside.note in canvas.view.tooltip_at(QPointF(canvas.place(node)))
    QToolTip.hideText()


def test_a_path_that_is_chosen_comes_into_view(canvas_of: CanvasOf) -> None:
    canvas = canvas_of("chain")
    canvas.view.resize(700, 300)
    canvas.view.fit()
    canvas.view.zoom_by(2.0 / canvas.view.zoom)
    canvas.store.execute("playback.go_to", playhead=canvas.last)
    canvas.store.execute(
        "selection.select_node", node=next(node.id for node in canvas.graph.nodes if node.kind == "variable")
    )
    canvas.view.look_at(QPointF(canvas.view.sceneRect().bottomRight()))
    canvas.store.execute("paths.show", path=0)
    found, painter = shown_path(canvas.state), canvas.view.painter
    assert found is not None
    assert painter is not None
    path, seen = found[0].paths[found[1]], seen_of(canvas)
    assert canvas.view.zoom >= LEAST_READABLE_ZOOM
    area = area_of(painter, path)
    assert seen.contains(area) or (seen.left() <= area.left() and seen.contains(box_of(canvas, path.nodes[-1])))


def test_a_path_leaves_a_picture_alone_that_is_seen_whole(canvas_of: CanvasOf) -> None:
    canvas = canvas_of("quadratic")
    canvas.view.fit()
    before = seen_of(canvas)
    canvas.store.execute("playback.go_to", playhead=canvas.last)
    canvas.store.execute("selection.select_node", node=canvas.node("x"))
    canvas.store.execute("paths.show", path=0)
    assert shown_path(canvas.state) is not None
    assert seen_of(canvas) == before


def seen_of(canvas: Canvas) -> QRectF:
    return canvas.view.mapToScene(canvas.view.viewport().rect()).boundingRect()


def box_of(canvas: Canvas, node: str) -> QRectF:
    assert canvas.view.painter is not None
    box = canvas.view.painter.layout.nodes[node]
    return QRectF(box.x - box.width / 2, box.y - box.height / 2, box.width, box.height)
