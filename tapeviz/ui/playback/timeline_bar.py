"""The timeline: forward in blue, backward in orange, a tick for every step, brackets for source lines."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from tapeviz.model.state import AppState
from tapeviz.model.timeline import Step, Timeline
from tapeviz.ui.store import Executes
from tapeviz.ui.theme import dress_of

MARGIN = 24
BAR = 8
KNOB = 10
DIAMOND = 6.0
MOST_TICKS = 200


class TimelineBar(QWidget):
    """Shows where the playhead is and lets it be dragged; a click goes to the nearest step."""

    def __init__(self, store: Executes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._timeline: Timeline | None = None
        self._playhead = 0
        self._dress = dress_of(AppState().view)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Timeline"))

    def sizeHint(self) -> QSize:
        """As high as its knob and brackets need."""
        return QSize(400, 27 + self._dress.px(13))

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Show the playhead of the state."""
        dress = dress_of(new.view)
        if self._timeline is new.timeline and (self._playhead, self._dress) == (new.playhead, dress):
            return
        self._timeline, self._playhead, self._dress = new.timeline, new.playhead, dress
        last = new.timeline.last if new.timeline else 0
        self.updateGeometry()
        self.setAccessibleDescription(self.tr("Step {0} of {1}").format(new.playhead, last))
        self.update()

    def step_at(self, x: float) -> int:
        """The step nearest to a place on the bar."""
        last = self._timeline.last if self._timeline else 0
        span = max(1.0, self.width() - 2 * MARGIN)
        return max(0, min(last, round((x - MARGIN) / span * last)))

    def place_of(self, step: int) -> float:
        """Where a step stands, in pixels from the left."""
        last = self._timeline.last if self._timeline else 0
        return MARGIN + (self.width() - 2 * MARGIN) * (step / last if last else 0.0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw bar, ticks, brackets and knob."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = 12.0
        painter.setPen(QPen(QColor(self._dress.theme.line), 1))
        painter.setBrush(QColor(self._dress.theme.panel))
        painter.drawRoundedRect(QRectF(MARGIN, top, self.width() - 2 * MARGIN, BAR), 4, 4)
        if self._timeline is None or self._timeline.last == 0:
            return
        self._paint_progress(painter, top)
        self._paint_ticks(painter, top)
        self._paint_brackets(painter, top)
        self._paint_knob(painter, top)
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._dress.theme.accent), 1, Qt.PenStyle.DotLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(8, 1, -8, -1), 6, 6)

    def _paint_progress(self, painter: QPainter, top: float) -> None:
        assert self._timeline is not None
        theme, forward, result = self._dress.theme, self._timeline.forward_end, self._timeline.result
        after = theme.backward if self._timeline.subject.accumulator is None else theme.tangent
        painter.setPen(Qt.PenStyle.NoPen)
        for begin, end, colour, alpha in (
            (0, min(self._playhead, forward), theme.forward, 0.55),
            (forward, min(self._playhead, result), after, 0.75),
            (result, self._playhead, theme.accent, 0.55),
        ):
            if end > begin:
                shade = QColor(colour)
                shade.setAlphaF(alpha)
                painter.setBrush(shade)
                left = self.place_of(begin)
                painter.drawRoundedRect(QRectF(left, top, self.place_of(end) - left, BAR), 4, 4)

    def _paint_ticks(self, painter: QPainter, top: float) -> None:
        assert self._timeline is not None
        if self._timeline.last > MOST_TICKS:
            return
        for step in self._timeline.steps:
            colour = QColor(self._colour_of(step))
            colour.setAlphaF(0.8)
            painter.setPen(QPen(colour, 1))
            x = self.place_of(step.index)
            if step.phase == "assign":
                self._paint_diamond(painter, QPointF(x, top + BAR / 2), colour)
                continue
            painter.drawLine(QPointF(x, top - 3), QPointF(x, top + BAR + 3))

    def _paint_diamond(self, painter: QPainter, middle: QPointF, colour: QColor) -> None:
        """Mark a step in which a variable is given a new value: no tick, so that it is told apart without colour."""
        painter.setBrush(colour)
        corners = ((0, -DIAMOND), (DIAMOND, 0), (0, DIAMOND), (-DIAMOND, 0))
        painter.drawPolygon(QPolygonF([middle + QPointF(*corner) for corner in corners]))
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_brackets(self, painter: QPainter, top: float) -> None:
        """One bracket under each run of steps that stand on the same source line, with the line's number."""
        small = painter.font()
        small.setPixelSize(self._dress.px(10))
        painter.setFont(small)
        y = top + BAR + 7
        free_from = 0.0
        for line, begin, end in self._runs():
            left, right = self.place_of(begin) - 3, self.place_of(end) + 3
            painter.setPen(QPen(QColor(self._dress.theme.edge), 1))
            painter.drawLine(QPointF(left, y), QPointF(right, y))
            painter.drawLine(QPointF(left, y), QPointF(left, y - 3))
            painter.drawLine(QPointF(right, y), QPointF(right, y - 3))
            words = self.tr("line {0}").format(line)
            width = painter.fontMetrics().horizontalAdvance(words)
            middle = min(max((left + right) / 2, MARGIN + width / 2), self.width() - MARGIN - width / 2)
            if middle - width / 2 < free_from:
                continue
            free_from = middle + width / 2 + 10
            painter.setPen(QColor(self._dress.theme.muted))
            painter.drawText(QRectF(middle - width / 2, y + 1, width + 2, self._dress.px(13)), words)

    def _runs(self) -> list[tuple[int, int, int]]:
        assert self._timeline is not None
        runs: list[tuple[int, int, int]] = []
        for step in self._timeline.steps:
            if step.line is None or step.phase not in ("forward", "vjp", "assign"):
                continue
            if runs and runs[-1][0] == step.line and runs[-1][2] == step.index - 1:
                runs[-1] = (step.line, runs[-1][1], step.index)
            else:
                runs.append((step.line, step.index, step.index))
        return runs

    def _paint_knob(self, painter: QPainter, top: float) -> None:
        assert self._timeline is not None
        colour = self._colour_of(self._timeline.steps[self._playhead])
        painter.setPen(QPen(QColor(colour), 3))
        painter.setBrush(QColor(self._dress.theme.raised))
        painter.drawEllipse(QPointF(self.place_of(self._playhead), top + BAR / 2), KNOB - 1, KNOB - 1)

    def _colour_of(self, step: Step) -> str:
        theme = self._dress.theme
        is_forward_mode = self._timeline is not None and self._timeline.subject.accumulator is not None
        own = {
            "start": theme.muted,
            "forward": theme.forward,
            "tangents": theme.tangent,
            "assign": theme.accent,
        }
        return own.get(step.phase, theme.tangent if is_forward_mode else theme.backward)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the step that was pressed."""
        if event.button() == Qt.MouseButton.LeftButton and self._timeline:
            self._store.execute("playback.go_to", playhead=self.step_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the playhead, or say which step is under the pointer."""
        if self._timeline is None:
            return
        step = self.step_at(event.position().x())
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._store.execute("playback.go_to", playhead=step)
        else:
            words = self.tr("Step {0} of {1}").format(step, self._timeline.last)
            QToolTip.showText(event.globalPosition().toPoint(), words, self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave every key to the window, which knows the table."""
        event.ignore()
