from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tapeviz.model.numbers import format_value
from tapeviz.model.state import AppState, EngineState, ViewState
from tapeviz.paint.theme import theme_of
from tapeviz.ui.graph.zoomable_view import MAX_FIT_ZOOM
from tapeviz.ui.store import Store
from tests.ui_graph.conftest import Canvas

CanvasOf = Callable[..., Canvas]


def test_the_whole_graph_is_in_view_from_the_start(canvas: Canvas) -> None:
    assert canvas.view.painter is not None
    assert canvas.visible_area.contains(canvas.view.painter.extent)
    assert canvas.view.zoom <= MAX_FIT_ZOOM


def test_the_frame_follows_the_playhead_there_and_back(canvas: Canvas) -> None:
    target = canvas.node("f")
    assert canvas.view.shown_frame is not None
    assert canvas.view.shown_frame.nodes[target].value is None
    for _ in range(canvas.last):
        canvas.store.execute("playback.step_forward")
    assert format_value(canvas.view.shown_frame.nodes[target].value) == "49.00"
    assert format_value(canvas.view.shown_frame.nodes[canvas.node("y")].adjoint) == "33.00"
    for _ in range(canvas.last):
        canvas.store.execute("playback.step_back")
    assert canvas.view.shown_frame.playhead == 0
    assert canvas.view.shown_frame.nodes[target].value is None


def test_new_numbers_leave_every_node_where_it_is(canvas: Canvas) -> None:
    assert canvas.view.painter is not None
    before = {name: (box.x, box.y) for name, box in canvas.view.painter.layout.nodes.items()}
    zoom = canvas.view.zoom
    canvas.store.execute("playback.last")
    canvas.show("quadratic elsewhere")
    assert {name: (box.x, box.y) for name, box in canvas.view.painter.layout.nodes.items()} == before
    assert canvas.view.zoom == zoom
    assert canvas.view.shown_frame is not None
    assert format_value(canvas.view.shown_frame.nodes[canvas.node("x")].value) == "−2.125"


def test_no_number_is_lost_however_long_it_becomes(canvas: Canvas) -> None:
    canvas.show("quadratic far away")
    assert canvas.view.painter is not None
    assert canvas.view.painter.labels.crowded == frozenset()
    inner = {edge.id for edge in canvas.graph.edges if edge.target != canvas.node("f")}
    assert set(canvas.view.painter.labels.values) == inner
    assert set(canvas.view.painter.labels.cotangents) == inner


def test_another_structure_is_laid_out_and_fitted_anew(canvas: Canvas) -> None:
    canvas.view.zoom_in()
    canvas.show("fan-out")
    assert canvas.view.painter is not None
    assert set(canvas.view.painter.layout.nodes) == {node.id for node in canvas.graph.nodes}
    assert canvas.visible_area.contains(canvas.view.painter.extent)


def test_top_to_bottom_runs_downwards(canvas: Canvas) -> None:
    canvas.store.execute("view.toggle_direction")
    assert canvas.view.painter is not None
    nodes = canvas.view.painter.layout.nodes
    assert nodes[canvas.node("f")].y == max(box.y for box in nodes.values())


def test_a_click_selects_and_a_click_beside_the_nodes_selects_nothing(canvas: Canvas) -> None:
    node = canvas.node("×")
    QTest.mouseClick(canvas.view.viewport(), Qt.MouseButton.LeftButton, pos=canvas.place(node))
    assert canvas.state.selection.node == node
    QTest.mouseClick(canvas.view.viewport(), Qt.MouseButton.LeftButton, pos=canvas.empty_place())
    assert canvas.state.selection.node is None


def test_the_pointer_lights_up_what_it_is_over(canvas: Canvas) -> None:
    node = canvas.node("3×")
    QTest.mouseMove(canvas.view.viewport(), canvas.place(node))
    assert canvas.state.selection.hovered_node == node
    QTest.mouseMove(canvas.view.viewport(), canvas.empty_place())
    assert canvas.state.selection.hovered_node is None


def test_a_dragged_node_stays_where_it_was_put(canvas: Canvas) -> None:
    node = canvas.node("( )³")
    start = canvas.place(node)
    end = start + QPoint(40, 90)
    viewport = canvas.view.viewport()
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=start)
    for share in (0.3, 0.7, 1.0):
        QTest.mouseMove(viewport, start + (end - start) * share)
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=end)
    x, y = canvas.state.lesson.positions[node]
    assert canvas.view.painter is not None
    box = canvas.view.painter.layout.nodes[node]
    assert (box.x, box.y) == (x, y)
    assert (canvas.view.mapFromScene(QPointF(x, y)) - end).manhattanLength() <= 3
    assert canvas.state.selection.node is None, "a drag is no click"
    canvas.show("quadratic elsewhere")
    assert (canvas.view.painter.layout.nodes[node].x, canvas.view.painter.layout.nodes[node].y) == (x, y)
    canvas.store.execute("graph.reset_positions")
    assert canvas.view.painter.layout.nodes[node].y != y


@pytest.mark.parametrize("button", [Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton])
def test_dragging_the_canvas_moves_it(canvas: Canvas, button: Qt.MouseButton) -> None:
    start = canvas.empty_place()
    before = canvas.visible_area.center()
    canvas.store.execute("selection.select_node", node=canvas.node("f"))
    viewport = canvas.view.viewport()
    QTest.mousePress(viewport, button, pos=start)
    QTest.mouseMove(viewport, start + QPoint(40, -30))
    QTest.mouseMove(viewport, start + QPoint(120, -60))
    QTest.mouseRelease(viewport, button, pos=start + QPoint(120, -60))
    moved = canvas.visible_area.center() - before
    assert moved.x() * canvas.view.zoom == pytest.approx(-120, abs=3)
    assert moved.y() * canvas.view.zoom == pytest.approx(60, abs=3)
    assert canvas.state.selection.node == canvas.node("f"), "moving the canvas keeps the selection"


def test_the_wheel_zooms_around_the_pointer(canvas: Canvas) -> None:
    at = canvas.place(canvas.node("f"))
    before, zoom = canvas.view.mapToScene(at), canvas.view.zoom
    event = QWheelEvent(
        QPointF(at),
        QPointF(canvas.view.mapToGlobal(at)),
        QPoint(0, 0),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas.view.viewport(), event)
    assert canvas.view.zoom > 1.2 * zoom
    after = canvas.view.mapToScene(at)
    assert (after - before).manhattanLength() < 4
    canvas.view.fit()
    assert canvas.view.zoom == pytest.approx(zoom)


def test_zooming_in_and_out_comes_back(canvas: Canvas) -> None:
    zoom = canvas.view.zoom
    canvas.view.zoom_in()
    assert canvas.view.zoom > zoom
    canvas.view.zoom_out()
    assert canvas.view.zoom == pytest.approx(zoom)


def test_a_larger_window_shows_the_whole_graph_again(canvas: Canvas) -> None:
    canvas.view.resize(600, 400)
    small = canvas.view.zoom
    canvas.view.resize(1000, 640)
    assert canvas.view.zoom > small
    assert canvas.view.painter is not None
    assert canvas.visible_area.contains(canvas.view.painter.extent)


@pytest.mark.parametrize("words", ["f", "AddV2", "( )³", "mul"])
def test_search_centres_on_what_it_finds_and_selects_it(canvas: Canvas, words: str) -> None:
    assert canvas.view.centre_on(words)
    node = canvas.state.selection.node
    assert node is not None
    assert (canvas.place(node) - canvas.view.viewport().rect().center()).manhattanLength() < 6


def test_searching_again_goes_on_to_the_next(canvas: Canvas) -> None:
    assert canvas.view.centre_on("+")
    first = canvas.state.selection.node
    assert canvas.view.centre_on("+")
    assert canvas.state.selection.node not in (None, first)
    assert canvas.view.centre_on("+")
    assert canvas.state.selection.node == first


def test_search_says_where_there_is_nothing(canvas: Canvas) -> None:
    assert not canvas.view.centre_on("softplus")
    assert not canvas.view.centre_on("  ")


def test_a_double_click_brings_a_node_to_the_middle(canvas: Canvas) -> None:
    node = canvas.node("f")
    QTest.mouseDClick(canvas.view.viewport(), Qt.MouseButton.LeftButton, pos=canvas.place(node))
    assert (canvas.place(node) - canvas.view.viewport().rect().center()).manhattanLength() < 6


def test_tooltips_give_tensorflows_names_and_every_digit(canvas: Canvas) -> None:
    canvas.show("nested")
    canvas.store.execute("playback.last")
    tip = canvas.view.tooltip_at(QPointF(canvas.place(canvas.node("( )³"))))
    assert "Pow" in tip
    assert "float32" in tip
    assert "line 8" in tip
    assert "8.0" in tip
    edge = canvas.graph.edges[0]
    assert canvas.view.painter is not None
    number = canvas.view.painter.labels.values[edge.id]
    assert "forward: 2.0" in canvas.view.tooltip_at(QPointF(canvas.view.mapFromScene(QPointF(number.x, number.y))))
    assert canvas.view.tooltip_at(QPointF(canvas.empty_place())) == ""


def test_arrow_keys_are_left_to_the_window(canvas: Canvas) -> None:
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Space, Qt.Key.Key_PageDown):
        event = QKeyEvent(QKeyEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier)
        canvas.view.keyPressEvent(event)
        assert not event.isAccepted()


def test_pulses_travel_on_a_step_forward_only(canvas: Canvas, qtbot: QtBot) -> None:
    animator = canvas.view.animator
    canvas.store.execute("playback.step_forward")
    assert animator.is_running
    canvas.store.execute("playback.step_back")
    assert not animator.is_running
    canvas.store.execute("playback.last")
    assert not animator.is_running
    canvas.store.execute("playback.first")
    canvas.store.execute("playback.step_forward")
    qtbot.waitUntil(lambda: not animator.is_running)
    assert canvas.view.scene().items() == []


def test_pulses_stay_away_where_the_lecturer_wants_none(canvas_of: CanvasOf) -> None:
    canvas = canvas_of(view=ViewState(is_animated=False))
    canvas.store.execute("playback.step_forward")
    assert not canvas.view.animator.is_running


def test_two_hundred_steps_leave_no_queue_behind(canvas: Canvas, qtbot: QtBot) -> None:
    last = canvas.last
    store = Store(canvas.state, lambda request: None)
    store.changed.connect(canvas.view.apply)
    for k in range(200):
        store.execute("playback.step_forward" if k // last % 2 == 0 else "playback.step_back")
        QApplication.processEvents()
    assert canvas.view.shown_frame is not None
    assert canvas.view.shown_frame.playhead == store.state.playhead
    assert len(canvas.view.scene().items()) <= 2
    qtbot.waitUntil(lambda: not canvas.view.animator.is_running)


def test_the_first_words_say_what_to_do(canvas_of: CanvasOf) -> None:
    canvas = canvas_of(None)
    note = canvas.label("graphNote")
    assert note.isVisible()
    assert "Ctrl+Enter" in note.text()
    canvas.show("quadratic")
    assert not note.isVisible()


def test_a_picture_that_is_older_than_the_code_says_so(canvas: Canvas) -> None:
    badge = canvas.label("staleBadge")
    canvas.change(replace(canvas.state, recorded_text=canvas.state.lesson.text))
    assert not badge.isVisible()
    canvas.change(replace(canvas.state, lesson=replace(canvas.state.lesson, text="x = 1")))
    assert badge.isVisible()
    assert badge.text() == "The code is newer than this picture"


def test_a_run_is_announced_only_when_it_takes_its_time(canvas: Canvas, qtbot: QtBot) -> None:
    busy = canvas.label("busyBadge")
    running = replace(canvas.state, engine=EngineState(phase="running"))
    canvas.change(running)
    assert not busy.isVisible()
    qtbot.waitUntil(busy.isVisible)
    assert busy.text() == "Running…"
    canvas.change(replace(running, engine=EngineState(phase="ready")))
    assert not busy.isVisible()


def test_the_theme_dresses_the_canvas(canvas: Canvas) -> None:
    canvas.store.execute("view.set_theme", theme="dark")
    image = canvas.view.viewport().grab().toImage()
    assert image.pixelColor(3, 3).name() == theme_of("dark").canvas.lower()


def test_an_unchanged_state_changes_nothing(canvas: Canvas) -> None:
    painter, frame = canvas.view.painter, canvas.view.shown_frame
    state: AppState = canvas.state
    canvas.view.apply(state, state)
    canvas.view.apply(state, replace(state, generation=7))
    assert canvas.view.painter is painter
    assert canvas.view.shown_frame is frame
