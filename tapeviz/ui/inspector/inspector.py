"""The inspector: what is selected, or what happens in this step, down to the numbers."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from tapeviz.model.explain import inspect
from tapeviz.model.explanation import Inspection
from tapeviz.model.state import AppState
from tapeviz.ui.inspector.sections import SectionView, label
from tapeviz.ui.inspector.tensor_table import TensorTable
from tapeviz.ui.store import Executes
from tapeviz.ui.theme import Dress, dress_of

MOST_TABLES = 4


class Inspector(QScrollArea):
    """Shows the inspection of the selected node, or of the step where nothing is selected."""

    def __init__(self, store: Executes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self.setObjectName("pane")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Inspector"))
        self._inspection: Inspection | None = None
        self._shown_for: tuple[object, ...] = ()

    @property
    def inspection(self) -> Inspection | None:
        """What is shown."""
        return self._inspection

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Show what the state points at; set again only when that changed."""
        node, dress = new.selection.node, dress_of(new.view)
        shown_for = (
            id(new.recording),
            id(new.graph),
            new.playhead,
            node,
            id(new.symbolic),
            dress,
            id(new.fetched),
        )
        if shown_for == self._shown_for:
            return
        self._shown_for = shown_for
        inspection = self._inspect(new, node)
        if inspection is None:
            self._inspection = None
            self._set_body(self._empty(dress))
            return
        self._inspection = inspection
        offset = self.verticalScrollBar().value()
        self._set_body(self._body(inspection, new, dress))
        self.verticalScrollBar().setValue(offset)

    @staticmethod
    def _inspect(state: AppState, node: str | None) -> Inspection | None:
        if state.recording is None or state.graph is None or state.timeline is None:
            return None
        call = state.subject.call if state.subject else None
        symbolic = state.symbolic.get(call, ()) if call is not None else ()
        return inspect(state.recording, state.graph, state.timeline, state.playhead, node, symbolic)

    def _set_body(self, body: QWidget) -> None:
        body.setObjectName("paneBody")
        self.setWidget(body)

    def _empty(self, dress: Dress) -> QWidget:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(20, 18, 20, 18)
        words = self.tr("Run the lesson, then step through it: each step is explained here in numbers.")
        column.addWidget(label(words, f"font-size: {dress.px(13)}px; color: {dress.theme.muted};"))
        column.addStretch(1)
        return body

    def _body(self, inspection: Inspection, state: AppState, dress: Dress) -> QWidget:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(20, 18, 16, 18)
        column.setSpacing(8)
        kicker = label(inspection.kicker.upper(), "")
        kicker.setObjectName("section")
        column.addWidget(kicker)
        column.addWidget(
            label(inspection.title, f"font-size: {dress.px(20)}px; font-weight: 600; color: {dress.theme.ink};")
        )
        column.addWidget(label(inspection.subtitle, f"font-size: {dress.px(12)}px; color: {dress.theme.muted};"))
        for place, section in enumerate(inspection.sections):
            if place and not section.is_card:
                rule = QFrame()
                rule.setFixedHeight(1)
                rule.setStyleSheet(f"background: {dress.theme.line};")
                column.addWidget(rule)
            column.addWidget(SectionView(section, dress))
        self._add_tables(inspection, state, dress, column)
        column.addStretch(1)
        return body

    def _add_tables(self, inspection: Inspection, state: AppState, dress: Dress, column: QVBoxLayout) -> None:
        assert state.recording is not None
        for tensor_id in inspection.tensors[:MOST_TABLES]:
            tensor = state.recording.tensors[tensor_id]
            value = state.fetched.get(tensor_id, tensor.value)
            if value is None or not value.shape or not value.encoding:
                continue
            shape = "×".join(str(length) for length in value.shape)
            title = f"{tensor.name or self.tr('value')}   {shape} {tensor.dtype}"
            table = TensorTable(title, tensor_id, value, dress)
            table.whole_wanted.connect(lambda wanted: self._store.execute("tensor.fetch", tensor=wanted))
            column.addWidget(table)
