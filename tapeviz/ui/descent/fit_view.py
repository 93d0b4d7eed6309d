"""The data in the objective, with the model at the clock drawn through them."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from tapeviz.model.descent_state import DescentState
from tapeviz.model.fit_words import fit_words
from tapeviz.model.state import AppState
from tapeviz.paint.descent.fit_painter import paint_fit
from tapeviz.paint.descent.plot_area import Ink
from tapeviz.paint.fonts import SANS, font
from tapeviz.ui.theme import Dress, dress_of


class FitView(QWidget):
    """Shows the fit; hidden where there are no data in the objective."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._descent = DescentState()
        self._dress: Dress | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 110)
        self.setAccessibleName(self.tr("Data and model"))
        self.setVisible(False)

    def sizeHint(self) -> QSize:
        """Room for data that can be read from the last row."""
        return QSize(380, 300)

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Show what differs between two states."""
        dress = dress_of(new.view)
        before, now = self._descent, new.descent
        if old is not None and (before.fit_facts, before.fit, before.fit_problem, self._dress) == (
            now.fit_facts,
            now.fit,
            now.fit_problem,
            dress,
        ):
            return
        self._descent, self._dress = now, dress
        self.setVisible(now.fit_facts is not None or bool(now.fit_problem))
        self.setAccessibleDescription(fit_words(now.fit_facts, now.fit) or now.fit_problem)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint data and models, or the sentence that says why there are none."""
        if self._dress is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = Ink(theme=self._dress.theme, scale=self._dress.scale)
        painter.fillRect(self.rect(), QColor(ink.theme.canvas))
        outer = QRectF(self.rect()).adjusted(ink.px(6), ink.px(4), 0, -ink.px(5))
        if self._descent.fit_facts is not None:
            paint_fit(painter, outer, self._descent.fit_facts, self._descent.fit, ink)
            return
        painter.setFont(font(SANS, ink.px(13)))
        painter.setPen(QColor(ink.theme.muted))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(outer.adjusted(ink.px(20), 0, -ink.px(20), 0), flags, self._descent.fit_problem)
