"""The Hessian of an objective at a position, and what it says: how curved, how fast one may go, what kind of point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tapeviz.engine.objective import NoObjectiveError, Objective
from tapeviz.engine.vectorised import Vectorised
from tapeviz.model.landscape import CriticalKind, Curvature

Numbers = npt.NDArray[np.float64]

MAX_DIMENSION = 256
"""Of more coordinates no Hessian is computed: it would have as many rows, each of them a backward pass."""

_NEAR = 1e-4
"""So near a critical point, as a share of the position's size, one is at it: single precision says no more."""

_FLAT = 1e-4
"""An eigenvalue that is so small beside the largest is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quadratic:
    """An objective near a position, to second order: arrays in double precision of shape (), (d,) and (d, d)."""

    value: float
    gradient: Numbers
    hessian: Numbers


class Hessians:
    """The second derivatives of an objective: gradients of gradients by the tape, a row for each coordinate.

    Parameters
    ----------
    objective : Objective

    Raises
    ------
    NoObjectiveError
        If it has too many coordinates.
    """

    def __init__(self, objective: Objective) -> None:
        self._objective = objective
        self._size = objective.dimension
        if self._size > MAX_DIMENSION:
            raise NoObjectiveError(
                f"The Hessian of {self._size:,} coordinates has as many rows; up to {MAX_DIMENSION} are computed."
            )
        shape = (1 + 2 * self._size,)
        self._rows = Vectorised(self._row, shape, objective, lambda _direction, position: position, self._size)

    def at(self, position: Sequence[float], is_wanted: Callable[[], bool] = lambda: True) -> Quadratic:
        """Compute value, gradient and Hessian at a position of shape (dimension,).

        Raises
        ------
        GivenUpError
            As soon as `is_wanted` says so.
        NoObjectiveError
            If the objective has no second derivative there, or this is no position of it.
        """
        if len(position) != self._size:
            raise NoObjectiveError(f"A position has {self._size} coordinates here, not {len(position)}.")
        dtype = self._objective.dtype
        where = tf.constant(position, dtype)
        rows = self._rows(tf.eye(self._size, dtype=dtype), (where,), is_wanted, is_coarse=True).astype(np.float64)
        if not np.isfinite(rows).all():
            raised = self._rows.complaint(tf.eye(self._size, dtype=dtype)[0], (where,))
            raise NoObjectiveError(f"The objective has no curvature here. {raised}".strip())
        hessian = rows[:, 1 + self._size :]
        return Quadratic(
            value=float(rows[0, 0]), gradient=rows[0, 1 : 1 + self._size], hessian=(hessian + hessian.T) / 2
        )

    def _row(self, direction: Any, position: Any) -> Any:
        """Give the value, the gradient and the product of the Hessian with a direction, one after the other."""
        with tf.GradientTape() as outer:
            outer.watch(position)
            with tf.GradientTape() as inner:
                inner.watch(position)
                value = tf.cast(tf.reshape(self._objective.at(position), ()), position.dtype)
            gradient = inner.gradient(value, position)
            if gradient is None:
                raise NoObjectiveError("The objective has no gradient.")
            slope = tf.reduce_sum(gradient * direction)
        row = outer.gradient(slope, position, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        return tf.concat([[value], gradient, row], 0)


def curvature_of(position: Sequence[float] | Numbers, near: Quadratic, scale: float = 0.0) -> Curvature:
    """Say what the second derivatives at a position mean.

    Parameters
    ----------
    scale : float
        How large second derivatives are elsewhere: beside it, those at a degenerate point are nothing.
    """
    eigenvalues, eigenvectors = np.linalg.eigh(near.hessian)
    sizes = np.abs(eigenvalues)
    largest = float(eigenvalues[-1])
    rounding = np.finfo(np.float32).eps * float(sizes.max())
    return Curvature(
        position=tuple(map(float, position)),
        eigenvalues=tuple(map(float, eigenvalues)),
        eigenvectors=tuple(tuple(map(float, vector)) for vector in eigenvectors.T),
        gradient_norm=float(np.linalg.norm(near.gradient)),
        condition=float(sizes.max() / sizes.min()) if sizes.min() > rounding else None,
        largest_stable_rate=2 / largest if largest > rounding else None,
        kind=_kind(np.asarray(position), near.gradient, eigenvalues, eigenvectors, scale),
    )


def _kind(
    position: Numbers, gradient: Numbers, eigenvalues: Numbers, eigenvectors: Numbers, scale: float
) -> CriticalKind | None:
    """Say what critical point it is; None where the nearest one, to second order, is elsewhere."""
    largest = float(np.abs(eigenvalues).max())
    flat = np.abs(eigenvalues) <= _FLAT * max(largest, scale)
    along = np.abs(eigenvectors.T @ gradient)
    distances = along / np.where(flat, max(largest, scale) or 1.0, np.abs(eigenvalues))
    if (distances > _NEAR * max(1.0, float(np.linalg.norm(position)))).any():
        return None
    if flat.any():
        return "degenerate"
    if (eigenvalues > 0).all():
        return "minimum"
    return "maximum" if (eigenvalues < 0).all() else "saddle"
