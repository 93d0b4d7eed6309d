"""A graph too large to be read as a whole is shown from its beginning, and the step at hand stays in view."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF

from tapeviz.ui.graph.minimap import Minimap
from tapeviz.ui.graph.zoomable_view import LEAST_READABLE_ZOOM
from tests.ui_graph.conftest import Canvas

CanvasOf = Callable[..., Canvas]


def live_boxes(canvas: Canvas) -> list[QRectF]:
    frame, painter = canvas.view.shown_frame, canvas.view.painter
    assert frame is not None
    assert painter is not None
    boxes = [painter.layout.nodes[node] for node, state in frame.nodes.items() if state.is_live]
    return [QRectF(box.x - box.width / 2, box.y - box.height / 2, box.width, box.height) for box in boxes]


def test_every_step_of_a_long_graph_is_in_view_at_a_readable_size(canvas_of: CanvasOf) -> None:
    canvas = canvas_of("chain")
    canvas.view.resize(500, 240)
    canvas.view.show_readably()
    assert not canvas.view.is_fitted
    looked_at = 0
    for step in range(1, canvas.last):
        canvas.store.execute("playback.go_to", playhead=step)
        assert canvas.view.zoom >= LEAST_READABLE_ZOOM
        boxes = live_boxes(canvas)
        looked_at += len(boxes)
        assert all(canvas.visible_area.contains(box) for box in boxes), step
    assert looked_at >= canvas.last - 2


def test_the_overview_covers_nothing_of_the_step_at_hand(canvas_of: CanvasOf) -> None:
    canvas = canvas_of("chain")
    canvas.view.resize(560, 420)
    canvas.view.show_readably()
    overview = canvas.view.findChild(Minimap)
    assert isinstance(overview, Minimap)
    for step in range(1, canvas.last):
        canvas.store.execute("playback.go_to", playhead=step)
        if overview.isVisible():
            for box in live_boxes(canvas):
                assert not canvas.view.mapFromScene(box).boundingRect().intersects(overview.geometry()), step


def test_fit_shows_the_whole_and_stepping_leaves_it_so(canvas_of: CanvasOf) -> None:
    canvas = canvas_of("chain")
    canvas.view.resize(500, 240)
    canvas.view.fit()
    before = canvas.visible_area
    canvas.store.execute("playback.go_to", playhead=canvas.last - 1)
    assert canvas.view.is_fitted
    assert canvas.visible_area == before
    assert canvas.view.painter is not None
    assert before.contains(canvas.view.painter.extent)
