"""The way into what is shown: ``lesson.py ▸ square_sum ▸ while``; each part before the last leads back there."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from tapeviz.model.state import AppState
from tapeviz.model.subjects import inside_of
from tapeviz.ui.store import Executes


class Breadcrumb(QWidget):
    """Shown while an op is open: where one is, the way back, and how what is inside came about."""

    def __init__(self, store: Executes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self.setObjectName("breadcrumb")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Opened ops"))
        self.parts: list[QPushButton] = []
        self.here = QLabel()
        self.here.setObjectName("breadcrumbHere")
        self.note = _Note()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 3, 14, 3)
        self._row.setSpacing(0)
        self._row.addWidget(self.here)
        self._row.addSpacing(18)
        self._row.addWidget(self.note, 1)
        self.hide()

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Show the way to what is shown; hidden where nothing is open."""
        if old is not None and old.shown is new.shown and old.lesson.name == new.lesson.name:
            return
        self.setVisible(bool(new.opened))
        while self.parts:
            part = self.parts.pop()
            self._row.removeWidget(part)
            part.hide()
            part.deleteLater()
        if not new.opened:
            return
        titles = [new.lesson.name, *(place.title for place in new.opened)]
        for depth, title in enumerate(titles[:-1]):
            part = QPushButton(f"{title}  ▸")
            part.setObjectName("breadcrumbPart")
            part.setFlat(True)
            part.setCursor(Qt.CursorShape.PointingHandCursor)
            part.setToolTip(self.tr("Back to {0}  (Backspace)").format(title))
            part.setAccessibleName(self.tr("Back to {0}").format(title))
            part.clicked.connect(partial(self._store.execute, "graph.close_to", depth=depth))
            self._row.insertWidget(depth, part)
            self.parts.append(part)
        self.here.setText(titles[-1])
        self.note.tell(_note(new))


class _Note(QLabel):
    """A sentence that is cut short where there is no room for all of it; a tooltip has the rest."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("muted")
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._told = ""

    def tell(self, sentence: str) -> None:
        """Show another sentence."""
        self._told = sentence
        self.setToolTip(sentence)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much as fits."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._told, Qt.TextElideMode.ElideRight, self.width()))


def _note(state: AppState) -> str:
    """What is said of the innermost op that is open."""
    within = state.recording
    note = ""
    for place in state.opened:
        inside = inside_of(within, place.op) if within is not None and place.op is not None else None
        within, note = (place.recording, place.note) if inside is None else (inside.recording, inside.note)
    return note
