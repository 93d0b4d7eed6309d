"""The command table as Qt actions: one action per command, shared by menus, toolbar and keys."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from tapeviz.commands.command import Command
from tapeviz.commands.registry import COMMANDS
from tapeviz.model.state import AppState
from tapeviz.ui.store import Store

MENUS = ("File", "Edit", "View", "Graph", "Run", "Step", "Descent", "Present", "Help")


class Actions(QObject):
    """Builds a `QAction` for every command that stands in a menu, and keeps them in step with the state.

    `settle` is called before each command: it hands over what is still being typed, so that a run runs what is seen.

    Keys that are single letters or arrows are not given to Qt as shortcuts: they would steal typing from text
    fields. The window asks `single_key_command` for those.
    """

    def __init__(self, store: Store, window: QWidget, settle: Callable[[], None]) -> None:
        super().__init__(window)
        self._store = store
        self._settle = settle
        self._actions: dict[str, QAction] = {}
        self._single_keys: dict[str, str] = {}
        for command in COMMANDS:
            if command.menu:
                self._actions[command.id] = self._action(command, window)
            if command.is_single_key:
                self._single_keys |= {QKeySequence(key).toString(): command.id for key in command.shortcuts}

    def _action(self, command: Command, window: QWidget) -> QAction:
        action = QAction(self.tr(command.title), window)
        action.setObjectName(command.id)
        keys = ", ".join(
            QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in command.shortcuts[:2]
        )
        action.setToolTip(f"{self.tr(command.tooltip)}  ({keys})" if keys else self.tr(command.tooltip))
        if command.shortcuts and not command.is_single_key:
            action.setShortcuts([QKeySequence(key) for key in command.shortcuts])
        if command.is_single_key:
            first = QKeySequence(command.shortcuts[0]).toString(QKeySequence.SequenceFormat.NativeText)
            action.setText(f"{self.tr(command.title)}\t{first}")
        action.setCheckable(command.is_checked is not None)
        action.triggered.connect(lambda _checked=False, name=command.id: self._fire(name))
        window.addAction(action)
        return action

    def _fire(self, command_id: str) -> None:
        self._settle()
        self._store.execute(command_id)

    def __getitem__(self, command_id: str) -> QAction:
        return self._actions[command_id]

    def single_key_command(self, key: QKeySequence) -> str | None:
        """The command of a key that acts only outside text fields, or None."""
        return self._single_keys.get(key.toString())

    def fill_menus(self, bar: QMenuBar) -> dict[str, QMenu]:
        """Build the menus in the table's order, a line between groups."""
        menus: dict[str, QMenu] = {}
        for name in MENUS:
            menu = bar.addMenu(f"&{self.tr(name)}")
            rows = [command for command in COMMANDS if command.menu == name]
            rows.sort(key=lambda command: command.group)
            for before, command in zip([None, *rows[:-1]], rows, strict=True):
                if before is not None and before.group != command.group:
                    menu.addSeparator()
                menu.addAction(self._actions[command.id])
            menus[name] = menu
        return menus

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Enable, disable and tick what the state says."""
        for command in COMMANDS:
            action = self._actions.get(command.id)
            if action is None:
                continue
            is_enabled = command.is_enabled(new)
            if action.isEnabled() != is_enabled:
                action.setEnabled(is_enabled)
            if command.is_checked is not None and action.isChecked() != command.is_checked(new):
                action.setChecked(command.is_checked(new))
