"""What the lesson printed and drew, and what went wrong in it."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from tapeviz.model.recording import OutputFigure
from tapeviz.model.state import AppState
from tapeviz.model.wording import sentences
from tapeviz.ui.lesson.marks import mends_of_failure
from tapeviz.ui.mending import MendRow
from tapeviz.ui.output_text import OutputText
from tapeviz.ui.store import Executes
from tapeviz.ui.theme import dress_of


class OutputPane(QWidget):
    """The printed output with the figures in it, and the error in a sentence with what mends it."""

    def __init__(self, store: Executes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = OutputText(store)
        self._failure = QLabel()
        self._failure.setWordWrap(True)
        self._failure.hide()
        self.mends = MendRow()
        self.mends.serve(store)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 12, 20, 16)
        column.addWidget(self._failure)
        column.addWidget(self.mends)
        column.addWidget(self._text, 1)

    @property
    def text(self) -> str:
        """What is shown of the printed output."""
        return self._text.printed

    @property
    def figure(self) -> OutputFigure | None:
        """The figure that is pointed at, or the one that is in view; None where there is none."""
        return self._text.figure

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Show the output of the state; what was only added is only added."""
        self._text.show_output(new.engine.output, new.engine.figures)
        self.mends.show_mends(mends_of_failure(new) if new.failure is not None else ())
        if old is None or old.failure is not new.failure or old.view is not new.view:
            failure = new.failure
            self._failure.setVisible(failure is not None)
            if failure is not None:
                place = self.tr("Line {0}: ").format(failure.line) if failure.line else ""
                self._failure.setText(place + sentences(failure.message, failure.hint))
                dress = dress_of(new.view)
                self._failure.setStyleSheet(
                    f"font-size: {dress.px(14)}px; font-weight: 500; color: {dress.theme.backward};"
                )
