"""An objective over a line or a plane: its values, coarse first, and its gradient along the directions."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from tapeviz.engine.objective import Objective
from tapeviz.engine.vectorised import MAX_PIECE, Vectorised
from tapeviz.model.landscape import Extent, Landscape, Plane
from tapeviz.model.tensor import TensorValue, whole_value

COARSE = (32, 96)
"""Points along each direction of what comes before the landscape that was asked for."""

SLOPES = 24
"""Gradients along each direction of a plane; over a line there are as many as points."""

_FEW = 1024
"""So many points of a line, or gradients, are computed by one call."""

_AT_ONCE = 0.05
"""Seconds: what took no longer the last time comes without anything coarser before it."""

_TOO_LONG = 60.0
"""Seconds: what would take longer is not begun; the coarser landscape is then the last."""


class Relief:
    """The landscapes of an objective, with what was compiled for them.

    Where the objective raises it has no value: NaN stands there.

    Parameters
    ----------
    objective : Objective
    """

    def __init__(self, objective: Objective) -> None:
        self.dtype = objective.dtype if objective.dtype in (tf.float32, tf.float64) else tf.float32
        self._objective = objective
        self._fields: dict[tuple[int, bool], Vectorised] = {}
        self._seconds = float("inf")

    def landscapes(
        self,
        plane: Plane,
        extent: Extent,
        resolution: int,
        *,
        with_gradients: bool = False,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> Iterator[tuple[Landscape, bool]]:
        """Compute the objective over an extent, first at few points; with each comes whether it is the last.

        Raises
        ------
        GivenUpError
            As soon as `is_wanted` says so; it is asked again and again.
        """
        axes = len(plane.directions)
        shared = (self._frame(plane, extent),)
        field = self._field(axes, is_slope=False)
        sizes = [size for size in COARSE if size < resolution and self._seconds > _AT_ONCE] + [resolution]
        for size, finer in zip(sizes, [*sizes[1:], None], strict=True):
            started = time.perf_counter()
            points = _fractions(size, axes, self.dtype)
            values = field(points, shared, is_wanted, is_coarse=finer is not None)
            self._seconds = time.perf_counter() - started
            is_last = finer is None or self._seconds * (finer / size) ** axes > _TOO_LONG
            slopes = self._slopes(extent, size, shared, is_wanted) if with_gradients and is_last else None
            yield (
                Landscape(
                    plane=plane,
                    extent=extent,
                    values=whole_value(values.reshape((size,) * axes)),
                    gradients=slopes,
                    problem=_nowhere(field.complaint(points[0], shared)) if np.isnan(values).all() else "",
                ),
                is_last,
            )
            if is_last:
                return

    def _slopes(self, extent: Extent, size: int, shared: tuple[Any, ...], is_wanted: Callable[[], bool]) -> TensorValue:
        axes = len(extent.low)
        count = size if axes == 1 else SLOPES
        points = _fractions(count, axes, self.dtype)
        along = self._field(axes, is_slope=True)(points, shared, is_wanted, is_coarse=True)
        sides = np.subtract(extent.high, extent.low).astype(along.dtype)
        return whole_value(np.ascontiguousarray((along / sides).T).reshape(axes, *(count,) * axes))

    def _field(self, axes: int, *, is_slope: bool) -> Vectorised:
        found = self._fields.get((axes, is_slope))
        if found is None:
            one, shape = (self._slope, (axes,)) if is_slope else (self._value, ())
            most = _FEW if is_slope or axes == 1 else MAX_PIECE
            found = Vectorised(one, shape, self._objective, lambda fractions, frame: _within(frame, fractions), most)
            self._fields[axes, is_slope] = found
        return found

    def _frame(self, plane: Plane, extent: Extent) -> Any:
        """Return the lowest corner of an extent and its sides, a tensor of shape (1 + axes, dimension)."""
        low, high, directions = np.asarray(extent.low), np.asarray(extent.high), np.asarray(plane.directions)
        corner = np.asarray(plane.origin) + low @ directions
        return tf.constant(np.vstack([corner, (high - low)[:, None] * directions]), self.dtype)

    def _value(self, fractions: Any, frame: Any) -> Any:
        return tf.cast(tf.reshape(self._objective.at(_within(frame, fractions)), ()), self.dtype)

    def _slope(self, fractions: Any, frame: Any) -> Any:
        """Ask the tape for the gradient along the sides of the extent."""
        with tf.GradientTape() as tape:
            tape.watch(fractions)
            value = self._objective.at(_within(frame, fractions))
        gradient = tape.gradient(value, fractions)
        nothing = tf.fill(fractions.shape, tf.constant(np.nan, self.dtype))
        return nothing if gradient is None else tf.where(tf.math.is_nan(tf.reshape(value, ())), nothing, gradient)


def _within(frame: Any, fractions: Any) -> Any:
    corner, *sides = tf.unstack(frame)
    position = corner
    for part, side in zip(tf.unstack(fractions), sides, strict=True):
        position = position + part * side
    return position


@functools.lru_cache(maxsize=16)
def _fractions(size: int, axes: int, dtype: tf.DType) -> Any:
    """Return where the points of a grid lie between the ends of an extent: shape (size ** axes, axes)."""
    ends = np.linspace(0.0, 1.0, size)
    return tf.constant(np.stack(np.meshgrid(*(ends,) * axes), axis=-1).reshape(-1, axes), dtype)


def _nowhere(raised: str) -> str:
    if raised:
        return f"The objective cannot be computed in this part of the plane: {raised}"
    return "The objective is not a number anywhere in this part of the plane; look at another part of it."
