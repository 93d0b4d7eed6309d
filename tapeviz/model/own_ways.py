"""The lesson's own descents as they are shown beside the racers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tapeviz.model.descent import Parameter, Trajectory
from tapeviz.model.descent_scene import Way
from tapeviz.model.own_trajectory import OwnTrajectory
from tapeviz.model.state import AppState


def own_ways(state: AppState) -> tuple[Way, ...]:
    """List the lesson's own descents: as far as the clock of a race, or whole where there is none.

    Positions are those of the objective that is descended on; where it has other parameters there are none.
    """
    objective = state.descent.objective
    own = state.own_trajectories
    ways = []
    for number, each in enumerate(own):
        trajectory = each.trajectory if objective is None else on_parameters(each, objective.parameters)
        last = trajectory.count - 1
        is_racing = bool(state.descent.trajectories) and state.descent.live is None
        title = "the lesson's loop" if len(own) == 1 else f"the lesson's loop, {number + 1} of {len(own)}"
        shown = min(state.descent.shown, last) if is_racing else last
        ways.append(Way(title=title, look=None, trajectory=trajectory, shown=shown))
    return tuple(ways)


def on_parameters(own: OwnTrajectory, parameters: Sequence[Parameter]) -> Trajectory:
    """Put positions of a lesson's own descent into the order of other parameters; none where these are not its own."""
    trajectory = own.trajectory
    mine = {parameter.name: parameter for parameter in own.parameters}
    names = [parameter.name for parameter in parameters]
    is_same = set(names) == mine.keys() and all(mine[each.name].shape == each.shape for each in parameters)
    if is_same and names == list(mine):
        return trajectory
    width = sum(parameter.size for parameter in parameters)
    if not is_same or trajectory.positions.shape[1] != width:
        nothing = np.zeros((0, width))
        kept = trajectory.kept[:0]
        return replace(trajectory, kept=kept, positions=nothing, gradients=nothing, memory=None)
    ends = np.cumsum([parameter.size for parameter in own.parameters])
    columns = {
        parameter.name: np.arange(end - parameter.size, end)
        for parameter, end in zip(own.parameters, ends, strict=True)
    }
    order = np.concatenate([columns[name] for name in names])
    norms = trajectory.norms[:, [list(mine).index(name) for name in names]]
    positions, gradients = trajectory.positions[:, order], trajectory.gradients[:, order]
    return replace(trajectory, norms=norms, positions=positions, gradients=gradients, memory=None)
