"""How the weights of each variable are spread, iterate by iterate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tapeviz.model.descent import ObjectiveFacts
from tapeviz.model.descent_scene import Way

MIN_WEIGHTS = 6
"""Of a variable of fewer numbers than this a histogram says less than its curves."""

MAX_VARIABLES = 3
COLUMNS = 80
BINS = 16


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WeightHistograms:
    """The histograms of one variable over the iterates of one descent.

    Parameters
    ----------
    name : str
    look : int or None
        Of the racer; None for the lesson's own loop.
    iterates : array of int, shape (n,)
        An even sample of those whose position was kept.
    edges : array, shape (bins + 1,)
        The same ones for all iterates.
    counts : array of int, shape (n, bins)
    shown : int
        The iterate at the clock.
    """

    name: str
    look: int | None
    iterates: npt.NDArray[np.int64]
    edges: npt.NDArray[Any]
    counts: npt.NDArray[np.int64]
    shown: int


def has_weights(objective: ObjectiveFacts | None) -> bool:
    """Whether there is a variable of so many numbers that their spread can be seen."""
    return objective is not None and any(parameter.size >= MIN_WEIGHTS for parameter in objective.parameters)


def weight_histograms(
    ways: Sequence[Way], selected: int, objective: ObjectiveFacts | None
) -> tuple[WeightHistograms, ...]:
    """Make the histograms of the largest variables, for the racer that is looked at or else the lesson's own loop."""
    kept = [way for way in ways if len(way.trajectory.kept) > 1]
    raced = [way for way in kept if way.own is None]
    way = next((way for way in raced if way.look == selected), None) or next(iter(raced or kept[-1:]), None)
    if way is None or objective is None or way.trajectory.positions.shape[1] != objective.dimension:
        return ()
    trajectory = way.trajectory
    rows = np.unique(np.linspace(0, len(trajectory.kept) - 1, COLUMNS).astype(np.int64))
    ends = np.cumsum([parameter.size for parameter in objective.parameters])
    sized = [(parameter, end) for parameter, end in zip(objective.parameters, ends, strict=True)]
    largest = sorted(sized, key=lambda each: -each[0].size)[:MAX_VARIABLES]
    found = []
    for parameter, end in sized:
        if parameter.size < MIN_WEIGHTS or not any(parameter is each for each, _ in largest):
            continue
        numbers = np.asarray(trajectory.positions[rows, end - parameter.size : end], np.float64)
        is_finite = np.isfinite(numbers).all(axis=1)
        if not is_finite.any():
            continue
        numbers, iterates = numbers[is_finite], trajectory.kept[rows][is_finite]
        edges = np.histogram_bin_edges(numbers, bins=BINS)
        counts = np.stack([np.histogram(row, bins=edges)[0] for row in numbers])
        found.append(
            WeightHistograms(
                name=parameter.name, look=way.look, iterates=iterates, edges=edges, counts=counts, shown=way.shown
            )
        )
    return tuple(found)
