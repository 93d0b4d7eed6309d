"""One descent as a picture: which plane of the landscape it lies in, and how much of it is seen."""

from __future__ import annotations

from collections.abc import Sequence

from tapeviz.model.descent import DescentSettings, ObjectiveFacts, Trajectory
from tapeviz.model.descent_state import DescentState, DescentView, PlaneChoice, Racer
from tapeviz.model.planes import first_extent, fitted_extent, has_plane, plane_of

RESOLUTION = 256
"""Points along each direction of a landscape."""

LINE_RESOLUTION = 1024
"""Points of a landscape over a line."""


def pictured(
    objective: ObjectiveFacts, trajectories: Sequence[Trajectory], *, is_log_level: bool = False
) -> DescentState:
    """Choose what is seen of trajectories that are there: all of them, in their domain where the lesson names one.

    With one or two coordinates the plane is that of the coordinates, with more that of the first two principal
    directions of the first trajectory, where it has them. The landscape itself is to be computed over `plane` and
    `extent`.
    """
    trajectory = trajectories[0]
    choice = PlaneChoice()
    if objective.dimension > 2 and has_plane(PlaneChoice(kind="principal"), objective, trajectory):
        choice = PlaneChoice(kind="principal")
    start = tuple(map(float, trajectory.positions[0]))
    plane = plane_of(choice, objective, start, trajectory)
    extent = first_extent(choice, plane, objective, start)
    if choice.kind == "principal" or not all(parameter.domain for parameter in objective.parameters):
        extent = fitted_extent(plane, extent, [each.positions for each in trajectories])
    return DescentState(
        objective=objective,
        raced=tuple(
            Racer(look=look, settings=each.settings or DescentSettings()) for look, each in enumerate(trajectories)
        ),
        trajectories=tuple(trajectories),
        choice=choice,
        plane=plane,
        extent=extent,
        view=DescentView(is_log_level=is_log_level),
    )


def resolution_of(descent: DescentState) -> int:
    """Say how many points the landscape has along each direction."""
    return LINE_RESOLUTION if descent.plane is not None and len(descent.plane.directions) == 1 else RESOLUTION
