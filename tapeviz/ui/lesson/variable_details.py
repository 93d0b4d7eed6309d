"""The small window behind a card: what a variable is called, its dtype, and where its slider ends."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QFormLayout, QFrame, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from tapeviz.model.form import QuickForm, VariableRow
from tapeviz.model.form_edits import rename_problem, users_of
from tapeviz.model.values import DTYPES, read_value

Changed = Callable[[VariableRow], None]


class VariableDetails(QFrame):
    """Opens under a card and closes as soon as one clicks elsewhere.

    Parameters
    ----------
    form : QuickForm
    row : VariableRow
        One of its rows.
    change : callable
        Takes the row as it is to be.
    remove : callable
        Takes the variable away.
    """

    def __init__(
        self, form: QuickForm, row: VariableRow, change: Changed, remove: Callable[[], None], parent: QWidget
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("details")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._form, self._row, self._change = form, row, change
        self.name = QLineEdit(row.name)
        self.dtype = QComboBox()
        self.dtype.addItems(DTYPES)
        self.dtype.setCurrentText(row.dtype)
        self.low = QLineEdit(f"{row.low:g}")
        self.high = QLineEdit(f"{row.high:g}")
        self.remove = QPushButton(self.tr("Remove {0}").format(row.name))
        users = users_of(form, row.name)
        if users:
            self.remove.setEnabled(False)
            self.remove.setToolTip(self.tr("{0} uses it: take it out of the formula first.").format(", ".join(users)))
        self.problem = QLabel()
        self.problem.setObjectName("problem")
        self.problem.setWordWrap(True)
        self.problem.hide()
        self._build()
        self.name.editingFinished.connect(self._take)
        self.low.editingFinished.connect(self._take)
        self.high.editingFinished.connect(self._take)
        self.dtype.activated.connect(self._take)
        self.remove.clicked.connect(self.close)
        self.remove.clicked.connect(remove)

    def _build(self) -> None:
        rows = QFormLayout()
        rows.setSpacing(8)
        for label, widget in (
            (self.tr("Name"), self.name),
            (self.tr("dtype"), self.dtype),
            (self.tr("Slider from"), self.low),
            (self.tr("to"), self.high),
        ):
            rows.addRow(label, widget)
            widget.setAccessibleName(label)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(10)
        column.addLayout(rows)
        column.addWidget(self.problem)
        column.addWidget(self.remove)

    def open_under(self, widget: QWidget) -> None:
        """Show it under a widget, within the screen."""
        self.adjustSize()
        corner = widget.mapToGlobal(QPoint(widget.width() - self.width(), widget.height() + 4))
        room = widget.screen().availableGeometry()
        corner.setX(min(max(corner.x(), room.left()), room.right() - self.width()))
        corner.setY(min(corner.y(), room.bottom() - self.height()))
        self.move(corner)
        self.show()
        self.name.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close with Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def _take(self) -> None:
        row, sentence = self._wanted()
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))
        self.adjustSize()
        if row is not None and row != self._row:
            self._row = row
            self._change(row)

    def _wanted(self) -> tuple[VariableRow | None, str]:
        name = self.name.text().strip()
        if sentence := rename_problem(self._form, self._row.name, name):
            return None, sentence
        try:
            low, high = (read_value(edit.text(), "float64").number for edit in (self.low, self.high))
        except ValueError as error:
            return None, str(error)
        if low is None or high is None or low >= high:
            return None, self.tr("The slider needs a smaller number to begin with than to end with.")
        row = VariableRow(
            name=name, kind=self._row.kind, value=self._row.value, dtype=self.dtype.currentText(), low=low, high=high
        )
        return row, ""
