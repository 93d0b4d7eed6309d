"""What all plots of the Descent tab have in common: a ring where a key reached them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

_KEY_REASONS = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)


class RingedPlot(QWidget):
    """A plot that takes keys, and as much room as there is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.is_ringed = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Ring the plot where it was reached by a key."""
        self.is_ringed = event.reason() in _KEY_REASONS
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        self.is_ringed = False
        self.update()
