"""A whole picture of a descent for paper: legend, landscape and curves side by side, and how it ended in words."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from tapeviz.model.descent_curves import curve_title, curves_of, kind_shown
from tapeviz.model.descent_scene import Way, ways_of
from tapeviz.model.descent_state import DescentState
from tapeviz.model.weight_histograms import weight_histograms
from tapeviz.paint.descent.curve_painter import curve_axes, paint_curves
from tapeviz.paint.descent.fit_painter import paint_fit
from tapeviz.paint.descent.histogram_painter import paint_histograms
from tapeviz.paint.descent.legend import legend_height, paint_legend
from tapeviz.paint.descent.plot_area import Ink
from tapeviz.paint.descent.relief import relief_of
from tapeviz.paint.descent.relief_painter import paint_relief, paint_ways
from tapeviz.paint.descent.terrain import paint_ground, paint_marks, paint_trails, terrain_of

_GAP = 14.0
_LANDSCAPE_SHARE = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    legend: QRectF
    terrain: QRectF | None
    curves: QRectF | None
    fit: QRectF | None = None


def paint_descent(painter: QPainter, box: QRectF, descent: DescentState, ink: Ink) -> None:
    """Paint a descent into a box: the landscape where there is one, the curves where anything has descended."""
    ways = ways_of(descent)
    places = _places(box, descent, ways, ink)
    paint_legend(painter, places.legend, ways, ink)
    relief = relief_of(descent, places.terrain, ink) if places.terrain is not None else None
    terrain = terrain_of(descent, places.terrain, ink) if places.terrain is not None else None
    if relief is not None:
        paint_relief(painter, relief, ink)
        paint_ways(painter, relief, ways, ink)
    elif terrain is not None:
        paint_ground(painter, descent, terrain, ink)
        paint_trails(painter, ways, terrain, ink)
        paint_marks(painter, descent, terrain, ink)
    if places.curves is not None:
        paint_descent_curves(painter, places.curves, descent, ways, ink)
    if places.fit is not None and descent.fit_facts is not None:
        paint_fit(painter, places.fit, descent.fit_facts, descent.fit, ink)


def paint_descent_curves(
    painter: QPainter, box: QRectF, descent: DescentState, ways: tuple[Way, ...], ink: Ink
) -> None:
    """Paint the curves that the view asks for."""
    view, kind = descent.view, kind_shown(descent)
    histograms = weight_histograms(ways, descent.selected, descent.objective) if kind == "weights" else ()
    if histograms:
        paint_histograms(painter, box, histograms, histograms[0].shown, ink)
        return
    curves = curves_of(kind, ways, descent.objective)
    title = curve_title(kind, descent.objective)
    axes = curve_axes(curves, title, is_log_iterates=view.is_log_iterates, is_log_values=view.is_log_values)
    paint_curves(painter, box, curves, axes, descent.shown, ink, descent.selected)


def _places(box: QRectF, descent: DescentState, ways: tuple[Way, ...], ink: Ink) -> _Places:
    height = legend_height(ways, box.width(), ink)
    legend = QRectF(box.left(), box.top(), box.width(), height)
    rest = box.adjusted(0, height + (ink.px(_GAP) if height else 0), 0, 0)
    has_plane = descent.plane is not None and descent.extent is not None
    has_curves = any(way.trajectory.count > 1 for way in ways)
    if not (has_plane and has_curves):
        return _Places(legend=legend, terrain=rest if has_plane else None, curves=rest if has_curves else None)
    split = rest.left() + _LANDSCAPE_SHARE * rest.width()
    beside = QRectF(split + ink.px(_GAP), rest.top(), rest.right() - split - ink.px(_GAP), rest.height())
    fit = None
    if descent.fit_facts is not None:
        half = (beside.height() - ink.px(_GAP)) / 2
        fit = QRectF(beside.left(), beside.top(), beside.width(), half)
        beside.setTop(fit.bottom() + ink.px(_GAP))
    return _Places(
        legend=legend,
        terrain=QRectF(rest.left(), rest.top(), split - rest.left() - ink.px(_GAP), rest.height()),
        curves=beside,
        fit=fit,
    )
