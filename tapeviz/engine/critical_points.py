"""Where the gradient of an objective is 0: Newton's method from every point of a grid at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tapeviz.engine.curvature import Quadratic, curvature_of
from tapeviz.engine.objective import NoObjectiveError, Objective
from tapeviz.engine.vectorised import Vectorised
from tapeviz.model.landscape import CriticalKind, Curvature, Extent, Plane

Numbers = npt.NDArray[np.float64]

MAX_POINTS = 1000
"""More are not told: nobody can look at them."""

_STARTS = {1: 2048, 2: 64}
"""Points along each direction from which one searches, by how many directions there are."""

_MOST_STARTS = 4096
_ITERATIONS = 60
_REACH = 2.0
"""How far one iteration goes at most, in distances between starts: each finds what is near."""

_SETTLED = 1e-5
_SAME = 1e-3
"""As shares of the extent: a search that moves less has arrived, and points that are nearer are one."""

_MAX_DEGENERATE = 32
"""Where there are more, the gradient is 0 on a curve or all over a region: that is no point."""

_ORDER: tuple[CriticalKind | None, ...] = ("minimum", "saddle", "maximum", "degenerate")


class CriticalPoints:
    """The critical points of an objective whose coordinates are all seen in the picture.

    Parameters
    ----------
    objective : Objective
    """

    def __init__(self, objective: Objective) -> None:
        self._objective = objective
        size = objective.dimension
        shape = (1 + size + size**2,)
        self._rows = Vectorised(self._row, shape, objective, lambda position: position, _MOST_STARTS)

    def within(
        self, plane: Plane, extent: Extent, is_wanted: Callable[[], bool] = lambda: True
    ) -> tuple[Curvature, ...]:
        """Find those in a part of a plane: minima, saddles, maxima, degenerate ones, each by their values.

        Raises
        ------
        GivenUpError
            As soon as `is_wanted` says so.
        NoObjectiveError
            If there is no telling; the message says why.
        """
        axes, size = len(plane.directions), self._objective.dimension
        if size != axes:
            raise NoObjectiveError(
                "Critical points are looked for where the picture shows every coordinate of the objective; "
                f"this one has {size:,}."
            )
        if self._objective.reason:
            raise NoObjectiveError(
                f"Critical points are looked for from thousands of starts at once. {self._objective.reason}"
            )
        ends = np.asarray(extent.low), np.asarray(extent.high)
        frame = _Frame(np.asarray(plane.origin), np.asarray(plane.directions), *ends)
        found, scale = self._searched(frame, is_wanted)
        points = [
            (near.value, curvature_of(position, near, scale)) for position, near in self._told(frame, found, is_wanted)
        ]
        known = [point for point in points if point[1].kind is not None]
        separate = [point for point in known if point[1].kind != "degenerate"]
        if len(known) - len(separate) > _MAX_DEGENERATE:
            known = separate
            if not known:
                raise NoObjectiveError("The gradient is 0 on whole curves or regions here, not at separate points.")
        return tuple(point for _, point in sorted(known, key=_in_order))

    def _searched(self, frame: _Frame, is_wanted: Callable[[], bool]) -> tuple[Numbers, float]:
        """Go from a grid of starts to where the gradient is 0; say too how large second derivatives are there."""
        axes = len(frame.low)
        ends = np.linspace(0.0, 1.0, _STARTS[axes])
        places = np.stack(np.meshgrid(*(ends,) * axes), axis=-1).reshape(-1, axes)
        scale = 0.0
        steps = np.full(len(places), np.inf)
        for iteration in range(_ITERATIONS):
            _, gradients, hessians = self._near(frame.positions(places), is_wanted)
            if iteration == 0:
                scale = float(np.nanmedian(np.abs(hessians).max(axis=(1, 2)))) if len(hessians) else 0.0
            moves = _newton(*frame.seen(gradients, hessians), _REACH * ends[1])
            places = places + moves
            steps = np.linalg.norm(moves, axis=1)
        is_inside = ((places >= -_SAME) & (places <= 1 + _SAME)).all(axis=1)
        return _separate(places[(steps < _SETTLED) & is_inside]), scale

    def _told(
        self, frame: _Frame, places: Numbers, is_wanted: Callable[[], bool]
    ) -> Iterator[tuple[Numbers, Quadratic]]:
        if not len(places):
            return
        positions = frame.positions(places)
        for position, value, gradient, hessian in zip(positions, *self._near(positions, is_wanted), strict=True):
            yield position, Quadratic(value=float(value), gradient=gradient, hessian=hessian)

    def _near(self, positions: Numbers, is_wanted: Callable[[], bool]) -> tuple[Numbers, Numbers, Numbers]:
        """Compute values (n,), gradients (n, d) and Hessians (n, d, d) at positions."""
        size = self._objective.dimension
        rows = self._rows(tf.constant(positions, self._objective.dtype), (), is_wanted).astype(np.float64)
        hessians = rows[:, 1 + size :].reshape(-1, size, size)
        return rows[:, 0], rows[:, 1 : 1 + size], (hessians + hessians.transpose(0, 2, 1)) / 2

    def _row(self, position: Any) -> Any:
        """Give value, gradient and Hessian at a position, one after the other."""
        with tf.GradientTape(persistent=True) as outer:
            outer.watch(position)
            with tf.GradientTape() as inner:
                inner.watch(position)
                value = tf.cast(tf.reshape(self._objective.at(position), ()), position.dtype)
            gradient = inner.gradient(value, position)
            if gradient is None:
                raise NoObjectiveError("The objective has no gradient.")
            slopes = tf.unstack(gradient, num=self._objective.dimension)
        nothing = tf.UnconnectedGradients.ZERO
        rows = [outer.gradient(slope, position, unconnected_gradients=nothing) for slope in slopes]
        return tf.concat([[value], gradient, *rows], 0)


@dataclass(frozen=True, slots=True)
class _Frame:
    """The extent of a plane as a unit square: however long its sides are, a search treats them alike."""

    origin: Numbers
    directions: Numbers
    low: Numbers
    high: Numbers

    def positions(self, places: Numbers) -> Numbers:
        """Give the positions of places in the square: shape (n, axes) to (n, dimension)."""
        return self.origin + (self.low + (self.high - self.low) * places) @ self.directions

    def seen(self, gradients: Numbers, hessians: Numbers) -> tuple[Numbers, Numbers]:
        """Give gradients and Hessians as they are along the sides of the square."""
        sides = (self.high - self.low)[:, None] * self.directions
        return gradients @ sides.T, sides @ hessians @ sides.T


def _newton(gradients: Numbers, hessians: Numbers, reach: float) -> Numbers:
    """Step from each place to where the gradient is 0 to second order, `reach` at most; NaN where there is none."""
    has_all = np.isfinite(gradients).all(axis=1) & np.isfinite(hessians).all(axis=(1, 2))
    moves = np.full_like(gradients, np.nan)
    eigenvalues, eigenvectors = np.linalg.eigh(hessians[has_all])
    along = np.einsum("nij,ni->nj", eigenvectors, gradients[has_all])
    smallest = np.finfo(np.float32).tiny
    curved = np.where(np.abs(eigenvalues) < smallest, smallest, eigenvalues)
    steps = np.einsum("nij,nj->ni", eigenvectors, -along / curved)
    lengths = np.linalg.norm(steps, axis=1, keepdims=True)
    moves[has_all] = steps * np.minimum(1.0, reach / np.maximum(lengths, reach))
    return moves


def _separate(places: Numbers) -> Numbers:
    """Leave one of the places that are the same."""
    kept = []
    while len(places):
        kept.append(places[0])
        places = places[np.linalg.norm(places - places[0], axis=1) > _SAME]
    return np.array(kept[:MAX_POINTS])


def _in_order(point: tuple[float, Curvature]) -> tuple[int, float, tuple[float, ...]]:
    value, curvature = point
    return _ORDER.index(curvature.kind), round(value, 6), curvature.position
