"""All that can be set about a racer besides optimizer, learning rate and start."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QCheckBox, QFormLayout, QLabel, QWidget

from tapeviz.model.descent import ObjectiveFacts
from tapeviz.model.descent_entries import text_of
from tapeviz.model.descent_state import DescentState, Racer
from tapeviz.model.hyperparameters import Hyperparameter
from tapeviz.model.optimizer_facts import OPTIMIZERS
from tapeviz.model.schedule_facts import CLIPPINGS, SCHEDULES
from tapeviz.ui.descent.entry_field import EntryField
from tapeviz.ui.lesson.variable_card import CalmComboBox
from tapeviz.ui.store import Executes


class RacerDetails(QWidget):
    """Hyperparameters by Keras' names, schedule, clipping, mini-batches and noise, one under the other."""

    def __init__(self, store: Executes, look: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._look = look
        self.fields: dict[str, EntryField] = {}
        self.switches: dict[str, QCheckBox] = {}
        self.schedule = self._combo(self.tr("Schedule of the learning rate"))
        self.schedule.addItem(self.tr("constant"), None)
        for kind, schedule in SCHEDULES.items():
            self.schedule.addItem(schedule.title.lower(), kind)
            self.schedule.setItemData(self.schedule.count() - 1, schedule.meaning, Qt.ItemDataRole.ToolTipRole)
        self.schedule.activated.connect(
            lambda: store.execute("descent.set_schedule", look=look, kind=self.schedule.currentData())
        )
        self.clipping = self._combo(self.tr("What is clipped of the gradient"))
        self.clipping.addItem(self.tr("off"), None)
        for what, clipping in CLIPPINGS.items():
            self.clipping.addItem(clipping.title, what)
            self.clipping.setItemData(self.clipping.count() - 1, clipping.meaning, Qt.ItemDataRole.ToolTipRole)
        self.clipping.activated.connect(
            lambda: store.execute("descent.set_clipping", look=look, kind=self.clipping.currentData())
        )
        self._rows = QFormLayout(self)
        self._rows.setContentsMargins(0, 2, 0, 2)
        self._rows.setVerticalSpacing(4)
        self._rows.setHorizontalSpacing(8)
        self._rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._built_for: tuple[object, ...] = ()

    @staticmethod
    def _combo(name: str) -> CalmComboBox:
        combo = CalmComboBox()
        combo.setAccessibleName(name)
        combo.setMinimumContentsLength(6)
        combo.setSizeAdjustPolicy(CalmComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        return combo

    def show_racer(self, racer: Racer, descent: DescentState) -> None:
        """Show the settings of a racer."""
        settings = racer.settings
        schedule = settings.schedule.kind if settings.schedule is not None else None
        clipping = settings.clipping.kind if settings.clipping is not None else None
        objective = descent.objective
        has_data = objective is not None and objective.examples is not None
        is_random = settings.noise > 0 or settings.batch_size is not None
        is_averaged = settings.hyperparameters.get("use_ema")
        wanted = (settings.optimizer, is_averaged, schedule, clipping, has_data, is_random)
        if wanted != self._built_for:
            self._built_for = wanted
            self._build(racer, objective, is_random=is_random)
        with QSignalBlocker(self.schedule), QSignalBlocker(self.clipping):
            self.schedule.setCurrentIndex(self.schedule.findData(schedule))
            self.clipping.setCurrentIndex(self.clipping.findData(clipping))
        for name, field in self.fields.items():
            field.show_entry(text_of(settings, name), descent.entries.get((self._look, name)))
        for name, switch in self.switches.items():
            with QSignalBlocker(switch):
                switch.setChecked(text_of(settings, name) == "1")

    def _build(self, racer: Racer, objective: ObjectiveFacts | None, *, is_random: bool) -> None:
        """Lay the rows out for an optimizer; schedule and clipping stay the widgets they are, so keys stay in them."""
        for combo in (self.schedule, self.clipping):
            combo.setParent(self)
        self._clear()
        facts = OPTIMIZERS[racer.settings.optimizer]
        is_averaged = racer.settings.hyperparameters.get("use_ema") == 1.0
        numbers = [one for one in facts.hyperparameters if is_averaged or not one.name.startswith("ema_")]
        self._add_numbers("hyperparameters", numbers)
        is_keras = bool(facts.keras_name)
        for combo in (self.schedule, self.clipping):
            combo.setVisible(is_keras)
        if is_keras:
            self._add(self.tr("schedule"), self.schedule, self.tr("How the learning rate changes"))
            if racer.settings.schedule is not None:
                self._add_numbers("schedule", SCHEDULES[racer.settings.schedule.kind].hyperparameters)
            self._add(self.tr("clipping"), self.clipping, self.tr("What large gradients are cut to"))
            if racer.settings.clipping is not None:
                self._add_field("clipping", self.tr("limit"), CLIPPINGS[racer.settings.clipping.kind].meaning)
        if objective is not None and objective.examples is not None:
            words = self.tr("Examples in each mini-batch; all of the data in each iteration where it says all")
            self._add_field("batch_size", self.tr("mini-batch"), words)
        self._add_field(
            "noise", self.tr("noise"), self.tr("Standard deviation of what is added to each element of the gradient")
        )
        if is_random:
            self._add_field("seed", self.tr("seed"), self.tr("Another one draws other mini-batches and other noise"))
        self._order_tabs()

    def _clear(self) -> None:
        while self._rows.rowCount():
            row = self._rows.takeRow(0)
            for item in (row.labelItem, row.fieldItem):
                widget = item.widget() if item is not None else None
                if widget is not None and widget not in (self.schedule, self.clipping):
                    widget.hide()
                    widget.deleteLater()
        self.fields, self.switches = {}, {}

    def _add_numbers(self, part: str, numbers: Sequence[Hyperparameter]) -> None:
        for number in numbers:
            name = f"{part}.{number.name}"
            if number.kind == "switch":
                self._add_switch(name, number)
            else:
                self._add_field(name, number.title, f"{number.name}: {number.meaning}")

    def _add_field(self, name: str, title: str, meaning: str) -> None:
        field = EntryField(title, meaning)
        field.entered.connect(
            lambda text, name=name: self._store.execute("descent.type_setting", look=self._look, name=name, text=text)
        )
        self.fields[name] = field
        self._add(title, field, meaning)
        self._rows.addRow(field.problem)

    def _add_switch(self, name: str, number: Hyperparameter) -> None:
        switch = QCheckBox(number.title)
        switch.setObjectName("choice")
        switch.setToolTip(f"{number.name}: {number.meaning}")
        switch.clicked.connect(
            lambda is_on, name=name: self._store.execute("descent.set_switch", look=self._look, name=name, is_on=is_on)
        )
        self.switches[name] = switch
        self._rows.addRow("", switch)

    def _add(self, title: str, widget: QWidget, meaning: str) -> None:
        label = QLabel(title)
        label.setObjectName("muted")
        label.setToolTip(meaning)
        self._rows.addRow(label, widget)

    def _order_tabs(self) -> None:
        """Let Tab go down the rows, also where they were laid out anew."""
        items = (self._rows.itemAt(row, QFormLayout.ItemRole.FieldRole) for row in range(self._rows.rowCount()))
        found = (item.widget() for item in items if item is not None)
        widgets = [widget for widget in found if widget is not None]
        for before, after in itertools.pairwise(widgets):
            QWidget.setTabOrder(before, after)
