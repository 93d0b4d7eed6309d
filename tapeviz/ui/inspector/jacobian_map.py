"""A Jacobian as far as its rows are done: numbers where they fit, colours everywhere, the current row marked."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from tapeviz.model.jacobian import JacobianMatrix
from tapeviz.model.numbers import format_full, format_number
from tapeviz.paint.fonts import MONO, SANS, font
from tapeviz.paint.values import text_width
from tapeviz.ui.inspector.telling import TellingWidget
from tapeviz.ui.theme import Dress

ROW_HEIGHT = 24
SMALLEST_ROW = 3
TALLEST_MAP = 200
TITLE_HEIGHT = 24
GAP = 8
CELL_PADDING = 6


class JacobianMap(TellingWidget):
    """Paints the matrix; a click on a row looks at it."""

    row_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._matrix: JacobianMatrix | None = None
        self._dress: Dress | None = None
        self._texts: list[list[str]] = []
        self._largest = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_matrix(self, matrix: JacobianMatrix, dress: Dress) -> None:
        """Show another matrix, or another row of the same one as the current."""
        self._matrix, self._dress = matrix, dress
        finished = matrix.numbers[np.array(matrix.finished, dtype=bool)]
        sizes = np.abs(finished.astype(np.complex128))
        self._largest = float(sizes[np.isfinite(sizes)].max(initial=0.0))
        is_written = len(matrix.rows) * dress.px(ROW_HEIGHT) <= dress.px(TALLEST_MAP) and len(matrix.columns) <= 8
        self._texts = [[format_number(x) for x in row] for row in matrix.numbers] if is_written else []
        done = sum(matrix.finished)
        self.setAccessibleName(
            self.tr("{0}: {1} of {2} rows are finished").format(matrix.title, done, len(matrix.rows))
        )
        self.setAccessibleDescription(
            "; ".join(
                f"{name}: {', '.join(texts)}"
                for name, texts, is_done in zip(matrix.rows, self._texts, matrix.finished, strict=False)
                if is_done
            )
        )
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As high as its rows."""
        if self._matrix is None or self._dress is None:
            return QSize(0, 0)
        return QSize(1, round(self._dress.px(TITLE_HEIGHT) + self._row_height * len(self._matrix.rows) + GAP))

    def minimumSizeHint(self) -> QSize:
        """As narrow as the pane likes."""
        return self.sizeHint()

    @property
    def _row_height(self) -> float:
        if self._matrix is None or self._dress is None:
            return 0.0
        tallest = self._dress.px(TALLEST_MAP) / len(self._matrix.rows)
        return max(float(SMALLEST_ROW), min(float(self._dress.px(ROW_HEIGHT)), tallest))

    @property
    def _left(self) -> float:
        """Where the cells begin: right of the names of the rows, where those can be read."""
        if self._matrix is None or self._dress is None or self._row_height < self._dress.px(14):
            return 0.0
        return max(text_width(name, MONO, self._dress.px(11), 500) for name in self._matrix.rows) + GAP

    def row_at(self, y: float) -> int | None:
        """Find the row at a height of the widget."""
        if self._matrix is None or self._dress is None:
            return None
        row = int((y - self._dress.px(TITLE_HEIGHT)) // self._row_height)
        return row if 0 <= row < len(self._matrix.rows) else None

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw title, cells, names and the frame around the current row."""
        matrix, dress = self._matrix, self._dress
        if matrix is None or dress is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(dress.theme.muted))
        painter.setFont(font(SANS, dress.px(12), 600))
        head = QRectF(0, 0, self.width(), dress.px(TITLE_HEIGHT))
        painter.drawText(head, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self._title())
        for row in range(len(matrix.rows)):
            self._paint_row(painter, matrix, dress, row)
        frame = self._row_rectangle(matrix.current).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(dress.theme.accent), 2 * dress.theme.line_scale))
        painter.drawRoundedRect(frame, 4, 4)

    def _title(self) -> str:
        matrix = self._matrix
        if matrix is None:
            return ""
        count = self.tr("{0} of {1} rows").format(sum(matrix.finished), len(matrix.rows))
        return f"{matrix.title}   {count}"

    def _row_rectangle(self, row: int) -> QRectF:
        assert self._dress is not None
        left = self._left
        top = self._dress.px(TITLE_HEIGHT) + row * self._row_height
        return QRectF(left, top, max(self.width() - left - 1, 1.0), self._row_height)

    def _paint_row(self, painter: QPainter, matrix: JacobianMatrix, dress: Dress, row: int) -> None:
        area = self._row_rectangle(row)
        middle = Qt.AlignmentFlag.AlignVCenter
        if self._left:
            is_current = row == matrix.current
            painter.setPen(QColor(dress.theme.accent if is_current else dress.theme.muted))
            painter.setFont(font(MONO, dress.px(11), 700 if is_current else 500))
            painter.drawText(QRectF(0, area.top(), self._left, area.height()), middle, matrix.rows[row])
        width = area.width() / len(matrix.columns)
        for column, number in enumerate(matrix.numbers[row]):
            cell = QRectF(area.left() + column * width, area.top(), width, area.height())
            if not matrix.finished[row]:
                painter.fillRect(cell.adjusted(0.5, 0.5, -0.5, -0.5), _faint(dress.theme.line))
                continue
            painter.fillRect(cell.adjusted(0.5, 0.5, -0.5, -0.5), self._colour(number))
            if self._texts:
                self._paint_number(painter, cell, self._texts[row][column])

    def _paint_number(self, painter: QPainter, cell: QRectF, text: str) -> None:
        assert self._dress is not None
        size = float(self._dress.px(11))
        room = cell.width() - CELL_PADDING
        width = text_width(text, MONO, size, 500)
        if width > room:
            size *= room / width
        if size >= 7:
            painter.setPen(QColor(self._dress.theme.ink))
            painter.setFont(font(MONO, size, 500))
            painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, text)

    def _colour(self, number: Any) -> QColor:
        assert self._dress is not None
        colour = QColor(self._dress.theme.forward if complex(number).real >= 0 else self._dress.theme.backward)
        size = abs(complex(number))
        share = size / self._largest if self._largest and np.isfinite(size) else 0.0
        colour.setAlphaF((0.3 if self._texts else 0.85) * share)
        return colour

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Look at the row that was clicked on."""
        row = self.row_at(event.position().y())
        if row is not None and event.button() == Qt.MouseButton.LeftButton:
            self.row_chosen.emit(row)

    def words_at(self, point: QPointF) -> str:
        """Say which element lies at a point, and what it is where its row is finished."""
        matrix, row = self._matrix, self.row_at(point.y())
        if matrix is None or row is None:
            return ""
        area = self._row_rectangle(row)
        column = int((point.x() - area.left()) // (area.width() / len(matrix.columns)))
        if not 0 <= column < len(matrix.columns):
            return matrix.rows[row]
        left = f"∂{matrix.rows[row]}/∂{matrix.columns[column]}"
        if not matrix.finished[row]:
            return self.tr("{0}: its backward pass is still to come").format(left)
        return f"{left} = {format_full(matrix.numbers[row][column])}"


def _faint(colour: str) -> QColor:
    faint = QColor(colour)
    faint.setAlphaF(0.35)
    return faint
