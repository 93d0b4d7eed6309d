"""What a picture of a descent shows, for the window and for figures alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tapeviz.model.descent import Trajectory
from tapeviz.model.descent_state import DescentState
from tapeviz.model.descent_words import racer_title
from tapeviz.model.loss_terms import LossTerm
from tapeviz.model.own_trajectory import on_parameters

MAX_OWN = 6
"""Of a loop that is gone into more often the last descents are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One trajectory as it is shown.

    Parameters
    ----------
    title : str
        What the legend says.
    look : int or None
        The racer's colour, marker and line style; None for the lesson's own loop.
    trajectory : Trajectory
    shown : int
        The iterate at the clock, or its last one where it ended before; -1 where it has none yet.
    own : int or None
        Which of the lesson's own descents it is.
    terms : tuple of LossTerm
        The terms of its loss.
    """

    title: str
    look: int | None
    trajectory: Trajectory
    shown: int
    own: int | None = None
    terms: tuple[LossTerm, ...] = ()

    @property
    def loss(self) -> float:
        """The loss at the clock; where the lesson's last update led to it is that of the iteration before."""
        shown = self.shown - (self.own is not None and self.shown > 0 and np.isnan(self.trajectory.losses[self.shown]))
        return float(self.trajectory.losses[shown])


def ways_of(descent: DescentState) -> tuple[Way, ...]:
    """List the lesson's own descents, and the trajectories of the race that is shown as far as the clock."""
    return own_ways(descent) + tuple(
        Way(
            title=racer_title(racer.settings, [other.settings for other in descent.raced]),
            look=racer.look,
            trajectory=trajectory,
            shown=min(descent.shown, trajectory.count - 1),
        )
        for racer, trajectory in zip(descent.raced, descent.trajectories, strict=True)
    )


def own_ways(descent: DescentState) -> tuple[Way, ...]:
    """List the lesson's own descents: as far as the clock of a race, or whole where there is none.

    Positions are those of the objective that is descended on; where it has other parameters there are none.
    """
    ways = []
    for number, own in list(enumerate(descent.own))[-MAX_OWN:]:
        parameters = own.parameters if descent.objective is None else descent.objective.parameters
        trajectory = on_parameters(own, parameters)
        last = trajectory.count - 1
        title = (
            "the lesson's loop" if len(descent.own) == 1 else f"the lesson's loop, {number + 1} of {len(descent.own)}"
        )
        shown = min(descent.shown, last) if descent.trajectories and not descent.is_live else last
        ways.append(Way(title=title, look=None, trajectory=trajectory, shown=shown, own=number, terms=own.terms))
    return tuple(ways)


def closing_words(descent: DescentState) -> tuple[str, str] | None:
    """Say how the racer that is looked at stands: its name and the sentence; None where there is nothing to say."""
    ways = ways_of(descent)
    way = next((way for way in ways if way.look == descent.selected), None)
    has_ended = way is not None and way.shown == way.trajectory.count - 1
    if way is None or not has_ended or not way.trajectory.status.sentence:
        return None
    return way.title, way.trajectory.status.sentence
