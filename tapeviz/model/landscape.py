"""The objective over a line or a plane: level sets, basins, curvature and critical points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tapeviz.model.tensor import TensorValue

CriticalKind = Literal["minimum", "maximum", "saddle", "degenerate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """A line or a plane through the space of positions: ``origin + a · directions[0] + b · directions[1]``.

    Parameters
    ----------
    origin : tuple of float, shape (dimension,)
    directions : tuple of tuples of float
        One direction for a line, two for a plane.
    titles : tuple of str
        What stands at the axes, one for each direction (``x``, ``first principal direction``).
    """

    origin: tuple[float, ...]
    directions: tuple[tuple[float, ...], ...]
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """The part of a plane that is looked at: from `low` to `high` along each direction, both ends included."""

    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Landscape:
    """The objective over a grid.

    `values` has shape (rows, columns), rows along the second direction, or (columns,) over a line; NaN where the
    objective has no value. `gradients` has shape (2, r, c), of a coarser grid over the same extent, along the two
    directions, or (1, columns) over a line; None where they were not asked for. `problem` is a sentence where the
    objective could not be computed.
    """

    plane: Plane
    extent: Extent
    values: TensorValue
    gradients: TensorValue | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basins:
    """Which minimum each start of a grid ends in.

    `ends` has shape (rows, columns), int64: a place in `minima`, or -1 where the descent went nowhere within its
    iterations. `minima` are positions, `losses` the objective there.
    """

    plane: Plane
    extent: Extent
    ends: TensorValue
    minima: tuple[tuple[float, ...], ...]
    losses: tuple[float, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curvature:
    """The Hessian of the objective at a position.

    Parameters
    ----------
    position : tuple of float, shape (dimension,)
    eigenvalues : tuple of float
        Ascending.
    eigenvectors : tuple of tuples of float
        Unit vectors, one for each eigenvalue.
    gradient_norm : float
    condition : float or None
        Largest over smallest absolute eigenvalue; None where the smallest is 0.
    largest_stable_rate : float or None
        2/λ for the largest eigenvalue λ, beyond which plain gradient descent moves away from a minimum with this
        curvature; None where no eigenvalue is positive.
    kind : CriticalKind or None
        What critical point it is; None where the gradient is not 0 there.
    """

    position: tuple[float, ...]
    eigenvalues: tuple[float, ...]
    eigenvectors: tuple[tuple[float, ...], ...]
    gradient_norm: float
    condition: float | None
    largest_stable_rate: float | None
    kind: CriticalKind | None = None
