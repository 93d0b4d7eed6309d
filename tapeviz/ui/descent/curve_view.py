"""Curves against iterations, to look at, point at and scrub."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from tapeviz.model.descent_curves import Curve, curve_title, curves_of, kind_shown
from tapeviz.model.descent_scene import Way, ways_of
from tapeviz.model.descent_state import DescentState
from tapeviz.model.numbers import format_number
from tapeviz.model.state import AppState
from tapeviz.model.weight_histograms import WeightHistograms, weight_histograms
from tapeviz.paint.descent.curve_painter import curve_axes, paint_curves
from tapeviz.paint.descent.histogram_painter import paint_histograms
from tapeviz.paint.descent.marks import paint_hover
from tapeviz.paint.descent.plot_area import Ink, PlotArea
from tapeviz.paint.fonts import SANS, font
from tapeviz.ui.descent.ringed_plot import RingedPlot
from tapeviz.ui.descent.telling import way_words
from tapeviz.ui.store import Executes
from tapeviz.ui.theme import Dress, dress_of


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pointed:
    """A point of a curve under the mouse."""

    curve: Curve
    title: str
    iterate: int
    number: float
    at: QPointF


class CurveView(RingedPlot):
    """Shows the curves of the view; a click goes to an iterate, dragging scrubs, a double click opens its tape."""

    def __init__(self, store: Executes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._descent = DescentState()
        self._dress: Dress | None = None
        self._curves: tuple[Curve, ...] = ()
        self._ways: tuple[Way, ...] = ()
        self._histograms: tuple[WeightHistograms, ...] = ()
        self._area: PlotArea | None = None
        self._pointed: _Pointed | None = None
        self.setMouseTracking(True)
        self.setMinimumSize(160, 110)
        self.setAccessibleName(self.tr("Curves against iterations"))

    def sizeHint(self) -> QSize:
        """Room for a curve that can be read from the last row."""
        return QSize(380, 300)

    @property
    def area(self) -> PlotArea | None:
        """Where the curves stand; None before they were painted."""
        return self._area

    @property
    def ink(self) -> Ink:
        """Theme and size of what is painted."""
        dress = self._dress or dress_of(self._store.state.view)
        return Ink(theme=dress.theme, scale=dress.scale)

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Show what differs between two states."""
        dress = dress_of(new.view)
        if old is not None and new.descent is self._descent and dress == self._dress:
            return
        self._descent, self._dress = new.descent, dress
        self._ways = ways_of(new.descent)
        kind, objective = kind_shown(new.descent), new.descent.objective
        self._curves = curves_of(kind, self._ways, objective)
        is_weights = kind == "weights"
        self._histograms = weight_histograms(self._ways, new.descent.selected, objective) if is_weights else ()
        self._pointed = None
        title = curve_title(kind, objective)
        self.setAccessibleDescription(f"{title}. {' '.join(way_words(way) for way in self._ways)}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the curves and what is pointed at."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink, view = self.ink, self._descent.view
        painter.fillRect(self.rect(), QColor(ink.theme.canvas))
        outer = QRectF(self.rect()).adjusted(ink.px(6), 0, 0, -ink.px(5))
        if self._histograms:
            self._area = paint_histograms(painter, outer, self._histograms, self._histograms[0].shown, ink)
        elif self._curves:
            title = curve_title(kind_shown(self._descent), self._descent.objective)
            logs = {"is_log_iterates": view.is_log_iterates, "is_log_values": view.is_log_values}
            axes = curve_axes(self._curves, title, **logs)
            descent = self._descent
            self._area = paint_curves(painter, outer, self._curves, axes, descent.shown, ink, descent.selected)
        else:
            self._area = None
            painter.setFont(font(SANS, ink.px(13)))
            painter.setPen(QColor(ink.theme.muted))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.tr("Curves come with the first race."))
            return
        if self._pointed is not None and self._area is not None:
            words = (
                f"{self._pointed.title}  ·  iteration {format_number(self._pointed.iterate)}",
                format_number(self._pointed.number),
            )
            paint_hover(painter, self._pointed.at, words, self._pointed.curve.look, self._area, ink)
        if self.is_ringed and self._area is not None:
            painter.setPen(QPen(QColor(ink.theme.accent), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self._area.box.adjusted(-2, -2, 2, 2))

    def _point_at(self, point: QPointF) -> _Pointed | None:
        """Find the curve nearest to a point, at the iterate under it."""
        area = self._area
        if area is None or not area.box.adjusted(-6, -6, 6, 6).contains(point):
            return None
        wanted = area.numbers_at(point)[0]
        best: _Pointed | None = None
        for curve in self._curves:
            count = curve.count_shown
            if not count:
                continue
            place = int(np.clip(np.searchsorted(curve.iterates[:count], wanted), 0, count - 1))
            if place and wanted - curve.iterates[place - 1] < curve.iterates[place] - wanted:
                place -= 1
            iterate, number = int(curve.iterates[place]), float(curve.numbers[place])
            at = area.point(float(iterate), number)
            is_nearer = best is None or abs(at.y() - point.y()) <= abs(best.at.y() - point.y())
            if math.isfinite(at.x()) and math.isfinite(at.y()) and is_nearer:
                way = next((way for way in self._ways if (way.look, way.own) == (curve.look, curve.own)), None)
                title = " ".join(part for part in (way.title if way is not None else "", curve.name) if part)
                best = _Pointed(curve=curve, title=title, iterate=iterate, number=number, at=at)
        return best

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at a curve, or scrub through the iterates while the button is held."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go_to(event.position())
            return
        pointed = self._point_at(event.position())
        if pointed != self._pointed:
            self._pointed = pointed
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the iterate under the mouse, and look at its racer."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        pointed = self._point_at(event.position())
        if pointed is not None and pointed.curve.look is not None:
            self._store.execute("descent.select_racer", look=pointed.curve.look)
        self._go_to(event.position())

    def _go_to(self, point: QPointF) -> None:
        area = self._area
        if area is not None:
            low, high = area.across.low, area.across.high
            iterate = area.across.number_at((point.x() - area.box.left()) / area.box.width())
            self._store.execute("descent.go_to", iterate=round(min(max(iterate, low), high)))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the tape of the iterate under the mouse."""
        pointed = self._point_at(event.position())
        if pointed is not None and pointed.curve.own is not None:
            self._store.execute("descent.open_own", which=pointed.curve.own, iterate=pointed.iterate)
        elif pointed is not None and pointed.curve.look is not None:
            self._store.execute("descent.open_iterate", look=pointed.curve.look, iterate=pointed.iterate)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the tape of the iterate at the clock; arrows step through the race as everywhere."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._store.execute("descent.open_iterate", look=None, iterate=None)
        else:
            event.ignore()

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        if self._pointed is not None:
            self._pointed = None
            self.update()
