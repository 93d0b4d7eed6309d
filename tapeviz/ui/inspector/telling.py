"""What tells, in a tooltip, of the very place that the pointer rests on."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QToolTip, QWidget


class TellingWidget(QWidget):
    """A widget whose tooltip depends on the place in it."""

    def words_at(self, point: QPointF) -> str:
        """Say what lies at a point; empty where there is nothing to say."""
        return ""

    def event(self, event: QEvent) -> bool:
        """Tell the element under the pointer with all its digits."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.words_at(QPointF(event.pos())), self)
            return True
        return super().event(event)
