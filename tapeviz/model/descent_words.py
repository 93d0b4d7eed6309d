"""A race in words: what a racer is called, and what is said of where it stands."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from tapeviz.model.descent import DescentSettings, ObjectiveFacts, StatusKind, Trajectory, coordinates
from tapeviz.model.explanation import Caption
from tapeviz.model.numbers import format_factor, format_number
from tapeviz.model.optimizer_facts import OPTIMIZERS
from tapeviz.model.state import AppState
from tapeviz.model.trajectory import Iterate

MOST_COORDINATES = 4
"""So many coordinates are told one by one; of more, only how many there are."""

MOST_NAMED = 3
"""A start of so many coordinates is part of a name."""

STATUS_WORDS: dict[StatusKind, str] = {
    "running": "on its way",
    "converged": "converged",
    "diverged": "diverged",
    "oscillating": "oscillating",
    "plateau": "on a plateau",
    "saddle": "at a saddle",
    "nan": "stuck at NaN",
    "exhausted": "all iterations done",
    "stopped": "stopped",
    "failed": "failed",
}


def racer_title(settings: DescentSettings, among: Sequence[DescentSettings] = ()) -> str:
    """Name a racer: ``Adam, rate 0.01``; without a rate where the optimizer chooses how far it goes.

    Where others of those it is `among` have the same name, its start tells it apart.
    """
    facts = OPTIMIZERS[settings.optimizer]
    title = f"{facts.title}, rate {format_factor(settings.learning_rate)}" if facts.is_rate_used else facts.title
    same = [other for other in among if (other.optimizer, other.learning_rate) == _kind(settings)]
    starts = {other.start for other in same}
    if len(starts) > 1 and 0 < len(settings.start) <= MOST_NAMED:
        return f"{title}, from ({', '.join(map(format_factor, settings.start))})"
    return title


def _kind(settings: DescentSettings) -> tuple[str, float]:
    return settings.optimizer, settings.learning_rate


def place_words(objective: ObjectiveFacts, position: tuple[float, ...]) -> str:
    """Say where a position is: ``x = −1.2, y = 1``; of many coordinates, the first."""
    pairs = zip(coordinates(objective.parameters), position, strict=False)
    told = [f"{name} = {format_number(number)}" for name, number in itertools.islice(pairs, MOST_COORDINATES)]
    rest = len(position) - len(told)
    return ", ".join(told) + (f", and {rest} more" if rest > 0 else "")


def is_at_end(trajectory: Trajectory, iterate: Iterate | None) -> bool:
    """Whether a racer has ended, and is shown at its end."""
    return trajectory.status.kind != "running" and (iterate is None or iterate.number >= trajectory.count - 1)


def missing_words(state: AppState) -> str:
    """Say why there is nothing to descend on, yet; empty where there is."""
    descent = state.descent
    if descent.objective is not None:
        return ""
    if descent.problem:
        return descent.problem
    if state.recording is None:
        return "Run the lesson: then the target of its gradient call is what racers descend on."
    if state.subject is None or state.subject.call is None:
        return "What is looked at is no call of tape.gradient: choose one in the list at the top."
    return "The engine looks for the function that the tape differentiates."


def descent_caption(state: AppState) -> Caption:
    """Say what is to be seen on the Descent tab, of the racer that is looked at."""
    descent, objective = state.descent, state.descent.objective
    if objective is None:
        return Caption(heading="Descent", text=missing_words(state), tone="muted")
    racer = descent.racer
    trajectory, iterate = descent.trajectory_of(racer.look), descent.iterate_of(racer.look)
    title = racer_title(racer.settings, [other.settings for other in descent.racers])
    if trajectory is None or iterate is None:
        if descent.problem:
            return Caption(heading="Ready", text=descent.problem, tone="accent")
        count = len(descent.racers)
        who = title if count == 1 else f"{count} racers, among them {title}"
        words = f"{who}: Space lets {'it' if count == 1 else 'them'} descend on {objective.title}."
        return Caption(heading="Ready", text=words, tone="accent")
    heading = f"Iterate {format_number(iterate.number)}"
    if is_at_end(trajectory, iterate) and trajectory.status.sentence:
        return Caption(heading=heading, text=f"{title}: {trajectory.status.sentence}", tone="accent")
    is_told = len(iterate.position) <= MOST_COORDINATES
    where = f" at {place_words(objective, tuple(map(float, iterate.position)))}" if is_told else ""
    norm = format_number(iterate.norm)
    text = f"{title}: {objective.title} is {format_number(iterate.loss)}{where}; its gradient is {norm} long."
    return Caption(heading=heading, text=text, tone="accent")


def pace_words(pace: float | None) -> str:
    """Say how fast a race goes."""
    if pace is None:
        return "as fast as it goes"
    return f"{format_number(int(pace))} a second" if pace == int(pace) else f"{format_factor(pace)} a second"


def pace_mark(pace: float | None) -> str:
    """Say it on a button."""
    return "max" if pace is None else f"{format_factor(pace)}/s"
