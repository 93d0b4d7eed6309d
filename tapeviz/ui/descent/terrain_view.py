"""The landscape with its trajectories, to look at, point at and drag."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QGestureEvent, QPinchGesture, QWidget

from tapeviz.commands.descent import settings_to_run
from tapeviz.model.descent_scene import ways_of
from tapeviz.model.descent_state import DescentState
from tapeviz.model.descent_words import missing_words
from tapeviz.model.state import AppState
from tapeviz.paint.descent.marks import paint_hover, paint_start
from tapeviz.paint.descent.picking import Picked, nearest_iterate, picked_words
from tapeviz.paint.descent.plot_area import Ink
from tapeviz.paint.descent.terrain import Terrain, height_of, paint_marks, terrain_of
from tapeviz.paint.fonts import SANS, font
from tapeviz.ui.descent.ringed_plot import RingedPlot
from tapeviz.ui.descent.telling import terrain_words
from tapeviz.ui.descent.terrain_layers import TerrainLayers
from tapeviz.ui.store import Executes
from tapeviz.ui.theme import Dress, dress_of

DRAG_START = 4.0
REACH = 12.0
WHEEL = 1.0012
PAN_SHARE = 0.1
NUDGE_SHARE = 0.02
ZOOM_STEP = 1.25
_ARROWS: dict[int, tuple[float, float]] = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, 1.0),
    Qt.Key.Key_Down: (0.0, -1.0),
}


@dataclass(slots=True)
class _Press:
    """A mouse button that is held: where, what it took hold of, and whether it was moved."""

    at: QPointF
    terrain: Terrain
    look: int | None
    picked: Picked | None
    has_moved: bool = False


class TerrainView(RingedPlot):
    """Pans by dragging, zooms by wheel, pinch and keys; a click sets the start or goes to an iterate."""

    def __init__(self, store: Executes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._descent = DescentState()
        self._missing = ""
        self._dress: Dress | None = None
        self._layers = TerrainLayers()
        self._hovered: Picked | None = None
        self._press: _Press | None = None
        self.setMouseTracking(True)
        self.setMinimumSize(180, 140)
        self.grabGesture(Qt.GestureType.PinchGesture)
        self.setAccessibleName(self.tr("Landscape"))

    def sizeHint(self) -> QSize:
        """Room for a plot that can be read from the last row."""
        return QSize(560, 460)

    @property
    def ink(self) -> Ink:
        """Theme and size of what is painted."""
        dress = self._dress or dress_of(self._store.state.view)
        return Ink(theme=dress.theme, scale=dress.scale)

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Show what differs between two states."""
        dress = dress_of(new.view)
        missing = missing_words(new)
        if old is not None and new.descent is self._descent and (dress, missing) == (self._dress, self._missing):
            return
        self._descent, self._dress, self._missing = new.descent, dress, missing
        self._hovered = None
        words = terrain_words(new.descent)
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)
        self.update()

    def terrain(self) -> Terrain | None:
        """Where everything stands now; None while there is no landscape to look at."""
        margin = self.ink.px(10)
        outer = QRectF(self.rect()).adjusted(margin, margin / 2, 0, -margin / 2)
        return terrain_of(self._descent, outer, self.ink)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the layers, the starts that can be dragged, the iterates at the clock, and what is pointed at."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        terrain, ink = self.terrain(), self.ink
        painter.fillRect(self.rect(), QColor(ink.theme.canvas))
        if terrain is None:
            self._paint_words(painter, self._missing or self._descent.problem)
            return
        ways = ways_of(self._descent)
        ratio = self.devicePixelRatioF()
        self._layers.paint(painter, self._descent, ways, terrain, ink, self.size(), ratio)
        for look, at in self._starts(terrain):
            is_held = self._press is not None and self._press.look == look
            paint_start(painter, at, look, ink, is_held=is_held)
        paint_marks(painter, self._descent, terrain, ink)
        if self._hovered is not None:
            words = picked_words(self._hovered)
            paint_hover(painter, self._hovered.at, words, self._hovered.way.look, terrain.area, ink)
        landscape = self._descent.landscape
        if landscape is not None and landscape.problem:
            self._paint_words(painter, landscape.problem)
        if self.is_ringed:
            painter.setPen(QPen(QColor(ink.theme.accent), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(terrain.area.box.adjusted(-2, -2, 2, 2))

    def _paint_words(self, painter: QPainter, words: str) -> None:
        ink = self.ink
        painter.setFont(font(SANS, ink.px(15)))
        painter.setPen(QColor(ink.theme.muted))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(self.rect().adjusted(40, 20, -40, -20), flags, words)

    def _starts(self, terrain: Terrain) -> list[tuple[int, QPointF]]:
        """Say where the starts of those stand who are set up."""
        starts = []
        for racer in self._descent.racers:
            position = settings_to_run(self._descent, racer).start
            if len(position) != len(terrain.plane.origin):
                continue
            x, *rest = terrain.projection.placed(np.array([position]))[0].tolist()
            at = terrain.area.point(x, rest[0] if rest else height_of(self._descent, terrain, x))
            if terrain.area.box.adjusted(-1, -1, 1, 1).contains(at):
                starts.append((racer.look, at))
        return starts

    def _start_at(self, terrain: Terrain, point: QPointF) -> int | None:
        """Find the start under a point: that of the selected racer, if there are several."""
        reach = self.ink.px(REACH)
        near = [look for look, at in self._starts(terrain) if math.hypot(*(at - point).toTuple()) <= reach]
        return self._descent.selected if self._descent.selected in near else (near[-1] if near else None)

    def _pick(self, terrain: Terrain, point: QPointF) -> Picked | None:
        return nearest_iterate(ways_of(self._descent), terrain, point, self.ink.px(REACH))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of a start, an iterate, or the landscape."""
        terrain = self.terrain()
        if event.button() != Qt.MouseButton.LeftButton or terrain is None:
            return
        point = event.position()
        if terrain.area.box.adjusted(-8, -8, 8, 8).contains(point):
            look = self._start_at(terrain, point)
            picked = self._pick(terrain, point) if look is None else None
            self._press = _Press(at=point, terrain=terrain, look=look, picked=picked)
            if look is not None:
                self._store.execute("descent.select_racer", look=look)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag what is held, or point at what is under the mouse."""
        press, point = self._press, event.position()
        if press is None:
            self._hover(point)
            return
        shift = point - press.at
        press.has_moved = press.has_moved or math.hypot(shift.x(), shift.y()) >= DRAG_START
        if not press.has_moved:
            return
        if press.look is not None:
            self._move_start(press.terrain, point, press.look)
        else:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self._pan(press.terrain, shift)

    def _hover(self, point: QPointF) -> None:
        terrain = self.terrain()
        is_inside = terrain is not None and terrain.area.box.contains(point)
        start = self._start_at(terrain, point) if terrain is not None and is_inside else None
        picked = self._pick(terrain, point) if terrain is not None and is_inside and start is None else None
        self.setCursor(Qt.CursorShape.OpenHandCursor if start is not None else Qt.CursorShape.ArrowCursor)
        if picked != self._hovered:
            self._hovered = picked
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag; a click that was none goes to the iterate under it, or sets the start."""
        press, self._press = self._press, None
        self.unsetCursor()
        self.update()
        if press is None or press.has_moved or press.look is not None:
            return
        if press.picked is None:
            self._move_start(press.terrain, press.at, self._descent.selected)
            return
        if press.picked.way.look is not None:
            self._store.execute("descent.select_racer", look=press.picked.way.look)
        self._store.execute("descent.go_to", iterate=press.picked.iterate)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the tape of the iterate under the mouse."""
        terrain = self.terrain()
        picked = self._pick(terrain, event.position()) if terrain is not None else None
        if picked is not None and picked.way.own is not None:
            self._store.execute("descent.open_own", which=picked.way.own, iterate=picked.iterate)
        elif picked is not None and picked.way.look is not None:
            self._store.execute("descent.open_iterate", look=picked.way.look, iterate=picked.iterate)

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        if self._hovered is not None:
            self._hovered = None
            self.update()

    def _move_start(self, terrain: Terrain, point: QPointF, look: int) -> None:
        """Move a start to where a point lies on the plane; what it has beside the plane stays as it is."""
        box = terrain.area.box
        inside = QPointF(min(max(point.x(), box.left()), box.right()), min(max(point.y(), box.top()), box.bottom()))
        place = terrain.area.numbers_at(inside)[: len(terrain.plane.directions)]
        pixels = (terrain.area.across.span / box.width(), terrain.area.up.span / box.height())
        # A pixel is no more exact than this, and a short number can be read out.
        rounded = [round(number, -math.floor(math.log10(pixel))) for number, pixel in zip(place, pixels, strict=False)]
        self._move_start_to(terrain, look, np.array(rounded))

    def _move_start_to(self, terrain: Terrain, look: int, place: np.ndarray) -> None:
        racer = next((racer for racer in self._descent.racers if racer.look == look), None)
        before = settings_to_run(self._descent, racer).start if racer is not None else ()
        if len(before) != len(terrain.plane.origin):
            return
        shift = place - terrain.projection.placed(np.array([before]))[0]
        position = np.array(before) + shift @ np.array(terrain.plane.directions)
        self._store.execute(
            "descent.move_start", position=tuple(float(f"{number:.9g}") for number in position), look=look
        )

    def _pan(self, terrain: Terrain, shift: QPointF) -> None:
        shares = np.array([shift.x() / terrain.area.box.width(), -shift.y() / terrain.area.box.height()])
        self._shift(terrain, -shares)

    def _shift(self, terrain: Terrain, shares: np.ndarray) -> None:
        axes = (terrain.area.across, terrain.area.up)[: len(terrain.plane.directions)]
        ends = [
            (axis.low + share * axis.span, axis.high + share * axis.span)
            for axis, share in zip(axes, shares, strict=False)
        ]
        self._look_at(ends)

    def zoom_by(self, factor: float, around: QPointF | None = None) -> None:
        """Zoom so that the point of the widget `around` (the middle if None) keeps showing what it shows."""
        terrain = self.terrain()
        if terrain is None:
            return
        place = terrain.area.numbers_at(around if around is not None else terrain.area.box.center())
        axes = (terrain.area.across, terrain.area.up)[: len(terrain.plane.directions)]
        self._look_at(
            [
                (at - (at - axis.low) / factor, at + (axis.high - at) / factor)
                for axis, at in zip(axes, place, strict=False)
            ]
        )

    def _look_at(self, ends: list[tuple[float, float]]) -> None:
        low, high = tuple(float(end[0]) for end in ends), tuple(float(end[1]) for end in ends)
        self._store.execute("descent.look_at", low=low, high=high)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the pointer."""
        if event.angleDelta().y():
            self.zoom_by(WHEEL ** event.angleDelta().y(), event.position())
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Zoom by pinching."""
        if event.type() == QEvent.Type.Gesture and isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                self.zoom_by(pinch.scaleFactor(), QPointF(self.mapFromGlobal(pinch.centerPoint().toPoint())))
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Shift and an arrow pan, Ctrl and an arrow move the start, + and − zoom, Enter opens the iterate's tape."""
        terrain, modifiers = self.terrain(), event.modifiers()
        direction = _ARROWS.get(event.key())
        if terrain is not None and direction is not None and modifiers & Qt.KeyboardModifier.ShiftModifier:
            self._shift(terrain, PAN_SHARE * np.array(direction))
        elif terrain is not None and direction is not None and modifiers & Qt.KeyboardModifier.ControlModifier:
            self._nudge(terrain, np.array(direction))
        elif event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(ZOOM_STEP)
        elif event.key() == Qt.Key.Key_Minus:
            self.zoom_by(1 / ZOOM_STEP)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._store.execute("descent.open_iterate", look=None, iterate=None)
        else:
            event.ignore()

    def _nudge(self, terrain: Terrain, direction: np.ndarray) -> None:
        """Move the start of the selected racer by a fiftieth of what is seen."""
        selected = self._descent.racer
        before = settings_to_run(self._descent, selected).start
        if len(before) == len(terrain.plane.origin):
            axes = (terrain.area.across, terrain.area.up)[: len(terrain.plane.directions)]
            steps = np.array([axis.span for axis in axes]) * NUDGE_SHARE * direction[: len(axes)]
            place = terrain.projection.placed(np.array([before]))[0] + steps
            self._move_start_to(terrain, selected.look, place)
