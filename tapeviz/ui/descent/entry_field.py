"""A field for one setting of a racer. What was typed and cannot be stays in it, with the sentence that says why."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QWidget

from tapeviz.model.descent_state import TypedEntry
from tapeviz.ui.lesson.form_edit import FormEdit


class EntryField(FormEdit):
    """A line; `problem` is the label for the sentence, which whoever makes the field lays out under it.

    `entered` carries what is to be taken. Escape gives up what was typed.
    """

    entered = Signal(str)

    def __init__(self, name: str, tooltip: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("value")
        self.setAccessibleName(name)
        self.setToolTip(tooltip)
        self.editingFinished.connect(self.commit)
        self.handed_over.connect(self.commit)
        self.problem = QLabel()
        self.problem.setObjectName("problem")
        self.problem.setWordWrap(True)
        self.problem.hide()
        self._shown = ""
        self._good = ""

    def show_entry(self, good: str, entry: TypedEntry | None) -> None:
        """Show the setting, or what was typed for it and could not be taken."""
        shown = good if entry is None else entry.text
        is_typing = self.hasFocus() and self.isModified() and self._shown == shown
        if not is_typing and self.text() != shown:
            self.setText(shown)
            self.setCursorPosition(0)
        self._shown, self._good = shown, good
        self._show_problem("" if entry is None else entry.problem)

    def commit(self) -> None:
        """Hand over what stands in the field, if it is new."""
        self.setModified(False)
        if self.text() != self._shown:
            self._shown = self.text()
            self.entered.emit(self._shown)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Give up what was typed with Escape; after Enter the keys belong to the race again."""
        if event.key() == Qt.Key.Key_Escape and self.text() != self._good:
            self.setText(self._good)
            self.commit()
            return
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.clearFocus()

    def _show_problem(self, sentence: str) -> None:
        self.problem.setVisible(bool(sentence))
        if sentence == self.problem.text():
            return
        self.problem.setText(sentence)
        self.setAccessibleDescription(sentence)
        self.setProperty("wrong", bool(sentence))
        self.style().unpolish(self)
        self.style().polish(self)
