"""A landscape as a surface in space, with the trajectories on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF

from tapeviz.model.descent_scene import Way
from tapeviz.model.ticks import Tick
from tapeviz.paint.descent.array_paths import draw_lines
from tapeviz.paint.descent.looks import look_of
from tapeviz.paint.descent.marks import paint_current, paint_start
from tapeviz.paint.descent.plot_area import TICK_TEXT, TITLE_TEXT, Axis, Ink
from tapeviz.paint.descent.ramp import mixed, ramp
from tapeviz.paint.descent.relief import Relief
from tapeviz.paint.descent.trails import CASING, LINE
from tapeviz.paint.fonts import SANS, font
from tapeviz.paint.values import text_width

Numbers = npt.NDArray[Any]

SHADES = 7
TINTS = 20
MOST_POINTS = 3000
TICKS = 4
_LIGHT = np.array([-0.45, 0.35, 0.82])
_STEEP = 3.0
"""How much steeper than it is a slope is taken to be when it is lit."""

_FAINT = 0.22


def paint_relief(painter: QPainter, relief: Relief, ink: Ink) -> None:
    """Paint the surface, its floor and its axes."""
    painter.save()
    _paint_floor(painter, relief, ink)
    _paint_cells(painter, relief, ink)
    _paint_axes(painter, relief, ink)
    painter.restore()


def paint_ways(painter: QPainter, relief: Relief, ways: Sequence[Way], ink: Ink) -> None:
    """Paint the trajectories as far as the clock: plain where they are seen, faint behind the surface."""
    ends = []
    for way in ways:
        rows = np.flatnonzero(way.trajectory.kept <= way.shown)
        if not rows.size:
            continue
        rows = rows[np.unique(np.linspace(0, rows.size - 1, min(rows.size, MOST_POINTS)).round().astype(int))]
        a, b = relief.over_plane(way.trajectory.positions[rows])
        heights = relief.heights(way.trajectory.losses[way.trajectory.kept[rows]])
        is_there = np.isfinite(a) & np.isfinite(b) & np.isfinite(heights) & (np.maximum(abs(a), abs(b)) <= 1.02)
        points = np.where(is_there[:, None], relief.seen(a, b, heights), np.nan)
        is_hidden = relief.is_hidden(a, b, heights)
        _paint_line(painter, points, is_hidden, way, ink)
        ends.append((way, points))
    for way, points in ends:
        if np.isfinite(points[0]).all():
            paint_start(painter, QPointF(*points[0].tolist()), way.look, ink)
    for way, points in ends:
        if np.isfinite(points[-1]).all():
            paint_current(painter, way, QPointF(*points[-1].tolist()), ink)


def _paint_line(painter: QPainter, points: Numbers, is_hidden: npt.NDArray[np.bool_], way: Way, ink: Ink) -> None:
    lines = np.concatenate([points[:-1], points[1:]], axis=1)
    is_whole = np.isfinite(lines).all(axis=1)
    is_behind = is_hidden[:-1] & is_hidden[1:]
    look = look_of(way.look, ink.theme)
    faint = QColor(look.colour)
    faint.setAlphaF(_FAINT * 2)
    painter.setPen(QPen(faint, ink.line(LINE * 0.7)))
    draw_lines(painter, lines[is_whole & is_behind])
    for colour, width in ((ink.theme.canvas, CASING), (look.colour, LINE)):
        painter.setPen(QPen(QColor(colour), ink.line(width), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        draw_lines(painter, lines[is_whole & ~is_behind])


def _paint_cells(painter: QPainter, relief: Relief, ink: Ink) -> None:
    """Paint the cells of the surface, the furthest first."""
    rows, columns = relief.shares.shape
    a, b = np.meshgrid(np.linspace(-1, 1, columns), np.linspace(-1, 1, rows))
    corners = _corners(relief.seen(a, b, relief.shares))
    heights = _corners(relief.shares)
    shades = _shades(relief)
    order = np.argsort(-_corners(relief.depth(a, b)).mean(axis=1), kind="stable")
    order = order[np.isfinite(heights[order]).all(axis=1)]
    tints = np.clip((heights.mean(axis=1) * TINTS), 0, TINTS - 1)
    dyes = _dyes(ink)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pens = [[QPen(QColor(each[1]), ink.px(0.7)) for each in row] for row in dyes]
    brushes = [[QBrush(QColor(each[0])) for each in row] for row in dyes]
    for cell in order.tolist():
        tint, shade = int(tints[cell]), int(shades[cell])
        painter.setPen(pens[tint][shade])
        painter.setBrush(brushes[tint][shade])
        painter.drawConvexPolygon(QPolygonF([QPointF(x, y) for x, y in corners[cell].tolist()]))


def _corners(grid: Numbers) -> Numbers:
    """Give the four corners of each cell of a grid in turn, shape (cells, 4, ...)."""
    four = (grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1])
    return np.stack([each.reshape(-1, *grid.shape[2:]) for each in four], axis=1)


def _shades(relief: Relief) -> npt.NDArray[np.int64]:
    """Say how much light each cell gets, from 0 for none; the light comes from the upper left of the viewer."""
    rows, columns = relief.shares.shape
    heights = relief.shares
    with np.errstate(all="ignore"):
        slope_a = (heights[:-1, 1:] - heights[:-1, :-1]) * (columns - 1) / 2
        slope_b = (heights[1:, :-1] - heights[:-1, :-1]) * (rows - 1) / 2
        turn = relief.turn
        across = slope_a * math.cos(turn) - slope_b * math.sin(turn)
        away = slope_a * math.sin(turn) + slope_b * math.cos(turn)
        normal = np.stack([-across * _STEEP, -away * _STEEP, np.ones_like(across) * 2], axis=-1)
        lit = normal @ _LIGHT / np.linalg.norm(normal, axis=-1)
    shades = np.clip(np.nan_to_num(lit), 0, 1) * (SHADES - 1)
    return np.asarray(shades.round().astype(np.int64).reshape(-1))


def _dyes(ink: Ink) -> list[list[tuple[str, str]]]:
    """Give what each tint is filled with in each shade, and the colour of the lines between its cells."""
    theme = ink.theme
    dark = mixed(theme.canvas, theme.ink, 0.42)
    found = []
    for colour in ramp(theme, TINTS):
        row = []
        for shade in range(SHADES):
            fill = mixed(dark, colour, 0.45 + 0.55 * shade / (SHADES - 1))
            row.append((fill, mixed(fill, theme.edge, 0.28)))
        found.append(row)
    return found


def _paint_floor(painter: QPainter, relief: Relief, ink: Ink) -> None:
    a, b = np.array([-1, 1, 1, -1]), np.array([-1, -1, 1, 1])
    corners = relief.seen(a, b, np.zeros(4))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(ink.theme.edge), ink.line(1.0)))
    painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in corners.tolist()]))


def _paint_axes(painter: QPainter, relief: Relief, ink: Ink) -> None:
    """Paint the numbers along the two edges of the floor that are nearest, and up the corner furthest to the left."""
    near_b = -1.0 if relief.depth(np.array(0.0), np.array(-1.0)) < 0 else 1.0
    near_a = -1.0 if relief.depth(np.array(-1.0), np.array(0.0)) < 0 else 1.0
    _paint_edge(painter, relief, relief.across, ink, lambda share: (2 * share - 1, near_b, 0.0))
    _paint_edge(painter, relief, relief.along, ink, lambda share: (near_a, 2 * share - 1, 0.0))
    corners = [(a, b) for a in (-1.0, 1.0) for b in (-1.0, 1.0)]
    left = min(corners, key=lambda corner: float(relief.seen(np.array(corner[0]), np.array(corner[1]), np.array(0))[0]))
    _paint_edge(painter, relief, relief.up, ink, lambda share: (*left, share))


def _paint_edge(painter: QPainter, relief: Relief, axis: Axis, ink: Ink, place: Any) -> None:
    """Paint ticks, numbers and title of one axis, on the side of its edge that looks away from the middle."""
    ends = [_point(relief, place(share)) for share in (0.0, 1.0)]
    painter.setPen(QPen(QColor(ink.theme.edge), ink.line(1.0)))
    painter.drawLine(*ends)
    along = ends[1] - ends[0]
    length = math.hypot(along.x(), along.y()) or 1.0
    out = QPointF(along.y() / length, -along.x() / length)
    middle = (ends[0] + ends[1]) / 2
    away = middle - QPointF(*relief.centre)
    if QPointF.dotProduct(out, away) < 0:
        out = -out
    painter.setFont(font(SANS, ink.px(TICK_TEXT)))
    widest = 0.0
    for tick in _ticks(axis, length, ink):
        at = _point(relief, place(float(axis.shares(np.array(tick.at)))))
        painter.setPen(QPen(QColor(ink.theme.edge), ink.line(1.0)))
        painter.drawLine(at, at + out * ink.px(5))
        painter.setPen(QColor(ink.theme.muted))
        width = text_width(tick.words, SANS, ink.px(TICK_TEXT), 400)
        widest = max(widest, width)
        _paint_words(painter, at + out * (ink.px(13) + abs(out.x()) * width / 2), tick.words)
    painter.setFont(font(SANS, ink.px(TITLE_TEXT), 600))
    painter.setPen(QColor(ink.theme.ink))
    if abs(along.x()) < 1.0:
        top = min(ends, key=lambda end: end.y())
        _paint_words(painter, top - QPointF(0, ink.px(12)), axis.title)
    else:
        beyond = ink.px(24) + abs(out.x()) * (widest + text_width(axis.title, SANS, ink.px(TITLE_TEXT), 600) / 2)
        _paint_words(painter, middle + out * beyond, axis.title)


def _ticks(axis: Axis, length: float, ink: Ink) -> tuple[Tick, ...]:
    """Choose numbers for an axis, none at its very ends: there another axis begins."""
    ticks = axis.ticks(max(2, min(TICKS, int(length / ink.px(44)))))
    return tuple(tick for tick in ticks if 0.02 < float(axis.shares(np.array(tick.at))) < 0.98)


def _point(relief: Relief, place: tuple[float, float, float]) -> QPointF:
    a, b, height = (np.array(number) for number in place)
    return QPointF(*relief.seen(a, b, height).tolist())


def _paint_words(painter: QPainter, at: QPointF, words: str) -> None:
    room = QRectF(at.x() - 200, at.y() - 20, 400, 40)
    painter.drawText(room, Qt.AlignmentFlag.AlignCenter, words)
