"""The iterations of a loop: the target's curve over them, and a knob that goes to any."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QToolTip, QWidget

from tapeviz.model.loop_curve import LoopCurve, curve_of
from tapeviz.model.numbers import format_number
from tapeviz.model.state import AppState
from tapeviz.model.subjects import iteration_title
from tapeviz.paint.sparkline import Sparkline, paint_sparkline
from tapeviz.ui.store import Executes
from tapeviz.ui.theme import Dress, dress_of, mono_font

HEIGHT = 46
MARGIN = 24
GAP = 12


class IterationBar(QAbstractSlider):
    """A slider whose track is a curve: arrow keys go by one, Page Up and Page Down by a tenth of all."""

    def __init__(self, store: Executes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._curve: LoopCurve | None = None
        self._line: Sparkline | None = None
        self._dress: Dress | None = None
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Iteration"))
        self.valueChanged.connect(lambda iteration: store.execute("view.show_iteration", iteration=iteration))

    def sizeHint(self) -> QSize:
        """As high as a curve that can be read."""
        return QSize(400, self._dress.px(HEIGHT) if self._dress else HEIGHT)

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Show the loop of the shown call, and where in it one looks; nothing outside of loops."""
        curve = curve_of(new.looked_into, new.subject, new.iteration)
        dress = dress_of(new.view)
        is_new = curve is not self._curve or dress != self._dress
        self._curve, self._dress = curve, dress
        self.setVisible(curve is not None)
        is_there = self._line is not None and self._line.current == new.iteration
        if curve is None or new.iteration is None or (is_there and not is_new):
            return
        self._line = Sparkline(
            iterations=curve.iterations,
            numbers=curve.numbers,
            count=curve.count,
            current=new.iteration,
            changes=curve.changes,
        )
        with QSignalBlocker(self):
            self.setRange(0, curve.count - 1)
            self.setPageStep(max(1, curve.count // 10))
            self.setValue(new.iteration)
        self.setAccessibleDescription(self._words())
        self.updateGeometry()
        self.update()

    def _words(self) -> str:
        number = self._number_at(self.value())
        if number is None or self._curve is None:
            return self._place()
        return f"{self._place()}, {self._curve.title} {format_number(number)}"

    def _place(self) -> str:
        return iteration_title(self.value(), self.maximum() + 1)

    def _number_at(self, iteration: int) -> float | None:
        if self._curve is None:
            return None
        found = (self._curve.iterations == iteration).nonzero()[0]
        return float(self._curve.numbers[found[0]]) if found.size else None

    def _box(self) -> QRectF:
        """Where the curve stands; the words are on its left."""
        dress = self._dress
        left = MARGIN + GAP + (dress.px(150) if dress else 150)
        return QRectF(left, 8, max(1, self.width() - left - MARGIN), self.height() - 16)

    def iteration_at(self, x: float) -> int:
        """The iteration nearest to a place on the strip."""
        box = self._box()
        share = (x - box.left()) / box.width()
        return max(0, min(self.maximum(), round(share * self.maximum())))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw words, curve and knob."""
        if self._line is None or self._dress is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, box = self._dress.theme, self._box()
        painter.fillRect(self.rect(), QColor(theme.panel))
        self._paint_words(painter)
        paint_sparkline(painter, box, self._line, theme, theme.forward)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 1, Qt.PenStyle.DotLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(-8, -5, 8, 5), 6, 6)

    def _paint_words(self, painter: QPainter) -> None:
        assert self._dress is not None
        dress = self._dress
        box = QRectF(MARGIN, 4, dress.px(150), self.height() - 8)
        upper, lower = QRectF(box), QRectF(box)
        upper.setBottom(box.center().y())
        lower.setTop(box.center().y())
        font = painter.font()
        font.setPixelSize(dress.px(12))
        painter.setFont(font)
        painter.setPen(QColor(dress.theme.ink))
        painter.drawText(upper, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, self._place())
        number = self._number_at(self.value())
        if number is not None and self._curve is not None:
            painter.setFont(mono_font(dress.px(12)))
            painter.setPen(QColor(dress.theme.forward))
            words = f"{self._curve.title} = {format_number(number)}"
            shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(lower.width()))
            painter.drawText(lower, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, shown)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the iteration under the mouse."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self.setValue(self.iteration_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the mouse while it is held; say what is under it where it is not."""
        iteration = self.iteration_at(event.position().x())
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.setValue(iteration)
        elif self._curve is not None and self._box().contains(event.position()):
            QToolTip.showText(event.globalPosition().toPoint() + QPoint(0, 18), self.tip(iteration), self)

    def tip(self, iteration: int) -> str:
        """Say what is known of an iteration."""
        assert self._curve is not None
        words = self.tr("iteration {0}").format(f"{iteration + 1:,}")
        number = self._number_at(iteration)
        if number is not None:
            words += f": {self._curve.title} = {format_number(number)}"
        if iteration in self._curve.changes:
            words += self.tr(" (another structure begins here)")
        return words

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go of the knob."""
        self.setSliderDown(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go by one, by a tenth, or to an end; other keys are the window's."""
        actions = {
            Qt.Key.Key_Left: QAbstractSlider.SliderAction.SliderSingleStepSub,
            Qt.Key.Key_Right: QAbstractSlider.SliderAction.SliderSingleStepAdd,
            Qt.Key.Key_PageUp: QAbstractSlider.SliderAction.SliderPageStepSub,
            Qt.Key.Key_PageDown: QAbstractSlider.SliderAction.SliderPageStepAdd,
            Qt.Key.Key_Home: QAbstractSlider.SliderAction.SliderToMinimum,
            Qt.Key.Key_End: QAbstractSlider.SliderAction.SliderToMaximum,
        }
        action = actions.get(Qt.Key(event.key()))
        if action is None:
            event.ignore()
        else:
            self.triggerAction(action)
