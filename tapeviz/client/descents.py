"""Descending on the objective of a lesson that was run, and waiting for it: what the command line and notebooks do."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeGuard

from tapeviz.client.events import ClientEvent
from tapeviz.client.once import LessonRunner
from tapeviz.model.descent import DescentSettings, ObjectiveFacts, Trajectory
from tapeviz.model.descent_checks import settings_problem
from tapeviz.model.descent_picture import pictured, resolution_of
from tapeviz.model.descent_start import Nested, start_position
from tapeviz.model.descent_state import DescentState
from tapeviz.model.landscape import Extent, Landscape, Plane
from tapeviz.model.recording import Recording
from tapeviz.model.trajectory import begun, grown
from tapeviz.protocol.requests import DescribeObjective, SketchLandscape, StartRace, StopRace
from tapeviz.protocol.responses import (
    IteratesComputed,
    LandscapeSketched,
    ObjectiveDescribed,
    RaceEnded,
    Response,
)


class NoDescentError(ValueError):
    """There is nothing to descend on, or the process that computed it is gone; the message is a sentence."""


class TookTooLongError(NoDescentError):
    """What is descended on takes longer to compute once than there was time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Raced:
    """What came of a race: a trajectory for each racer, as far as it went.

    `cut_short` says what ended it before its time; `problem` is a sentence where the race itself met with one.
    """

    trajectories: tuple[Trajectory, ...]
    cut_short: Literal["", "timeout", "interrupted"] = ""
    problem: str = ""


def descend_on_call(
    runner: LessonRunner,
    recording: Recording,
    generation: int,
    call: int,
    settings: DescentSettings,
    start: Mapping[str, Nested],
    *,
    timeout: float | None = None,
) -> tuple[ObjectiveFacts, Raced]:
    """Descend on what a gradient call of the last run differentiates, with the given starts of some parameters.

    Raises
    ------
    ValueError
        With a sentence: there is no such call, nothing to descend on, or a start or a setting that cannot be.
    """
    calls = len(recording.gradient_calls)
    if not calls:
        raise NoDescentError("It asks no tape for a gradient, so there is nothing to descend on.")
    if call >= calls:
        have = "only one gradient call, number 0" if calls == 1 else f"gradient calls 0 to {calls - 1}"
        raise NoDescentError(f"There is no gradient call {call}: it makes {have}.")
    until = None if timeout is None else time.monotonic() + timeout
    objective = describe_objective(runner, generation, call, until)
    left = None if until is None else until - time.monotonic()
    settings = replace(settings, start=start_position(objective.parameters, start))
    if problem := settings_problem(settings, objective):
        raise NoDescentError(problem)
    return objective, race(runner, generation, call, objective, [settings], timeout=left)


def picture_of(
    runner: LessonRunner,
    generation: int,
    call: int,
    objective: ObjectiveFacts,
    trajectories: Sequence[Trajectory],
    *,
    is_log_level: bool,
    resolution: int | None = None,
) -> DescentState:
    """Compute the landscape that trajectories lie in, and put all in one picture."""
    picture = pictured(objective, trajectories, is_log_level=is_log_level)
    assert picture.plane is not None
    assert picture.extent is not None
    points = resolution or resolution_of(picture)
    landscape = sketch_landscape(runner, generation, call, picture.plane, picture.extent, points)
    return replace(picture, landscape=landscape)


def describe_objective(runner: LessonRunner, generation: int, call: int, until: float | None = None) -> ObjectiveFacts:
    """Ask what gradient call `call` of the last run differentiates.

    Raises
    ------
    NoDescentError
        With the reason, where it is nothing that can be descended on.
    TookTooLongError
        Where there is no answer until ``time.monotonic()`` says `until`.
    """
    runner.send(DescribeObjective(generation=generation, call=call))
    while True:
        answer = _next(runner, until)
        if isinstance(answer, ObjectiveDescribed) and answer.generation == generation and answer.call == call:
            if answer.objective is None:
                raise NoDescentError(answer.problem)
            return answer.objective


def race(
    runner: LessonRunner,
    generation: int,
    call: int,
    objective: ObjectiveFacts,
    racers: Sequence[DescentSettings],
    *,
    number: int = 1,
    timeout: float | None = None,
) -> Raced:
    """Descend with several settings side by side, all to their ends.

    What runs into `timeout` (seconds) or is interrupted by Ctrl+C is stopped, and what was computed is kept.

    Parameters
    ----------
    number : int
        Numbers the races of a runner, so that no answer to an older one is taken for one to this.
    """
    trajectories = [begun(settings, len(objective.parameters)) for settings in racers]
    until = None if timeout is None else time.monotonic() + timeout
    runner.send(StartRace(generation=generation, call=call, race=number, racers=tuple(racers)))
    cut_short: Literal["", "timeout", "interrupted"] = ""
    while True:
        try:
            answer = runner.next_answer(None if cut_short else until)
        except (TimeoutError, KeyboardInterrupt) as error:
            if cut_short:
                raise
            cut_short = "timeout" if isinstance(error, TimeoutError) else "interrupted"
            runner.send(StopRace(race=number))
            continue
        if isinstance(answer, IteratesComputed) and answer.race == number:
            trajectories[answer.racer] = grown(trajectories[answer.racer], answer.batch, answer.status)
            if until is not None and not cut_short and time.monotonic() >= until:
                cut_short = "timeout"
                runner.send(StopRace(race=number))
        elif isinstance(answer, RaceEnded) and answer.race == number:
            return Raced(trajectories=tuple(trajectories), cut_short=cut_short, problem=answer.problem)
        elif _is_lost(answer):
            return Raced(trajectories=tuple(trajectories), cut_short=cut_short, problem=answer.message)


def sketch_landscape(
    runner: LessonRunner, generation: int, call: int, plane: Plane, extent: Extent, resolution: int
) -> Landscape:
    """Compute the objective over a plane, with `resolution` points along each direction.

    Raises
    ------
    NoDescentError
        Where the process is gone.
    """
    request = SketchLandscape(
        generation=generation, call=call, sketch=1, plane=plane, extent=extent, resolution=resolution
    )
    runner.send(request)
    while True:
        answer = _next(runner)
        if isinstance(answer, LandscapeSketched) and answer.is_last:
            return answer.landscape


def _next(runner: LessonRunner, until: float | None = None) -> Response | ClientEvent:
    try:
        answer = runner.next_answer(until)
    except TimeoutError:
        sentence = (
            "It was stopped by its time limit before the first iterate; give it more time, or a quicker function."
        )
        raise TookTooLongError(sentence) from None
    if _is_lost(answer):
        raise NoDescentError(answer.message)
    return answer


def _is_lost(answer: Response | ClientEvent) -> TypeGuard[ClientEvent]:
    return isinstance(answer, ClientEvent) and answer.kind in ("killed", "died", "failed")
