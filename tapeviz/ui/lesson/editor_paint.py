"""What is painted around the script's text: line numbers, bands, boxes, wavy lines, and the sentence under an error."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF, QTextBlock
from PySide6.QtWidgets import QWidget

from tapeviz.model.wording import sentences
from tapeviz.paint.fonts import SANS
from tapeviz.ui.lesson.marks import PlaceMark

if TYPE_CHECKING:
    from tapeviz.ui.lesson.script_editor import ScriptEditor

_PADDING = 8
_BOX_RADIUS = 4.0
_ERROR_STRENGTH = 0.13


def visible_blocks(editor: ScriptEditor) -> Iterator[QTextBlock]:
    """Walk over the lines that can be seen."""
    block = editor.firstVisibleBlock()
    bottom = editor.viewport().height()
    while block.isValid() and editor.line_rect(block).top() <= bottom:
        if block.isVisible():
            yield block
        block = block.next()


class LineNumbers(QWidget):
    """The column of line numbers; the band of a marked line goes through it."""

    def __init__(self, editor: ScriptEditor) -> None:
        super().__init__(editor)
        self._editor = editor

    def wanted_width(self) -> int:
        """Measure how wide the numbers are, with room for two digits at least."""
        digits = max(2, len(str(self._editor.blockCount())))
        return round(self._editor.metrics().horizontalAdvance("9") * digits) + 2 * _PADDING

    def sizeHint(self) -> QSize:
        """Be as wide as the numbers are."""
        return QSize(self.wanted_width(), 0)

    def follow(self, rect: QRect, scrolled: int) -> None:
        """Move with the text."""
        if scrolled:
            self.scroll(0, scrolled)
        else:
            self.update(0, rect.y(), self.width(), rect.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the numbers that can be seen."""
        editor, theme = self._editor, self._editor.theme
        painter = QPainter(self)
        painter.setFont(editor.font())
        current = editor.textCursor().blockNumber()
        for block in visible_blocks(editor):
            band = editor.line_rect(block)
            area = QRectF(0, band.top(), self.width(), band.height())
            if colour := band_colour(editor, block.blockNumber()):
                painter.fillRect(area, colour)
            number = block.blockNumber()
            painter.setPen(QColor(theme.ink if number == current and editor.hasFocus() else theme.muted))
            area.setRight(self.width() - _PADDING)
            painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(number + 1))


def band_colour(editor: ScriptEditor, number: int) -> QColor | None:
    """Choose the colour behind a line: where it went wrong, what happens now, where the cursor is; None for plain."""
    theme = editor.theme
    if editor.error is not None and editor.error.line == number + 1:
        soft = QColor(theme.bad)
        soft.setAlphaF(_ERROR_STRENGTH)
        return soft
    step = editor.step
    if step is not None and step.place.line <= number + 1 <= step.place.end_line:
        soft_of = {"forward": theme.forward_soft, "backward": theme.backward_soft, "accent": theme.accent_soft}
        return QColor(soft_of[step.tone])
    pointed = editor.pointed
    if pointed is not None and pointed.is_whole_line and pointed.place.line == number + 1:
        return QColor(theme.accent_soft)
    if number == editor.textCursor().blockNumber() and editor.hasFocus():
        return QColor(theme.panel)
    return None


class EditorPaint:
    """Paints on the viewport of an editor, below its text and above it."""

    def __init__(self, editor: ScriptEditor) -> None:
        self._editor = editor

    def gaps(self) -> dict[int, float]:
        """Measure the room that the sentence under the failed line takes, by block number."""
        error = self._editor.error
        if error is None or not error.line or error.line > self._editor.blockCount():
            return {}
        return {error.line - 1: self._sentence_rect(0).height() + _PADDING}

    def below(self) -> None:
        """Paint the bands."""
        editor = self._editor
        painter = QPainter(editor.viewport())
        for block in visible_blocks(editor):
            if colour := band_colour(editor, block.blockNumber()):
                band = editor.line_rect(block)
                painter.fillRect(QRectF(0, band.top(), editor.viewport().width(), band.height()), colour)

    def above(self) -> None:
        """Paint boxes, wavy lines and the sentence."""
        editor = self._editor
        painter = QPainter(editor.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for mark in editor.checks:
            self._wave(painter, mark.line, mark.column, mark.end_column, editor.theme.muted)
        for place in (editor.pointed, editor.step):
            if place is not None and not place.is_whole_line:
                self._box(painter, place)
        error = editor.error
        if error is not None and error.line:
            if error.column is not None:
                end = error.end_column if error.end_column is not None else error.column + 1
                self._wave(painter, error.line, error.column, max(end, error.column + 1), editor.theme.bad)
            self._sentence(painter, error.line)

    def _box(self, painter: QPainter, mark: PlaceMark) -> None:
        place, theme = mark.place, self._editor.theme
        colour = {"forward": theme.forward, "backward": theme.backward, "accent": theme.accent}[mark.tone]
        painter.setPen(QPen(QColor(colour), 1.5 * theme.line_scale))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for line in range(place.line, place.end_line + 1):
            start = place.column if line == place.line else None
            end = place.end_column if line == place.end_line else None
            area = self._piece(line, start, end)
            if area is not None:
                painter.drawRoundedRect(area.adjusted(-2.5, -1, 2.5, 1), _BOX_RADIUS, _BOX_RADIUS)

    def _wave(self, painter: QPainter, line: int, start: int, end: int, colour: str) -> None:
        area = self._piece(line, start, end)
        if area is None:
            return
        painter.setPen(QPen(QColor(colour), 1.2))
        count = max(2, round(area.width() / 2.5))
        y = area.bottom() - 0.5
        points = [
            QPointF(area.left() + step * area.width() / count, y + (1.5 if step % 2 else -1.0))
            for step in range(count + 1)
        ]
        painter.drawPolyline(QPolygonF(points))

    def _piece(self, line: int, start: int | None, end: int | None) -> QRectF | None:
        """Find the rectangle of some columns of a line; None where the line is not there."""
        block = self._editor.document().findBlockByNumber(line - 1)
        if not block.isValid() or not block.layout().lineCount():
            return None
        text = block.text()
        first = len(text) - len(text.lstrip()) if start is None else min(start, len(text))
        last = len(text) if end is None else min(end, len(text))
        row = block.layout().lineAt(0)
        # PySide gives the position and the x together.
        left, right = _x(row.cursorToX(utf16_length(text[:first]))), _x(row.cursorToX(utf16_length(text[:last])))
        if right <= left:
            right = left + self._editor.metrics().horizontalAdvance(" ")
        top = self._editor.blockBoundingGeometry(block).translated(self._editor.contentOffset())
        origin = top.left() + block.layout().position().x()
        return QRectF(origin + left, top.top(), right - left, row.height())

    def _font(self) -> QFont:
        font = QFont(self._editor.font())
        font.setFamily(SANS)
        return font

    def _words(self) -> str:
        error = self._editor.error
        if error is None:
            return ""
        return sentences(error.message, error.hint)

    def _sentence_rect(self, top: float) -> QRectF:
        left = float(self._editor.document().documentMargin())
        width = max(80.0, self._editor.viewport().width() - 2 * left)
        bounds = QFontMetricsF(self._font()).boundingRect(
            QRectF(left, top, width, 10_000), Qt.TextFlag.TextWordWrap, self._words()
        )
        return QRectF(left, top, width, bounds.height())

    def _sentence(self, painter: QPainter, line: int) -> None:
        block = self._editor.document().findBlockByNumber(line - 1)
        if not block.isValid():
            return
        area = self._sentence_rect(self._editor.line_rect(block).bottom() + _PADDING / 2)
        painter.setFont(self._font())
        painter.setPen(QColor(self._editor.theme.bad))
        painter.drawText(area, Qt.TextFlag.TextWordWrap, self._words())


def _x(position: object) -> float:
    return float(position[0] if isinstance(position, tuple) else position)  # type: ignore[arg-type]


def utf16_length(text: str) -> int:
    """Count the way Qt does, in UTF-16."""
    return len(text.encode("utf-16-le")) // 2
