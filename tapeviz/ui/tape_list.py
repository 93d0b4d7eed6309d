"""What the tapes hold, as a tree: each tape, what it keeps for the backward pass, and what it left out and why."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QBrush, QColor, QFont
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QTreeWidgetItemIterator,
    QVBoxLayout,
    QWidget,
)

from tapeviz.model.numbers import format_shape
from tapeviz.model.recording import Recording
from tapeviz.model.rules import symbol_of
from tapeviz.model.state import AppState
from tapeviz.model.subjects import name_of, tape_of
from tapeviz.model.tape_contents import KeptValue, LeftOut, TapeContents, size_text, tape_contents
from tapeviz.model.unrecorded import same_as
from tapeviz.ui.store import Executes
from tapeviz.ui.theme import dress_of, mono_font

MOST_ROWS = 300
"""Rows under one heading; of more, the first ones are listed and the rest is counted."""

_PLACE = Qt.ItemDataRole.UserRole
_WIDTHS = (220, 60, 130, 80)
Row = QTreeWidgetItem


class TapeList(QWidget):
    """Lists the tapes of what is shown; choosing a row points at its op in the picture and in the script."""

    def __init__(self, store: Executes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._dress = dress_of(AppState().view)
        self._shown: tuple[Recording | None, int | None] = (None, None)
        self.tree = QTreeWidget()
        self.tree.setAccessibleName(self.tr("Tapes and what they hold"))
        self.tree.setColumnCount(len(_WIDTHS) + 1)
        headings = (self.tr("Value or op"), self.tr("Line"), self.tr("Shape"), self.tr("Memory"), self.tr("Kept for"))
        self.tree.setHeaderLabels(headings)
        self.tree.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.tree.setUniformRowHeights(True)
        self.tree.setExpandsOnDoubleClick(True)
        header = self.tree.header()
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.tree.currentItemChanged.connect(self._point)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 12)
        column.addWidget(self.tree)

    def apply(self, old: AppState | None, new: AppState) -> None:
        """List the tapes anew where they are others; only while the list is in view."""
        if new.view.tab != "tapes":
            return
        tape = tape_of(new.shown, new.subject) if new.shown is not None and new.subject is not None else None
        dress = dress_of(new.view)
        if self._shown[0] is new.shown and self._is_listed(tape) and dress == self._dress:
            return
        self._shown, self._dress = (new.shown, tape), dress
        self._fill(() if new.shown is None else tape_contents(new.shown, tape))

    def _is_listed(self, tape: int | None) -> bool:
        tops = (self.tree.topLevelItem(place) for place in range(self.tree.topLevelItemCount()))
        return any(top is not None and top.data(0, _PLACE)[0] == tape for top in tops)

    def _fill(self, contents: Iterable[TapeContents]) -> None:
        current = self.tree.currentItem()
        place = current.data(0, _PLACE) if current is not None else None
        with QSignalBlocker(self.tree):
            self.tree.clear()
            for column, width in enumerate(_WIDTHS):
                self.tree.setColumnWidth(column, self._dress.px(width))
            for each in contents:
                self._add_tape(each)
            if self.tree.topLevelItemCount() == 0:
                self._spanned(self.tree, self.tr("No tape was made."), (None, None, None))
            rows = QTreeWidgetItemIterator(self.tree)
            while (row := rows.value()) is not None:
                if row.data(0, _PLACE) == place:
                    self.tree.setCurrentItem(row)
                rows += 1

    def _add_tape(self, contents: TapeContents) -> None:
        recording = self._shown[0]
        if recording is None:
            return
        top = self._spanned(self.tree, self._headline(contents), (contents.tape.id, None, None), weight=600)
        top.setExpanded(self._shown[1] in (None, contents.tape.id))
        names = ", ".join(dict.fromkeys(name_of(recording, tensor) for tensor in contents.tape.watched))
        watching = self.tr("Watches {0}").format(names or self.tr("nothing"))
        if not contents.tape.watch_accessed_variables:
            watching += self.tr("; only what it is told to (watch_accessed_variables=False)")
        self._spanned(top, watching, (contents.tape.id, None, None))
        self._add_values(top, recording, contents)
        self._add_left_out(top, recording, contents)

    def _headline(self, contents: TapeContents) -> str:
        tape, recording = contents.tape, self._shown[0]
        line = self.tr("Tape on line {0}").format(tape.line) if tape.line else self.tr("Tape")
        facts = [line, self.tr("persistent") if tape.persistent else self.tr("for one call")]
        if contents.iterations > 1:
            facts.insert(1, self.tr("in a loop, {0} times").format(f"{contents.iterations:,}"))
        if tape.parent is not None and recording is not None:
            outer = recording.tapes[tape.parent].line
            facts.append(self.tr("within the tape on line {0}").format(outer) if outer else self.tr("within a tape"))
        facts += [self.tr("{0} ops").format(contents.op_count), contents.ending]
        return " · ".join(facts)

    def _add_values(self, top: Row, recording: Recording, contents: TapeContents) -> None:
        values = contents.values
        words = self.tr("Keeps {0} values for the backward pass: {1}").format(len(values), size_text(contents.size))
        if values and values[0].is_read is not None:
            count = sum(value.is_read is True for value in values)
            words += self.tr("; it read {0} of them, {1}").format(count, size_text(contents.read_size))
        if contents.own_ops:
            words += self.tr("; of {0} ops with a gradient function of their own only what was read is known").format(
                len(contents.own_ops)
            )
        group = self._spanned(top, words if values else self.tr("Keeps no value."), (contents.tape.id, None, None))
        group.setExpanded(True)
        for value in values[:MOST_ROWS]:
            self._add_value(group, recording, contents.tape.id, value)
        self._count_rest(group, len(values))

    def _add_value(self, group: Row, recording: Recording, tape: int, value: KeptValue) -> None:
        tensor = recording.tensors[same_as(recording, value.tensor)]
        maker = recording.ops[tensor.producer] if tensor.producer is not None else None
        kept_for = ", ".join(dict.fromkeys(symbol_of(recording.ops[op].type) for op in value.kept_by))
        use = {True: self.tr("read"), False: self.tr("not read"), None: self.tr("no backward pass yet")}[value.is_read]
        if value.is_shape_read and not value.is_read:
            use = self.tr("its shape alone")
        cells = (
            name_of(recording, tensor.id),
            "" if maker is None or maker.line is None else str(maker.line),
            f"{format_shape(recording.tensors[value.tensor].shape)} {recording.tensors[value.tensor].dtype}",
            size_text(value.size),
            f"{kept_for}   ({use})",
        )
        row = self._row(group, cells, (tape, value.kept_by[0] if maker is None else maker.id, tensor.id))
        if not value.is_read:
            self._mute(row)

    def _add_left_out(self, top: Row, recording: Recording, contents: TapeContents) -> None:
        if not contents.left_out:
            return
        words = self.tr("Ran in its block without being recorded: {0} ops").format(len(contents.left_out))
        group = self._spanned(top, words, (contents.tape.id, None, None))
        group.setExpanded(True)
        by_reason: dict[str, list[LeftOut]] = {}
        for each in contents.left_out[:MOST_ROWS]:
            by_reason.setdefault(each.reason, []).append(each)
        for reason, ops in by_reason.items():
            heading = self._spanned(group, reason, (contents.tape.id, ops[0].op, None))
            heading.setExpanded(True)
            for each in ops:
                op = recording.ops[each.op]
                cells = (f"{symbol_of(op.type)}   {op.type}", str(op.line or ""), "", "", self.tr("not recorded"))
                self._mute(self._row(heading, cells, (contents.tape.id, op.id, None)))
        self._count_rest(group, len(contents.left_out))

    def _count_rest(self, group: Row, count: int) -> None:
        if count > MOST_ROWS:
            self._spanned(group, self.tr("and {0} more").format(f"{count - MOST_ROWS:,}"), group.data(0, _PLACE))

    def _spanned(
        self, parent: QTreeWidget | Row, text: str, place: tuple[int | None, int | None, int | None], weight: int = 400
    ) -> Row:
        row = Row(parent, [text])
        row.setData(0, _PLACE, place)
        row.setFirstColumnSpanned(True)
        row.setToolTip(0, text)
        letters = QFont(self.tree.font())
        letters.setWeight(QFont.Weight(weight))
        row.setFont(0, letters)
        return row

    def _row(self, parent: Row, cells: tuple[str, ...], place: tuple[int | None, int | None, int | None]) -> Row:
        row = Row(parent, list(cells))
        row.setData(0, _PLACE, place)
        for column in (1, 2, 3):
            row.setFont(column, mono_font(self._dress.px(12)))
        row.setToolTip(len(cells) - 1, cells[-1])
        return row

    def _mute(self, row: Row) -> None:
        for column in range(row.columnCount()):
            row.setForeground(column, QBrush(QColor(self._dress.theme.muted)))

    def _point(self, current: Row | None, _previous: Row | None) -> None:
        if current is not None:
            tape, op, tensor = current.data(0, _PLACE)
            self._store.execute("selection.select_op", tape=tape, op=op, tensor=tensor)
