"""One descent as a picture: which plane of the landscape it lies in, and how much of it is seen."""

from __future__ import annotations

from tapeviz.model.descent import ObjectiveFacts, Trajectory
from tapeviz.model.descent_state import DescentState, DescentView, PlaneChoice, Racer
from tapeviz.model.planes import first_extent, fitted_extent, has_plane, plane_of

RESOLUTION = 256
"""Points along each direction of a landscape."""

LINE_RESOLUTION = 1024
"""Points of a landscape over a line."""


def pictured(objective: ObjectiveFacts, trajectory: Trajectory, *, is_log_level: bool = False) -> DescentState:
    """Choose what is seen of a trajectory that is there: all of it, in its domain where the lesson names one.

    With one or two coordinates the plane is that of the coordinates, with more that of the trajectory's first two
    principal directions, where it has them. The landscape itself is to be computed over `plane` and `extent`.
    """
    assert trajectory.settings is not None
    choice = PlaneChoice()
    if objective.dimension > 2 and has_plane(PlaneChoice(kind="principal"), objective, trajectory):
        choice = PlaneChoice(kind="principal")
    start = tuple(map(float, trajectory.positions[0]))
    plane = plane_of(choice, objective, start, trajectory)
    extent = first_extent(choice, plane, objective, start)
    if choice.kind == "principal" or not all(parameter.domain for parameter in objective.parameters):
        extent = fitted_extent(plane, extent, [trajectory.positions])
    return DescentState(
        objective=objective,
        raced=(Racer(look=0, settings=trajectory.settings),),
        trajectories=(trajectory,),
        choice=choice,
        plane=plane,
        extent=extent,
        view=DescentView(is_log_level=is_log_level),
    )


def resolution_of(descent: DescentState) -> int:
    """Say how many points the landscape has along each direction."""
    return LINE_RESOLUTION if descent.plane is not None and len(descent.plane.directions) == 1 else RESOLUTION
