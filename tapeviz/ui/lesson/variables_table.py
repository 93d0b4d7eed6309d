"""The VARIABLES part: one card per variable."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from tapeviz.model.form import QuickForm, VariableRow
from tapeviz.model.form_edits import added_variable, removed_variable, renamed_variable
from tapeviz.ui.lesson.variable_card import VariableCard
from tapeviz.ui.lesson.variable_details import VariableDetails


class VariablesTable(QWidget):
    """All variables. `value_changed` carries name, value and whether it is dragged; `edited` a form that differs."""

    value_changed = Signal(str, str, bool)
    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cards: list[VariableCard] = []
        self._form: QuickForm | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)

    @property
    def is_dragging(self) -> bool:
        """Whether a slider is held."""
        return any(card.is_dragging for card in self.cards)

    def show_rows(self, rows: tuple[VariableRow, ...], form: QuickForm | None) -> None:
        """Show the rows of a form, or those of a script that has none."""
        self._form = form
        while len(self.cards) > len(rows):
            card = self.cards.pop()
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        for position, row in enumerate(rows):
            if position < len(self.cards):
                self.cards[position].show_row(row, is_form=form is not None)
            else:
                self._add_card(row)
        self.align_names()

    def _add_card(self, row: VariableRow) -> None:
        card = VariableCard(row)
        card.show_row(row, is_form=self._form is not None)
        card.value_changed.connect(self.value_changed)
        card.row_changed.connect(lambda changed, card=card: self._change(card.row, changed))
        card.more_wanted.connect(lambda _, card=card: self._open_details(card))
        self._column.addWidget(card)
        self.cards.append(card)

    def align_names(self) -> None:
        """Give all names the width of the longest, in the text size of now."""
        width = max((card.name.sizeHint().width() for card in self.cards), default=0)
        limit = 10 * self.fontMetrics().horizontalAdvance("m")
        for card in self.cards:
            card.name.setFixedWidth(min(width, limit))
            card.name.setToolTip(card.row.name)

    def commit(self) -> None:
        """Take what stands in the fields."""
        for card in self.cards:
            card.commit()

    def add_variable(self) -> None:
        """Add a variable to the form."""
        if self._form is not None:
            self.edited.emit(added_variable(self._form))

    def _open_details(self, card: VariableCard) -> None:
        if self._form is not None:
            row = card.row
            details = VariableDetails(
                self._form,
                row,
                lambda changed: self._change(card.row, changed),
                lambda: self._remove(card.row.name),
                self,
            )
            details.open_under(card.more)

    def _change(self, row: VariableRow, changed: VariableRow) -> None:
        if self._form is None:
            return
        form = self._form
        if changed.name != row.name:
            form = renamed_variable(form, row.name, changed.name)
        rows = tuple(changed if known.name == changed.name else known for known in form.variables)
        self.edited.emit(replace(form, variables=rows))

    def _remove(self, name: str) -> None:
        if self._form is not None:
            self.edited.emit(removed_variable(self._form, name))
