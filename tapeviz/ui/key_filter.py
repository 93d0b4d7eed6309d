"""The presenter's keys: arrows, Space and letters step the playback wherever nobody is typing."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

from tapeviz.ui.actions import Actions
from tapeviz.ui.store import Executes

TYPING = (QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox, QComboBox, QAbstractSlider)
PRESSED_BY_SPACE = Qt.Key.Key_Space

PRESENTERS = {
    Qt.Key.Key_Down.value: "playback.step_forward",
    Qt.Key.Key_Space.value: "playback.step_forward",
    Qt.Key.Key_Up.value: "playback.step_back",
}
"""Keys that step before an audience, as in every program that shows slides, and do something finer at the desk."""


class KeyFilter(QObject):
    """Watches the application's key presses and fires commands of single keys for one window."""

    def __init__(self, store: Executes, actions: Actions, window: QWidget) -> None:
        super().__init__(window)
        self._store = store
        self._actions = actions
        self._window = window
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the key presses that step; leave all others."""
        if (
            event.type() is not QEvent.Type.KeyPress
            or not isinstance(event, QKeyEvent)
            or not isinstance(watched, QWidget)
        ):
            return False
        if watched.window() is not self._window or QApplication.activePopupWidget() is not None:
            return False
        if watched is not (self._window.focusWidget() or self._window) or self._is_for_widget(watched, event):
            return False
        command = self._actions.single_key_command(QKeySequence(event.keyCombination()))
        if self._store.state.view.is_presenting:
            command = PRESENTERS.get(event.key(), command)
        if command is None:
            return False
        self._store.execute(command)
        return True

    @staticmethod
    def _is_for_widget(widget: QWidget, event: QKeyEvent) -> bool:
        if isinstance(widget, QAbstractButton):
            return event.key() == PRESSED_BY_SPACE
        if isinstance(widget, QAbstractItemView):
            return event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
        if isinstance(widget, QPlainTextEdit | QTextEdit) and widget.isReadOnly():
            return event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
        return isinstance(widget, TYPING)
