"""The landscape as a surface in space, turned by hand."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from tapeviz.model.descent_scene import ways_of
from tapeviz.model.descent_state import DescentState
from tapeviz.model.state import AppState
from tapeviz.paint.descent.plot_area import Ink
from tapeviz.paint.descent.relief import Relief, relief_of
from tapeviz.paint.descent.relief_painter import paint_relief, paint_ways
from tapeviz.ui.descent.ringed_plot import RingedPlot
from tapeviz.ui.descent.telling import terrain_words
from tapeviz.ui.store import Executes
from tapeviz.ui.theme import Dress, dress_of

DEGREES_PER_PIXEL = 0.5
NUDGE = 7.5
LOWEST, HIGHEST = 5.0, 85.0

_NUDGES: dict[int, tuple[float, float]] = {
    Qt.Key.Key_Left: (-NUDGE, 0.0),
    Qt.Key.Key_Right: (NUDGE, 0.0),
    Qt.Key.Key_Up: (0.0, NUDGE),
    Qt.Key.Key_Down: (0.0, -NUDGE),
}


class SurfaceView(RingedPlot):
    """Turns by dragging, and by Shift with the arrow keys; the surface is painted anew only where it differs."""

    def __init__(self, store: Executes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._descent = DescentState()
        self._dress: Dress | None = None
        self._stood: tuple[object, Relief | None] = (None, None)
        self._ground: tuple[object, QPixmap] | None = None
        self._held: QPointF | None = None
        self.setMinimumSize(180, 140)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setAccessibleName(self.tr("Landscape as a surface"))

    def sizeHint(self) -> QSize:
        """As much room as the flat landscape has."""
        return QSize(560, 460)

    @property
    def is_shown(self) -> bool:
        """Whether a surface is asked for, and there is one."""
        return self._relief() is not None

    @property
    def ink(self) -> Ink:
        """Theme and size of what is painted."""
        dress = self._dress or dress_of(self._store.state.view)
        return Ink(theme=dress.theme, scale=dress.scale)

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Show what differs between two states."""
        dress = dress_of(new.view)
        if old is not None and new.descent is self._descent and dress == self._dress:
            return
        self._descent, self._dress = new.descent, dress
        if not self.is_shown:
            return
        words = terrain_words(new.descent)
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the surface out of the store, and the trajectories on it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink, relief = self.ink, self._relief()
        if relief is None:
            painter.fillRect(self.rect(), QColor(ink.theme.canvas))
            return
        painter.drawPixmap(0, 0, self._painted(relief, ink))
        paint_ways(painter, relief, ways_of(self._descent), ink)
        if self.is_ringed:
            painter.setPen(QPen(QColor(ink.theme.accent), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(2, 2, -2, -2))

    def _relief(self) -> Relief | None:
        """Stand the landscape up, again only where what it rests on differs: iterates come many times a second."""
        descent, ink = self._descent, self.ink
        view = descent.view
        seen_from = (view.is_surface, view.turn, view.tilt, view.is_log_level)
        key = (descent.landscape, descent.objective, seen_from, ink, self.size())
        if self._stood[0] != key:
            self._stood = key, relief_of(descent, QRectF(self.rect()), ink)
        return self._stood[1]

    def _painted(self, relief: Relief, ink: Ink) -> QPixmap:
        ratio = self.devicePixelRatioF()
        key = (relief, ratio)
        if self._ground is None or self._ground[0] != key:
            pixmap = QPixmap(self.size() * ratio)
            pixmap.setDevicePixelRatio(ratio)
            pixmap.fill(QColor(ink.theme.canvas))
            painter = QPainter(pixmap)
            paint_relief(painter, relief, ink)
            painter.end()
            self._ground = key, pixmap
        return self._ground[1]

    def _turn(self, across: float, up: float) -> None:
        view = self._descent.view
        tilt = min(HIGHEST, max(LOWEST, view.tilt + up))
        self._store.execute("descent.set_view", turn=(view.turn + across) % 360, tilt=tilt)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the surface."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Turn it with the pointer."""
        if self._held is not None:
            moved = event.position() - self._held
            self._held = event.position()
            self._turn(moved.x() * DEGREES_PER_PIXEL, moved.y() * DEGREES_PER_PIXEL)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go of it."""
        self._held = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Turn it by Shift and an arrow; arrows alone step through the race as everywhere."""
        nudge = _NUDGES.get(event.key())
        if nudge is not None and event.modifiers() == Qt.KeyboardModifier.ShiftModifier:
            self._turn(*nudge)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._store.execute("descent.open_iterate", look=None, iterate=None)
        else:
            event.ignore()

    def leaveEvent(self, event: QEvent) -> None:
        """Let go of it where the pointer is lost."""
        self._held = None
