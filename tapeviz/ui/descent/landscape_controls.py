"""What is looked at of the landscape and what is drawn on it."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from tapeviz.commands.registry import BY_ID
from tapeviz.model.descent import coordinates
from tapeviz.model.descent_state import DescentState, PlaneChoice, PlaneKind
from tapeviz.model.planes import has_plane
from tapeviz.model.state import AppState
from tapeviz.model.terrain_words import terrain_sentences
from tapeviz.ui.lesson.variable_card import CalmComboBox
from tapeviz.ui.store import Executes

SWITCHES = (
    "descent.toggle_surface",
    "descent.toggle_log_levels",
    "descent.toggle_filled",
    "descent.toggle_lines",
    "descent.toggle_field",
    "descent.toggle_basins",
    "descent.toggle_curvature",
    "descent.toggle_critical_points",
    "descent.toggle_parabola",
)

LARGE_TEXT = 1.25
"""From this size of letters on the switches stand in one column."""

MOST_LISTED = 500
"""So many coordinates are listed to choose from."""


class LandscapeControls(QWidget):
    """Which plane, and the switches of the Descent menu that say what is drawn on it."""

    def __init__(self, store: Executes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self.kind = self._combo(self.tr("Plane"))
        for kind, title in self._kinds():
            self.kind.addItem(title, kind)
        self.kind.activated.connect(lambda: self._choose(self.kind.currentData()))
        self.axes = (self._combo(self.tr("Horizontal axis")), self._combo(self.tr("Vertical axis")))
        for axis in self.axes:
            axis.activated.connect(lambda: self._choose("coordinates"))
        self.other = QPushButton(self.tr("Draw again"))
        self.other.setToolTip(self.tr("Two other random directions"))
        self.other.clicked.connect(self._draw_again)
        self.switches: dict[str, QCheckBox] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.kind)
        across = QHBoxLayout()
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(6)
        self._by = QLabel("×")
        self._by.setObjectName("muted")
        across.addWidget(self.axes[0], 1)
        across.addWidget(self._by)
        across.addWidget(self.axes[1], 1)
        column.addLayout(across)
        column.addWidget(self.other)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(4)
        column.addLayout(self._grid)
        for command in SWITCHES:
            self.switches[command] = self._switch(command)
        self.told = QLabel()
        self.told.setObjectName("muted")
        self.told.setWordWrap(True)
        column.addWidget(self.told)
        self._laid_out: tuple[tuple[str, ...], int] = ((), 0)
        self._listed: tuple[str, ...] = ()

    def _kinds(self) -> tuple[tuple[PlaneKind, str], ...]:
        return (
            ("coordinates", self.tr("two coordinates")),
            ("principal", self.tr("principal directions")),
            ("random", self.tr("random directions")),
            ("line", self.tr("line from start to end")),
        )

    @staticmethod
    def _combo(name: str) -> CalmComboBox:
        combo = CalmComboBox()
        combo.setAccessibleName(name)
        combo.setToolTip(name)
        combo.setMinimumContentsLength(3)
        combo.setSizeAdjustPolicy(CalmComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        return combo

    def _switch(self, command: str) -> QCheckBox:
        row = BY_ID[command]
        switch = QCheckBox(self.tr(row.title))
        switch.setObjectName("choice")
        switch.setToolTip(self.tr(row.tooltip))
        switch.clicked.connect(lambda: self._store.execute(command))
        return switch

    def _choose(self, kind: PlaneKind) -> None:
        first, second = (max(0, axis.currentIndex()) for axis in self.axes)
        self._store.execute("descent.choose_plane", kind=kind, first=first, second=second)

    def _draw_again(self) -> None:
        seed = self._store.state.descent.choice.seed + 2
        self._store.execute("descent.choose_plane", kind="random", seed=seed)

    def show_state(self, state: AppState) -> None:
        """Show what is chosen, and of the switches those that mean something here."""
        descent = state.descent
        self._show_plane(descent)
        enabled = tuple(command for command in SWITCHES if BY_ID[command].is_enabled(state))
        columns = 2 if state.view.text_scale < LARGE_TEXT else 1
        if (enabled, columns) != self._laid_out and descent.objective is not None:
            self._laid_out = enabled, columns
            self._lay_out(enabled, columns)
        for command, switch in self.switches.items():
            is_checked = BY_ID[command].is_checked
            with QSignalBlocker(switch):
                switch.setChecked(is_checked is not None and is_checked(state))

        self.show_found(descent)

    def show_found(self, descent: DescentState) -> None:
        """Say what the switches have found, or why they find nothing."""
        told = "\n".join(terrain_sentences(descent))
        if told != self.told.text():
            self.told.setText(told)
        self.told.setVisible(bool(told))

    def _lay_out(self, commands: tuple[str, ...], columns: int) -> None:
        for switch in self.switches.values():
            self._grid.removeWidget(switch)
            switch.setVisible(False)
        for place, command in enumerate(commands):
            self._grid.addWidget(self.switches[command], place // columns, place % columns)
            self.switches[command].setVisible(True)

    def _show_plane(self, descent: DescentState) -> None:
        objective, choice = descent.objective, descent.choice
        dimension = objective.dimension if objective is not None else 0
        self.kind.setVisible(dimension > 1)
        is_axes = choice.kind == "coordinates" and dimension > 2
        for widget in (*self.axes, self._by):
            widget.setVisible(is_axes)
        self.other.setVisible(choice.kind == "random" and dimension > 1)
        if objective is None:
            return
        trajectory = descent.trajectory_of(descent.racer.look)
        for place, (kind, _) in enumerate(self._kinds()):
            is_there = has_plane(PlaneChoice(kind=kind), objective, trajectory)
            # The model of a combo box is not seen through its Python type.
            self.kind.model().item(place).setEnabled(is_there)  # type: ignore[attr-defined]
        names = tuple(name for name, _ in zip(coordinates(objective.parameters), range(MOST_LISTED), strict=False))
        with QSignalBlocker(self.kind), QSignalBlocker(self.axes[0]), QSignalBlocker(self.axes[1]):
            self.kind.setCurrentIndex(self.kind.findData(choice.kind))
            for axis, chosen in zip(self.axes, (choice.first, choice.second), strict=True):
                if names != self._listed:
                    axis.clear()
                    axis.addItems(list(names))
                axis.setCurrentIndex(min(chosen, len(names) - 1))
        self._listed = names
