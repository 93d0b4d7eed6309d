"""What to put beside the picture: a call, an iteration, or a file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from tapeviz.commands.comparing import Choice

FILTER = "Lessons and recordings (*.py *.tape)"


class CompareDialog(QDialog):
    """Lists what there is in this run, and offers a file. `chosen` is a choice or a file, None where nothing is."""

    def __init__(self, choices: tuple[Choice, ...], folder: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Compare With"))
        self.setMinimumSize(460, 380)
        self.chosen: Choice | Path | None = None
        self._folder = folder
        hint = QLabel(
            self.tr("Beside the picture comes another call or iteration of this run, or a file: a lesson is run first.")
        )
        hint.setWordWrap(True)
        hint.setObjectName("muted")
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Calls and iterations of this run"))
        for choice in choices:
            item = QListWidgetItem(choice.title)
            item.setData(Qt.ItemDataRole.UserRole, choice)
            self.list.addItem(item)
        self.list.setSpacing(3)
        self.list.setCurrentRow(0)
        self.list.itemActivated.connect(self._take_item)
        buttons = QDialogButtonBox()
        self.compare = buttons.addButton(self.tr("Compare"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.file: QPushButton = buttons.addButton(self.tr("From a File…"), QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self.compare.setEnabled(bool(choices))
        self.compare.clicked.connect(lambda: self._take_item(self.list.currentItem()))
        self.file.clicked.connect(self._take_file)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        column.addWidget(hint)
        column.addWidget(self.list, 1)
        column.addWidget(buttons)

    def _take_item(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.chosen = item.data(Qt.ItemDataRole.UserRole)
            self.accept()

    def _take_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, self.tr("Compare With"), self._folder, FILTER)
        if name:
            self.chosen = Path(name)
            self.accept()
