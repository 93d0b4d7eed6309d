"""The command palette: any command by a few letters of its name."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from tapeviz.commands.command import Command
from tapeviz.commands.registry import COMMANDS
from tapeviz.model.state import AppState


def matches(query: str, command: Command) -> int | None:
    """How well a command fits a query: smaller is better, None is not at all.

    Every letter of the query must come in order; a run at the start of the title fits best.
    """
    words, title = query.casefold().strip(), command.title.casefold()
    if words in title:
        return title.index(words)
    place, spread = -1, 0
    for letter in words.replace(" ", ""):
        found = title.find(letter, place + 1)
        if found < 0:
            return None
        spread += found - place
        place = found
    return 100 + spread


class Palette(QDialog):
    """Type, choose with the arrows, press Return. `chosen` is the id of the command, or None."""

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Command Palette"))
        self.setMinimumSize(480, 420)
        self.chosen: str | None = None
        self._rows = [row for row in COMMANDS if row.menu and row.id != "help.show_palette" and row.is_enabled(state)]
        self.query = QLineEdit()
        self.query.setPlaceholderText(self.tr("Type a command"))
        self.query.setAccessibleName(self.tr("Command"))
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Commands"))
        column = QVBoxLayout(self)
        column.addWidget(self.query)
        column.addWidget(self.list, 1)
        self.query.textChanged.connect(self._fill)
        self.query.installEventFilter(self)
        self.query.returnPressed.connect(self._accept_current)
        self.list.itemActivated.connect(self._accept_current)
        self._fill("")

    def _fill(self, query: str) -> None:
        ranked = [
            (rank, place, row) for place, row in enumerate(self._rows) if (rank := matches(query, row)) is not None
        ]
        self.list.clear()
        for _, _, row in sorted(ranked, key=lambda entry: entry[:2]):
            keys = ", ".join(
                QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in row.shortcuts
            )
            item = QListWidgetItem(f"{self.tr(row.menu)}: {self.tr(row.title)}" + (f"    {keys}" if keys else ""))
            item.setToolTip(self.tr(row.tooltip))
            item.setData(Qt.ItemDataRole.UserRole, row.id)
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _accept_current(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.chosen = str(item.data(Qt.ItemDataRole.UserRole))
            self.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows move the list while the query keeps the focus."""
        if watched is self.query and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            moves = {Qt.Key.Key_Down.value: 1, Qt.Key.Key_Up.value: -1}
            if event.key() in moves and self.list.count():
                self.list.setCurrentRow((self.list.currentRow() + moves[event.key()]) % self.list.count())
                return True
        return super().eventFilter(watched, event)
