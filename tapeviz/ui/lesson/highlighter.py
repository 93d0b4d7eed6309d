"""Python in quiet colours: the whole text is read at once, so that long strings are right."""

from __future__ import annotations

from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Operator, String, _TokenType
from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from tapeviz.paint.theme import Theme

_INSIDE_TOKEN = 1


class PythonHighlighter(QSyntaxHighlighter):
    """Colours keywords, strings and comments of a document."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._lexer = PythonLexer(stripnl=False, ensurenl=False)
        self._formats: dict[_TokenType, QTextCharFormat] = {}
        self._read_text: str | None = None
        self._spans: list[list[tuple[int, int, _TokenType]]] = []
        self._open_lines: set[int] = set()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._formats = {
            Comment: _format(theme.muted),
            Keyword: _format(theme.accent),
            Operator.Word: _format(theme.accent),
            String: _format(theme.good),
            Name.Decorator: _format(theme.accent),
            Name.Function: _format(theme.ink, is_strong=True),
            Name.Class: _format(theme.ink, is_strong=True),
        }
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        """Colour one line (Qt calls it)."""
        self._read()
        number = self.currentBlock().blockNumber()
        if number >= len(self._spans):
            return
        for start, length, kind in self._spans[number]:
            if (found := self._format_of(kind)) is not None:
                self.setFormat(start, length, found)
        # A line that ends inside a string makes Qt ask for the next line too when that changes.
        self.setCurrentBlockState(_INSIDE_TOKEN if number in self._open_lines else 0)

    def _format_of(self, kind: _TokenType) -> QTextCharFormat | None:
        walked: _TokenType | None = kind
        while walked is not None:
            if walked in self._formats:
                return self._formats[walked]
            walked = walked.parent
        return None

    def _read(self) -> None:
        text = self.document().toPlainText()
        if text == self._read_text:
            return
        self._read_text = text
        self._spans = [[] for _ in range(text.count("\n") + 1)]
        self._open_lines = set()
        line, column = 0, 0
        for kind, piece in self._lexer.get_tokens(text):
            parts = piece.split("\n")
            for position, part in enumerate(parts):
                if position:
                    if part or position < len(parts) - 1:
                        self._open_lines.add(line)
                    line, column = line + 1, 0
                if part and line < len(self._spans):
                    self._spans[line].append((column, len(part), kind))
                column += len(part)


def _format(colour: str, *, is_strong: bool = False) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(QColor(colour))
    if is_strong:
        made.setFontWeight(QFont.Weight.DemiBold)
    return made
