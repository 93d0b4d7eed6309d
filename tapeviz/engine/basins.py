"""In which minimum each start of a grid ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from tapeviz.engine.curvature import Hessians, Quadratic, curvature_of
from tapeviz.engine.many_descents import ManyDescents
from tapeviz.engine.objective import NoObjectiveError, Objective
from tapeviz.engine.replay import GivenUpError
from tapeviz.model.descent import DescentSettings
from tapeviz.model.descent_checks import settings_problem
from tapeviz.model.landscape import Basins, Extent, Plane
from tapeviz.model.tensor import whole_value

Numbers = npt.NDArray[np.float64]

MAX_MINIMA = 64
"""More are told apart by no colours."""

_NEAR = 0.02
"""A descent is in a minimum that is nearer to its end than this share of the extent's diagonal."""

_ROUNDS = 200
_ITERATIONS = 60
_SETTLED = 1e-6
_FLAT = 1e-4


class BasinSearch:
    """Colours starts by where they end, with what was compiled for the settings used last.

    Parameters
    ----------
    objective : Objective
    hessians : Hessians
        Of the objective.
    """

    def __init__(self, objective: Objective, hessians: Hessians) -> None:
        self._objective = objective
        self._hessians = hessians
        self._last: tuple[Any, ManyDescents] | None = None

    def coloured(
        self,
        plane: Plane,
        extent: Extent,
        resolution: int,
        settings: DescentSettings,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> Basins:
        """Descend from each start of a grid and find the minima that they end in.

        The minima are refined by Newton's method; the lowest comes first.

        Raises
        ------
        GivenUpError
            As soon as `is_wanted` says so.
        NoObjectiveError
            If that cannot be done with this objective.
        ValueError
            If the settings cannot be.
        """
        settings = replace(settings, start=())
        self._refuse(settings)
        axes = [np.linspace(low, high, resolution) for low, high in zip(extent.low, extent.high, strict=True)]
        places = np.stack(np.meshgrid(*axes), axis=-1)
        directions = np.asarray(plane.directions)
        starts = (np.asarray(plane.origin) + places @ directions).reshape(-1, self._objective.dimension)
        ends = self._descents(settings, len(starts)).ends(starts, is_wanted).astype(np.float64)
        diagonal = (np.asarray(extent.high) - np.asarray(extent.low)) @ directions
        search = _Minima(self._hessians, _NEAR * float(np.linalg.norm(diagonal)), is_wanted)
        found, minima = search.among(starts, ends)
        return Basins(
            plane=plane,
            extent=extent,
            ends=whole_value(found.reshape(places.shape[:-1])),
            minima=tuple(minimum.position for minimum in minima),
            losses=tuple(minimum.loss for minimum in minima),
        )

    def _refuse(self, settings: DescentSettings) -> None:
        if problem := settings_problem(settings, self._objective):
            raise ValueError(problem)
        if self._objective.reason:
            raise NoObjectiveError(f"Basins take thousands of descents at once. {self._objective.reason}")
        if not self._objective.is_vectorizable:
            raise NoObjectiveError(
                "Basins take thousands of descents at once, and TensorFlow cannot compute this objective at many "
                "positions at once."
            )

    def _descents(self, settings: DescentSettings, count: int) -> ManyDescents:
        if self._last is None or self._last[0] != (settings, count):
            self._last = (settings, count), ManyDescents(self._objective, settings, count)
        return self._last[1]


@dataclass(frozen=True, slots=True)
class _Minimum:
    position: tuple[float, ...]
    loss: float


class _Minima:
    """Finds the minima near which descents ended.

    Parameters
    ----------
    near : float
        How far from a minimum an end may be.
    """

    def __init__(self, hessians: Hessians, near: float, is_wanted: Callable[[], bool]) -> None:
        self._hessians = hessians
        self._near = near
        self._is_wanted = is_wanted

    def among(self, starts: Numbers, ends: Numbers) -> tuple[npt.NDArray[np.int64], list[_Minimum]]:
        """Return which minimum each end is in, -1 for none, and the minima, the lowest first.

        Raises
        ------
        NoObjectiveError
            If the minima are too many, as on a curve of them.
        """
        found = np.full(len(ends), -1)
        chance = np.random.default_rng(0)
        is_open = np.isfinite(ends).all(axis=1)
        has_moved = np.linalg.norm(ends - starts, axis=1) > self._near
        minima: list[_Minimum] = []
        for _ in range(_ROUNDS):
            left = np.flatnonzero(is_open)
            if not len(left):
                break
            if not self._is_wanted():
                raise GivenUpError
            moved = left[has_moved[left]]
            chosen = ends[chance.choice(moved if len(moved) else left)]  # likely one of a crowd
            minimum = self._refined(chosen, is_still=not len(moved))
            middle = chosen if minimum is None else np.asarray(minimum.position)
            with np.errstate(over="ignore"):
                around = is_open & (np.linalg.norm(ends - middle, axis=1) <= self._near)
            around |= is_open & (ends == chosen).all(axis=1)
            is_open &= ~around
            if minimum is not None:
                found[around] = len(minima)
                minima.append(minimum)
            if len(minima) > MAX_MINIMA:
                raise NoObjectiveError(
                    f"The descents end in more than {MAX_MINIMA} places, so no colours tell them apart. Look at a "
                    "smaller part of the plane."
                )
        return self._in_order(found, minima)

    def _refined(self, end: Numbers, *, is_still: bool) -> _Minimum | None:
        """Go down to the minimum that is near an end; None where none is.

        Where nothing moved (`is_still`) the end is in a minimum only if the objective curves up there: on a plateau
        a descent stays where it is.
        """
        position, step = end, np.full_like(end, np.inf)
        for _ in range(_ITERATIONS):
            try:
                here = self._hessians.at(tuple(position), self._is_wanted)
            except NoObjectiveError:
                return None
            if np.linalg.norm(step) <= _SETTLED * max(1.0, float(np.linalg.norm(position))):
                break
            step = _downhill(here, self._near)
            if np.linalg.norm(position + step - end) > self._near:
                return None
            position = position + step
        curvature = curvature_of(position, here)
        is_bowl = curvature.kind == "minimum"
        lowest, *_, highest = [curvature.eigenvalues[0], *curvature.eigenvalues]
        is_trough = curvature.kind == "degenerate" and lowest >= -_FLAT * abs(highest) and not is_still
        return _Minimum(curvature.position, here.value) if is_bowl or is_trough else None

    def _in_order(
        self, found: npt.NDArray[np.int64], minima: list[_Minimum]
    ) -> tuple[npt.NDArray[np.int64], list[_Minimum]]:
        order = sorted(range(len(minima)), key=lambda place: (round(minima[place].loss, 6), minima[place].position))
        places = np.array([*np.argsort(order), -1], dtype=np.int64)
        return places[found], [minima[place] for place in order]


def _downhill(here: Quadratic, longest: float) -> Numbers:
    """Step to where the gradient is 0 to second order; along directions that curve down, as far the other way."""
    eigenvalues, eigenvectors = np.linalg.eigh(here.hessian)
    sizes = np.maximum(np.abs(eigenvalues), np.finfo(np.float32).tiny)
    step = -eigenvectors @ (eigenvectors.T @ here.gradient / sizes)
    length = float(np.linalg.norm(step))
    return np.asarray(step * min(1.0, longest / length) if length else step)
