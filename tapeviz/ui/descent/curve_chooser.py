"""Which curves are shown, and on which axes."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from tapeviz.commands.registry import BY_ID
from tapeviz.model.descent_curves import kind_shown, kinds_of
from tapeviz.model.descent_state import CurveKind
from tapeviz.model.state import AppState
from tapeviz.ui.lesson.variable_card import CalmComboBox
from tapeviz.ui.store import Executes


class CurveChooser(QWidget):
    """A list of the kinds of curves, and the switches of the logarithmic axes."""

    def __init__(self, store: Executes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = CalmComboBox()
        self.kind.setObjectName("choice")
        self.kind.setAccessibleName(self.tr("Curves"))
        self.kind.setToolTip(self.tr("What is drawn against the iterations"))
        self._titles = self._kinds()
        self._offered: tuple[CurveKind, ...] = ()
        self.kind.activated.connect(lambda: store.execute("descent.set_view", curve=self.kind.currentData()))
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 4, 14, 2)
        row.setSpacing(10)
        row.addWidget(self.kind)
        row.addStretch(1)
        self.switches: dict[str, QCheckBox] = {}
        names = {
            "descent.toggle_log_values": self.tr("log"),
            "descent.toggle_log_iterates": self.tr("log iterations"),
        }
        for command, title in names.items():
            switch = QCheckBox(title)
            switch.setToolTip(self.tr(BY_ID[command].tooltip))
            switch.setAccessibleName(self.tr(BY_ID[command].title))
            switch.clicked.connect(lambda _checked, command=command: store.execute(command))
            row.addWidget(switch)
            self.switches[command] = switch

    def _kinds(self) -> dict[CurveKind, str]:
        return {
            "loss": self.tr("Loss"),
            "terms": self.tr("Terms of the loss"),
            "parameters": self.tr("Parameters"),
            "gradients": self.tr("Gradient norm"),
            "rates": self.tr("Learning rate"),
            "weights": self.tr("Weights"),
        }

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Show what is chosen."""
        kinds = kinds_of(new.descent)
        if old is not None and old.descent.view == new.descent.view and kinds == self._offered:
            return
        with QSignalBlocker(self.kind):
            if kinds != self._offered:
                self._offered = kinds
                self.kind.clear()
                for kind in kinds:
                    self.kind.addItem(self._titles[kind], kind)
            self.kind.setCurrentIndex(self.kind.findData(kind_shown(new.descent)))
        for command, switch in self.switches.items():
            is_checked = BY_ID[command].is_checked
            with QSignalBlocker(switch):
                switch.setChecked(is_checked is not None and is_checked(new))
