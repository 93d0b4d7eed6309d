"""Words that lie over the canvas: what to do first, that something runs, that the code is newer than the picture."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QWidget

from tapeviz.model.state import AppState
from tapeviz.ui.theme import Dress

BUSY_AFTER = 300
"""Milliseconds after which it is said that something runs."""

INSET = 14


class Overlays:
    """The three labels of one canvas; they take no clicks."""

    def __init__(self, canvas: QWidget) -> None:
        self._canvas = canvas
        self.note = self._label("graphNote")
        self.note.setWordWrap(True)
        self.note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.badge = self._label("staleBadge")
        self.busy = self._label("busyBadge")
        self._delay = QTimer(canvas)
        self._delay.setSingleShot(True)
        self._delay.setInterval(BUSY_AFTER)
        self._delay.timeout.connect(self._show_busy)

    def _label(self, name: str) -> QLabel:
        label = QLabel(self._canvas)
        label.setObjectName(name)
        label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        label.hide()
        return label

    def dress(self, dress: Dress) -> None:
        """Take the colours and the size of words of a dress."""
        theme = dress.theme
        pill = f"border-radius: 12px; padding: 4px 12px; font-size: {dress.px(12)}px; font-weight: 600;"
        self.note.setStyleSheet(f"color: {theme.muted}; font-size: {dress.px(17)}px; background: transparent;")
        self.badge.setStyleSheet(
            f"color: {theme.accent}; background: {theme.accent_soft}; border: 1px solid {theme.accent}; {pill}"
        )
        self.busy.setStyleSheet(
            f"color: {theme.ink}; background: {theme.raised}; border: 1px solid {theme.line}; {pill}"
        )

    def say(self, text: str) -> None:
        """Show a sentence in the middle of the canvas; nothing for an empty one."""
        self.note.setText(text)
        self.note.setVisible(bool(text))
        self.place()

    def apply(self, state: AppState, busy: str, stale: str) -> None:
        """Show the badges as the state demands; `busy` is empty where nothing runs."""
        self.badge.setText(stale)
        self.badge.setVisible(state.is_stale and state.graph is not None)
        self.busy.setText(busy)
        if not busy:
            self._delay.stop()
            self.busy.hide()
        elif not self.busy.isVisible() and not self._delay.isActive():
            self._delay.start()
        self.place()

    def _show_busy(self) -> None:
        self.busy.show()
        self.place()

    def place(self) -> None:
        """Put every label where it belongs after the canvas changed its size."""
        width, height = self._canvas.width(), self._canvas.height()
        self.note.setGeometry(INSET, 0, max(width - 2 * INSET, 0), height)
        for label in (self.badge, self.busy):
            label.adjustSize()
        self.badge.move(width - self.badge.width() - INSET, INSET)
        self.busy.move(INSET, INSET)
