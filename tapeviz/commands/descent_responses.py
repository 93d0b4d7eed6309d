"""What the engine says about a descent, put into the state. An answer to an older question changes nothing."""

from __future__ import annotations

from dataclasses import replace

from tapeviz.commands.descent import again
from tapeviz.commands.descent_fit import fit_described, fit_evaluated
from tapeviz.commands.descent_landscape import with_plane
from tapeviz.commands.descent_setup import fits
from tapeviz.commands.outcome import Outcome
from tapeviz.model.descent import DescentStatus, ObjectiveFacts
from tapeviz.model.descent_state import MAX_RACERS, DescentState, Racer
from tapeviz.model.lesson import settings_of
from tapeviz.model.state import AppState
from tapeviz.model.trajectory import grown
from tapeviz.protocol.responses import (
    BasinsColoured,
    CriticalPointsFound,
    CurvatureExamined,
    FitDescribed,
    FitEvaluated,
    IteratesComputed,
    LandscapeSketched,
    ObjectiveDescribed,
    RaceEnded,
)

DescentResponse = (
    ObjectiveDescribed
    | IteratesComputed
    | RaceEnded
    | LandscapeSketched
    | BasinsColoured
    | CurvatureExamined
    | CriticalPointsFound
    | FitDescribed
    | FitEvaluated
)


def respond_to_descent(state: AppState, response: DescentResponse) -> Outcome:
    """Take one response in."""
    match response:
        case ObjectiveDescribed():
            return objective_described(state, response)
        case IteratesComputed():
            return iterates_computed(state, response)
        case RaceEnded():
            return race_ended(state, response)
        case FitDescribed():
            return Outcome(state=replace(state, descent=fit_described(state.descent, response)))
        case FitEvaluated():
            return Outcome(state=replace(state, descent=fit_evaluated(state.descent, response)))
    return Outcome(state=replace(state, descent=_looked_at(state.descent, response)))


def objective_described(state: AppState, response: ObjectiveDescribed) -> Outcome:
    """Set up the race on an objective; the same one with other numbers in it is raced on again at once."""
    descent = state.descent
    if (response.generation, response.call) != (descent.generation, descent.call):
        return Outcome(state=state)
    if response.objective is None:
        gone = replace(descent, objective=None, problem=response.problem, raced=(), trajectories=(), is_running=False)
        return Outcome(state=replace(state, descent=replace(gone, landscape=None, plane=None, extent=None)))
    known = replace(descent, objective=response.objective, problem=response.problem)
    if descent.objective is None or _shapes(descent.objective) != _shapes(response.objective):
        fresh = replace(
            known, minima=(), raced=(), trajectories=(), clock=0, is_following=True, is_running=False, entries={}
        )
        return Outcome(state=replace(state, descent=with_plane(_as_the_lesson_says(fresh, state.recorded_text or ""))))
    moved = _where_it_fits(known, response.objective)
    laid = replace(with_plane(moved), landscape=descent.landscape)
    if descent.plane is not None and laid.plane is not None and laid.plane.directions == descent.plane.directions:
        laid = replace(laid, extent=descent.extent)
    return again(state, laid)


def _shapes(objective: ObjectiveFacts) -> tuple[tuple[str, tuple[int, ...]], ...]:
    return tuple((parameter.name, parameter.shape) for parameter in objective.parameters)


def _where_it_fits(descent: DescentState, objective: ObjectiveFacts) -> DescentState:
    """Let those begin where the lesson stands whose start is none of this objective."""
    for racer in descent.racers:
        if not fits(racer.settings.start, objective):
            descent = descent.with_racer(replace(racer, settings=replace(racer.settings, start=())))
    return descent


def _as_the_lesson_says(descent: DescentState, text: str) -> DescentState:
    """Line up the racers that a lesson prepares; where it says nothing, those there are, from where it stands."""
    if descent.objective is None:
        return descent
    try:
        defaults = settings_of(text).descent
        settings = defaults.settings(descent.objective.parameters)
        minima = defaults.minima_of(descent.objective.parameters)
    except ValueError as error:
        return replace(_where_it_fits(descent, descent.objective), problem=str(error))
    view = replace(descent.view, is_log_level=defaults.log_levels)
    iterations = descent.iterations if defaults.iterations is None else defaults.iterations
    said = replace(descent, view=view, iterations=iterations, minima=minima)
    if not settings:
        return _where_it_fits(said, descent.objective)
    racers = tuple(Racer(look=look, settings=each) for look, each in enumerate(settings[:MAX_RACERS]))
    return replace(said, racers=racers, selected=0)


def iterates_computed(state: AppState, response: IteratesComputed) -> Outcome:
    """Let a trajectory grow; the race stops running when all are at their end."""
    descent = state.descent
    if response.race != descent.race or response.racer >= len(descent.trajectories):
        return Outcome(state=state)
    paths = list(descent.trajectories)
    paths[response.racer] = grown(paths[response.racer], response.batch, response.status)
    longer = replace(descent, trajectories=tuple(paths))
    if not longer.is_over:
        return Outcome(state=replace(state, descent=longer))
    if longer.is_following:
        longer = replace(longer, is_running=False)
    return Outcome(state=replace(state, descent=_through_the_end(longer)))


def _through_the_end(descent: DescentState) -> DescentState:
    """Lay the plane through the end of the trajectory that is there now; what is looked at of coordinates stays."""
    objective, kind = descent.objective, descent.choice.kind
    if objective is None or kind == "random" or (kind == "coordinates" and objective.dimension <= 2):
        return descent
    laid = with_plane(descent)
    return replace(laid, extent=descent.extent) if kind == "coordinates" else laid


def race_ended(state: AppState, response: RaceEnded) -> Outcome:
    """Let those who were still on the way stand where they are: nothing more comes of them."""
    descent = state.descent
    if response.race != descent.race:
        return Outcome(state=state)
    stopped = DescentStatus(kind="stopped", sentence=response.problem)
    paths = tuple(
        replace(path, status=stopped) if path.status.kind == "running" else path for path in descent.trajectories
    )
    ended = replace(descent, trajectories=paths, is_running=descent.is_running and not descent.is_following)
    return Outcome(state=replace(state, descent=replace(ended, problem=response.problem or descent.problem)))


def _looked_at(
    descent: DescentState, response: LandscapeSketched | BasinsColoured | CurvatureExamined | CriticalPointsFound
) -> DescentState:
    if response.generation != descent.generation:
        return descent
    match response:
        case LandscapeSketched():
            if response.sketch != descent.sketch:
                return descent
            return replace(descent, landscape=response.landscape, is_landscape_final=response.is_last)
        case BasinsColoured():
            is_new = descent.plane == response.basins.plane and descent.extent == response.basins.extent
            return replace(descent, basins=response.basins) if is_new else descent
        case CurvatureExamined():
            if response.call != descent.call:
                return descent
            return replace(descent, curvature=response.curvature, curvature_problem=response.problem)
        case CriticalPointsFound():
            if response.call != descent.call:
                return descent
            return replace(descent, critical_points=response.points, critical_problem=response.problem)
