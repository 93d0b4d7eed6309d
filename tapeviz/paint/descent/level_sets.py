"""Level sets of a landscape as paths: what lies above each level, and the line along which it is reached."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import contourpy
import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QPainterPath

from tapeviz.model.identity import Same
from tapeviz.model.landscape import Extent, Landscape
from tapeviz.model.levels import level_values
from tapeviz.paint.descent.array_paths import path_of

Numbers = npt.NDArray[Any]
KEPT = 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LevelSets:
    """A landscape cut at its levels, in its own coordinates.

    Parameters
    ----------
    levels : tuple of float
        Ascending.
    ground : QPainterPath
        Where the objective has a finite value.
    above : tuple of QPainterPath
        For each level, where the objective is higher; each lies within the one before.
    lines : tuple of QPainterPath
    label_places : tuple of array of shape (n, 2)
        For each level, the points of its longest line.
    """

    levels: tuple[float, ...]
    ground: QPainterPath
    above: tuple[QPainterPath, ...]
    lines: tuple[QPainterPath, ...]
    label_places: tuple[Numbers, ...]


def level_sets(landscape: Landscape, count: int, is_log: bool) -> LevelSets:
    """Cut a landscape over a plane at about `count` levels; worked out once."""
    return _level_sets(Same(landscape), count, is_log)


@lru_cache(maxsize=KEPT)
def _level_sets(same: Same, count: int, is_log: bool) -> LevelSets:
    (landscape,) = same.objects
    values = grid_values(landscape)
    levels = level_values(values, count, is_log)
    xs, ys = grid_axes(landscape.extent, values.shape)
    is_known = np.isfinite(values)
    scale = float(np.abs(values[is_known]).max()) if is_known.any() else 1.0
    masked = np.ma.array(np.where(is_known, values, 0.0) / (scale or 1.0), mask=~is_known)
    cutter = contourpy.contour_generator(
        xs, ys, masked, name="serial", corner_mask=True, line_type="Separate", fill_type="OuterOffset"
    )
    cuts = levels / (scale or 1.0)
    lines = [cutter.lines(cut) for cut in cuts]
    return LevelSets(
        levels=tuple(float(level) for level in levels),
        ground=filled_path(cutter.filled(-math.inf, math.inf)),
        above=tuple(filled_path(cutter.filled(cut, math.inf)) for cut in cuts),
        lines=tuple(path_of(each) for each in lines),
        label_places=tuple(max(each, key=len, default=np.empty((0, 2))) for each in lines),
    )


def grid_values(landscape: Landscape) -> Numbers:
    """Give the values of a landscape as doubles."""
    return np.asarray(landscape.values.array, dtype=np.float64)


def grid_axes(extent: Extent, shape: Sequence[int]) -> tuple[Numbers, Numbers]:
    """Give the coordinates of the columns and of the rows of a grid over an extent."""
    rows, columns = shape
    return (
        np.linspace(extent.low[0], extent.high[0], columns),
        np.linspace(extent.low[1], extent.high[1], rows),
    )


def filled_path(found: tuple[list[Numbers], list[Numbers]]) -> QPainterPath:
    """Join the polygons that contourpy found, with their holes, each given by its points and where its rings begin."""
    rings = [
        points[start:end] for points, offsets in zip(*found, strict=True) for start, end in itertools.pairwise(offsets)
    ]
    return path_of(rings)
