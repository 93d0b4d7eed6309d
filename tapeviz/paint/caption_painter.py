"""Title and caption of a figure."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from tapeviz.model.explanation import Caption
from tapeviz.paint.fonts import SANS, font
from tapeviz.paint.theme import Theme, tone_colour

HEADING_SIZE = 15.0
TEXT_SIZE = 19.0
TITLE_SIZE = 26.0
LINE_HEIGHT = 28.0
HEADING_GAP = 18.0


def caption_height(caption: Caption, width: float) -> float:
    """Say how much room the caption takes when it is broken into lines of at most `width` pixels."""
    return LINE_HEIGHT * max(1, len(_lines(caption, width))) + LINE_HEIGHT / 2


def paint_caption(painter: QPainter, area: QRectF, caption: Caption, theme: Theme) -> None:
    """Paint heading and sentence, broken into lines by the words."""
    base = area.top() + LINE_HEIGHT
    painter.setPen(QColor(tone_colour(caption.tone, theme)))
    painter.setFont(font(SANS, HEADING_SIZE, 700))
    painter.drawText(QPointF(area.left(), base), caption.heading)
    painter.setPen(QColor(theme.ink))
    painter.setFont(font(SANS, TEXT_SIZE))
    left = area.left() + _heading_width(caption)
    for line in _lines(caption, area.width()):
        painter.drawText(QPointF(left, base), line)
        base += LINE_HEIGHT


def paint_title(painter: QPainter, at: QPointF, title: str, theme: Theme) -> None:
    """Paint the line above the picture, from its left end on."""
    with_font = font(SANS, TITLE_SIZE, 600)
    painter.setPen(QColor(theme.ink))
    painter.setFont(with_font)
    painter.drawText(QPointF(at.x(), at.y() + QFontMetricsF(with_font).capHeight() / 2), title)


def _heading_width(caption: Caption) -> float:
    width = QFontMetricsF(font(SANS, HEADING_SIZE, 700)).horizontalAdvance(caption.heading)
    return width + HEADING_GAP if caption.heading else 0.0


def _lines(caption: Caption, width: float) -> list[str]:
    metrics = QFontMetricsF(font(SANS, TEXT_SIZE))
    room = width - _heading_width(caption)
    lines: list[str] = []
    for word in caption.text.split():
        if lines and metrics.horizontalAdvance(f"{lines[-1]} {word}") <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
