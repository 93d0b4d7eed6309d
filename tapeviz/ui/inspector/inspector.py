"""The inspector: what is selected, or what happens in this step, down to the numbers."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from tapeviz.commands.opening import inside_of_node
from tapeviz.model.explain import inspect
from tapeviz.model.explanation import Inspection
from tapeviz.model.identity import Same
from tapeviz.model.latex import document_of
from tapeviz.model.state import AppState
from tapeviz.model.tensor import TensorValue
from tapeviz.ui.inspector.jacobian_map import JacobianMap
from tapeviz.ui.inspector.over_iterations import OverIterations
from tapeviz.ui.inspector.paths_list import PathsList
from tapeviz.ui.inspector.sections import RichLabel, SectionView, words
from tapeviz.ui.inspector.tensor_table import TensorTable
from tapeviz.ui.store import Executes
from tapeviz.ui.theme import Dress, dress_of

MOST_TABLES = 4
LEFT, RIGHT = 20, 16


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
        self.inspection: Inspection | None = None
        self._shown_for: tuple[object, ...] = ()
        self._tables_for: tuple[object, ...] = ()
        self._headings: tuple[object, ...] = ()
        self._head = RichLabel()
        self._sections: list[SectionView] = []
        self._tables: list[TensorTable] = []
        self._maps: list[JacobianMap] = []
        body = QWidget()
        body.setObjectName("paneBody")
        column = QVBoxLayout(body)
        column.setContentsMargins(LEFT, 18, RIGHT, 18)
        column.setSpacing(10)
        self.open = QPushButton(self.tr("Open"))
        self.open.setToolTip(self.tr("See what is inside this op  (Enter)"))
        self.open.clicked.connect(lambda: store.execute("graph.open_node"))
        column.addWidget(self._head)
        self.paths = PathsList(store)
        column.addWidget(self.open)
        self._section_column, self._map_column, self._table_column = QVBoxLayout(), QVBoxLayout(), QVBoxLayout()
        self._section_column.setSpacing(10)
        column.addLayout(self._map_column)
        column.addLayout(self._section_column)
        self.curves = OverIterations()
        column.addWidget(self.curves)
        column.addWidget(self.paths)
        column.addLayout(self._table_column)
        column.addStretch(1)
        self.setWidget(body)

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Show what the state points at; set again only when that changed."""
        dress = dress_of(new.view)
        self.paths.apply(new, dress)
        shown = Same(new.shown, new.graph, new.symbolic, new.fetched)
        shown_for = (shown, new.playhead, new.selection.node, new.is_stale, dress)
        if shown_for == self._shown_for:
            return
        self._shown_for = shown_for
        if old is not None and old.selection.node != new.selection.node:
            self.verticalScrollBar().setValue(0)
        self.inspection = _inspection_of(new)
        self.open.setVisible(inside_of_node(new, new.selection.node) is not None)
        if self.inspection is None:
            hint = self.tr("Run the lesson, then step through it: each step is explained here in numbers.")
            self._head.show_html(words(hint, dress, 13, dress.theme.muted))
        else:
            self._head.show_html(_head_of(self.inspection, dress))
        self._show_sections(new, dress)
        self.curves.apply(new)
        self._show_matrices(dress)
        self._show_tables(new, dress)

    def copy_latex(self) -> None:
        """Put every formula of what is shown on the clipboard, as LaTeX."""
        latex = document_of(self.inspection) if self.inspection is not None else ""
        if latex:
            QGuiApplication.clipboard().setText(latex)

    def _show_sections(self, state: AppState, dress: Dress) -> None:
        def value_of(tensor: int) -> TensorValue | None:
            return state.shown.tensors[tensor].value if state.shown is not None else None

        sections = self.inspection.sections if self.inspection else ()
        while len(self._sections) < len(sections):
            view = SectionView()
            view.all_wanted.connect(self.copy_latex)
            view.mends.serve(self._store)
            self._sections.append(view)
            self._section_column.addWidget(view)
        room = self.viewport().width() - LEFT - RIGHT
        for place, section in enumerate(sections):
            self._sections[place].show_section(
                section, dress, value_of, has_rule=place > 0, is_mendable=not state.is_stale, room=room
            )
        for place, view in enumerate(self._sections):
            view.setVisible(place < len(sections))

    def _show_matrices(self, dress: Dress) -> None:
        matrices = self.inspection.matrices if self.inspection else ()
        while len(self._maps) < len(matrices):
            view = JacobianMap()
            view.row_chosen.connect(lambda row: self._store.execute("view.show_row", row=row))
            self._maps.append(view)
            self._map_column.addWidget(view)
        for place, view in enumerate(self._maps):
            view.setVisible(place < len(matrices))
            if place < len(matrices):
                view.show_matrix(matrices[place], dress)

    def _show_tables(self, state: AppState, dress: Dress) -> None:
        """Tables are built anew, but only for other tensors: those of another iteration take their places."""
        wanted = _tables_of(self.inspection, state) if self.inspection else []
        tables_for = (dress, *((tensor, Same(value)) for tensor, _, value in wanted))
        if tables_for == self._tables_for:
            return
        self._tables_for = tables_for
        headings = (dress, *((tensor, title) for tensor, title, _ in wanted))
        is_same, self._headings = headings == self._headings, headings
        pairs = zip(self._tables, wanted, strict=False)
        if is_same and all(table.show_value(value) for table, (_, _, value) in pairs):
            return
        for table in self._tables:
            self._table_column.removeWidget(table)
            table.hide()
            table.deleteLater()
        self._tables = [
            TensorTable(title, tensor, value, dress, is_kept=state.shown is state.recording)
            for tensor, title, value in wanted
        ]
        for table in self._tables:
            table.whole_wanted.connect(lambda tensor: self._store.execute("tensor.fetch", tensor=tensor))
            self._table_column.addWidget(table)


def _inspection_of(state: AppState) -> Inspection | None:
    if state.shown is None or state.graph is None or state.timeline is None:
        return None
    symbolic = () if state.own_call is None else state.symbolic.get(state.own_call, ())
    return inspect(state.shown, state.graph, state.timeline, state.playhead, state.selection.node, symbolic)


def _head_of(inspection: Inspection, dress: Dress) -> str:
    theme = dress.theme
    lines = (
        words(inspection.kicker.upper(), dress, 11, theme.muted, weight=600),
        words(inspection.title, dress, 20, theme.ink, weight=600),
        words(inspection.subtitle, dress, 12, theme.muted),
    )
    return "".join(f'<p style="margin:0 0 {dress.px(6)}px 0">{line}</p>' for line in lines)


def _tables_of(inspection: Inspection, state: AppState) -> list[tuple[int, str, TensorValue]]:
    """The tensors with more than one element: id, title, value."""
    assert state.shown is not None
    found = []
    for tensor_id in inspection.tensors[:MOST_TABLES]:
        tensor = state.shown.tensors[tensor_id]
        fetched = state.fetched.get(tensor_id) if state.shown is state.recording else None
        value = fetched or tensor.value
        if value is not None and value.shape and value.encoding:
            shape = "×".join(str(length) for length in value.shape)
            found.append((tensor_id, f"{tensor.name or ''}   {shape} {tensor.dtype}".strip(), value))
    return found
