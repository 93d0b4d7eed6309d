"""All elements of a tensor, two axes at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSpinBox, QTableView, QVBoxLayout, QWidget

from tapeviz.model.numbers import format_full, format_number
from tapeviz.model.tensor import TensorValue
from tapeviz.ui.theme import Dress, mono_font

Index = QModelIndex | QPersistentModelIndex
MOST_ROWS_SHOWN = 8
MEASURED = 12
"""So many rows and columns say how wide a column has to be."""


class SliceModel(QAbstractTableModel):
    """One two-dimensional slice of an array, tinted by sign and size."""

    def __init__(self, dress: Dress, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dress = dress
        self._slice: npt.NDArray[Any] = np.zeros((0, 0))
        self._largest = 0.0

    def show(self, slice_: npt.NDArray[Any]) -> None:
        """Show another slice, of shape (rows, columns)."""
        self.beginResetModel()
        self._slice = slice_
        sizes = np.abs(slice_.astype(np.complex128)) if slice_.size else np.zeros(1)
        finite = sizes[np.isfinite(sizes)]
        self._largest = float(finite.max()) if finite.size else 0.0
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Rows of the slice."""
        return 0 if parent.isValid() else int(self._slice.shape[0])

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Columns of the slice."""
        return 0 if parent.isValid() else int(self._slice.shape[1])

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Number rows and columns from 0, as indices do."""
        return section if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Give an element: short in the cell, whole in the tooltip."""
        element = self._slice[index.row(), index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return format_number(element)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"[{index.row()}, {index.column()}] = {format_full(element)}"
        if role == Qt.ItemDataRole.FontRole:
            return mono_font(self._dress.px(11))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.BackgroundRole:
            return self._tint(element)
        return None

    def column_width(self) -> int:
        """How wide a column has to be for its numbers, in pixels."""
        measures = QFontMetrics(mono_font(self._dress.px(11)))
        numbers = (format_number(element) for element in self._slice[:MEASURED, :MEASURED].flat)
        widest = max((measures.horizontalAdvance(number) for number in numbers), default=0)
        return max(widest + self._dress.px(12), self._dress.px(48))

    def _tint(self, element: Any) -> QColor | None:
        size = abs(complex(element))
        if not self._largest or not np.isfinite(size):
            return None
        colour = QColor(self._dress.theme.forward if complex(element).real >= 0 else self._dress.theme.backward)
        colour.setAlphaF(0.28 * size / self._largest)
        return colour


class TensorTable(QWidget):
    """Pages through a value of any rank: the last two axes as a table, a number to choose for every other.

    `is_kept` says whether the engine has the whole of a value that is summarised here.
    """

    whole_wanted = Signal(int)

    def __init__(
        self,
        title: str,
        tensor: int,
        value: TensorValue,
        dress: Dress,
        parent: QWidget | None = None,
        *,
        is_kept: bool = True,
    ) -> None:
        super().__init__(parent)
        self._array: npt.NDArray[Any] | None = None
        self._model = SliceModel(dress, self)
        self._axes: list[QSpinBox] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 4)
        heading = QLabel(title)
        heading.setStyleSheet(f"font-size: {dress.px(12)}px; color: {dress.theme.muted};")
        column.addWidget(heading)
        if value.is_whole:
            self._show_whole(value.array, dress, column)
        else:
            self._summarise(value, column)
            if is_kept:
                self._offer_whole(tensor, column)

    def _show_whole(self, array: npt.NDArray[Any], dress: Dress, column: QVBoxLayout) -> None:
        self._array = array
        pages = array.shape[:-2]
        if pages:
            row = QHBoxLayout()
            for axis, length in enumerate(pages):
                box = QSpinBox()
                box.setRange(0, max(0, length - 1))
                box.setPrefix(self.tr("axis {0}: ").format(axis))
                box.valueChanged.connect(self._turn)
                self._axes.append(box)
                row.addWidget(box)
            row.addStretch(1)
            column.addLayout(row)
        table = QTableView()
        table.setModel(self._model)
        table.setAccessibleName(self.tr("Elements"))
        table.verticalHeader().setDefaultSectionSize(dress.px(24))
        self._turn()
        table.horizontalHeader().setDefaultSectionSize(self._model.column_width())
        shown = min(self._model.rowCount(), MOST_ROWS_SHOWN)
        table.setFixedHeight(dress.px(24 * shown + 44))
        column.addWidget(table)

    def show_value(self, value: TensorValue) -> bool:
        """Show another value of the same shape in place of this one; False where that needs a new table."""
        if self._array is None or not value.is_whole or value.shape != self._array.shape:
            return False
        self._array = value.array
        self._turn()
        return True

    def _turn(self) -> None:
        if self._array is None:
            return
        page = self._array[tuple(box.value() for box in self._axes)]
        self._model.show(page.reshape(1, -1) if page.ndim < 2 else page)

    def _summarise(self, value: TensorValue, column: QVBoxLayout) -> None:
        summary = value.summary
        if summary is not None and summary.min is not None and summary.max is not None and summary.norm is not None:
            words = self.tr("{0} elements from {1} to {2}, norm {3}").format(
                format_number(value.size),
                format_number(summary.min),
                format_number(summary.max),
                format_number(summary.norm),
            )
            facts = QLabel(words)
            facts.setWordWrap(True)
            column.addWidget(facts)

    def _offer_whole(self, tensor: int, column: QVBoxLayout) -> None:
        button = QPushButton(self.tr("Show all elements"))
        button.clicked.connect(lambda: self.whole_wanted.emit(tensor))
        column.addWidget(button)
