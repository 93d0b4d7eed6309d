"""A racer's line and marker, as they are drawn on the landscape."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from tapeviz.paint.descent.looks import look_of, paint_swatch
from tapeviz.ui.theme import Dress

WIDTH, HEIGHT = 34, 20


class Swatch(QWidget):
    """Paints a short piece of the line with the marker in its middle."""

    def __init__(self, look: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._dress: Dress | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Have room for a line that shows its dashes."""
        scale = self._dress.scale if self._dress is not None else 1.0
        return QSize(round(WIDTH * scale), round(HEIGHT * scale))

    def show_dress(self, dress: Dress) -> None:
        """Paint in another theme or size."""
        if dress != self._dress:
            self._dress = dress
            self.updateGeometry()
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the swatch."""
        if self._dress is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self._dress.theme
        paint_swatch(painter, QRectF(self.rect()).adjusted(1, 0, -1, 0), look_of(self._look, theme), theme)
