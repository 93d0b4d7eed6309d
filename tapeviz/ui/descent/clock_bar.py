"""The race's clock as a slider: every racer is shown at this iterate. A marker stands where a racer ended."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QWidget

from tapeviz.model.descent_state import DescentState
from tapeviz.model.numbers import format_number
from tapeviz.model.state import AppState
from tapeviz.paint.descent.looks import look_of, paint_marker
from tapeviz.ui.store import Executes
from tapeviz.ui.theme import Dress, dress_of

HEIGHT = 44
MARGIN = 24
BAR = 7
KNOB = 8
MARKER = 5.0


class ClockBar(QAbstractSlider):
    """A slider of iterates from the start to the newest: arrow keys go by one, Page Up and Page Down by a tenth."""

    def __init__(self, store: Executes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._descent: DescentState | None = None
        self._dress: Dress | None = None
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Iterate at which every racer is shown"))
        self.valueChanged.connect(lambda iterate: store.execute("descent.go_to", iterate=iterate))

    def sizeHint(self) -> QSize:
        """As high as the timeline, in whose place it stands."""
        return QSize(400, self._dress.px(HEIGHT) if self._dress is not None else HEIGHT)

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Show the clock."""
        dress = dress_of(new.view)
        if old is not None and old.descent is new.descent and dress == self._dress:
            return
        self._descent, self._dress = new.descent, dress
        with QSignalBlocker(self):
            self.setRange(0, max(0, new.descent.newest))
            self.setPageStep(max(1, new.descent.newest // 10))
            self.setValue(new.descent.shown)
        self.setEnabled(new.descent.newest > 0)
        self.setAccessibleDescription(self._words())
        self.updateGeometry()
        self.update()

    def _words(self) -> str:
        return self.tr("iterate {0} of {1}").format(format_number(self.value()), format_number(self.maximum()))

    def _bar(self) -> QRectF:
        words = self._dress.px(150) if self._dress is not None else 150
        return QRectF(MARGIN + words, self.height() / 2 - BAR / 2, max(1, self.width() - words - 2 * MARGIN), BAR)

    def place_of(self, iterate: int) -> float:
        """Where an iterate stands on the bar, in pixels from the left."""
        bar = self._bar()
        return bar.left() + bar.width() * iterate / max(1, self.maximum())

    def iterate_at(self, x: float) -> int:
        """The iterate nearest to a place on the bar."""
        bar = self._bar()
        return max(0, min(self.maximum(), round((x - bar.left()) / bar.width() * self.maximum())))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the words, the bar, where racers ended, and the knob."""
        if self._dress is None or self._descent is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, bar = self._dress.theme, self._bar()
        font = painter.font()
        font.setPixelSize(self._dress.px(12))
        painter.setFont(font)
        painter.setPen(QColor(theme.muted))
        box = QRectF(MARGIN, 0, bar.left() - MARGIN - 12, self.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, self._words() if self.maximum() else "")
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.line))
        painter.drawRoundedRect(bar, BAR / 2, BAR / 2)
        if not self.maximum():
            return
        x = self.place_of(self.value())
        painter.setBrush(QColor(theme.accent))
        painter.drawRoundedRect(QRectF(bar.left(), bar.top(), x - bar.left(), BAR), BAR / 2, BAR / 2)
        self._paint_ends(painter, bar)
        painter.setPen(QPen(QColor(theme.accent), 3 if self.hasFocus() else 2))
        painter.setBrush(QColor(theme.raised))
        painter.drawEllipse(QPointF(x, bar.center().y()), KNOB - 1, KNOB - 1)

    def _paint_ends(self, painter: QPainter, bar: QRectF) -> None:
        assert self._descent is not None
        assert self._dress is not None
        for racer, trajectory in zip(self._descent.raced, self._descent.trajectories, strict=True):
            if trajectory.status.kind != "running" and trajectory.count:
                at = QPointF(self.place_of(trajectory.count - 1), bar.top() - MARKER - 2)
                theme = self._dress.theme
                paint_marker(painter, at, look_of(racer.look, theme), theme, MARKER)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the iterate under the mouse."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.setValue(self.iterate_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the mouse while it is held."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.setValue(self.iterate_at(event.position().x()))
