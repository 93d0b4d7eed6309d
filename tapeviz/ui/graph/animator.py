"""Numbers that travel along the edges between two steps, and nothing else: the tape itself never waits for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEasingCurve, QObject, QPointF, QRectF, Qt, QVariantAnimation
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene, QStyleOptionGraphicsItem, QWidget

from tapeviz.model.frame import Frame
from tapeviz.model.numbers import format_value
from tapeviz.paint.fonts import MONO, font
from tapeviz.paint.graph_painter import GraphPainter
from tapeviz.paint.theme import Theme
from tapeviz.paint.values import paint_text, text_width

DURATION = 450
"""Milliseconds a number travels at speed 1."""

RADIUS = 9.0
CHIP_HEIGHT = 24.0
CHIP_RISE = 26.0
CHIP_FROM = 0.12


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """One number on its way along `path`; its chip is carried above the dot, or below it."""

    path: QPainterPath
    text: str
    colour: str
    soft: str
    is_below: bool = False


def journeys_of(painter: GraphPainter, frame: Frame, theme: Theme) -> list[Journey]:
    """List the numbers that travel in this step; on the lower lines of a fan the chips are below."""
    journeys = []
    live = [edge for edge in painter.graph.edges if frame.edges[edge.id].is_live]
    heights = [painter.path(edge.id).boundingRect().center().y() for edge in live]
    middle = sum(heights) / max(len(heights), 1)
    for edge, height in zip(live, heights, strict=True):
        state = frame.edges[edge.id]
        is_backward = state.reached == "backward"
        journeys.append(
            Journey(
                path=painter.path(edge.id, is_backward),
                text=format_value(state.cotangent if is_backward else state.value),
                colour=theme.backward if is_backward else theme.forward,
                soft=theme.backward_soft if is_backward else theme.forward_soft,
                is_below=height > middle + 1,
            )
        )
    return journeys


class Pulse(QGraphicsItem):
    """A dot with a chip that carries a number."""

    def __init__(self, journey: Journey) -> None:
        super().__init__()
        self._journey = journey
        self._width = text_width(journey.text, MONO, 12.5, 600) + 22 if journey.text else 0.0
        self._middle = CHIP_RISE if journey.is_below else -CHIP_RISE
        self._is_away = False
        self.setZValue(1)
        self.travel(0.0)

    def travel(self, share: float) -> None:
        """Stand at a share, 0 to 1, of the way."""
        self.setPos(self._journey.path.pointAtPercent(min(max(share, 0.0), 1.0)))
        # At the start several dots lie on each other, and their chips could not be read.
        self._is_away = share > CHIP_FROM

    def boundingRect(self) -> QRectF:
        """Give the room of dot and chip."""
        half = max(self._width / 2, RADIUS) + 2
        reach = CHIP_RISE + CHIP_HEIGHT / 2 + 2
        return QRectF(-half, -reach, 2 * half, 2 * reach)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Paint dot and chip."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._journey.colour))
        painter.drawEllipse(QPointF(0, 0), RADIUS, RADIUS)
        if self._journey.text and self._is_away:
            chip = QRectF(-self._width / 2, self._middle - CHIP_HEIGHT / 2, self._width, CHIP_HEIGHT)
            painter.setBrush(QColor(self._journey.soft))
            painter.setPen(QPen(QColor(self._journey.colour), 1.2))
            painter.drawRoundedRect(chip, CHIP_HEIGHT / 2, CHIP_HEIGHT / 2)
            paint_text(painter, chip.center(), self._journey.text, font(MONO, 12.5, 600))


class Animator(QObject):
    """Sends pulses on their way; the next call of `send` or `stop` ends them at once, nothing queues up."""

    def __init__(self, scene: QGraphicsScene, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._scene = scene
        self._pulses: list[Pulse] = []
        self._clock = QVariantAnimation(self)
        self._clock.setStartValue(0.0)
        self._clock.setEndValue(1.0)
        self._clock.setEasingCurve(QEasingCurve.Type.InOutCubic)
        self._clock.valueChanged.connect(self._travel)
        self._clock.finished.connect(self._clear)

    @property
    def is_running(self) -> bool:
        """Whether anything is on its way."""
        return bool(self._pulses)

    def send(self, journeys: Sequence[Journey], speed: float) -> None:
        """Let numbers travel, at `speed` times the usual pace; what was on its way before vanishes."""
        self.stop()
        if not journeys:
            return
        for journey in journeys:
            pulse = Pulse(journey)
            self._scene.addItem(pulse)
            self._pulses.append(pulse)
        self._clock.setDuration(max(60, round(DURATION / speed)))
        self._clock.start()

    def stop(self) -> None:
        """Take everything off its way."""
        self._clock.stop()
        self._clear()

    def _travel(self, share: object) -> None:
        if isinstance(share, float):
            for pulse in self._pulses:
                pulse.travel(share)

    def _clear(self) -> None:
        for pulse in self._pulses:
            self._scene.removeItem(pulse)
        self._pulses.clear()
