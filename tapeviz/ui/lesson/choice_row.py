"""What is asked of the tape: the target, the sources, and whether the tape stays."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QWidget

from tapeviz.model.form import QuickForm
from tapeviz.model.script import source_names
from tapeviz.model.script_write import read_functions


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
        self.target.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
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
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for piece in (_word("∂"), self.target, _word("∕ ∂"), self.sources):
            row.addWidget(piece)
        row.addStretch(1)
        row.addWidget(self.persistent)

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
        self.sources.setText(", ".join(chosen))
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
