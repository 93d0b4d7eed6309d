"""What the lesson printed, and what went wrong in it."""

from __future__ import annotations

from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from tapeviz.model.state import AppState
from tapeviz.model.wording import sentences
from tapeviz.ui.theme import dress_of


class OutputPane(QWidget):
    """The printed output, and the error in a sentence with what mends it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setObjectName("mono")
        self._text.setPlaceholderText(self.tr("What the lesson prints appears here."))
        self._text.setAccessibleName(self.tr("Output of the lesson"))
        self._failure = QLabel()
        self._failure.setWordWrap(True)
        self._failure.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 12, 20, 16)
        column.addWidget(self._failure)
        column.addWidget(self._text, 1)

    @property
    def text(self) -> str:
        """What is shown of the output."""
        return self._text.toPlainText()

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Show the output of the state; what was only added is only added."""
        if old is None or old.engine.output != new.engine.output:
            self._show(old.engine.output if old else "", new.engine.output)
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

    def _show(self, before: str, after: str) -> None:
        if before and after.startswith(before):
            cursor = QTextCursor(self._text.document())
            cursor.movePosition(QTextCursor.MoveOperation.End)
            cursor.insertText(after[len(before) :])
        else:
            self._text.setPlainText(after)
        bar = self._text.verticalScrollBar()
        bar.setValue(bar.maximum())
