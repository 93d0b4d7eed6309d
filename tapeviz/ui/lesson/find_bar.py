"""The line that finds words in the script."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from tapeviz.ui.lesson.script_editor import ScriptEditor


class FindBar(QWidget):
    """A field above the script: Enter goes to the next place, Escape goes back to the script."""

    def __init__(self, editor: ScriptEditor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self.field = QLineEdit()
        self.field.setPlaceholderText(self.tr("Find in the script"))
        self.field.setAccessibleName(self.tr("Find in the script"))
        self.field.setClearButtonEnabled(True)
        self.field.returnPressed.connect(self._next)
        self._result = QLabel()
        self.field.textEdited.connect(self._result.clear)
        self._result.setObjectName("muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.field, 1)
        row.addWidget(self._result)
        self.hide()

    def open(self) -> None:
        """Show the field, with what is selected in the script."""
        self.show()
        chosen = self._editor.textCursor().selectedText()
        if chosen and "\u2029" not in chosen:
            self.field.setText(chosen)
        self.field.setFocus()
        self.field.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close with Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
            self._editor.setFocus()
        else:
            super().keyPressEvent(event)

    def _next(self) -> None:
        text = self.field.text()
        found = bool(text) and self._editor.find_next(text)
        self._result.setText("" if found or not text else self.tr("not found"))
