"""At which iterates the model is drawn through the data: where the racers stand, and a few places before."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tapeviz.model.descent_scene import ways_of
from tapeviz.model.descent_state import DescentState
from tapeviz.model.fit import FitLine
from tapeviz.model.trajectory import iterate_at

EARLIER = 5
"""So many earlier models are drawn, faded."""

_MILESTONES = tuple(digit * 10**power for power in range(7) for digit in (1, 2, 5))
"""They are the models of these iterates and of iterate 0: the same ones while the clock goes on."""


def fit_lines(descent: DescentState) -> tuple[tuple[FitLine, ...], npt.NDArray[np.float64]]:
    """List the models to draw, the one that is looked at last, and where their parameters stand.

    Looked at is the selected racer, or the lesson's own loop where nobody races.

    Returns
    -------
    lines : tuple of FitLine
    positions : array of shape (lines, dimension)
    """
    begun = [way for way in ways_of(descent) if way.shown >= 0 and len(way.trajectory.kept)]
    ways = [way for way in begun if way.own is None] or begun[-1:]
    if not ways:
        return (), np.zeros((0, 0))
    chosen = next((way for way in ways if way.look == descent.selected), ways[0])
    before = [mark for mark in (0, *_MILESTONES) if mark < chosen.shown][-EARLIER:]
    listed = [(chosen, iterate) for iterate in before]
    listed += [(way, way.shown) for way in ways if way is not chosen]
    listed.append((chosen, chosen.shown))
    lines, positions = [], []
    for way, iterate in listed:
        found = iterate_at(way.trajectory, iterate)
        if found is not None and np.isfinite(found.position).all():
            lines.append(FitLine(look=way.look, iterate=found.kept, is_current=iterate == way.shown))
            positions.append(np.asarray(found.position, np.float64))
    return tuple(lines), np.array(positions).reshape(len(positions), -1)
