"""The regions of a plane from which descent ends in the same minimum, as paths."""

from __future__ import annotations

import string
from functools import lru_cache

import contourpy
import numpy as np
from PySide6.QtGui import QPainterPath

from tapeviz.model.identity import Same
from tapeviz.model.landscape import Basins
from tapeviz.paint.descent.level_sets import filled_path, grid_axes
from tapeviz.paint.descent.looks import look_of
from tapeviz.paint.descent.ramp import mixed
from tapeviz.paint.theme import Theme

LETTERS = string.ascii_uppercase
KEPT = 4
_TINT = 0.34


def basin_regions(basins: Basins) -> tuple[tuple[int, QPainterPath], ...]:
    """Give the region of each minimum, by its place in `basins.minima`; worked out once."""
    return _regions(Same(basins))


@lru_cache(maxsize=KEPT)
def _regions(same: Same) -> tuple[tuple[int, QPainterPath], ...]:
    (basins,) = same.objects
    ends = np.asarray(basins.ends.array)
    xs, ys = grid_axes(basins.extent, ends.shape)
    regions = []
    for number in range(len(basins.minima)):
        cutter = contourpy.contour_generator(
            xs, ys, (ends == number).astype(np.float64), name="serial", fill_type="OuterOffset"
        )
        regions.append((number, filled_path(cutter.filled(0.5, 2.0))))
    return tuple(regions)


def basin_colour(number: int, theme: Theme) -> str:
    """Give the soft colour of a basin; neighbours are told apart by hatching and letters too."""
    if theme.is_monochrome:
        return mixed(theme.canvas, theme.ink, 0.04 + 0.05 * (number % 4))
    return mixed(theme.canvas, look_of(number, theme).colour, _TINT)
