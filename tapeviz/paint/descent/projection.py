"""Positions as they are seen on a plane."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tapeviz.model.landscape import Plane

Numbers = npt.NDArray[Any]


class Projection:
    """Drops positions onto a plane or a line, by least squares.

    Parameters
    ----------
    plane : Plane
        Its directions need not be orthogonal; a position on the plane stays where it is.
    """

    def __init__(self, plane: Plane) -> None:
        self._origin = np.asarray(plane.origin, dtype=np.float64)
        self._directions = np.asarray(plane.directions, dtype=np.float64)
        self._lift = np.linalg.pinv(self._directions)

    def placed(self, positions: Numbers) -> Numbers:
        """Place positions of shape (n, dimension): shape (n, number of directions)."""
        with np.errstate(all="ignore"):
            return np.asarray((np.asarray(positions, dtype=np.float64) - self._origin) @ self._lift)

    def along(self, vectors: Numbers) -> Numbers:
        """Give the part along the plane of vectors (steps, eigenvectors) of shape (n, dimension)."""
        with np.errstate(all="ignore"):
            return np.asarray(np.asarray(vectors, dtype=np.float64) @ self._lift)

    def slopes(self, gradients: Numbers) -> Numbers:
        """Give the derivative along each direction, of gradients of shape (n, dimension)."""
        with np.errstate(all="ignore"):
            return np.asarray(np.asarray(gradients, dtype=np.float64) @ self._directions.T)

    def position(self, *places: float) -> Numbers:
        """Give the position that stands at a place of the plane, shape (dimension,)."""
        return np.asarray(self._origin + np.array(places) @ self._directions)

    def second_derivatives(self, eigenvalues: Numbers, eigenvectors: Numbers) -> Numbers:
        """Give the Hessian along the directions, out of its eigenvalues and eigenvectors."""
        along = np.asarray(eigenvectors, dtype=np.float64) @ self._directions.T
        return np.asarray(along.T @ (np.asarray(eigenvalues, dtype=np.float64)[:, None] * along))
