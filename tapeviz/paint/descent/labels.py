"""Words on a plot, on a chip of the page's colour so that they can be read on any ground."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from tapeviz.paint.descent.plot_area import Ink
from tapeviz.paint.fonts import MONO, SANS, font
from tapeviz.paint.values import text_width

_PADDING = 3.0
_OPACITY = 0.86


def label_box(middle: QPointF, text: str, ink: Ink, size: float, family: str = MONO) -> QRectF:
    """Give the room that a label takes."""
    width = text_width(text, family, ink.px(size), 500) + 2 * ink.px(_PADDING)
    height = ink.px(size * 1.5)
    return QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height)


def paint_label(
    painter: QPainter, middle: QPointF, text: str, ink: Ink, size: float, colour: str, family: str = MONO
) -> None:
    """Write a label around a point."""
    box = label_box(middle, text, ink, size, family)
    ground = QColor(ink.theme.canvas)
    ground.setAlphaF(_OPACITY)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(box, ink.px(_PADDING), ink.px(_PADDING))
    painter.setFont(font(family, ink.px(size), 500))
    painter.setPen(QColor(colour))
    painter.drawText(box.adjusted(-2, 0, 2, 0), Qt.AlignmentFlag.AlignCenter, text)


def kept_within(middle: QPointF, text: str, ink: Ink, size: float, within: QRectF, family: str = MONO) -> QPointF:
    """Move the middle of a label so that all of it is in a box."""
    box = label_box(middle, text, ink, size, family)
    across = max(within.left() - box.left(), 0.0) or min(within.right() - box.right(), 0.0)
    up = max(within.top() - box.top(), 0.0) or min(within.bottom() - box.bottom(), 0.0)
    return middle + QPointF(across, up)


def paint_label_beside(
    painter: QPainter, point: QPointF, text: str, ink: Ink, size: float, colour: str, within: QRectF, gap: float
) -> None:
    """Write a label to the right of a point, or to the left of it where there is no room."""
    box = label_box(point, text, ink, size, SANS)
    shift = box.width() / 2 + gap
    middle = QPointF(point.x() + shift, point.y())
    if middle.x() + box.width() / 2 > within.right():
        middle = QPointF(point.x() - shift, point.y())
    top, bottom = within.top() + box.height() / 2, within.bottom() - box.height() / 2
    middle.setY(min(max(middle.y(), top), max(top, bottom)))
    paint_label(painter, middle, text, ink, size, colour, SANS)
