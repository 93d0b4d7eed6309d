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
SCROLLING = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)

PRESENTERS = {"Down": "playback.step_forward", "Space": "playback.step_forward", "Up": "playback.step_back"}
"""Keys that step before an audience, as in every program that shows slides, and do something finer at the desk."""

CLICKED = (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
"""What a clicker sends: before an audience it steps wherever the focus is."""


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
        """Take the key presses that step, and before an audience the F5 of a clicker; leave all others."""
        if not isinstance(event, QKeyEvent) or not isinstance(watched, QWidget):
            return False
        if event.type() is QEvent.Type.ShortcutOverride:
            return self._holds_back(event)
        if event.type() is not QEvent.Type.KeyPress:
            return False
        if watched.window() is not self._window or QApplication.activePopupWidget() is not None:
            return False
        if watched is not (self._window.focusWidget() or self._window) or self._is_for_widget(watched, event):
            return False
        key = QKeySequence(event.keyCombination())
        command = self._actions.single_key_command(key)
        if self._is_presenting:
            command = PRESENTERS.get(key.toString(), command)
        if command is None:
            return False
        self._store.execute(command)
        return True

    @property
    def _is_presenting(self) -> bool:
        return self._store.state.view.is_presenting

    def _holds_back(self, event: QKeyEvent) -> bool:
        """Hold F5 back before an audience: clickers send it, and it must run nothing there."""
        is_held = self._is_presenting and event.key() == Qt.Key.Key_F5 and not event.modifiers()
        if is_held:
            event.accept()
        return is_held

    def _is_for_widget(self, widget: QWidget, event: QKeyEvent) -> bool:
        if isinstance(widget, QAbstractButton):
            return event.key() == PRESSED_BY_SPACE
        is_scrolled = isinstance(widget, QAbstractItemView)
        if isinstance(widget, QPlainTextEdit | QTextEdit):
            is_scrolled = widget.isReadOnly()
        if self._is_presenting and (is_scrolled or isinstance(widget, QAbstractSlider) or event.key() in CLICKED):
            return False
        return event.key() in SCROLLING if is_scrolled else isinstance(widget, TYPING)
