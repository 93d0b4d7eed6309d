"""A canvas to pan and zoom, with nothing on it yet."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QGestureEvent, QGraphicsScene, QGraphicsView, QPinchGesture, QWidget

MAX_FIT_ZOOM = 1.6
LEAST_READABLE_ZOOM = 0.62
"""A picture that would have to be drawn smaller than this to be seen whole is shown in part, and followed."""

FOLLOWED_ZOOM = 0.85
FOLLOW_MARGIN = 40.0
MIN_ZOOM = 0.02
MAX_ZOOM = 8.0
ZOOM_STEP = 1.25
FIT_MARGIN = 12.0
ROAM = 4000.0
"""How far beyond the picture the canvas can be moved, pixels at zoom 1."""


class ZoomableView(QGraphicsView):
    """Pans by dragging, zooms by wheel, pinch and keys, and fits what it shows until it is zoomed by hand."""

    moved = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._canvas = QGraphicsScene(self)
        self.setScene(self._canvas)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setCacheMode(QGraphicsView.CacheModeFlag.CacheBackground)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.grabGesture(Qt.GestureType.PinchGesture)
        self._extent = QRectF()
        self._is_fitted = True
        self._is_by_hand = False
        self._pan_from: QPointF | None = None
        self._has_panned = False

    @property
    def zoom(self) -> float:
        """Screen pixels per pixel of the picture."""
        return self.transform().m11()

    @property
    def is_fitted(self) -> bool:
        """Whether the whole picture is in view."""
        return self._is_fitted

    def set_extent(self, extent: QRectF) -> None:
        """Say what there is to see; the canvas reaches further, so that it can be moved freely."""
        self._extent = extent
        self.setSceneRect(extent.adjusted(-ROAM, -ROAM, ROAM, ROAM))

    def fit(self) -> None:
        """Show the whole picture, small graphs not larger than `MAX_FIT_ZOOM`."""
        self._is_fitted, self._is_by_hand = True, True
        self._show_whole()

    def show_readably(self) -> None:
        """Show the whole picture where its numbers can be read then, or else where it begins."""
        self._is_by_hand = False
        self._is_fitted = self._whole_zoom() >= LEAST_READABLE_ZOOM
        if self._is_fitted:
            self._show_whole()
            return
        self._set_zoom(FOLLOWED_ZOOM)
        half = QPointF(self.viewport().width(), self.viewport().height()) / (2 * FOLLOWED_ZOOM)
        start = self._extent.topLeft() + half
        self.centerOn(
            QPointF(start.x(), self._extent.center().y() if self._extent.height() < 2 * half.y() else start.y())
        )
        self.moved.emit()

    def hold(self, point: QPointF, at: QPointF) -> None:
        """Take another picture without a jump: all of it is shown if it was and can be read, or `point` stays at `at`.

        Parameters
        ----------
        point : QPointF, of the picture
        at : QPointF, of the viewport
        """
        if self._is_fitted and self._whole_zoom() >= LEAST_READABLE_ZOOM:
            self._show_whole()
            return
        if self._is_fitted:
            self._set_zoom(FOLLOWED_ZOOM)
        self._is_fitted = False
        centre = self.mapToScene(self.viewport().rect().center())
        self.centerOn(centre + point - self.mapToScene(at.toPoint()))
        self.moved.emit()

    def follow(self, wanted: QRectF) -> None:
        """Move the picture as little as it takes to show a part of it; not where the whole of it is in view."""
        if self._is_fitted or wanted.isEmpty():
            return
        margin = FOLLOW_MARGIN / self.zoom
        seen = self.mapToScene(self.viewport().rect()).boundingRect()
        inner = seen.adjusted(margin, margin, -margin, -margin)
        if inner.contains(wanted):
            return
        shift = QPointF(
            _overhang(wanted.left(), wanted.right(), inner.left(), inner.right()),
            _overhang(wanted.top(), wanted.bottom(), inner.top(), inner.bottom()),
        )
        self.centerOn(seen.center() + shift)
        self.moved.emit()

    def show_part(self, wanted: QRectF) -> None:
        """Bring a part of the picture into view; what is too large is shown smaller, as long as it can be read."""
        if self._is_fitted or wanted.isEmpty():
            return
        room = self.viewport().rect()
        fitting = min(
            (room.width() - 2 * FOLLOW_MARGIN) / wanted.width(), (room.height() - 2 * FOLLOW_MARGIN) / wanted.height()
        )
        if fitting < self.zoom:
            self._set_zoom(max(fitting, min(self.zoom, LEAST_READABLE_ZOOM)))
        self.follow(wanted)

    def _whole_zoom(self) -> float:
        room = self.viewport().rect()
        if self._extent.isEmpty() or room.isEmpty():
            return MAX_FIT_ZOOM
        return min(
            (room.width() - 2 * FIT_MARGIN) / self._extent.width(),
            (room.height() - 2 * FIT_MARGIN) / self._extent.height(),
            MAX_FIT_ZOOM,
        )

    def _show_whole(self) -> None:
        if self._extent.isEmpty():
            return
        self._set_zoom(max(self._whole_zoom(), MIN_ZOOM))
        self.centerOn(self._extent.center())
        self.moved.emit()

    def zoom_in(self) -> None:
        """Come nearer to the middle."""
        self.zoom_by(ZOOM_STEP)

    def zoom_out(self) -> None:
        """Step back from the middle."""
        self.zoom_by(1 / ZOOM_STEP)

    def zoom_by(self, factor: float, around: QPointF | None = None) -> None:
        """Zoom so that the point of the viewport `around` (the middle if None) keeps showing what it shows."""
        anchor = around if around is not None else QPointF(self.viewport().rect().center())
        before = self.mapToScene(anchor.toPoint())
        self._is_fitted, self._is_by_hand = False, True
        self._set_zoom(min(max(self.zoom * factor, MIN_ZOOM), MAX_ZOOM))
        after = self.mapToScene(anchor.toPoint())
        centre = self.mapToScene(self.viewport().rect().center())
        self.centerOn(centre + before - after)
        self.moved.emit()

    def look_at(self, point: QPointF) -> None:
        """Bring a point of the picture to the middle."""
        self._is_fitted, self._is_by_hand = False, True
        self.centerOn(point)
        self.moved.emit()

    def _set_zoom(self, zoom: float) -> None:
        self.resetTransform()
        self.scale(zoom, zoom)
        self.resetCachedContent()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the pointer."""
        delta = event.angleDelta().y()
        if delta:
            self.zoom_by(1.0015**delta, event.position())
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Zoom by pinching."""
        if event.type() == QEvent.Type.Gesture and isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                self.zoom_by(pinch.scaleFactor(), QPointF(self.mapFromGlobal(pinch.centerPoint().toPoint())))
                return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the whole picture in view unless it was zoomed by hand."""
        super().resizeEvent(event)
        self.resetCachedContent()
        if not self._is_by_hand:
            self.show_readably()
        elif self._is_fitted:
            self._show_whole()
        else:
            self.moved.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave every key to the window: arrows step through the tape."""
        event.ignore()

    def begin_pan(self, event: QMouseEvent) -> None:
        """Start to move the canvas with the pointer."""
        self._pan_from = event.position()
        self._has_panned = False

    def pan(self, event: QMouseEvent) -> bool:
        """Move the canvas on; False where it was not taken hold of."""
        if self._pan_from is None:
            return False
        shift = event.position() - self._pan_from
        if not self._has_panned and shift.manhattanLength() < 4:
            return True
        self._has_panned = True
        self._is_fitted, self._is_by_hand = False, True
        self._pan_from = event.position()
        self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        self.centerOn(self.mapToScene(self.viewport().rect().center()) - shift / self.zoom)
        self.moved.emit()
        return True

    def end_pan(self) -> bool:
        """Let go of the canvas; says whether it was moved."""
        has_panned, self._has_panned, self._pan_from = self._has_panned, False, None
        self.viewport().unsetCursor()
        return has_panned


def _overhang(low: float, high: float, seen_low: float, seen_high: float) -> float:
    """How far a window from `seen_low` to `seen_high` has to move to show `low` to `high`, or where that begins."""
    if low < seen_low or high - low > seen_high - seen_low:
        return low - seen_low
    return max(0.0, high - seen_high)
