"""The way that a racer went: its line with arrow heads, and its marker at the iterates.

A trail is painted as far as it goes and then only what is new, so that a race of any length can be watched. The line
lies over a broader one in the colour of the page, which keeps it apart from the level lines; both are layers of their
own, so that what is painted bit by bit looks as if it had been painted at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from tapeviz.model.descent import Trajectory
from tapeviz.paint.descent.array_paths import draw_hairlines, draw_lines
from tapeviz.paint.descent.looks import Look, paint_marker
from tapeviz.paint.descent.plot_area import Ink, PlotArea
from tapeviz.paint.descent.polylines import dashed, lengths_of, lines_between, newcomers, points_along, thinned
from tapeviz.paint.descent.projection import Projection

Numbers = npt.NDArray[Any]

LINE = 2.0
CASING = 5.0
HEAD = 9.0
HEAD_SPACING = 84.0
MARK = 3.4
MARKED_STEP = 13.0
"""A step of so many pixels has a marker at its end; of shorter ones only the first in each square of `MARK_SQUARE`."""

SINGLE_MARKS = 400
"""Of so many iterates every one may have a marker; of later ones only the first in each square."""

MOST_LINES = 2000
MOST_LENGTH = 40_000.0
"""A trail that has more lines than that, or is so many pixels long, goes on as a hairline: it is a scribble by then."""

EVERY_ROW = 20_000
"""Of more new iterates at once than these only evenly spaced ones are placed: as many again."""

MARK_SQUARE = 44.0
HEAD_SQUARE = 40.0
_BEYOND = 12.0


@dataclass(slots=True)
class Trail:
    """What has been painted of one racer's way."""

    look: Look
    rows: int = 0
    lines: int = 0
    travelled: float = 0.0
    last: Numbers = field(default_factory=lambda: np.empty((0, 2)))
    heads: set[int] = field(default_factory=set)
    marks: set[int] = field(default_factory=set)
    steps: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrailPiece:
    """What is new of a trail, in pixels.

    Parameters
    ----------
    lines, dashes : arrays of shape (n, 4)
        The way, and the parts of it that the line style draws.
    scribble : array of shape (n, 4)
        What is drawn as a hairline.
    heads, directions : arrays of shape (m, 2)
    marks : array of shape (k, 2)
    """

    look: Look
    lines: Numbers
    dashes: Numbers
    scribble: Numbers
    heads: Numbers
    directions: Numbers
    marks: Numbers


def rows_until(trajectory: Trajectory, iterate: int) -> int:
    """Count the positions that travelled of the iterates up to this one."""
    return int(np.searchsorted(trajectory.kept, iterate, side="right"))


Placing = Callable[[Trajectory, slice], Numbers]
"""Says where some of the positions of a trajectory stand, in pixels, shape (n, 2)."""


def on_plane(projection: Projection, area: PlotArea) -> Placing:
    """Place positions where they are seen on a plane."""

    def place(trajectory: Trajectory, rows: slice) -> Numbers:
        placed = projection.placed(trajectory.positions[rows])
        return area.pixels(placed[:, 0], placed[:, 1])

    return place


def on_curve(projection: Projection, area: PlotArea) -> Placing:
    """Place positions over a line, at the height of their loss."""

    def place(trajectory: Trajectory, rows: slice) -> Numbers:
        placed = projection.placed(trajectory.positions[rows])
        return area.pixels(placed[:, 0], trajectory.losses[trajectory.kept[rows]])

    return place


def next_piece(trail: Trail, trajectory: Trajectory, rows: int, placing: Placing, box: QRectF, ink: Ink) -> TrailPiece:
    """Take what is between what was painted and the first `rows` positions; `trail` then knows of it."""
    new = np.concatenate([placing(trajectory, chosen) for chosen in _placed_rows(trail.rows, rows)])
    points = np.concatenate([trail.last, new])
    needed = points[thinned(points)]
    room = ink.px(_BEYOND)
    view = box.adjusted(-room, -room, room, room)
    found = lines_between(needed, view)
    room_left = np.flatnonzero(trail.travelled + np.cumsum(lengths_of(found)) > ink.px(MOST_LENGTH))
    fine = min([max(0, MOST_LINES - trail.lines), *room_left[:1].tolist()])
    lines = found[:fine]
    dashes = dashed(lines, [ink.px(length) for length in trail.look.dash], trail.travelled)
    heads, directions = points_along(lines, trail.travelled, ink.px(HEAD_SPACING))
    chosen = newcomers(heads, ink.px(HEAD_SQUARE), trail.heads)
    marks = _marks(trail, new, points, box, ink)
    trail.travelled += float(lengths_of(found).sum())
    trail.rows, trail.lines, trail.last = rows, trail.lines + len(found), points[-1:]
    return TrailPiece(
        look=trail.look,
        lines=lines,
        dashes=dashes,
        scribble=found[fine:],
        heads=heads[chosen],
        directions=directions[chosen],
        marks=marks,
    )


def _placed_rows(first: int, last: int) -> list[slice]:
    """Choose what is placed of the rows from `first` to before `last`: the first ones, then every so manieth."""
    split = min(last, first + EVERY_ROW)
    if split == last:
        return [slice(first, last)]
    stride = -(-(last - split) // EVERY_ROW)
    return [slice(first, split), slice(split, last, stride), slice(last - 1, last)]


def _marks(trail: Trail, new: Numbers, points: Numbers, box: QRectF, ink: Ink) -> Numbers:
    """Choose the iterates that get a marker: every one after a long step, and now and then one after short ones."""
    with np.errstate(all="ignore"):
        steps = np.concatenate(([np.inf], np.hypot(*np.diff(points, axis=0).T)))[-len(new) :] if len(new) else new
        x, y = new[:, 0], new[:, 1]
        is_seen = (x >= box.left()) & (x <= box.right()) & (y >= box.top()) & (y <= box.bottom())
        is_long = (steps >= ink.px(MARKED_STEP)) & (trail.rows + np.arange(len(new)) < SINGLE_MARKS)
    long, short = new[is_seen & is_long], new[is_seen & ~is_long]
    longs = long[newcomers(long, ink.px(MARK), trail.steps)]
    newcomers(long, ink.px(MARK_SQUARE), trail.marks)
    return np.concatenate([longs, short[newcomers(short, ink.px(MARK_SQUARE), trail.marks)]])


def paint_casing(painter: QPainter, piece: TrailPiece, ink: Ink) -> None:
    """Paint the broad line in the colour of the page under a piece of a trail."""
    painter.setPen(_pen(ink.theme.canvas, ink.line(CASING)))
    draw_lines(painter, piece.lines)


def paint_line(painter: QPainter, piece: TrailPiece, ink: Ink) -> None:
    """Paint a piece of a trail with its arrow heads and markers."""
    pen = _pen(piece.look.colour, ink.line(LINE))
    if piece.look.dash:
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(pen)
    draw_lines(painter, piece.dashes)
    draw_hairlines(painter, piece.scribble)
    for (x, y), direction in zip(piece.heads.tolist(), piece.directions, strict=True):
        paint_head(painter, QPointF(x, y), direction, piece.look.colour, ink)
    for x, y in piece.marks.tolist():
        paint_marker(painter, QPointF(x, y), piece.look, ink.theme, ink.px(MARK))


def paint_head(painter: QPainter, tip: QPointF, direction: Numbers, colour: str, ink: Ink, size: float = HEAD) -> None:
    """Paint an arrow head that points in a direction (a unit vector in pixels)."""
    length, half = ink.px(size), ink.px(size) * 0.42
    dx, dy = float(direction[0]), float(direction[1])
    back = QPointF(tip.x() - length * dx, tip.y() - length * dy)
    side = QPointF(-dy * half, dx * half)
    painter.setPen(QPen(QColor(ink.theme.canvas), ink.px(1.0)))
    painter.setBrush(QColor(colour))
    painter.drawPolygon(QPolygonF([tip, back + side, back - side]))


def unit(dx: float, dy: float) -> Numbers:
    """Give the unit vector in a direction; (0, 0) for none."""
    length = math.hypot(dx, dy)
    return np.array([dx, dy]) / length if length > 0 and math.isfinite(length) else np.zeros(2)


def _pen(colour: str, width: float) -> QPen:
    pen = QPen(QColor(colour), width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen
