"""Going through the rows of a Jacobian."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QWidget

from tapeviz.model.state import AppState
from tapeviz.model.subjects import call_of, name_of, row_position, target_element
from tapeviz.ui.store import Executes


class RowBar(QWidget):
    """A slider over the rows of the Jacobian that is shown; hidden where none is."""

    def __init__(self, store: Executes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = QLabel()
        self.label.setObjectName("muted")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setFixedWidth(140)
        self.slider.setAccessibleName(self.tr("Row of the Jacobian"))
        self.slider.valueChanged.connect(lambda value: store.execute("view.show_row", row=value))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 20, 0)
        row.addWidget(self.label)
        row.addWidget(self.slider)

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Show which row is looked at, and which element of the target it belongs to."""
        if old is not None and old.graph is new.graph:
            return
        position = None
        if new.shown is not None and new.subject is not None and new.graph is not None:
            position = row_position(new.shown, new.subject)
        self.setVisible(position is not None)
        if position is None or new.shown is None or new.subject is None:
            return
        place, count = position
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, count - 1)
            self.slider.setValue(place)
        self.slider.setVisible(count > 1)
        call = call_of(new.shown, new.subject)
        target = name_of(new.shown, call.target[0]) if call is not None else ""
        element = target_element(new.shown, new.subject)
        self.label.setText(self.tr("row {0} of {1} · ∂{2}").format(place + 1, count, target + element))
