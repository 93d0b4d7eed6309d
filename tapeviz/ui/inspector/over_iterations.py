"""What is selected, over the iterations of its loop."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from tapeviz.model.explanation import Tone
from tapeviz.model.loop_curve import LoopCurve, node_curves
from tapeviz.model.numbers import format_number
from tapeviz.model.state import AppState
from tapeviz.paint.sparkline import Sparkline, paint_sparkline
from tapeviz.paint.theme import tone_colour
from tapeviz.ui.inspector.sections import RichLabel, words
from tapeviz.ui.theme import Dress, dress_of, mono_font

HEIGHT = 34
WORDS = 18


class CurveRow(QWidget):
    """One small curve: what it is of and its number in this iteration above it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[Tone, LoopCurve, Sparkline, Dress] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """As high as the words and a curve that can be read."""
        scale = self._shown[3].px if self._shown is not None else round
        return QSize(120, scale(WORDS + HEIGHT))

    def show_curve(self, tone: Tone, curve: LoopCurve, iteration: int, dress: Dress) -> None:
        """Show a curve and where on it one looks."""
        line = Sparkline(
            iterations=curve.iterations,
            numbers=curve.numbers,
            count=curve.count,
            current=iteration,
            changes=curve.changes,
        )
        self._shown = tone, curve, line, dress
        low, high = format_number(float(curve.numbers.min())), format_number(float(curve.numbers.max()))
        self.setAccessibleName(
            self.tr("{0}, from {1} to {2} over {3} iterations").format(curve.title, low, high, f"{curve.count:,}")
        )
        self.updateGeometry()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw words and curve."""
        if self._shown is None:
            return
        tone, curve, line, dress = self._shown
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = QRectF(0, 0, self.width(), dress.px(WORDS))
        found = (curve.iterations == line.current).nonzero()[0]
        number = format_number(float(curve.numbers[found[0]])) if found.size else self.tr("not kept")
        painter.setFont(mono_font(dress.px(12)))
        painter.setPen(QColor(tone_colour(tone, dress.theme)))
        painter.drawText(top, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, number)
        painter.setPen(QColor(dress.theme.muted))
        room = int(top.width()) - painter.fontMetrics().horizontalAdvance(number) - dress.px(8)
        title = painter.fontMetrics().elidedText(curve.title, Qt.TextElideMode.ElideRight, room)
        painter.drawText(top, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, title)
        box = QRectF(4, top.bottom() + 2, self.width() - 8, self.height() - top.height() - 4)
        paint_sparkline(painter, box, line, dress.theme, tone_colour(tone, dress.theme))


class OverIterations(QWidget):
    """The curves of the selected node; nothing outside of loops."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = RichLabel()
        self.rows: list[CurveRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 6, 0, 0)
        self._column.setSpacing(8)
        self._column.addWidget(self._title)

    def apply(self, state: AppState) -> None:
        """Show the curves of what is selected."""
        chosen = state.selection.node
        nodes = state.graph.nodes if state.graph is not None and chosen is not None else ()
        node = next((node for node in nodes if node.id == chosen), None)
        curves = node_curves(state.looked_into, state.subject, state.iteration, node)
        self.setVisible(bool(curves))
        if not curves:
            return
        dress = dress_of(state.view)
        self._title.show_html(words(self.tr("Over the iterations"), dress, 13, dress.theme.muted, weight=600))
        while len(self.rows) < len(curves):
            self.rows.append(CurveRow())
            self._column.addWidget(self.rows[-1])
        for row, (tone, curve) in zip(self.rows, curves, strict=False):
            row.show_curve(tone, curve, state.iteration or 0, dress)
        for place, row in enumerate(self.rows):
            row.setVisible(place < len(curves))
