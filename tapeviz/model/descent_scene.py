"""What a picture of a descent shows, for the window and for figures alike."""

from __future__ import annotations

from dataclasses import dataclass

from tapeviz.model.descent import DescentSettings, Trajectory
from tapeviz.model.descent_state import DescentState
from tapeviz.model.numbers import format_factor
from tapeviz.model.optimizer_facts import OPTIMIZERS


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
    """

    title: str
    look: int | None
    trajectory: Trajectory
    shown: int


def racer_title(settings: DescentSettings) -> str:
    """Name a racer: ``Adam, rate 0.01``; without a rate where the optimizer chooses how far it goes."""
    facts = OPTIMIZERS[settings.optimizer]
    if not facts.is_rate_used:
        return facts.title
    return f"{facts.title}, rate {format_factor(settings.learning_rate)}"


def ways_of(descent: DescentState) -> tuple[Way, ...]:
    """List the trajectories of the race that is shown, as far as the clock."""
    return tuple(
        Way(
            title=racer_title(racer.settings),
            look=racer.look,
            trajectory=trajectory,
            shown=min(descent.shown, trajectory.count - 1),
        )
        for racer, trajectory in zip(descent.raced, descent.trajectories, strict=True)
    )


def closing_words(descent: DescentState) -> tuple[str, str] | None:
    """Say how the racer that is looked at stands: its name and the sentence; None where there is nothing to say."""
    ways = ways_of(descent)
    way = next((way for way in ways if way.look == descent.selected), None)
    has_ended = way is not None and way.shown == way.trajectory.count - 1
    if way is None or not has_ended or not way.trajectory.status.sentence:
        return None
    return way.title, way.trajectory.status.sentence
