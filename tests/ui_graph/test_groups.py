from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tapeviz.ui.graph.minimap import Minimap
from tests.ui_graph.conftest import Canvas


def title_of(canvas: Canvas, group: str) -> QPoint:
    """Where the title of a frame is in the viewport."""
    assert canvas.view.painter is not None
    return canvas.view.mapFromScene(canvas.view.painter.frames.title_area(group).center())


def only_group(canvas: Canvas) -> str:
    (group,) = canvas.graph.groups
    return group.id


def double_click(canvas: Canvas, at: QPoint) -> None:
    viewport = canvas.view.viewport()
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=at)


def test_a_double_click_on_the_title_folds_and_on_the_node_unfolds(canvas_of: Callable[..., Canvas]) -> None:
    canvas = canvas_of("nested tape")
    group = only_group(canvas)
    whole = len(canvas.graph.nodes)
    assert canvas.view.painter is not None
    assert set(canvas.view.painter.layout.frames) == {group}
    double_click(canvas, title_of(canvas, group))
    assert group in {node.id for node in canvas.graph.nodes}
    assert canvas.view.painter.layout.frames == {}
    assert canvas.state.selection.node == group
    double_click(canvas, canvas.place(group))
    assert len(canvas.graph.nodes) == whole
    assert set(canvas.view.painter.layout.frames) == {group}


def test_a_click_on_the_title_selects_the_group(canvas_of: Callable[..., Canvas]) -> None:
    canvas = canvas_of("nested tape")
    QTest.mouseClick(canvas.view.viewport(), Qt.MouseButton.LeftButton, pos=title_of(canvas, only_group(canvas)))
    assert canvas.state.selection.node == only_group(canvas)


def test_the_tooltip_of_a_folded_group_tells_its_title_and_its_ops(canvas_of: Callable[..., Canvas]) -> None:
    canvas = canvas_of("nested tape")
    canvas.store.execute("graph.fold_all")
    text = canvas.view.tooltip_at(canvas.place(only_group(canvas)).toPointF())
    assert "backward pass of" in text
    assert "ops" in text


def test_folding_keeps_the_moment_and_the_place_on_the_screen(canvas_of: Callable[..., Canvas]) -> None:
    canvas = canvas_of("nested tape")
    group = only_group(canvas)
    canvas.store.execute("playback.last")
    canvas.store.execute("playback.step_back")
    canvas.view.zoom_by(1.6)
    canvas.store.execute("graph.fold_group", group=group)
    folded_at = canvas.view.painter.box_of(group) if canvas.view.painter else None
    assert folded_at is not None
    left = canvas.view.mapFromScene(folded_at.x - folded_at.width / 2, folded_at.y)
    assert canvas.state.timeline is not None
    assert canvas.state.timeline.steps[canvas.state.playhead].phase == "vjp"
    canvas.store.execute("graph.unfold_group", group=group)
    frame = canvas.view.painter.box_of(group) if canvas.view.painter else None
    assert frame is not None
    again = canvas.view.mapFromScene(frame.x - frame.width / 2, frame.y)
    assert (again - left).manhattanLength() <= 4
    assert canvas.state.timeline.steps[canvas.state.playhead].phase == "vjp"


def test_the_search_finds_what_is_folded_and_unfolds_the_way_to_it(canvas_of: Callable[..., Canvas]) -> None:
    canvas = canvas_of("nested tape")
    canvas.store.execute("graph.fold_all")
    hidden = next(node for node in (canvas.state.whole.nodes if canvas.state.whole else ()) if node.symbol == "cos")
    assert hidden.id not in {node.id for node in canvas.graph.nodes}
    assert canvas.view.centre_on("cos")
    assert canvas.state.selection.node == hidden.id
    assert hidden.id in {node.id for node in canvas.graph.nodes}
    middle = canvas.view.mapToScene(canvas.view.viewport().rect().center())
    assert canvas.view.painter is not None
    box = canvas.view.painter.layout.nodes[hidden.id]
    assert abs(middle.x() - box.x) < 2
    assert abs(middle.y() - box.y) < 2


def test_a_large_model_comes_folded_and_opens_as_a_whole(canvas_of: Callable[..., Canvas], qtbot: QtBot) -> None:
    canvas = canvas_of("deep model")
    assert len(canvas.graph.nodes) <= 30
    assert canvas.view.painter is not None, "what is folded is small enough to be laid out at once"
    canvas.store.execute("graph.unfold_all")
    qtbot.waitUntil(lambda: canvas.view.painter is not None, timeout=60_000)
    assert canvas.view.painter is not None
    assert len(canvas.view.painter.layout.frames) == len(canvas.graph.groups) > 12
    overview = canvas.view.findChild(Minimap)
    assert isinstance(overview, Minimap)
    assert overview.isVisible()
    canvas.store.execute("graph.fold_to_fit")
    assert len(canvas.graph.nodes) <= 30
