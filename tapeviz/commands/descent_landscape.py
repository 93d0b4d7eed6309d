"""What is looked at of the landscape, and how."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tapeviz.commands.command import Command
from tapeviz.commands.descent import can_race, settings_to_run
from tapeviz.commands.outcome import Outcome
from tapeviz.model.descent_state import DescentState, PlaneChoice, PlaneKind
from tapeviz.model.landscape import Extent
from tapeviz.model.planes import first_extent, fitted_extent, has_plane, is_extent, plane_of
from tapeviz.model.state import AppState

MOST_LEVELS = 60
"""So many level sets are drawn at most."""


def with_plane(descent: DescentState) -> DescentState:
    """Lay the chosen plane anew, and look at what is seen of it at first."""
    objective = descent.objective
    if objective is None:
        return descent
    start = settings_to_run(descent, descent.racer).start
    trajectory = descent.trajectory_of(descent.racer.look)
    if len(start) != objective.dimension:
        return replace(descent, plane=None, extent=None)
    choice = descent.choice if has_plane(descent.choice, objective, trajectory) else PlaneChoice()
    plane = plane_of(choice, objective, start, trajectory)
    extent = first_extent(choice, plane, objective, start)
    if choice.kind == "principal" and trajectory is not None:
        extent = fitted_extent(plane, extent, [trajectory.positions])
    seen = replace(descent, choice=choice, plane=plane, extent=extent)
    return replace(seen, landscape=None, basins=None, critical_points=None)


def _with(state: AppState, descent: DescentState) -> Outcome:
    return Outcome(state=replace(state, descent=descent))


def choose_plane(
    state: AppState, *, kind: PlaneKind, first: int | None = None, second: int | None = None, seed: int | None = None
) -> Outcome:
    """Look at another plane; what is not named of it stays."""
    old = state.descent.choice
    choice = PlaneChoice(
        kind=kind,
        first=old.first if first is None else first,
        second=old.second if second is None else second,
        seed=old.seed if seed is None else seed,
    )
    return _with(state, with_plane(replace(state.descent, choice=choice)))


def look_at(state: AppState, *, low: tuple[float, ...], high: tuple[float, ...]) -> Outcome:
    """Look at another part of the plane: it was panned or zoomed."""
    if state.descent.plane is None or not is_extent(low, high):
        return Outcome(state=state)
    return _with(state, replace(state.descent, extent=Extent(low=low, high=high)))


def fit_landscape(state: AppState) -> Outcome:
    """Look at the part of the plane that holds all trajectories, with some room around them."""
    descent = state.descent
    if descent.plane is None or descent.objective is None:
        return Outcome(state=state)
    start = settings_to_run(descent, descent.racer).start
    first = first_extent(descent.choice, descent.plane, descent.objective, start)
    paths = [trajectory.positions for trajectory in descent.trajectories]
    return _with(state, replace(descent, extent=fitted_extent(descent.plane, first, paths)))


def reset_landscape(state: AppState) -> Outcome:
    """Look again at what was seen of the landscape at first."""
    return _with(state, with_plane(state.descent))


def set_view(state: AppState, **changes: Any) -> Outcome:
    """Draw landscape and curves otherwise: the fields of `DescentView` by name."""
    return _with(state, replace(state.descent, view=replace(state.descent.view, **changes)))


def more_levels(state: AppState) -> Outcome:
    """Draw half as many level sets more."""
    return set_view(state, levels=min(MOST_LEVELS, round(state.descent.view.levels * 1.5)))


def fewer_levels(state: AppState) -> Outcome:
    """Draw a third of the level sets less."""
    return set_view(state, levels=max(4, round(state.descent.view.levels / 1.5)))


def _toggles(name: str) -> dict[str, Any]:
    """A row's function and mark for a switch of `DescentView`."""

    def toggle(state: AppState) -> Outcome:
        """Turn a switch of the landscape or the curves."""
        return set_view(state, **{name: not getattr(state.descent.view, name)})

    return {"function": toggle, "is_checked": lambda state: getattr(state.descent.view, name)}


def _has_landscape(state: AppState) -> bool:
    return can_race(state) and state.descent.plane is not None


def _has_levels(state: AppState) -> bool:
    plane = state.descent.plane
    return can_race(state) and plane is not None and len(plane.directions) == 2


def _is_line(state: AppState) -> bool:
    plane = state.descent.plane
    return can_race(state) and plane is not None and len(plane.directions) == 1


def zoom(state: AppState, *, factor: float) -> Outcome:
    """See the landscape from nearer, or from further away where the factor is above 1."""
    extent = state.descent.extent
    if extent is None:
        return Outcome(state=state)
    ends = [
        ((low + high) / 2 - factor * (high - low) / 2, (low + high) / 2 + factor * (high - low) / 2)
        for low, high in zip(extent.low, extent.high, strict=True)
    ]
    return look_at(state, low=tuple(end[0] for end in ends), high=tuple(end[1] for end in ends))


COMMANDS = (
    Command(
        id="descent.fit_landscape",
        title="Fit Trajectories",
        tooltip="Look at the part of the landscape that holds all trajectories",
        menu="Descent",
        group=2,
        is_enabled=_has_landscape,
        function=fit_landscape,
    ),
    Command(
        id="descent.reset_landscape",
        title="Whole Domain",
        tooltip="Look again at what was seen of the landscape at first",
        menu="Descent",
        group=2,
        is_enabled=_has_landscape,
        function=reset_landscape,
    ),
    Command(
        id="descent.toggle_log_levels",
        title="Logarithmic Levels",
        tooltip="Space the level sets by the logarithm of the objective, so that valleys show",
        menu="Descent",
        group=3,
        shortcuts=("Ctrl+Shift+V",),
        is_enabled=_has_levels,
        **_toggles("is_log_level"),
    ),
    Command(
        id="descent.more_levels",
        title="More Levels",
        tooltip="Draw more level sets",
        menu="Descent",
        group=3,
        is_enabled=_has_levels,
        function=more_levels,
    ),
    Command(
        id="descent.fewer_levels",
        title="Fewer Levels",
        tooltip="Draw fewer level sets",
        menu="Descent",
        group=3,
        is_enabled=_has_levels,
        function=fewer_levels,
    ),
    Command(
        id="descent.toggle_surface",
        title="Surface in 3-D",
        tooltip="Stand the landscape up in space, with the trajectories on it; dragging turns it",
        menu="Descent",
        group=3,
        shortcuts=("Ctrl+Alt+3",),
        is_enabled=_has_levels,
        **_toggles("is_surface"),
    ),
    Command(
        id="descent.toggle_filled",
        title="Filled Levels",
        tooltip="Fill the room between level sets with shades",
        menu="Descent",
        group=3,
        is_enabled=_has_levels,
        **_toggles("is_filled"),
    ),
    Command(
        id="descent.toggle_lines",
        title="Contour Lines",
        tooltip="Draw the level sets as lines",
        menu="Descent",
        group=3,
        is_enabled=_has_levels,
        **_toggles("has_lines"),
    ),
    Command(
        id="descent.toggle_field",
        title="Gradient Field",
        tooltip="Draw arrows against the gradient all over the landscape",
        menu="Descent",
        group=3,
        is_enabled=_has_levels,
        **_toggles("has_field"),
    ),
    Command(
        id="descent.toggle_basins",
        title="Basins",
        tooltip="Colour every start by the minimum that the selected racer ends in from there",
        menu="Descent",
        group=3,
        is_enabled=_has_levels,
        **_toggles("has_basins"),
    ),
    Command(
        id="descent.toggle_curvature",
        title="Curvature Ellipse",
        tooltip="Draw the Hessian's eigenvectors at the iterate, with the largest stable learning rate",
        menu="Descent",
        group=3,
        is_enabled=_has_levels,
        **_toggles("has_curvature"),
    ),
    Command(
        id="descent.toggle_critical_points",
        title="Critical Points",
        tooltip="Mark minima, maxima and saddles in what is seen of the landscape",
        menu="Descent",
        group=3,
        is_enabled=_has_landscape,
        **_toggles("has_critical_points"),
    ),
    Command(
        id="descent.toggle_parabola",
        title="Parabola",
        tooltip="Draw the second-order parabola at the iterate",
        menu="Descent",
        group=3,
        is_enabled=_is_line,
        **_toggles("has_parabola"),
    ),
    Command(
        id="descent.toggle_log_values",
        title="Logarithmic Values",
        tooltip="Draw the curves over the iterations with a logarithmic axis of values",
        menu="Descent",
        group=4,
        shortcuts=("L",),
        is_single_key=True,
        is_enabled=can_race,
        **_toggles("is_log_values"),
    ),
    Command(
        id="descent.toggle_log_iterates",
        title="Logarithmic Iterations",
        tooltip="Draw the curves with a logarithmic axis of iterations",
        menu="Descent",
        group=4,
        shortcuts=("Shift+L",),
        is_single_key=True,
        is_enabled=can_race,
        **_toggles("is_log_iterates"),
    ),
    Command(id="descent.choose_plane", title="Choose Plane", tooltip="Look at another plane", function=choose_plane),
    Command(id="descent.look_at", title="Look At", tooltip="Look at another part of the plane", function=look_at),
    Command(id="descent.zoom", title="Zoom", tooltip="See the landscape from nearer or further", function=zoom),
    Command(id="descent.set_view", title="Set View", tooltip="Draw landscape and curves otherwise", function=set_view),
)
