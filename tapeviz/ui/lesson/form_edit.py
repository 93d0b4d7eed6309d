"""The text fields of the form: they hand over what was typed before a shortcut runs, and let undo through."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit


class FormEdit(QLineEdit):
    """A line of the form. `handed_over` comes before a shortcut of the window, such as Run, is carried out."""

    handed_over = Signal()

    def event(self, event: QEvent) -> bool:
        """Look at keys before the window's shortcuts do."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if _is_run_key(event):
                self.handed_over.emit()
            has_own = (
                (event.matches(QKeySequence.StandardKey.Undo) and self.isUndoAvailable())
                or (event.matches(QKeySequence.StandardKey.Redo) and self.isRedoAvailable())
                or not _is_undo_key(event)
            )
            if not has_own:
                event.ignore()
                return False
        return super().event(event)


def _is_run_key(event: QKeyEvent) -> bool:
    is_return = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
    return event.key() == Qt.Key.Key_F5 or (is_return and bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))


def _is_undo_key(event: QKeyEvent) -> bool:
    return event.matches(QKeySequence.StandardKey.Undo) or event.matches(QKeySequence.StandardKey.Redo)
