"""At which values the level sets of a landscape are drawn."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from tapeviz.model.ticks import round_step

Numbers = npt.NDArray[Any]

_TOP_SHARE = 0.97
"""A wall that rises out of sight takes no level from what lies below this share of the points."""

_BOTTOM_SHARE = 0.002
_DEEPEST = 1e-6
"""Levels by the logarithm begin no deeper than this share of their span above the lowest point."""


def level_values(values: Numbers, count: int, is_log: bool) -> Numbers:
    """Choose about `count` levels, ascending, for the finite ones among `values`.

    Parameters
    ----------
    values : array
        A landscape; NaN and infinite where the objective has no value.
    count : int
    is_log : bool
        Evenly spaced by the logarithm of the value (of the height over the lowest point where some are not positive),
        which shows the floor of a ravine; else at round numbers, evenly spaced.

    Returns
    -------
    array of float64
        Strictly ascending; empty where the values are all the same or none is finite.
    """
    finite = np.asarray(values, dtype=np.float64)
    finite = finite[np.isfinite(finite)]
    if not finite.size or finite.min() == finite.max():
        return np.empty(0)
    return _by_logarithm(finite, count) if is_log else _evenly(finite, count)


def _evenly(finite: Numbers, count: int) -> Numbers:
    low, high = float(finite.min()), float(np.quantile(finite, _TOP_SHARE))
    if not (high > low and math.isfinite((high - low) / count)):
        high = float(finite.max())
    span = (high - low) / (count + 1)
    if not (math.isfinite(span) and span > 0):
        return np.empty(0)
    step = round_step(span)
    first = math.floor(low / step) + 1
    levels = np.asarray(step * np.arange(first, first + count + 2), dtype=np.float64)
    return _strictly(levels[(levels > low) & (levels < finite.max())])


def _by_logarithm(finite: Numbers, count: int) -> Numbers:
    low, high = float(finite.min()), float(finite.max())
    base = 0.0 if low > 0 else low
    heights = finite - base
    top = high - base
    if not math.isfinite(top):
        return np.empty(0)
    above = heights[heights > 0]
    bottom = max(float(np.quantile(above, _BOTTOM_SHARE)), _DEEPEST * top)
    if bottom >= top:
        return np.empty(0)
    spaced = np.geomspace(bottom, top, count + 1)[:-1]
    return _strictly(base + (_short(spaced) if base == 0 else spaced))


def _short(numbers: Numbers) -> Numbers:
    """Round to two digits: these are written at the lines."""
    return np.array([float(f"{number:.1e}") for number in numbers])


def _strictly(levels: Numbers) -> Numbers:
    return np.unique(levels[np.isfinite(levels)])
