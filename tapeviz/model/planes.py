"""Planes through the space of positions that are looked at, and which part of one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tapeviz.model.descent import ObjectiveFacts, Parameter, Trajectory, coordinates
from tapeviz.model.descent_state import PlaneChoice
from tapeviz.model.landscape import Extent, Plane
from tapeviz.model.numbers import format_number

Numbers = npt.NDArray[Any]

LEAST_REACH = 2.0
"""How far on both sides of a start is seen at least, where no domain is known."""

REACH = 1.5
"""How far else, as multiples of the start's own size: 0 is seen then."""

MARGIN = 0.15
"""How much is left free around trajectories, as a share of what they span."""

LARGEST_FIT = 8.0
"""A trajectory that ran away is followed up to so many times what was seen at first."""


def has_plane(choice: PlaneChoice, objective: ObjectiveFacts, trajectory: Trajectory | None) -> bool:
    """Whether there is such a plane: principal directions and the line from start to end need a trajectory."""
    if choice.kind == "random":
        return objective.dimension > 1
    if choice.kind == "coordinates":
        return True
    least = 3 if choice.kind == "principal" else 2
    return objective.dimension > 1 and trajectory is not None and len(_finite(trajectory.positions)) >= least


def plane_of(
    choice: PlaneChoice, objective: ObjectiveFacts, origin: Sequence[float], trajectory: Trajectory | None
) -> Plane:
    """Lay the chosen plane through the space of positions.

    All but the line go through the end of the trajectory, or through `origin` where there is none: two coordinates of
    more, the first two principal directions of the trajectory as seen from its end, and two random directions that are
    filter-normalised: each filter of a direction is as long as that of the weights (H. Li et al., Visualizing the Loss
    Landscape of Neural Nets, 2018, section 4). The line goes from the first iterate, at 0, to the last, at 1. Where
    there is no such plane, it is that of the first coordinates.
    """
    if not has_plane(choice, objective, trajectory):
        choice = PlaneChoice()
    path = _finite(trajectory.positions) if trajectory is not None else np.empty((0, 0))
    end = path[-1] if len(path) else np.asarray(origin, dtype=np.float64)
    if choice.kind == "coordinates":
        return _coordinate_plane(choice, objective, end)
    if choice.kind == "line":
        return _plane(path[0], [path[-1] - path[0]], ["from the start (0) to the end (1)"])
    if choice.kind == "principal":
        return _principal_plane(path, end)
    directions = [_filter_normalised(objective.parameters, end, choice.seed + place) for place in range(2)]
    return _plane(end, directions, ["first random direction", "second random direction"])


def _plane(origin: Numbers, directions: Iterable[Numbers], titles: Iterable[str]) -> Plane:
    return Plane(
        origin=tuple(map(float, origin)),
        directions=tuple(tuple(map(float, direction)) for direction in directions),
        titles=tuple(titles),
    )


def _coordinate_plane(choice: PlaneChoice, objective: ObjectiveFacts, through: Numbers) -> Plane:
    names = list(coordinates(objective.parameters))
    last = objective.dimension - 1
    first = min(choice.first, last)
    second = min(choice.second, last)
    chosen = [first] if last == 0 else [first, second if second != first else (first + 1) % (last + 1)]
    base = np.array(through, dtype=np.float64)
    # What is looked along counts from 0, so that the numbers at the axes are the coordinates themselves.
    base[chosen] = 0.0
    unit = np.eye(objective.dimension)
    return _plane(base, [unit[place] for place in chosen], [names[place] for place in chosen])


def _principal_plane(path: Numbers, end: Numbers) -> Plane:
    _, sizes, directions = np.linalg.svd(path - end, full_matrices=False)
    total = float((sizes**2).sum()) or 1.0
    shares = [f"{format_number(round(100 * float(size) ** 2 / total))} %" for size in sizes[:2]]
    titles = [f"{word} principal direction ({share})" for word, share in zip(("first", "second"), shares, strict=True)]
    return _plane(end, directions[:2], titles)


def _filter_normalised(parameters: Sequence[Parameter], weights: Numbers, seed: int) -> Numbers:
    """Draw a direction whose filters are as long as those of the weights.

    The filters of a matrix or a kernel lie along its last axis; a vector is one filter, and all scalars together are
    one: by itself a scalar would have no direction but its own. Where all weights are 0 nothing is normalised.
    """
    drawn = np.random.default_rng(seed).standard_normal(len(weights))
    direction = np.zeros_like(drawn)
    for filters in _filters(parameters):
        length, wanted = np.linalg.norm(drawn[filters]), np.linalg.norm(weights[filters])
        direction[filters] = drawn[filters] * (wanted / length if length else 0.0)
    return direction if direction.any() else drawn


def _filters(parameters: Sequence[Parameter]) -> Iterator[npt.NDArray[np.intp]]:
    """Give the places in a position of each filter."""
    at = 0
    scalars = []
    for parameter in parameters:
        places = np.arange(at, at + parameter.size)
        at += parameter.size
        if not parameter.shape:
            scalars.append(places)
        elif places.size:
            yield from places.reshape(-1, parameter.shape[-1] if len(parameter.shape) > 1 else 1).T
    if scalars:
        yield np.concatenate(scalars)


def position_on(plane: Plane, place: Sequence[float]) -> tuple[float, ...]:
    """Give the position at a place of the plane."""
    directions = np.asarray(plane.directions)
    return tuple(map(float, np.asarray(plane.origin) + np.asarray(place) @ directions))


def places_on(plane: Plane, positions: Numbers) -> Numbers:
    """Give where positions lie on the plane: of those beside it, the nearest point of it.

    Parameters
    ----------
    positions : array, shape (n, dimension)

    Returns
    -------
    array, shape (n, number of directions)
    """
    shifted = np.asarray(positions, dtype=np.float64) - np.asarray(plane.origin)
    return np.asarray(shifted @ np.linalg.pinv(np.asarray(plane.directions)))


def first_extent(choice: PlaneChoice, plane: Plane, objective: ObjectiveFacts, start: Sequence[float]) -> Extent:
    """Say which part of a plane is seen at first: the domain of the coordinates, or what lies around the start."""
    count = len(plane.directions)
    if choice.kind == "random":
        return Extent(low=(-1.0,) * count, high=(1.0,) * count)
    if choice.kind == "line":
        return Extent(low=(-0.25,), high=(1.25,))
    domains = [parameter.domain for parameter in objective.parameters for _ in range(parameter.size)]
    at = places_on(plane, np.asarray(start)[None])[0]
    low, high = [], []
    for direction, place in zip(plane.directions, at, strict=True):
        along = int(np.argmax(np.abs(direction)))
        domain = domains[along] if choice.kind == "coordinates" else None
        reach = max(LEAST_REACH, REACH * abs(float(place)))
        ends = domain if domain is not None else (float(place) - reach, float(place) + reach)
        low.append(ends[0])
        high.append(ends[1])
    return Extent(low=tuple(low), high=tuple(high))


def fitted_extent(plane: Plane, first: Extent, paths: Iterable[Numbers]) -> Extent:
    """Say which part of a plane holds the given positions, with some room around them.

    Parameters
    ----------
    first : Extent
        What was seen at first: a trajectory that ran away is not followed far beyond it.
    paths : iterable of arrays, shape (n, dimension)
    """
    points = [_finite(places_on(plane, path)) for path in paths if len(path)]
    low, high = np.asarray(first.low), np.asarray(first.high)
    middle, half = (low + high) / 2, (high - low) / 2
    near = [each[(np.abs(each - middle) <= LARGEST_FIT * half).all(axis=1)] for each in points]
    together = np.concatenate(near) if near else np.empty((0, len(low)))
    if not len(together):
        return first
    least, most = together.min(axis=0), together.max(axis=0)
    span = np.maximum(most - least, half / 4)
    middle = (least + most) / 2
    reach = span * (0.5 + MARGIN)
    return Extent(low=tuple(map(float, middle - reach)), high=tuple(map(float, middle + reach)))


def is_extent(low: Sequence[float], high: Sequence[float]) -> bool:
    """Whether there is something between these ends."""
    return all(math.isfinite(a) and math.isfinite(b) and a < b for a, b in zip(low, high, strict=True))


def _finite(rows: Numbers) -> Numbers:
    return rows[np.isfinite(rows).all(axis=1)]
