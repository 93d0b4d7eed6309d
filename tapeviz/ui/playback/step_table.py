"""The table of steps: the accessible twin of the picture, in the same numbers."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QSignalBlocker,
    Qt,
)
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from tapeviz.model.accumulators import Accumulator
from tapeviz.model.explain import caption
from tapeviz.model.forward_mode import accumulator_of, tangents_of
from tapeviz.model.frame import build_frame
from tapeviz.model.graph import GraphNode
from tapeviz.model.numbers import format_value
from tapeviz.model.recording import Recording
from tapeviz.model.state import AppState, ViewState
from tapeviz.model.subjects import call_of
from tapeviz.model.timeline import Step
from tapeviz.model.updates import method_of
from tapeviz.ui.store import Executes
from tapeviz.ui.theme import dress_of, mono_font

MOST_ADJOINTS = 8
FIXED_COLUMNS = 5
WORDS_WIDTHS = (130, 120, 52)
"""Pixels for step, op and line."""

LEAST_NUMBER, MOST_NUMBER = 104, 260
MIDDLE = Qt.AlignmentFlag.AlignVCenter
Index = QModelIndex | QPersistentModelIndex


class StepTableModel(QAbstractTableModel):
    """One row per step: step, op, line, value, cotangent, then the running adjoint of each variable.

    Rows after the playhead show no number: they are not computed yet.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = AppState()
        self._variables: tuple[GraphNode, ...] = ()
        self._node_of_op: dict[int, GraphNode] = {}
        self._dress = dress_of(AppState().view)
        self._cell = lru_cache(maxsize=20_000)(self._text_of)

    def show(self, state: AppState) -> None:
        """Take another recording, subject or folding."""
        self.beginResetModel()
        self._state = state
        self._dress = dress_of(state.view)
        nodes = state.graph.nodes if state.graph is not None else ()
        is_reverse = self._accumulator is None
        self._variables = tuple(node for node in nodes if node.kind in ("variable", "watched") and is_reverse)
        self._variables = self._variables[:MOST_ADJOINTS]
        self._node_of_op = {op: node for node in nodes for op in node.ops}
        self._cell.cache_clear()
        self.endResetModel()

    @property
    def _accumulator(self) -> Accumulator | None:
        state = self._state
        return None if state.shown is None or state.subject is None else accumulator_of(state.shown, state.subject)

    def move(self, state: AppState) -> None:
        """Follow the playhead."""
        before, self._state = self._state.playhead, state
        self._dress = dress_of(state.view)
        low, high = sorted((before, state.playhead))
        if self.rowCount():
            last_row = min(high, self.rowCount() - 1)
            self.dataChanged.emit(self.index(min(low, last_row), 0), self.index(last_row, self.columnCount() - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """One row per step."""
        timeline = self._state.timeline
        return 0 if parent.isValid() or timeline is None else len(timeline.steps)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """The fixed columns and one per variable."""
        return FIXED_COLUMNS + len(self._variables)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Name the columns."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return (Qt.AlignmentFlag.AlignRight if section >= 2 else Qt.AlignmentFlag.AlignLeft) | MIDDLE
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        beside = self.tr("Tangent") if self._accumulator is not None else self.tr("Cotangent")
        fixed = (self.tr("Step"), self.tr("Op"), self.tr("Line"), self.tr("Value"), beside)
        if section < FIXED_COLUMNS:
            return fixed[section]
        return self.tr("sum at {0}").format(self._variables[section - FIXED_COLUMNS].symbol)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Give a cell's text, tone, font and spoken form."""
        row, column = index.row(), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            is_future = row > self._state.playhead and column >= 3
            return "" if is_future else self._cell(row, column)
        if role == Qt.ItemDataRole.ToolTipRole and row <= self._state.playhead:
            return self._sentence(row)
        if role == Qt.ItemDataRole.FontRole and column >= 2:
            return mono_font(self._dress.px(12))
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(self._tone(row, column))
        if role == Qt.ItemDataRole.TextAlignmentRole and column >= 2:
            return Qt.AlignmentFlag.AlignRight | MIDDLE
        return None

    def _tone(self, row: int, column: int) -> str:
        if row > self._state.playhead:
            return self._dress.theme.muted
        if column >= 4:
            return self._dress.theme.backward if self._accumulator is None else self._dress.theme.tangent
        if column == 3:
            is_new = self._state.timeline is not None and self._state.timeline.steps[row].update is not None
            return self._dress.theme.accent if is_new else self._dress.theme.forward
        return self._dress.theme.ink

    def _sentence(self, row: int) -> str:
        state = self._state
        if state.shown is None or state.graph is None or state.timeline is None:
            return ""
        words = caption(state.shown, state.graph, state.timeline, row)
        return f"{words.heading}: {words.text}"

    def _text_of(self, row: int, column: int) -> str:
        state = self._state
        if state.shown is None or state.graph is None or state.timeline is None:
            return ""
        step = state.timeline.steps[row]
        match column:
            case 0:
                return caption(state.shown, state.graph, state.timeline, row).heading
            case 1:
                return self._op_text(step)
            case 2:
                return "" if step.line is None else str(step.line)
            case 3:
                return self._value_text(step, state.shown)
            case 4:
                return self._cotangent_text(step, state.shown)
        frame = build_frame(state.shown, state.graph, state.timeline, row)
        shown = frame.nodes.get(self._variables[column - FIXED_COLUMNS].id)
        if shown is None or (shown.adjoint is None and not shown.is_none):
            return ""
        running = " …" if shown.is_running_sum else ""
        return "None" if shown.is_none else format_value(shown.adjoint) + running

    def _op_text(self, step: Step) -> str:
        if step.update is not None and self._state.shown is not None:
            return f"←   {method_of(self._state.shown.ops[step.update.op].type)}"
        node = self._node_of_op.get(step.ops[0]) if step.ops else None
        return f"{node.symbol}   {node.title}" if node else ""

    def _value_text(self, step: Step, recording: Recording) -> str:
        if step.update is not None:
            return format_value(step.update.after)
        if step.phase != "forward" or not step.ops:
            return ""
        outputs = recording.ops[step.op].outputs if step.op is not None else self._node_of_op[step.ops[0]].values
        return format_value(recording.tensors[outputs[0]].value) if outputs else ""

    def _cotangent_text(self, step: Step, recording: Recording) -> str:
        if self._accumulator is not None:
            return self._tangent_text(step, recording, self._accumulator)
        subject = self._state.subject
        call = call_of(recording, subject) if subject is not None else None
        if step.phase != "vjp" or call is None:
            return ""
        leaving = set(self._node_of_op[step.ops[0]].values) if step.group is not None else None
        came = {share.op: share.output_cotangents for share in call.contributions if share.op in step.ops}
        tensors = [
            recording.tensors[tensor].value
            for op, cotangents in came.items()
            for output, tensor in zip(recording.ops[op].outputs, cotangents, strict=True)
            if tensor is not None and (leaving is None or output in leaving)
        ]
        return ", ".join(format_value(value) for value in tensors)

    def _tangent_text(self, step: Step, recording: Recording, accumulator: Accumulator) -> str:
        if not step.ops:
            return ""
        tangents = tangents_of(accumulator, recording)
        made = recording.ops[step.op].outputs if step.op is not None else self._node_of_op[step.ops[0]].values
        found = [tangents[tensor] for tensor in made if tensor in tangents]
        return ", ".join(format_value(recording.tensors[tensor].value) for tensor in found)


class StepTable(QTableView):
    """Shows the steps; choosing a row goes there."""

    def __init__(self, store: Executes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._model = StepTableModel(self)
        self._dress = dress_of(ViewState())
        self.setModel(self._model)
        self.setAccessibleName(self.tr("Steps"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.selectionModel().currentRowChanged.connect(self._go)

    def _go(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self._store.execute("playback.go_to", playhead=current.row())

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Show the steps of the state and follow its playhead."""
        is_same = old is not None and old.shown is new.shown and old.graph is new.graph
        if is_same and old is not None and old.playhead == new.playhead and dress_of(old.view) == dress_of(new.view):
            return
        with QSignalBlocker(self.selectionModel()):
            if not is_same:
                self._model.show(new)
            else:
                self._model.move(new)
            if not is_same or self._dress != dress_of(new.view):
                self._dress = dress_of(new.view)
                self._set_widths()
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            index = self._model.index(new.playhead, 0)
            self.selectionModel().setCurrentIndex(index, flags)
            self.scrollTo(index)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the new width out."""
        super().resizeEvent(event)
        self._set_widths()

    def _set_widths(self) -> None:
        """Give the words what they need and the numbers what is left, within bounds: vectors want room."""
        dress = self._dress
        self.verticalHeader().setDefaultSectionSize(dress.px(28))
        for column, width in enumerate(WORDS_WIDTHS):
            self.setColumnWidth(column, dress.px(width))
        numbers = range(len(WORDS_WIDTHS), self._model.columnCount())
        left = self.viewport().width() - dress.px(sum(WORDS_WIDTHS))
        width = max(dress.px(LEAST_NUMBER), min(left // max(len(numbers), 1), dress.px(MOST_NUMBER)))
        for column in numbers:
            self.setColumnWidth(column, width)
