"""The Descent tab: its plots, and the beat of its clock."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, Qt, QTimer
from PySide6.QtWidgets import QInputDialog, QVBoxLayout, QWidget

from tapeviz.commands.descent_asking import wants_more
from tapeviz.model.state import AppState
from tapeviz.ui.descent.plots_pane import PlotsPane
from tapeviz.ui.store import Executes

BEAT = 33
"""Milliseconds between two pictures of a race that is played over."""

REST = 20
"""Milliseconds between two questions to the engine: a landscape that is dragged asks for the newest place only."""


class DescentPage(QWidget):
    """Holds the plots; asks the engine for what they lack, and lets the clock run."""

    def __init__(self, store: Executes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Descent"))
        self.plots = PlotsPane(store)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.plots)
        self._elapsed = QElapsedTimer()
        self._beat = QTimer(self, interval=BEAT)
        self._beat.timeout.connect(self._play_on)
        self._asking = QTimer(self, interval=REST, singleShot=True)
        self._asking.timeout.connect(lambda: store.execute("descent.catch_up"))

    def _play_on(self) -> None:
        """Move the clock by the time that has gone by; what a slow pace leaves over counts at the next beat."""
        descent = self._store.state.descent
        seconds = self._elapsed.elapsed() / 1000
        if descent.pace is None or seconds * descent.pace >= 1:
            self._elapsed.restart()
            self._store.execute("descent.play_on", seconds=seconds)

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Pass the state on to the plots, and see what is missing."""
        self.plots.apply(old, new)
        if old is not None and old.view.tab != "descent" and new.view.tab == "descent":
            # So that Space and the arrow keys go to the race at once.
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        is_played = new.descent.is_running and not new.descent.is_following and new.view.tab == "descent"
        if is_played and not self._beat.isActive():
            self._elapsed.start()
            self._beat.start()
        elif not is_played:
            self._beat.stop()
        if not self._asking.isActive() and wants_more(new):
            self._asking.start()

    def ask_iterate(self) -> None:
        """Ask for the number of an iterate, and go there."""
        descent = self._store.state.descent
        words = self.tr("Iterate, from 0 to {0}:").format(max(0, descent.newest))
        iterate, is_chosen = QInputDialog.getInt(
            self, self.tr("Go to Iterate"), words, descent.shown, 0, max(0, descent.newest)
        )
        if is_chosen:
            self._store.execute("descent.go_to", iterate=iterate)
