"""The script editor: the lesson itself, with the op that is at work marked in it."""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QStringListModel, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import QCompleter, QListView, QPlainTextEdit, QToolTip, QWidget

from tapeviz.model.lesson import header_length
from tapeviz.model.recording import LessonError
from tapeviz.paint.theme import Theme, theme_of
from tapeviz.ui.lesson import editing
from tapeviz.ui.lesson.code_checks import CodeMark, check_code
from tapeviz.ui.lesson.editor_paint import EditorPaint, LineNumbers, utf16_length
from tapeviz.ui.lesson.highlighter import PythonHighlighter
from tapeviz.ui.lesson.marks import PlaceMark
from tapeviz.ui.lesson.spaced_layout import SpacedLayout

CHECK_DELAY = 400
"""Milliseconds after the last key until the script is checked."""

_PREFIX = re.compile(r"[^\W\d][\w.]*$")


class ScriptEditor(QPlainTextEdit):
    """A Python editor that points at places of the lesson and can be pointed with."""

    text_edited = Signal(str)
    place_hovered = Signal(object, int)
    place_clicked = Signal(int, int)
    completion_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("script")
        self.setAccessibleName(self.tr("Script"))
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        document = QTextDocument(self)
        self._spaced = SpacedLayout(document)
        document.setDocumentLayout(self._spaced)
        document.setDocumentMargin(10)
        self.setDocument(document)
        self._highlighter = PythonHighlighter(document)
        self.theme = theme_of("light")
        self.step: PlaceMark | None = None
        self.pointed: PlaceMark | None = None
        self.error: LessonError | None = None
        self.checks: tuple[CodeMark, ...] = ()
        self._numbers = LineNumbers(self)
        self._paint = EditorPaint(self)
        self._hovered: tuple[int | None, int] = (None, 0)
        self._shown = ""
        self._is_drag_open = False
        self._check = QTimer(self, interval=CHECK_DELAY, singleShot=True)
        self._check.timeout.connect(self._run_checks)
        self._names = QStringListModel(self)
        self._completer = QCompleter(self._names, self)
        self._popup = QListView()
        self._popup.setAccessibleName(self.tr("Completions"))
        self._completer.setPopup(self._popup)
        self._completer.setWidget(self)
        self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseSensitive)
        self._completer.activated.connect(self._take_completion)
        self.setFont(plain_code_font(self.font()))
        self.viewport().setMouseTracking(True)
        self.textChanged.connect(self._text_changed)
        self.updateRequest.connect(self._numbers.follow)
        self.cursorPositionChanged.connect(self._cursor_moved)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.theme = theme
        self._highlighter.set_theme(theme)
        self._spaced.leading = round(self.fontMetrics().height() * 0.3)
        self._lay_out()

    def show_text(self, text: str, *, is_new: bool, is_dragging: bool) -> None:
        """Show the lesson's text.

        An edit from elsewhere can be undone here, a whole drag at once; a new lesson begins a new history.
        """
        if text == self.toPlainText():
            return
        self._shown = text
        if is_new:
            self.setPlainText(text)
            self.verticalScrollBar().setValue(header_length(text))
        else:
            self._replace_difference(text, is_dragging)
        self._run_checks()

    def _replace_difference(self, text: str, is_dragging: bool) -> None:
        old = self.toPlainText()
        start = next((at for at, (a, b) in enumerate(zip(old, text, strict=False)) if a != b), min(len(old), len(text)))
        end = 0
        while end < min(len(old), len(text)) - start and old[-1 - end] == text[-1 - end]:
            end += 1
        cursor = QTextCursor(self.document())
        if self._is_drag_open:
            cursor.joinPreviousEditBlock()
        else:
            cursor.beginEditBlock()
        cursor.setPosition(utf16_length(old[:start]))
        cursor.setPosition(utf16_length(old[: len(old) - end]), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(text[start : len(text) - end])
        cursor.endEditBlock()
        self._is_drag_open = is_dragging

    def end_drag(self) -> None:
        """Let the next edit from elsewhere be an undo of its own."""
        self._is_drag_open = False

    def set_step(self, mark: PlaceMark | None) -> None:
        """Mark where the current step happens, and bring it into sight."""
        if mark != self.step:
            self.step = mark
            if mark is not None:
                self.show_line(mark.place.line)
            self._refresh()

    def set_pointed(self, mark: PlaceMark | None) -> None:
        """Mark the place of the node that is pointed at in the graph."""
        if mark != self.pointed:
            self.pointed = mark
            self._refresh()

    def set_error(self, error: LessonError | None) -> None:
        """Mark the line where the lesson failed, with a sentence under it."""
        if error != self.error:
            self.error = error
            self._lay_out()
            if error is not None and error.line:
                self.show_line(error.line)

    def set_completions(self, names: tuple[str, ...]) -> None:
        """Offer what the text before the cursor could go on with."""
        last = self._prefix().rpartition(".")[2]
        endings = [name.rpartition(".")[2] for name in names]
        fitting = [name for name in dict.fromkeys(endings) if name.startswith(last) and name != last]
        if not fitting or not self.hasFocus():
            self._popup.hide()
            return
        self._names.setStringList(fitting)
        self._completer.setCompletionPrefix(last)
        self._popup.setCurrentIndex(self._completer.completionModel().index(0, 0))
        place = self.cursorRect()
        place.translate(self.viewportMargins().left(), 0)
        place.setWidth(self._popup.sizeHintForColumn(0) + 40)
        self._completer.complete(place)

    def show_line(self, line: int) -> None:
        """Bring a line into sight, without moving the cursor."""
        block = self.document().findBlockByNumber(line - 1)
        if not block.isValid():
            return
        top = self.blockBoundingGeometry(block).translated(self.contentOffset())
        if top.top() < 0 or top.bottom() > self.viewport().height():
            visible = max(1, int(self.viewport().height() / max(top.height(), 1)))
            self.verticalScrollBar().setValue(line - 1 - visible // 3)

    def find_next(self, text: str) -> bool:
        """Select the next place where the text stands, from the beginning again after the last one."""
        if self.find(text):
            return True
        cursor = self.textCursor()
        self.moveCursor(QTextCursor.MoveOperation.Start)
        if self.find(text):
            return True
        self.setTextCursor(cursor)
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Give Python's keys their meaning."""
        key, modifiers = event.key(), event.modifiers()
        control = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        is_return = key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if (self._popup.isVisible() and key in _POPUP_KEYS) or (control and is_return):
            event.ignore()
        elif control and key == Qt.Key.Key_Slash:
            editing.toggle_comments(self.textCursor())
        elif control and key == Qt.Key.Key_Space:
            self.completion_wanted.emit(self._prefix())
        elif control and key in {Qt.Key.Key_Tab, Qt.Key.Key_Backtab}:
            self.focusNextPrevChild(key == Qt.Key.Key_Tab)
        elif is_return:
            editing.break_line(self.textCursor())
            self.ensureCursorVisible()
        elif key == Qt.Key.Key_Tab:
            editing.indent_lines(self.textCursor())
        elif key == Qt.Key.Key_Backtab:
            editing.dedent_lines(self.textCursor())
        elif not (key == Qt.Key.Key_Backspace and not control and editing.delete_back(self.textCursor())):
            super().keyPressEvent(event)
            self._offer(event.text())

    def _offer(self, typed: str) -> None:
        is_name = typed.isidentifier() and "." in self._prefix()
        if typed == "." or is_name or (self._popup.isVisible() and typed):
            self.completion_wanted.emit(self._prefix())

    def _prefix(self) -> str:
        cursor = self.textCursor()
        match = _PREFIX.search(cursor.block().text()[: cursor.positionInBlock()])
        return match.group() if match else ""

    def _take_completion(self, name: str) -> None:
        cursor = self.textCursor()
        last = self._prefix().rpartition(".")[2]
        cursor.insertText(name[len(last) :])
        self.setTextCursor(cursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say which place of the script the mouse is over."""
        super().mouseMoveEvent(event)
        if not event.buttons():
            self._hover(self._place_at(event.position().toPoint()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Say which place of the script was clicked."""
        super().mouseReleaseEvent(event)
        place = self._place_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and place and not self.textCursor().hasSelection():
            self.place_clicked.emit(*place)

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing any more."""
        super().leaveEvent(event)
        self._hover(None)

    def _hover(self, place: tuple[int, int] | None) -> None:
        hovered: tuple[int | None, int] = place or (None, 0)
        if hovered != self._hovered:
            self._hovered = hovered
            self.place_hovered.emit(*hovered)

    def _place_at(self, point: QPoint) -> tuple[int, int] | None:
        cursor = self.cursorForPosition(point)
        block = cursor.block()
        if not self.line_rect(block).contains(QPointF(point)):
            return None
        line = block.layout().lineAt(0)
        x = point.x() - self.contentOffset().x() - block.layout().position().x()
        if not line.isValid() or x > line.naturalTextWidth():
            return None
        column = line.xToCursor(x, line.CursorPosition.CursorOnCharacter)
        return block.blockNumber() + 1, len(block.text()[:column])

    def line_rect(self, block: QTextBlock) -> QRectF:
        """Find the band of a line on the viewport, without the room under it."""
        rect = self.blockBoundingGeometry(block).translated(self.contentOffset())
        rect.setHeight(block.layout().boundingRect().height() + self._spaced.leading)
        return rect.translated(0, -self._spaced.leading / 2)

    def event(self, event: QEvent) -> bool:
        """Tell in a tool tip what a wavy line means; follow the font."""
        if isinstance(event, QHelpEvent):
            point = self.viewport().mapFrom(self, event.pos())
            place = self._place_at(point)
            marks = [m for m in self.checks if place and m.line == place[0] and m.column <= place[1] < m.end_column]
            QToolTip.showText(event.globalPos(), marks[0].message if marks else "", self)
            return True
        if event.type() in {QEvent.Type.FontChange, QEvent.Type.StyleChange, QEvent.Type.Polish}:
            handled = super().event(event)
            self._spaced.leading = round(self.fontMetrics().height() * 0.3)
            self._lay_out()
            return handled
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the line numbers and the sentence under the error in place."""
        super().resizeEvent(event)
        self._lay_out()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the marks under and over the text."""
        self._paint.below()
        super().paintEvent(event)
        self._paint.above()

    def _lay_out(self) -> None:
        width = self._numbers.wanted_width()
        self.setViewportMargins(width, 0, 0, 0)
        inside = self.contentsRect()
        self._numbers.setGeometry(QRect(inside.left(), inside.top(), width, inside.height()))
        gaps = self._paint.gaps()
        if gaps != self._spaced.gaps:
            self._spaced.gaps = gaps
        self._spaced.documentSizeChanged.emit(self._spaced.documentSize())
        self._refresh()

    def _refresh(self) -> None:
        self.viewport().update()
        self._numbers.update()

    def _cursor_moved(self) -> None:
        self._refresh()

    def _text_changed(self) -> None:
        text = self.toPlainText()
        if text == self._shown:
            return
        self._shown = text
        self._is_drag_open = False
        self._check.start()
        if self._numbers.wanted_width() != self._numbers.width():
            self._lay_out()
        self.text_edited.emit(text)

    def _run_checks(self) -> None:
        self.checks = check_code(self.toPlainText())
        self._refresh()

    def metrics(self) -> QFontMetricsF:
        """Give the measures of the code font."""
        return QFontMetricsF(self.font())


_POPUP_KEYS = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab})


def plain_code_font(font: QFont) -> QFont:
    """Give a font without ligatures: students are to see ``>=`` and ``**`` as they are typed."""
    made = QFont(font)
    for feature in ("liga", "calt"):
        made.setFeature(QFont.Tag(feature), 0)
    return made
