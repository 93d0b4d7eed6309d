"""All keys on one page, made from the command table."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QTextBrowser, QVBoxLayout, QWidget

from tapeviz.commands.registry import COMMANDS
from tapeviz.ui.actions import MENUS

_CELL = "padding: 3px 24px 3px 0"


class KeysDialog(QDialog):
    """Lists every command that has a key."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keyboard Shortcuts"))
        self.resize(560, 620)
        page = QTextBrowser()
        page.setAccessibleName(self.tr("Keyboard shortcuts"))
        page.setHtml(self._html())
        column = QVBoxLayout(self)
        column.addWidget(page)

    def _html(self) -> str:
        parts = []
        for menu in MENUS:
            rows = "".join(
                f"<tr><td style='{_CELL}'>{self.tr(row.title)}</td><td><b>{_keys(row.shortcuts)}</b></td></tr>"
                for row in COMMANDS
                if row.menu == menu and row.shortcuts
            )
            if rows:
                parts.append(f"<h3>{self.tr(menu)}</h3><table>{rows}</table>")
        note = self.tr("Keys of one letter, the arrows and Space act where no text field has the focus.")
        return "".join(parts) + f"<p>{note}</p>"


def _keys(shortcuts: tuple[str, ...]) -> str:
    return ", ".join(QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in shortcuts)
