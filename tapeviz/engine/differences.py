"""Slopes by finite differences: central ones in two step sizes, extrapolated, and the slopes of both sides."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

Function = Callable[[float], float]

_STEPS = {True: (1e-4, 1e-6, 1e-8), False: (1e-2, 1e-3)}
_EPSILON = {True: 2.0**-52, False: 2.0**-23}
_GOOD = {True: 1e-8, False: 1e-3}
_NEARER = {True: (64, 4096), False: (64,)}
_MUCH_NEARER = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """A slope with what it may be wrong by; `left` and `right` where the one-sided slopes are not the same."""

    value: float
    error: float
    left: float | None = None
    right: float | None = None

    @property
    def is_finite(self) -> bool:
        """Whether the function has numbers on both sides."""
        return math.isfinite(self.value)


def slope_at(function: Function, size: float, *, is_wide: bool) -> Slope:
    """Find the slope of a function at shift 0.

    Central differences ``D(h) = (f(h) − f(−h)) / 2h`` at h and h/2 are extrapolated (Richardson: ``(4 D(h/2) − D(h)) /
    3``); their difference and the rounding of the function's values bound the error. Of several steps h the one with
    the smallest error is taken: a kink nearby spoils the wide ones. The slopes of the two sides are those of a kink
    where their difference does not vanish with h.

    Parameters
    ----------
    function : callable
        The function, by how far its argument is shifted.
    size : float
        How large the argument is; the steps are in proportion.
    is_wide : bool
        Whether the function computes in double precision, or in single.
    """
    centre = function(0.0)
    best: Slope | None = None
    for step in _steps(size, is_wide):
        slope = _central(function, step, _EPSILON[is_wide])
        if best is None or not best.is_finite or slope.error < best.error:
            best = slope
        if best.error <= _GOOD[is_wide] * abs(best.value):
            break
    assert best is not None
    sides = _sides(function, centre, max(size, 1.0), is_wide)
    return Slope(value=best.value, error=best.error, left=sides[0], right=sides[1]) if sides else best


def _steps(size: float, is_wide: bool) -> list[float]:
    scales = [1.0] if size == 0 else [max(size, 1.0), size] if size < 1 else [size]
    return [2.0 ** round(math.log2(step * scale)) for step in _STEPS[is_wide] for scale in scales]


def _central(function: Function, step: float, epsilon: float) -> Slope:
    values = [function(shift) for shift in (step, -step, step / 2, -step / 2)]
    if not all(map(math.isfinite, values)):
        return Slope(value=math.nan, error=math.inf)
    wide, near = (values[0] - values[1]) / (2 * step), (values[2] - values[3]) / step
    value = (4 * near - wide) / 3
    rounding = epsilon * max(map(abs, values)) / step
    return Slope(value=value, error=abs(value - near) + 4 * rounding)


def unsteadiness(function: Function, size: float, *, is_wide: bool) -> float:
    """Say how far the slopes in different step sizes lie apart: what kinks nearby and rounding do to them."""
    slopes = [_central(function, step, _EPSILON[is_wide]).value for step in _steps(size, is_wide)]
    return max(slopes) - min(slopes) if all(map(math.isfinite, slopes)) else math.inf


def _sides(function: Function, centre: float, size: float, is_wide: bool) -> tuple[float, float] | None:
    """Give the one-sided slopes where the argument stands at a kink, not only near one."""
    step = 2.0 ** round(math.log2(_STEPS[is_wide][0] * size))
    sides = _one_sided(function, centre, step)
    first = gap = abs(sides[1] - sides[0])
    for nearer in _NEARER[is_wide]:
        if not math.isfinite(gap) or gap <= 1e-3 * max(map(abs, sides)):
            return None
        sides = _one_sided(function, centre, step / nearer)
        gap = abs(sides[1] - sides[0])
        rounding = 8 * _EPSILON[is_wide] * abs(centre) * nearer / step
        if gap <= _MUCH_NEARER * first or gap <= 1e-3 * max(map(abs, sides)) + rounding:
            return None
    return sides


def _one_sided(function: Function, centre: float, step: float) -> tuple[float, float]:
    return (centre - function(-step)) / step, (function(step) - centre) / step
