"""The main plot of a descent in its layers: what lies still, the trails, and what moves with the clock."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from tapeviz.model.descent_scene import Way, ways_of
from tapeviz.model.descent_state import DescentState
from tapeviz.model.landscape import Extent, Plane
from tapeviz.paint.descent.curvature_painter import paint_curvature, paint_curvature_words
from tapeviz.paint.descent.landscape_painter import paint_basins, paint_landscape
from tapeviz.paint.descent.looks import look_of
from tapeviz.paint.descent.marks import (
    paint_basin_letters,
    paint_critical_points,
    paint_current,
    paint_known_minima,
    paint_start,
    point_of,
    seen_at,
)
from tapeviz.paint.descent.plot_area import Axis, Ink, PlotArea, paint_axes, plot_area
from tapeviz.paint.descent.projection import Projection
from tapeviz.paint.descent.sub_step_arrow import paint_sub_step, sub_step_shown
from tapeviz.paint.descent.trails import (
    Placing,
    Trail,
    TrailPiece,
    next_piece,
    on_curve,
    on_plane,
    paint_casing,
    paint_line,
    rows_until,
)
from tapeviz.paint.descent.valley import paint_tangent, paint_valley, value_axis


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Terrain:
    """Where the main plot stands, and how positions fall onto it. Over a line its axis up is the objective."""

    plane: Plane
    projection: Projection
    area: PlotArea
    is_line: bool

    @property
    def placing(self) -> Placing:
        """Where iterates stand on it."""
        return (on_curve if self.is_line else on_plane)(self.projection, self.area)


def terrain_of(descent: DescentState, outer: QRectF, ink: Ink, extent: Extent | None = None) -> Terrain | None:
    """Lay the main plot out in a box; None where there is no plane yet. `extent` stands in for the state's own."""
    plane, extent = descent.plane, extent or descent.extent
    if plane is None or extent is None:
        return None
    is_line = len(plane.directions) == 1
    across = Axis(low=extent.low[0], high=extent.high[0], title=plane.titles[0])
    if is_line:
        title = descent.objective.title if descent.objective is not None else "loss"
        landscape = descent.landscape if descent.landscape is not None and not descent.landscape.problem else None
        up = value_axis(landscape, title, is_log=descent.view.is_log_level)
    else:
        up = Axis(low=extent.low[1], high=extent.high[1], title=plane.titles[1])
    area = plot_area(outer, across, up, ink)
    return Terrain(plane=plane, projection=Projection(plane), area=area, is_line=is_line)


def height_of(descent: DescentState, terrain: Terrain, x: float) -> float:
    """Read off the landscape over a line how high it is at a place; its foot where that is not known."""
    landscape = descent.landscape
    if landscape is None or landscape.problem or landscape.plane != terrain.plane:
        return terrain.area.up.low
    values = np.asarray(landscape.values.array, dtype=np.float64)
    places = np.linspace(landscape.extent.low[0], landscape.extent.high[0], len(values))
    height = float(np.interp(x, places, values))
    return height if math.isfinite(height) else terrain.area.up.low


def paint_ground(painter: QPainter, descent: DescentState, terrain: Terrain, ink: Ink) -> None:
    """Paint what lies still: landscape, basins and axes."""
    landscape, basins = descent.landscape, descent.basins
    if terrain.is_line:
        paint_axes(painter, terrain.area, ink, has_grid=True)
    if landscape is not None and not landscape.problem and landscape.plane == terrain.plane:
        if terrain.is_line:
            paint_valley(painter, terrain.area, landscape, ink)
        else:
            paint_landscape(painter, terrain.area, landscape, descent.view, ink)
    if basins is not None and _has_basins(descent, terrain):
        paint_basins(painter, terrain.area, basins, ink)
    if not terrain.is_line:
        paint_axes(painter, terrain.area, ink, has_grid=False)


def _has_basins(descent: DescentState, terrain: Terrain) -> bool:
    basins = descent.basins
    is_wanted = descent.view.has_basins and not terrain.is_line
    return is_wanted and basins is not None and not basins.problem and basins.plane == terrain.plane


def paint_marks(painter: QPainter, descent: DescentState, terrain: Terrain, ink: Ink) -> None:
    """Paint what moves with the clock or is asked for: critical points, curvature, tangent, and the iterates."""
    area, projection, ways = terrain.area, terrain.projection, ways_of(descent)
    _paint_points(painter, descent, terrain, ink)
    if terrain.is_line:
        selected = next((way for way in ways if way.look == descent.selected), None)
        if selected is not None and sub_step_shown(descent) is None:
            curvature = descent.curvature if descent.view.has_parabola else None
            paint_tangent(painter, selected, projection, area, curvature, ink)
    elif descent.view.has_curvature and descent.curvature is not None:
        paint_curvature(painter, descent.curvature, projection, area, ink)
    is_curved = descent.view.has_parabola if terrain.is_line else descent.view.has_curvature
    if is_curved and descent.curvature is not None:
        paint_curvature_words(painter, descent.curvature, area, ink, is_on_top=terrain.is_line)
    painter.save()
    painter.setClipRect(area.box.adjusted(-ink.px(12), -ink.px(12), ink.px(12), ink.px(12)))
    for way in sorted(ways, key=lambda way: way.look == descent.selected):
        _paint_way_ends(painter, way, terrain, ink)
    painter.restore()
    paint_sub_step(painter, descent, projection, area, ink, is_line=terrain.is_line)


def _paint_points(painter: QPainter, descent: DescentState, terrain: Terrain, ink: Ink) -> None:
    """Mark critical points; where basins are coloured their letters stand for the minima, else stars for known ones."""

    def seen(position: Sequence[float]) -> QPointF | None:
        return _seen(descent, terrain, position)

    points = (descent.critical_points or ()) if descent.view.has_critical_points else ()
    if descent.basins is not None and _has_basins(descent, terrain):
        paint_basin_letters(painter, descent.basins, terrain.projection, terrain.area, ink)
        points = tuple(point for point in points if point.kind != "minimum")
    elif not points:
        paint_known_minima(painter, descent.minima, seen, terrain.area, ink)
    paint_critical_points(painter, points, seen, terrain.area, ink, is_line=terrain.is_line)


def _seen(descent: DescentState, terrain: Terrain, position: Sequence[float]) -> QPointF | None:
    """Place a position, over a line on the curve; None where it cannot be seen."""
    if not terrain.is_line:
        return seen_at(position, terrain.projection, terrain.area)
    x = float(terrain.projection.placed(np.asarray([position]))[0, 0])
    point = terrain.area.point(x, height_of(descent, terrain, x))
    return point if terrain.area.box.contains(point) else None


def _paint_way_ends(painter: QPainter, way: Way, terrain: Terrain, ink: Ink) -> None:
    if way.shown < 0:
        return
    rows = rows_until(way.trajectory, way.shown)
    box = terrain.area.box.adjusted(-1, -1, 1, 1)
    places = terrain.placing(way.trajectory, slice(0, 1)), terrain.placing(way.trajectory, slice(rows - 1, rows))
    first, last = (point_of(each) for each in places)
    if first is not None and box.contains(first) and rows > 1:
        paint_start(painter, first, way.look, ink)
    if last is not None and box.contains(last):
        paint_current(painter, way, last, ink)


class Trails:
    """The trails of all racers, painted as far as they have gone."""

    def __init__(self) -> None:
        self._trails: list[Trail] = []

    def must_begin_again(self, ways: Sequence[Way]) -> bool:
        """Whether what was painted is more than what there is: the clock was turned back, or others race."""
        if len(ways) != len(self._trails):
            return bool(self._trails)
        return any(
            rows_until(way.trajectory, way.shown) < trail.rows for way, trail in zip(ways, self._trails, strict=True)
        )

    def next_pieces(self, ways: Sequence[Way], terrain: Terrain, ink: Ink) -> list[TrailPiece]:
        """Take what is new of each trail since the last call."""
        if not self._trails:
            self._trails = [Trail(look=look_of(way.look, ink.theme)) for way in ways]
        box = terrain.area.box
        pieces = []
        for way, trail in zip(ways, self._trails, strict=True):
            rows = rows_until(way.trajectory, way.shown)
            if rows > trail.rows:
                pieces.append(next_piece(trail, way.trajectory, rows, terrain.placing, box, ink))
        return pieces


def paint_trails(painter: QPainter, ways: Sequence[Way], terrain: Terrain, ink: Ink) -> None:
    """Paint all trails at once."""
    pieces = Trails().next_pieces(ways, terrain, ink)
    painter.save()
    painter.setClipRect(terrain.area.box)
    for piece in pieces:
        paint_casing(painter, piece, ink)
    for piece in pieces:
        paint_line(painter, piece, ink)
    painter.restore()
