"""The part of a landscape in which one iteration happens: zoomed in so far that its arrows can be seen."""

from __future__ import annotations

import numpy as np

from tapeviz.model.iterate_story import OpenedIterate, story_of
from tapeviz.model.landscape import Extent, Plane
from tapeviz.model.planes import places_on

MARGIN = 1.6
"""Half of what is seen is so many times as long as the longest arrow."""

LARGE = 0.25
"""An arrow over this share of what is seen is large enough as it is."""

LEAST = 1e-5
"""No more than to this share is zoomed in: numbers of a landscape nearer by are roundings."""


def neighbourhood(plane: Plane, extent: Extent, opened: OpenedIterate) -> Extent | None:
    """Give the part of a plane around an iteration, of the proportions of `extent`; None where that shows it well."""
    position = np.asarray(opened.position.array, dtype=np.float64)
    moves = [step.vector for step in story_of(opened) if step.is_move and step.vector is not None]
    tips = places_on(plane, np.stack([position + move for move in moves] or [position]))
    at, following = places_on(plane, np.stack([position, opened.following.array]))
    low, high = np.array(extent.low), np.array(extent.high)
    reach = float(np.abs((tips - at) / (high - low)).max())
    if not np.isfinite(reach) or reach == 0:
        return None
    points = np.concatenate([tips, at[None]])
    if reach >= LARGE and (points >= low).all() and (points <= high).all():
        return None
    half = (high - low) * max(MARGIN * reach, LEAST)
    middle = (at + following) / 2
    return Extent(low=tuple(map(float, middle - half)), high=tuple(map(float, middle + half)))
