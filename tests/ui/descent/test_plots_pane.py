"""The plots in a window: what a mouse and keys do to the landscape, the starts and the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tapeviz.model.descent import DescentSettings
from tapeviz.model.descent_state import DescentState, Racer
from tapeviz.model.landscape import Extent, Landscape
from tapeviz.model.state import AppState
from tapeviz.paint.fonts import load_fonts
from tapeviz.ui.descent.plots_pane import PlotsPane
from tapeviz.ui.store import Store
from tests.paint.descent.surfaces import LINE, bowl, descent, landscape, objective, packed, trajectory

POSITIONS = np.array([[-1.5, -1.0], [-0.4, 1.0], [0.8, -0.6], [0.1, 0.2]])


class Told:
    """A store that keeps what was fired; what needs an engine it does not carry out."""

    def __init__(self, state: AppState) -> None:
        self._store = Store(state, lambda _request: None)
        self.fired: list[tuple[str, dict[str, Any]]] = []

    @property
    def state(self) -> AppState:
        return self._store.state

    def execute(self, command_id: str, **arguments: Any) -> None:
        self.fired.append((command_id, arguments))
        if command_id in ("descent.look_at", "descent.go_to", "descent.select_racer", "descent.set_view"):
            self._store.execute(command_id, **arguments)

    def last(self, command_id: str) -> dict[str, Any]:
        return next(arguments for name, arguments in reversed(self.fired) if name == command_id)


def race() -> DescentState:
    state = descent(trajectory(POSITIONS, bowl(*POSITIONS.T), "converged"))
    racer = Racer(look=0, settings=DescentSettings(start=(-1.5, -1.0)))
    return replace(state, racers=(racer,), raced=(racer,))


@pytest.fixture
def shown(qtbot: QtBot) -> Callable[[DescentState], tuple[PlotsPane, Told]]:
    load_fonts()

    def show(state: DescentState) -> tuple[PlotsPane, Told]:
        store = Told(AppState(descent=state))
        pane = PlotsPane(store)
        qtbot.addWidget(pane)
        pane.resize(900, 520)
        pane.show()
        pane.apply(None, store.state)
        qtbot.waitExposed(pane)
        QApplication.processEvents()
        return pane, store

    return show


Shows = Callable[[DescentState], tuple[PlotsPane, Told]]


def click(view: QWidget, at: QPoint) -> None:
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=at)


def pixel(pane: PlotsPane, x: float, y: float) -> QPoint:
    terrain = pane.terrain.terrain()
    assert terrain is not None
    return terrain.area.point(x, y).toPoint()


def test_a_click_on_the_landscape_sets_the_start_of_the_selected_racer(shown: Shows) -> None:
    pane, store = shown(race())
    click(pane.terrain, pixel(pane, 1.5, 1.5))
    moved = store.last("descent.move_start")
    assert moved["look"] == 0 and moved["position"] == pytest.approx((1.5, 1.5), abs=0.02)


def test_a_start_that_is_pointed_at_is_no_longer_a_number_than_a_pixel_is_exact(shown: Shows) -> None:
    pane, store = shown(race())
    click(pane.terrain, pixel(pane, 1.23456, -1.23456))
    for number in store.last("descent.move_start")["position"]:
        assert number == round(number, 3) and abs(abs(number) - 1.23456) < 0.02


def test_a_start_is_dragged_and_the_landscape_stays(shown: Shows) -> None:
    pane, store = shown(race())
    start, end = pixel(pane, -1.5, -1.0), pixel(pane, -1.2, 0.5)
    QTest.mousePress(pane.terrain, Qt.MouseButton.LeftButton, pos=start)
    for share in (0.3, 0.7, 1.0):
        QTest.mouseMove(pane.terrain, start + (end - start) * share)
    QTest.mouseRelease(pane.terrain, Qt.MouseButton.LeftButton, pos=end)
    assert store.last("descent.move_start")["position"] == pytest.approx((-1.2, 0.5), abs=0.02)
    assert "descent.look_at" not in [name for name, _ in store.fired]


def test_dragging_the_landscape_pans_it_by_as_much(shown: Shows) -> None:
    pane, store = shown(race())
    QTest.mousePress(pane.terrain, Qt.MouseButton.LeftButton, pos=pixel(pane, 1.0, 1.5))
    QTest.mouseMove(pane.terrain, pixel(pane, 0.5, 1.0))
    QTest.mouseRelease(pane.terrain, Qt.MouseButton.LeftButton, pos=pixel(pane, 0.5, 1.0))
    seen = store.last("descent.look_at")
    assert seen["low"] == pytest.approx((-1.5, -1.5), abs=0.03)
    assert seen["high"] == pytest.approx((2.5, 2.5), abs=0.03)
    assert "descent.move_start" not in [name for name, _ in store.fired]


def test_a_click_on_a_trajectory_goes_to_that_iterate(shown: Shows) -> None:
    pane, store = shown(race())
    click(pane.terrain, pixel(pane, -0.4, 1.0))
    assert store.last("descent.go_to") == {"iterate": 1}
    assert "descent.move_start" not in [name for name, _ in store.fired]


def test_a_double_click_and_enter_open_the_tape_of_an_iterate(shown: Shows) -> None:
    pane, store = shown(race())
    QTest.mouseDClick(pane.terrain, Qt.MouseButton.LeftButton, pos=pixel(pane, 0.8, -0.6))
    assert store.last("descent.open_iterate") == {"look": 0, "iterate": 2}
    QTest.keyClick(pane.terrain, Qt.Key.Key_Return)
    assert store.last("descent.open_iterate") == {"look": None, "iterate": None}


def test_the_wheel_zooms_around_the_pointer(shown: Shows) -> None:
    pane, store = shown(race())
    at = pixel(pane, 1.0, 1.0)
    none = Qt.MouseButton.NoButton
    wheel = QWheelEvent(
        QPointF(at),
        QPointF(at),
        QPoint(),
        QPoint(0, 240),
        none,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    pane.terrain.wheelEvent(wheel)
    seen = store.last("descent.look_at")
    span = seen["high"][0] - seen["low"][0]
    assert span < 4
    assert (1.0 - seen["low"][0]) / span == pytest.approx(0.75, abs=0.01)


def test_everything_is_done_by_keys_too(shown: Shows) -> None:
    pane, store = shown(race())
    QTest.keyClick(pane.terrain, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert store.last("descent.look_at")["low"] == pytest.approx((-1.6, -2.0))
    QTest.keyClick(pane.terrain, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    assert store.last("descent.move_start")["position"] == pytest.approx((-1.5, -0.92))
    QTest.keyClick(pane.terrain, Qt.Key.Key_Plus)
    seen = store.last("descent.look_at")
    assert seen["high"][0] - seen["low"][0] == pytest.approx(3.2)


def test_words_say_where_the_race_stands(shown: Shows) -> None:
    pane, _ = shown(race())
    words = pane.terrain.accessibleDescription()
    assert "x from −2.000 to 2.000" in words
    assert "iteration 3, loss 0.05000 at (0.1000, 0.2000)" in words


def test_a_start_off_the_plane_keeps_what_lies_beside_it(shown: Shows) -> None:
    ground = landscape(bowl)
    slanted = replace(ground.plane, origin=(0.0, 0.0, 9.0), directions=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)))
    state = descent(ground=replace(ground, plane=slanted))
    racer = Racer(look=0, settings=DescentSettings(start=(-1.0, -1.0, 5.0)))
    pane, store = shown(replace(state, racers=(racer,)))
    click(pane.terrain, pixel(pane, 1.0, 0.5))
    assert store.last("descent.move_start")["position"] == pytest.approx((1.0, 0.5, 5.0), abs=0.02)


def test_what_is_painted_bit_by_bit_looks_as_if_it_was_painted_at_once(shown: Shows) -> None:
    steps = np.linspace(0, 14, 400)
    spiral = np.stack([1.8 * np.exp(-steps / 6) * np.cos(steps), 1.5 * np.exp(-steps / 6) * np.sin(steps)], axis=1)
    whole = race()
    whole = replace(whole, trajectories=(trajectory(spiral, bowl(*spiral.T)),))
    at_once, _ = shown(whole)
    bit_by_bit, store = shown(replace(whole, clock=0, is_following=False))
    old = store.state
    for clock in range(0, 400, 7):
        new = replace(old, descent=replace(whole, clock=clock, is_following=False))
        bit_by_bit.apply(old, new)
        bit_by_bit.terrain.repaint()
        old = new
    bit_by_bit.apply(old, replace(old, descent=whole))
    bit_by_bit.resize(at_once.size())
    QApplication.processEvents()
    one, other = (pixels(pane.terrain.grab().toImage()) for pane in (at_once, bit_by_bit))
    assert np.mean(np.abs(one - other).max(axis=2) > 60) < 0.002


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    flat = np.frombuffer(image.constBits(), dtype=np.uint8)
    return flat.reshape(image.height(), image.bytesPerLine() // 4, 4)[:, : image.width(), :3].astype(int)


def test_a_click_on_a_curve_goes_to_that_iterate_and_dragging_scrubs(shown: Shows) -> None:
    pane, store = shown(race())
    area = pane.curves.area
    assert area is not None
    places = [area.point(k, float(bowl(*POSITIONS[k]))).toPoint() for k in range(4)]
    click(pane.curves, places[2])
    assert store.last("descent.go_to") == {"iterate": 2}
    QTest.mouseDClick(pane.curves, Qt.MouseButton.LeftButton, pos=places[1])
    assert store.last("descent.open_iterate") == {"look": 0, "iterate": 1}


def test_the_kind_of_curve_and_logarithmic_axes_are_chosen(shown: Shows) -> None:
    pane, store = shown(race())
    pane.chooser.kind.setCurrentIndex(pane.chooser.kind.findData("gradients"))
    pane.chooser.kind.activated.emit(pane.chooser.kind.currentIndex())
    assert store.last("descent.set_view") == {"curve": "gradients"}
    pane.chooser.switches["descent.toggle_log_values"].click()
    assert store.fired[-1][0] == "descent.toggle_log_values"


def test_over_a_line_the_objective_is_a_curve(shown: Shows) -> None:
    xs = np.linspace(-2, 2, 201)
    positions = np.array([[-1.5], [-0.9], [-0.54]])
    line = trajectory(positions, positions[:, 0] ** 2)
    extent = Extent(low=(-2.0,), high=(2.0,))
    state = replace(
        race(),
        objective=objective("x"),
        trajectories=(line,),
        racers=(Racer(look=0, settings=DescentSettings(start=(-1.5,))),),
        plane=LINE,
        extent=extent,
        landscape=Landscape(plane=LINE, extent=extent, values=packed(xs**2)),
    )
    pane, _ = shown(state)
    terrain = pane.terrain.terrain()
    assert terrain is not None
    assert terrain.area.up.low < 0 < 4 < terrain.area.up.high
    assert "x from −2.000 to 2.000" in pane.terrain.accessibleDescription()


def test_the_landscape_stands_up_as_a_surface_that_is_turned_by_mouse_and_keys(shown: Shows) -> None:
    state = race()
    pane, store = shown(state)
    assert pane.terrain.isVisible() and not pane.surface.isVisible()
    store.execute("descent.set_view", is_surface=True)
    pane.apply(AppState(descent=state), store.state)
    assert pane.surface.isVisible() and not pane.terrain.isVisible()
    before = pane.surface.grab().toImage()
    QTest.mousePress(pane.surface, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    QTest.mouseMove(pane.surface, QPoint(140, 110))
    QTest.mouseRelease(pane.surface, Qt.MouseButton.LeftButton, pos=QPoint(140, 110))
    turned = store.last("descent.set_view")
    assert turned["turn"] == pytest.approx((state.view.turn + 20) % 360)
    assert turned["tilt"] == pytest.approx(state.view.tilt + 5)
    last = store.state
    pane.apply(AppState(descent=state), last)
    assert pane.surface.grab().toImage() != before
    QTest.keyClick(pane.surface, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert store.last("descent.set_view")["tilt"] == pytest.approx(last.descent.view.tilt + 7.5)
    for _ in range(20):
        QTest.keyClick(pane.surface, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
        pane.apply(AppState(descent=state), store.state)
    assert store.state.descent.view.tilt == 85.0
