"""What the Descent tab shows and does not have yet: asked of the engine piece by piece, nothing twice."""

from __future__ import annotations

from dataclasses import replace

from tapeviz.commands.command import Command
from tapeviz.commands.descent import settings_to_run
from tapeviz.commands.descent_fit import fit_request, live_fit_request
from tapeviz.commands.iterate_steps import sub_steps_wanted
from tapeviz.commands.outcome import Outcome
from tapeviz.commands.own_descent import with_own
from tapeviz.model.descent_state import DescentState
from tapeviz.model.state import AppState
from tapeviz.protocol.requests import (
    ColourBasins,
    DescribeObjective,
    ExamineCurvature,
    FindCriticalPoints,
    Request,
    SketchLandscape,
)

RESOLUTION = 256
"""Points along each direction of a landscape."""

LINE_RESOLUTION = 1024
"""Points of a landscape over a line."""

BASIN_RESOLUTION = 200
"""Starts along each direction whose ends are coloured."""


def wanted_call(state: AppState) -> int | None:
    """Give the call of the whole run whose objective is descended on; None where no gradient call is looked at."""
    subject = state.opened[0].subject if state.opened else state.subject
    return subject.call if subject is not None else None


def _due(state: AppState) -> tuple[str, Request] | None:
    """Find the first thing that is missing: what it is about, and the request for it."""
    call = wanted_call(state)
    is_idle = state.requested_text is None and state.engine.phase == "ready"
    if state.view.tab == "descent" and state.descent.is_live:
        return live_fit_request(state)
    if state.view.tab != "descent" or state.recording is None or call is None or not is_idle:
        return None
    descent = state.descent
    if (descent.generation, descent.call) != (state.generation, call):
        return "objective", DescribeObjective(generation=state.generation, call=call)
    if descent.objective is None or descent.plane is None or descent.extent is None:
        return None
    wanted = (_landscape, sub_steps_wanted, _curvature, _critical_points, _basins)
    requests = [want(descent, state.generation, call) for want in wanted]
    requests.append(fit_request(state, state.generation, call))
    due = (each for each in requests if each is not None and descent.asked.get(each[0]) != _asked(each[1]))
    return next(due, None)


def _asked(request: Request) -> object:
    """What a request is about, whatever number it has."""
    return replace(request, sketch=0) if isinstance(request, SketchLandscape | ColourBasins) else request


def _landscape(descent: DescentState, generation: int, call: int) -> tuple[str, Request] | None:
    if descent.plane is None or descent.extent is None:
        return None
    is_line = len(descent.plane.directions) == 1
    request = SketchLandscape(
        generation=generation,
        call=call,
        sketch=descent.sketch + 1,
        plane=descent.plane,
        extent=descent.extent,
        resolution=LINE_RESOLUTION if is_line else RESOLUTION,
        with_gradients=descent.view.has_field and not is_line,
    )
    return "landscape", request


def _curvature(descent: DescentState, generation: int, call: int) -> tuple[str, Request] | None:
    is_line = descent.plane is not None and len(descent.plane.directions) == 1
    is_wanted = descent.view.has_parabola if is_line else descent.view.has_curvature
    if not is_wanted:
        return None
    iterate = descent.iterate_of(descent.racer.look)
    start = settings_to_run(descent, descent.racer).start
    position = start if iterate is None else tuple(map(float, iterate.position))
    return "curvature", ExamineCurvature(generation=generation, call=call, position=position)


def _critical_points(descent: DescentState, generation: int, call: int) -> tuple[str, Request] | None:
    if not descent.view.has_critical_points or descent.plane is None or descent.extent is None:
        return None
    request = FindCriticalPoints(generation=generation, call=call, plane=descent.plane, extent=descent.extent)
    return "critical points", request


def _basins(descent: DescentState, generation: int, call: int) -> tuple[str, Request] | None:
    plane, extent = descent.plane, descent.extent
    if not descent.view.has_basins or plane is None or extent is None or len(plane.directions) != 2:
        return None
    request = ColourBasins(
        generation=generation,
        call=call,
        sketch=descent.sketch,
        plane=plane,
        extent=extent,
        resolution=BASIN_RESOLUTION,
        settings=replace(settings_to_run(descent, descent.racer), start=()),
    )
    return "basins", request


def wants_more(state: AppState) -> bool:
    """Hold where the Descent tab is shown and lacks something that the engine has time for."""
    return _due(state) is not None


def catch_up(state: AppState) -> Outcome:
    """Ask for the next thing that the Descent tab lacks."""
    due = _due(state)
    if due is None:
        return Outcome(state=state)
    about, request = due
    descent = replace(state.descent, asked={**state.descent.asked, about: _asked(request)})
    if isinstance(request, DescribeObjective):
        descent = replace(descent, generation=request.generation, call=request.call, asked={})
        descent = with_own(replace(state, descent=descent), request.call).descent
    if isinstance(request, SketchLandscape):
        descent = replace(descent, sketch=request.sketch)
    return Outcome(state=replace(state, descent=descent), request=request)


COMMANDS = (
    Command(
        id="descent.catch_up",
        title="Catch Up",
        tooltip="Ask the engine for what the Descent tab lacks",
        is_enabled=wants_more,
        function=catch_up,
    ),
)
