"""Landscapes and trajectories of functions that need no TensorFlow, for tests of how they are drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from tapeviz.model.descent import DescentSettings, DescentStatus, ObjectiveFacts, Parameter, StatusKind, Trajectory
from tapeviz.model.descent_state import DescentState, DescentView, Racer
from tapeviz.model.landscape import Extent, Landscape, Plane
from tapeviz.model.tensor import TensorValue

Numbers = npt.NDArray[Any]

PLANE = Plane(origin=(0.0, 0.0), directions=((1.0, 0.0), (0.0, 1.0)), titles=("x", "y"))
LINE = Plane(origin=(0.0,), directions=((1.0,),), titles=("x",))


def packed(array: Numbers) -> TensorValue:
    """Pack an array whole, however large."""
    array = np.ascontiguousarray(array)
    return TensorValue(encoding=array.dtype.str, shape=array.shape, data=array.tobytes())


def bowl(x: Numbers, y: Numbers) -> Numbers:
    """x² + y², whose level sets are circles."""
    return np.asarray(x**2 + y**2)


def landscape(f: Callable[[Numbers, Numbers], Numbers], reach: float = 2.0, points: int = 101) -> Landscape:
    """Lay a function out over a square around 0."""
    x, y = np.meshgrid(np.linspace(-reach, reach, points), np.linspace(-reach, reach, points))
    with np.errstate(all="ignore"):
        values = f(x, y)
    extent = Extent(low=(-reach, -reach), high=(reach, reach))
    return Landscape(plane=PLANE, extent=extent, values=packed(values))


def objective(*names: str) -> ObjectiveFacts:
    """Say what is known of a function of scalars of these names."""
    parameters = [Parameter(name=name, shape=(), dtype="float32", start=packed(np.array(1.0))) for name in names]
    return ObjectiveFacts(title="f", parameters=tuple(parameters), value=1.0)


def trajectory(positions: Numbers, losses: Numbers, kind: StatusKind = "running") -> Trajectory:
    """Give iterates at these positions, shape (n, dimension), and of these losses."""
    count = len(positions)
    return Trajectory(
        settings=DescentSettings(start=tuple(map(float, positions[0])) if count else ()),
        losses=np.asarray(losses, dtype=np.float64),
        norms=np.abs(np.asarray(positions, dtype=np.float64)),
        rates=np.full(max(0, count - 1), 0.1),
        kept=np.arange(count),
        positions=np.asarray(positions, dtype=np.float64),
        gradients=2 * np.asarray(positions, dtype=np.float64),
        status=DescentStatus(kind=kind, sentence="" if kind == "running" else "The gradient is 0."),
    )


def descent(*trajectories: Trajectory, ground: Landscape | None = None, **view: Any) -> DescentState:
    """Give the state of a race of these trajectories on the bowl."""
    ground = ground or landscape(bowl)
    return DescentState(
        objective=objective("x", "y"),
        raced=tuple(
            Racer(look=look, settings=each.settings) for look, each in enumerate(trajectories) if each.settings
        ),
        trajectories=trajectories,
        plane=ground.plane,
        extent=ground.extent,
        landscape=ground,
        view=DescentView(**view),
    )
