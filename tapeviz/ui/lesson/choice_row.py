"""What is asked of the tape: the target, the sources, and whether the tape stays."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from tapeviz.model.form import QuickForm
from tapeviz.model.script import source_names
from tapeviz.model.script_write import read_functions

LONGEST_LIST = 12
"""Characters of the list of sources that are shown; the menu has them all."""


class ChoiceRow(QWidget):
    """``∂ [f] / ∂ [x, y]  □ persistent``. `edited` carries the form with another choice."""

    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._form: QuickForm | None = None
        self.target = QComboBox()
        self.target.setObjectName("choice")
        self.target.setAccessibleName(self.tr("Differentiate this function"))
        self.target.setToolTip(self.tr("The function to differentiate"))
        self.target.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.target.setMinimumContentsLength(2)
        self.target.textActivated.connect(self._choose_target)
        self.sources = QToolButton()
        self.sources.setObjectName("choice")
        self.sources.setAccessibleName(self.tr("Differentiate by these variables"))
        self.sources.setToolTip(self.tr("The variables to differentiate by"))
        self.sources.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.sources.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.menu = QMenu(self)
        self.sources.setMenu(self.menu)
        self.persistent = QCheckBox(self.tr("persistent"))
        self.persistent.setToolTip(
            self.tr("The tape stays after its first call, so that every function can be differentiated")
        )
        self.persistent.clicked.connect(self._choose_persistent)
        self.persistent.setObjectName("choice")
        self._first = QHBoxLayout()
        self._first.setSpacing(6)
        self._choices = (_word("∂"), self.target, _word("∕ ∂"), self.sources)
        for piece in self._choices:
            self._first.addWidget(piece)
        self._first.addStretch(1)
        self._first.addWidget(self.persistent)
        self._second = QHBoxLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(self._first)
        column.addLayout(self._second)
        # Without this the row could not get narrower than its widgets stand in one line.
        self.setMinimumWidth(1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the tick box on a line of its own where there is no room beside the rest."""
        super().resizeEvent(event)
        is_below = self._second.count() > 0
        is_too_narrow = self.width() < self._width_in_one_line()
        if is_too_narrow != is_below:
            (self._second if is_too_narrow else self._first).addWidget(self.persistent)

    def _width_in_one_line(self) -> int:
        pieces = (*self._choices, self.persistent)
        return sum(piece.sizeHint().width() for piece in pieces) + self._first.spacing() * len(pieces)

    def show_form(self, form: QuickForm) -> None:
        """Show the choices of a form."""
        if form is self._form:
            return
        self._form = form
        names = list(read_functions(form).functions)
        with QSignalBlocker(self.target), QSignalBlocker(self.persistent):
            if names != [self.target.itemText(at) for at in range(self.target.count())]:
                self.target.clear()
                self.target.addItems(names)
            self.target.setCurrentText(form.target)
            self.persistent.setChecked(form.persistent)
        chosen = source_names(form)
        names_shown = ", ".join(chosen)
        if len(names_shown) > LONGEST_LIST:
            names_shown = f"{names_shown[: LONGEST_LIST - 1].rstrip(', ')}…"
        self.sources.setText(f"{names_shown} ▾")
        self.menu.clear()
        for name in [row.name for row in form.variables] + [name for name in names if name != form.target]:
            action = QAction(name, self.menu, checkable=True, checked=name in chosen)
            action.triggered.connect(self._choose_sources)
            self.menu.addAction(action)

    def _choose_target(self, name: str) -> None:
        self._choose(target=name, sources=tuple(source for source in self._sources() if source != name))

    def _choose_persistent(self, is_persistent: bool) -> None:
        self._choose(persistent=is_persistent)

    def _choose_sources(self) -> None:
        chosen = tuple(action.text() for action in self.menu.actions() if action.isChecked())
        self._choose(sources=chosen)

    def _sources(self) -> tuple[str, ...]:
        return self._form.sources if self._form else ()

    def _choose(self, **changes: object) -> None:
        if self._form is not None:
            self.edited.emit(replace(self._form, **changes))  # type: ignore[arg-type]


def _word(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("muted")
    return label
