"""A landscape over a plane as a surface in space: how it is turned, and where its points are seen.

The projection is a parallel one, so that of two points over the plane the one nearer to the viewer always hides the
other, whatever their heights.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF

from tapeviz.model.descent_state import DescentState
from tapeviz.model.landscape import Landscape
from tapeviz.paint.descent.level_sets import grid_values
from tapeviz.paint.descent.plot_area import Axis, Ink
from tapeviz.paint.descent.projection import Projection

Numbers = npt.NDArray[Any]

SIDE = 46
"""So many cells the surface has along each side."""

HEIGHT = 1.15
"""How high the highest point stands, where the plane reaches from −1 to 1."""

_ROOM = 46.0
_DIAGONAL = math.sqrt(2)
_LOOKS = 60
_CLEAR = 0.02
_DEEPEST = 1e-4
_BOTTOM_SHARE = 0.01
"""By the logarithm this share of the surface is its floor: a ravine has no bottom between two points."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Relief:
    """A surface as it is seen.

    Parameters
    ----------
    projection : Projection
    across, along, up : Axis
        The two directions of the plane, and the objective.
    base : float
        What `up` counts from: 0, or the lowest value where a logarithm needs it.
    shares : array of shape (rows, columns)
        The heights, 0 at the bottom and 1 at the top; NaN where the objective has no value.
    turn, tilt : float, radians
        How far the plane is turned, and from how high it is looked down on.
    centre, scale : where and how large it stands in its box, in pixels
    """

    projection: Projection
    across: Axis
    along: Axis
    up: Axis
    base: float
    shares: Numbers
    turn: float
    tilt: float
    centre: tuple[float, float]
    scale: float

    def seen(self, a: Numbers, b: Numbers, heights: Numbers) -> Numbers:
        """Give the pixels, shape (..., 2), of points of the plane (from −1 to 1) at heights from 0 to 1."""
        x = a * math.cos(self.turn) - b * math.sin(self.turn)
        up = self.depth(a, b) * math.sin(self.tilt) + (heights - 0.5) * HEIGHT * math.cos(self.tilt)
        return np.stack([self.centre[0] + self.scale * x, self.centre[1] - self.scale * up], axis=-1)

    def depth(self, a: Numbers, b: Numbers) -> Numbers:
        """Say how far away points of the plane are; larger is further."""
        return np.asarray(a * math.sin(self.turn) + b * math.cos(self.turn))

    def over_plane(self, positions: Numbers) -> tuple[Numbers, Numbers]:
        """Place positions, shape (n, dimension), on the plane, where it reaches from −1 to 1."""
        placed = self.projection.placed(positions)
        return 2 * self.across.shares(placed[:, 0]) - 1, 2 * self.along.shares(placed[:, 1]) - 1

    def heights(self, losses: Numbers) -> Numbers:
        """Give the heights, 0 at the bottom and 1 at the top, of values of the objective; nothing lies lower."""
        with np.errstate(all="ignore"):
            raised = np.asarray(losses, dtype=np.float64) - self.base
            return self.up.shares(np.maximum(raised, self.up.low))

    def is_hidden(self, a: Numbers, b: Numbers, heights: Numbers) -> npt.NDArray[np.bool_]:
        """Say which points lie behind the surface: it rises above the line of sight from them to the viewer."""
        way = np.linspace(0.0, 2 * _DIAGONAL, _LOOKS + 1)[1:, None]
        there_a, there_b = a - way * math.sin(self.turn), b - way * math.cos(self.turn)
        sight = heights * HEIGHT + way * math.tan(self.tilt)
        rows, columns = self.shares.shape
        row = np.rint((there_b + 1) / 2 * (rows - 1))
        column = np.rint((there_a + 1) / 2 * (columns - 1))
        is_over = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        with np.errstate(all="ignore"):
            place = np.where(is_over, row, 0).astype(int), np.where(is_over, column, 0).astype(int)
            return np.asarray((is_over & (self.shares[place] * HEIGHT > sight + _CLEAR)).any(axis=0))


def relief_of(descent: DescentState, box: QRectF, ink: Ink) -> Relief | None:
    """Stand the landscape in a box; None where no surface is asked for, or no value of it over a plane is known."""
    landscape = descent.landscape
    if not descent.view.is_surface or landscape is None or landscape.problem or len(landscape.plane.directions) != 2:
        return None
    values = _thinned(grid_values(landscape))
    finite = values[np.isfinite(values)]
    if not finite.size:
        return None
    title = descent.objective.title if descent.objective is not None else "loss"
    up, base = _up(finite, title, is_log=descent.view.is_log_level)
    across, along = _floor(landscape)
    tilt = math.radians(descent.view.tilt)
    room = box.adjusted(ink.px(_ROOM), ink.px(_ROOM / 2), -ink.px(_ROOM), -ink.px(_ROOM))
    high = 2 * _DIAGONAL * math.sin(tilt) + HEIGHT * math.cos(tilt)
    with np.errstate(all="ignore"):
        shares = up.shares(np.where(np.isfinite(values), np.maximum(values - base, up.low), np.nan))
    return Relief(
        projection=Projection(landscape.plane),
        across=across,
        along=along,
        up=up,
        base=base,
        shares=shares,
        turn=math.radians(descent.view.turn),
        tilt=tilt,
        centre=(room.center().x(), room.center().y()),
        scale=max(1.0, min(room.width() / (2 * _DIAGONAL), room.height() / high)),
    )


def _floor(landscape: Landscape) -> tuple[Axis, Axis]:
    extent, titles = landscape.extent, landscape.plane.titles
    across, along = (Axis(low=extent.low[place], high=extent.high[place], title=titles[place]) for place in (0, 1))
    return across, along


def _thinned(values: Numbers) -> Numbers:
    rows, columns = (np.linspace(0, count - 1, min(count, SIDE + 1)).round().astype(int) for count in values.shape)
    return np.asarray(values[np.ix_(rows, columns)])


def _up(finite: Numbers, title: str, *, is_log: bool) -> tuple[Axis, float]:
    low, high = float(finite.min()), float(finite.max())
    if low == high:
        return Axis(low=low, high=low + 1.0, title=title), 0.0
    if not is_log:
        return Axis(low=low, high=high, title=title), 0.0
    base = 0.0 if low > 0 else low
    bottom = max(float(np.quantile(finite, _BOTTOM_SHARE)) - base, _DEEPEST * (high - base))
    return Axis(low=bottom, high=high - base, is_log=True, title=title if not base else f"{title} − min"), base
