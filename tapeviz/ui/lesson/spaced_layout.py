"""Lines with air between them, and room under some of them for a sentence."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QTextBlock, QTextDocument
from PySide6.QtWidgets import QPlainTextDocumentLayout


class SpacedLayout(QPlainTextDocumentLayout):
    """A plain text layout whose lines are `leading` pixels apart; `gaps` is room under lines, by block number."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self.leading = 0.0
        self.gaps: dict[int, float] = {}

    def blockBoundingRect(self, block: QTextBlock) -> QRectF:
        """Give the room of one line."""
        rect = super().blockBoundingRect(block)
        if block.isValid() and block.isVisible():
            rect.setHeight(rect.height() + self.leading + self.gaps.get(block.blockNumber(), 0.0))
        return rect
