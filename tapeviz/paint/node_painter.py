"""Nodes and the chips beside them."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen

from tapeviz.layout.geometry import Box
from tapeviz.layout.sizes import CARD_RADIUS, OP_RADIUS
from tapeviz.model.frame import NodeFrame
from tapeviz.model.graph import GraphNode
from tapeviz.model.tensor import TensorValue
from tapeviz.paint.fonts import MONO, SANS, font
from tapeviz.paint.measure import (
    BOX_VALUE_SIZE,
    CHIP_HEIGHT,
    CHIP_PADDING,
    CHIP_TEXT_SIZE,
    COUNT_SIZE,
    ELLIPSIS,
    FOLD_SIGN,
    GROUP_HEIGHT,
    LABEL_ROW,
    LONG_SYMBOL_SIZE,
    NAME_SIZE,
    NONE_MARK_WIDTH,
    card_value_size,
    change_of,
    chip_label,
    chip_size,
    chip_top,
    chip_value,
    has_own_name,
    none_text,
    symbol_size,
)
from tapeviz.paint.theme import Theme
from tapeviz.paint.values import NUMBER_SIZE, paint_text, paint_value, text_width, value_size

HALO = 7.0
TANGENT_RADIUS = 6.0
SHEET = 3.5
"""How far the sheets behind a folded group stand out."""
OPENING_RADIUS = 7.5
"""The size of the mark on an op that opens, and how far from its corner it lies."""
OPENING_INSET = 4.0
DIFFERENCE_RADIUS = 9.5
BADGE_SIZE = 12.0
BADGE_HEIGHT = 20.0


def rectangle(box: Box, grow: float = 0.0) -> QRectF:
    """Give a box as Qt knows it, `grow` pixels larger on every side."""
    width, height = box.width + 2 * grow, box.height + 2 * grow
    return QRectF(box.x - width / 2, box.y - height / 2, width, height)


def paint_fold_sign(painter: QPainter, middle: QPointF, colour: str, *, is_folded: bool) -> None:
    """Paint the small square that says that a group folds (a minus) or unfolds (a plus)."""
    half = FOLD_SIGN / 2
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(colour), 1.3))
    painter.drawRoundedRect(QRectF(middle.x() - half, middle.y() - half, FOLD_SIGN, FOLD_SIGN), 3, 3)
    painter.drawLine(middle - QPointF(half - 3.5, 0), middle + QPointF(half - 3.5, 0))
    if is_folded:
        painter.drawLine(middle - QPointF(0, half - 3.5), middle + QPointF(0, half - 3.5))


class NodePainter:
    """Paints single nodes in the colours of one theme."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme

    def paint(self, painter: QPainter, node: GraphNode, box: Box, state: NodeFrame | None) -> None:
        """Paint a node as it is at this playhead."""
        if node.kind == "group":
            self._paint_group(painter, node, box, state)
        elif node.kind == "op":
            self._paint_op(painter, node, box, state)
        else:
            self._paint_card(painter, node, box, state)

    def paint_sheets(self, painter: QPainter, node: GraphNode, box: Box, state: NodeFrame | None) -> None:
        """Paint the sheets behind a folded group, for there is more within; they lie under the edges."""
        outline = QColor(self._outline(state) if node.is_recorded else self._theme.edge)
        painter.setBrush(QColor(self._theme.frame))
        painter.setPen(QPen(outline, 1.2 * self._theme.line_scale))
        for behind in (2 * SHEET, SHEET):
            painter.drawRoundedRect(rectangle(box).translated(behind, behind), CARD_RADIUS, CARD_RADIUS)

    def paint_halo(self, painter: QPainter, node: GraphNode, box: Box, colour: str) -> None:
        """Paint the glow around a node; it lies under the edges so that it hides no arrow head."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        radius = self._radius(node, box) + HALO
        painter.drawRoundedRect(rectangle(box, HALO), radius, radius)

    def paint_ring(self, painter: QPainter, node: GraphNode, box: Box, width: float) -> None:
        """Draw the outline of a node that is selected or hovered over in the accent colour."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self._theme.accent), width * self._theme.line_scale))
        radius = self._radius(node, box)
        painter.drawRoundedRect(rectangle(box), radius, radius)

    def paint_difference(self, painter: QPainter, node: GraphNode, box: Box) -> None:
        """Mark a node that differs from the one beside it: a dashed outline around it and the sign ≠ at its corner."""
        pen = QPen(QColor(self._theme.accent), 2.2 * self._theme.line_scale)
        pen.setDashPattern([3.0, 2.0])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen)
        radius = self._radius(node, box) + HALO
        painter.drawRoundedRect(rectangle(box, HALO), radius, radius)
        corner = QPointF(box.x + box.width / 2 + 2, box.y - box.height / 2 - 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.accent))
        painter.drawEllipse(corner, DIFFERENCE_RADIUS, DIFFERENCE_RADIUS)
        painter.setPen(QColor(self._theme.on_accent))
        paint_text(painter, corner, "≠", font(SANS, 13, 700))

    def paint_chip(self, painter: QPainter, place: Box, state: NodeFrame) -> None:
        """Paint the adjoint, the tangent, or the word None, around the middle of `place`."""
        width, height = chip_size(state)
        box = QRectF(place.x - width / 2, place.y - place.height / 2, width, height)
        shown = chip_value(state)
        if shown is None:
            self._paint_none(painter, box, none_text(state))
            return
        is_tangent = state.tangent is not None
        colour = self._theme.tangent if is_tangent else self._theme.backward
        painter.setBrush(QColor(self._theme.tangent_soft if is_tangent else self._theme.backward_soft))
        painter.setPen(QPen(QColor(colour), 1.2 * self._theme.line_scale))
        radius = 3.0 if self._theme.is_monochrome else CHIP_HEIGHT / 2 if height <= CHIP_HEIGHT else CARD_RADIUS
        painter.drawRoundedRect(box, radius, radius)
        painter.setPen(QColor(colour))
        self._paint_chip_text(painter, box, state, shown, colour)

    def paint_tangent(self, painter: QPainter, place: Box, tangent: TensorValue, scale: float) -> None:
        """Paint a tangent below its edge, in an outline of its own: it flows forward, like the value above."""
        painter.setBrush(QColor(self._theme.tangent_soft))
        painter.setPen(QPen(QColor(self._theme.tangent), self._theme.line_scale))
        box = rectangle(place)
        radius = TANGENT_RADIUS if tangent.shape else box.height() / 2
        painter.drawRoundedRect(box, radius, radius)
        painter.save()
        painter.translate(place.x, place.y)
        painter.scale(scale, scale)
        paint_value(painter, QPointF(0, 0), tangent, self._theme.tangent, NUMBER_SIZE, 600)
        painter.restore()

    def _paint_chip_text(
        self, painter: QPainter, box: QRectF, state: NodeFrame, shown: TensorValue, colour: str
    ) -> None:
        label = chip_label(state)
        width, height = value_size(shown, CHIP_TEXT_SIZE, 600)
        if height > CHIP_TEXT_SIZE + 2:
            row = QPointF(box.center().x(), box.top() + 4 + LABEL_ROW / 2)
            paint_text(painter, row, chip_top(state), font(SANS, CHIP_TEXT_SIZE, 600))
            middle = QPointF(box.center().x(), box.bottom() - 6 - height / 2)
            paint_value(painter, middle, shown, colour, CHIP_TEXT_SIZE, 600)
            return
        label_width = text_width(label, SANS, CHIP_TEXT_SIZE, 600)
        dots = ELLIPSIS if state.is_running_sum else ""
        total = label_width + width + text_width(dots, MONO, CHIP_TEXT_SIZE, 600)
        left, y = box.center().x() - total / 2, box.center().y()
        if label:
            paint_text(painter, QPointF(left + label_width / 2, y), label, font(SANS, CHIP_TEXT_SIZE, 600))
        paint_value(
            painter,
            QPointF(left + label_width + width / 2, y),
            shown,
            colour,
            CHIP_TEXT_SIZE,
            600,
        )
        if dots:
            dots_width = text_width(dots, MONO, CHIP_TEXT_SIZE, 600)
            paint_text(painter, QPointF(left + total - dots_width / 2, y), dots, font(MONO, CHIP_TEXT_SIZE, 600))

    def _paint_none(self, painter: QPainter, box: QRectF, words: str) -> None:
        """Give the word None in a dashed outline, after a line that is cut through."""
        painter.setBrush(QColor(self._theme.canvas))
        painter.setPen(QPen(QColor(self._theme.muted), 1.4 * self._theme.line_scale, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(box, CHIP_HEIGHT / 2, CHIP_HEIGHT / 2)
        painter.setPen(QPen(QColor(self._theme.muted), 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        left, y = box.left() + CHIP_PADDING - 2, box.center().y()
        painter.drawLine(QPointF(left, y), QPointF(left + 5, y))
        painter.drawLine(QPointF(left + 12, y), QPointF(left + 17, y))
        for x in (left + 6, left + 9):
            painter.drawLine(QPointF(x - 1, y + 5), QPointF(x + 3, y - 5))
        middle = QPointF(box.center().x() + NONE_MARK_WIDTH / 2 - 1, y)
        paint_text(painter, middle, words, font(SANS, CHIP_TEXT_SIZE, 600))

    def paint_badge(self, painter: QPainter, box: Box, text: str) -> None:
        """Mark a node at its upper right corner: a gradient became ``0`` here, or a number ``NaN`` or ``∞``."""
        with_font = font(SANS, BADGE_SIZE, 700)
        width = max(BADGE_HEIGHT, text_width(text, SANS, BADGE_SIZE, 700) + 12)
        corner = QPointF(box.x + box.width / 2 - 4, box.y - box.height / 2 + 4)
        area = QRectF(corner.x() - BADGE_HEIGHT / 2, corner.y() - BADGE_HEIGHT / 2 - 3, width, BADGE_HEIGHT)
        painter.setPen(QPen(QColor(self._theme.canvas), 2.0))
        painter.setBrush(QColor(self._theme.bad))
        painter.drawRoundedRect(area, BADGE_HEIGHT / 2, BADGE_HEIGHT / 2)
        painter.setPen(QColor(self._theme.canvas))
        paint_text(painter, area.center(), text, with_font)

    def _radius(self, node: GraphNode, box: Box) -> float:
        return min(OP_RADIUS if node.kind == "op" else CARD_RADIUS, box.width / 2, box.height / 2)

    def _paint_op(self, painter: QPainter, node: GraphNode, box: Box, state: NodeFrame | None) -> None:
        theme = self._theme
        outline = self._outline(state)
        radius = self._radius(node, box)
        is_live = state is not None and state.is_live
        pen = QPen(QColor(outline), (3.0 if is_live else 2.0) * theme.line_scale)
        if not node.is_recorded:
            pen = QPen(QColor(theme.edge), 1.6, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(QBrush(QColor(theme.node if node.is_recorded else theme.canvas)))
        painter.drawRoundedRect(rectangle(box), radius, radius)
        painter.setPen(QColor(theme.ink if node.is_recorded else theme.muted))
        with_font = font(SANS, symbol_size(node.symbol), 600)
        paint_text(painter, QPointF(box.x, box.y), node.symbol, with_font)
        if node.opens:
            self._paint_opening(painter, box)

    def _paint_opening(self, painter: QPainter, box: Box) -> None:
        """Mark an op that opens: a disc at its corner with an arrow that points into it."""
        middle = QPointF(box.x + box.width / 2 - OPENING_INSET, box.y + box.height / 2 - OPENING_INSET)
        painter.setPen(QPen(QColor(self._theme.canvas), 2.0))
        painter.setBrush(QColor(self._theme.accent))
        painter.drawEllipse(middle, OPENING_RADIUS, OPENING_RADIUS)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        arrow = QPen(QColor(self._theme.canvas), 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        painter.setPen(arrow)
        tip = middle + QPointF(1.8, 0.0)
        painter.drawLine(middle + QPointF(-1.6, -3.2), tip)
        painter.drawLine(middle + QPointF(-1.6, 3.2), tip)

    def _paint_group(self, painter: QPainter, node: GraphNode, box: Box, state: NodeFrame | None) -> None:
        theme = self._theme
        is_live = state is not None and state.is_live
        outline = QColor(self._outline(state) if node.is_recorded else theme.edge)
        style = Qt.PenStyle.SolidLine if node.is_recorded else Qt.PenStyle.DashLine
        painter.setBrush(QColor(theme.node))
        painter.setPen(QPen(outline, (3.0 if is_live else 2.0) * theme.line_scale, style))
        painter.drawRoundedRect(rectangle(box), CARD_RADIUS, CARD_RADIUS)
        self._paint_group_text(painter, node, box, state)

    def _paint_group_text(self, painter: QPainter, node: GraphNode, box: Box, state: NodeFrame | None) -> None:
        theme = self._theme
        top = box.y - box.height / 2
        with_font = font(SANS, LONG_SYMBOL_SIZE, 600)
        left = box.x - text_width(node.symbol, SANS, LONG_SYMBOL_SIZE, 600) / 2
        painter.setPen(QColor(theme.ink))
        paint_text(painter, QPointF(box.x + (FOLD_SIGN + 7) / 2, top + 22), node.symbol, with_font)
        paint_fold_sign(
            painter, QPointF(left - (FOLD_SIGN + 7) / 2 + FOLD_SIGN / 2, top + 22), theme.muted, is_folded=True
        )
        painter.setPen(QColor(theme.muted))
        paint_text(painter, QPointF(box.x, top + 43), node.title, font(SANS, COUNT_SIZE, 500))
        value = state.value if state else None
        if value is not None:
            _, height = value_size(value, BOX_VALUE_SIZE)
            middle = QPointF(box.x, top + GROUP_HEIGHT - 1 + height / 2)
            paint_value(painter, middle, value, theme.forward, BOX_VALUE_SIZE)

    def _outline(self, state: NodeFrame | None) -> str:
        if state is None or state.reached == "waiting":
            return self._theme.edge
        return self._theme.backward if state.reached == "backward" else self._theme.forward

    def _paint_card(self, painter: QPainter, node: GraphNode, box: Box, state: NodeFrame | None) -> None:
        theme = self._theme
        is_light = node.kind == "constant"
        painter.setBrush(QColor(theme.variable if node.kind in ("variable", "watched") else theme.node))
        stroke = theme.edge if is_light or not node.is_recorded else theme.ink
        width = (1.2 if is_light else 2.0) * theme.line_scale
        style = Qt.PenStyle.SolidLine if node.is_recorded else Qt.PenStyle.DashLine
        painter.setPen(QPen(QColor(stroke), width, style))
        painter.drawRoundedRect(rectangle(box), CARD_RADIUS, CARD_RADIUS)
        if node.kind == "target":
            painter.setPen(QPen(QColor(theme.ink), 1.0 * theme.line_scale))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rectangle(box, -4), CARD_RADIUS - 3, CARD_RADIUS - 3)
        self._paint_card_text(painter, node, box, state)

    def _paint_card_text(self, painter: QPainter, node: GraphNode, box: Box, state: NodeFrame | None) -> None:
        theme = self._theme
        value = state.value if state else None
        middle = QPointF(box.x, box.y)
        if has_own_name(node, state):
            _, value_height = card_value_size(state)
            rise = max(value_height, BOX_VALUE_SIZE + 2) / 2 + 2.5
            painter.setPen(QColor(theme.muted if node.kind == "constant" else theme.ink))
            name_at = QPointF(box.x, box.y - rise) if value is not None else middle
            paint_text(painter, name_at, node.symbol, font(MONO, NAME_SIZE, 700))
            middle = QPointF(box.x, box.y + NAME_SIZE / 2 + 3.5)
        change = change_of(state)
        if change is not None:
            self._paint_change(painter, middle, *change)
        elif value is not None:
            is_new = state is not None and state.before is not None
            paint_value(painter, middle, value, theme.accent if is_new else theme.forward, BOX_VALUE_SIZE)

    def _paint_change(self, painter: QPainter, middle: QPointF, before: str, now: str) -> None:
        """Write ``0.5000 → 0.3000``, the new value in a colour of its own."""
        widths = [text_width(text, MONO, BOX_VALUE_SIZE, 600) for text in (before, now)]
        left = middle.x() - sum(widths) / 2
        painter.setPen(QColor(self._theme.muted))
        paint_text(painter, QPointF(left + widths[0] / 2, middle.y()), before, font(MONO, BOX_VALUE_SIZE, 500))
        painter.setPen(QColor(self._theme.accent))
        now_at = QPointF(left + widths[0] + widths[1] / 2, middle.y())
        paint_text(painter, now_at, now, font(MONO, BOX_VALUE_SIZE, 600))
