"""Which iterate lies nearest to a point of the main plot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF

from tapeviz.model.descent_scene import Way
from tapeviz.model.numbers import format_number
from tapeviz.paint.descent.terrain import Terrain
from tapeviz.paint.descent.trails import rows_until

COARSE = 20_000
"""Of longer trajectories this many iterates are looked at first, then those around the nearest of them."""

MAX_NUMBERS = 4
"""A position of more coordinates than this is not written out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """An iterate of a trajectory, and where it stands."""

    way: Way
    iterate: int
    row: int
    at: QPointF


def nearest_iterate(ways: Sequence[Way], terrain: Terrain, point: QPointF, reach: float) -> Picked | None:
    """Find the iterate nearest to a point, no further than `reach` pixels; of equals the one painted last."""
    best: Picked | None = None
    best_distance = reach
    for way in ways:
        rows = rows_until(way.trajectory, way.shown)
        found = _nearest_row(way, terrain, point, rows)
        if found is not None and found[1] <= best_distance:
            row, best_distance, at = found
            best = Picked(way=way, iterate=int(way.trajectory.kept[row]), row=row, at=at)
    return best


def _nearest_row(way: Way, terrain: Terrain, point: QPointF, rows: int) -> tuple[int, float, QPointF] | None:
    stride = max(1, rows // COARSE)
    found = _nearest_of(way, terrain, point, 0, rows, stride)
    if found is not None and stride > 1:
        found = _nearest_of(way, terrain, point, max(0, found[0] - stride), min(rows, found[0] + stride), 1) or found
    return found


def _nearest_of(
    way: Way, terrain: Terrain, point: QPointF, first: int, last: int, stride: int
) -> tuple[int, float, QPointF] | None:
    places = terrain.placing(way.trajectory, slice(first, last, stride))
    with np.errstate(all="ignore"):
        distances = np.hypot(places[:, 0] - point.x(), places[:, 1] - point.y())
    if not np.isfinite(distances).any():
        return None
    nearest = int(np.nanargmin(distances))
    x, y = places[nearest].tolist()
    return first + nearest * stride, float(distances[nearest]), QPointF(x, y)


def picked_words(picked: Picked) -> tuple[str, str]:
    """Say which iterate it is, and where and how high."""
    trajectory = picked.way.trajectory
    position = trajectory.positions[picked.row].tolist()
    numbers = ", ".join(format_number(number) for number in position)
    place = f"({numbers})  ·  " if len(position) <= MAX_NUMBERS else ""
    loss = float(trajectory.losses[picked.iterate])
    if math.isnan(loss) and picked.way.own is not None:
        return f"{picked.way.title}  ·  after the last iteration", place.removesuffix("  ·  ")
    return f"{picked.way.title}  ·  iteration {format_number(picked.iterate)}", f"{place}loss {format_number(loss)}"
