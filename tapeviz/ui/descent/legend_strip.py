"""Who is who in the race, over its plots."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from tapeviz.model.descent_scene import Way, ways_of
from tapeviz.model.state import AppState
from tapeviz.paint.descent.legend import legend_height, paint_legend
from tapeviz.paint.descent.plot_area import Ink
from tapeviz.ui.descent.telling import way_words
from tapeviz.ui.theme import Dress, dress_of

MARGIN = 18


class LegendStrip(QWidget):
    """As high as the racers need; gone while there are none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ways: tuple[Way, ...] = ()
        self._dress: Dress | None = None
        self._is_brief = True
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Racers"))
        self.setVisible(False)

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Show where the racers stand."""
        dress = dress_of(new.view)
        if old is not None and old.descent is new.descent and dress == self._dress:
            return
        self._ways, self._dress = ways_of(new.descent), dress
        # At the desk the cards of the racers have the numbers.
        self._is_brief = not new.view.is_presenting
        self.setAccessibleDescription(" ".join(way_words(way) for way in self._ways))
        self.setVisible(bool(self._ways))
        self._fit()
        self.update()

    def _fit(self) -> None:
        """Take the rows that are needed, never fewer than before in one race: numbers that grow make nothing jump."""
        if self._dress is not None and self._ways:
            room, ink = self.width() - 2 * MARGIN, self._ink(self._dress)
            height = round(legend_height(self._ways, room, ink, is_brief=self._is_brief)) + 6
            if height != self.height():
                self.setFixedHeight(height)

    @staticmethod
    def _ink(dress: Dress) -> Ink:
        return Ink(theme=dress.theme, scale=dress.scale)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the racers into other rows."""
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the racers."""
        if self._dress is not None:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            box = QRectF(self.rect()).adjusted(MARGIN, 3, -MARGIN, -3)
            paint_legend(painter, box, self._ways, self._ink(self._dress), is_brief=self._is_brief)
