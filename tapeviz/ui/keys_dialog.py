"""All keys on one page, made from the command table."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QTextBrowser, QVBoxLayout, QWidget

from tapeviz.commands.registry import BY_ID, COMMANDS
from tapeviz.ui.actions import MENUS
from tapeviz.ui.key_filter import PRESENTERS

_CELL = "padding: 3px 24px 3px 0"
_TITLES_WIDTH = 260


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
            rows = [(self.tr(row.title), row.shortcuts) for row in COMMANDS if row.menu == menu and row.shortcuts]
            if menu == "Present":
                rows += [(self.tr(BY_ID[stepping].title), (key,)) for key, stepping in PRESENTERS.items()]
            if rows:
                parts.append(f"<h3>{self.tr(menu)}</h3><table>{''.join(_row(*row) for row in rows)}</table>")
        notes = (
            self.tr("Keys of one letter, the arrows and Space act where no text field has the focus."),
            self.tr("Esc stops what runs; else it leaves a comparison, an opened op, or presenting, one at a time."),
        )
        return "".join(parts) + "".join(f"<p>{note}</p>" for note in notes)


def _row(title: str, shortcuts: tuple[str, ...]) -> str:
    return f"<tr><td width='{_TITLES_WIDTH}' style='{_CELL}'>{title}</td><td><b>{_keys(shortcuts)}</b></td></tr>"


def _keys(shortcuts: tuple[str, ...]) -> str:
    return ", ".join(QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in shortcuts)
