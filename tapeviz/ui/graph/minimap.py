"""The whole graph in a corner, with the part that is on the canvas."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from tapeviz.model.frame import Frame
from tapeviz.paint.graph_painter import CHORD_ZOOM, GraphPainter
from tapeviz.ui.graph.zoomable_view import ZoomableView

MIN_NODES = 31
WIDTH, HEIGHT = 190, 120
INSET = 14


class Minimap(QWidget):
    """Shows where the canvas is; a press or a drag moves it."""

    def __init__(self, view: ZoomableView) -> None:
        super().__init__(view)
        self._view = view
        self._painter: GraphPainter | None = None
        self._picture: QPixmap | None = None
        self._frame: Frame | None = None
        self.setFixedSize(WIDTH, HEIGHT)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(self.tr("Overview of the graph"))
        view.moved.connect(self._follow_view)
        self.hide()

    def show_graph(self, painter: GraphPainter | None, frame: Frame | None) -> None:
        """Take another picture; hidden where a small graph is in view as a whole."""
        if painter is self._painter and frame is self._frame:
            return
        self._painter, self._frame, self._picture = painter, frame, None
        self._follow_view()

    def _follow_view(self) -> None:
        is_large = self._painter is not None and len(self._painter.graph.nodes) >= MIN_NODES
        self.setVisible(self._painter is not None and (is_large or not self._view.is_fitted))
        self.update()

    def place(self, avoided: QRect | None = None) -> None:
        """Stay in the lower right corner, or in one that does not cover `avoided` (in the view's pixels)."""
        right, bottom = self._view.width() - WIDTH - INSET, self._view.height() - HEIGHT - INSET
        corners = [QPoint(right, bottom), QPoint(INSET, bottom), QPoint(right, INSET), QPoint(INSET, INSET)]
        free = (corner for corner in corners if avoided is None or not QRect(corner, self.size()).intersects(avoided))
        self.move(next(free, corners[0]))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the kept picture and the frame of what is on the canvas."""
        if self._painter is None:
            return
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._kept())
        zoom, corner = self._scale()
        seen = self._view.mapToScene(self._view.viewport().rect()).boundingRect()
        area = QRectF(corner + seen.topLeft() * zoom, corner + seen.bottomRight() * zoom).intersected(
            QRectF(1, 1, WIDTH - 2, HEIGHT - 2)
        )
        painter.setPen(QPen(QColor(self._painter.theme.accent), 1.6))
        painter.drawRoundedRect(area, 3, 3)

    def _kept(self) -> QPixmap:
        if self._picture is None and self._painter is not None:
            theme = self._painter.theme
            self._picture = QPixmap(self.size() * self.devicePixelRatioF())
            self._picture.setDevicePixelRatio(self.devicePixelRatioF())
            self._picture.fill(QColor(theme.raised))
            painter = QPainter(self._picture)
            painter.setPen(QPen(QColor(theme.line), 1))
            painter.drawRect(0, 0, WIDTH - 1, HEIGHT - 1)
            zoom, corner = self._scale()
            painter.translate(corner)
            painter.scale(zoom, zoom)
            extent = self._painter.extent
            self._painter.paint_still(painter, self._frame, extent, CHORD_ZOOM / 2, has_far_titles=False)
            painter.end()
        assert self._picture is not None
        return self._picture

    def _scale(self) -> tuple[float, QPointF]:
        assert self._painter is not None
        extent = self._painter.extent
        zoom = min((WIDTH - 12) / max(extent.width(), 1), (HEIGHT - 12) / max(extent.height(), 1))
        corner = QPointF(WIDTH - extent.width() * zoom, HEIGHT - extent.height() * zoom) / 2 - extent.topLeft() * zoom
        return zoom, corner

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Move the canvas to where it was pressed."""
        if self._painter is not None:
            zoom, corner = self._scale()
            self._view.look_at((event.position() - corner) / zoom)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the canvas along with the pointer."""
        if event.buttons():
            self.mousePressEvent(event)
