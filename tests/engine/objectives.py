"""Objectives of which everything is known: published surfaces as plain TensorFlow functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tapeviz.engine.objective import Objective
from tapeviz.model.descent import Parameter
from tapeviz.model.landscape import Extent, Plane
from tapeviz.model.tensor import value_of_array


def parameter(name: str, start: Any, dtype: str = "float32") -> Parameter:
    array = np.asarray(start, dtype)
    return Parameter(name=name, shape=array.shape, dtype=dtype, start=value_of_array(array))


def objective_of(function: Callable[..., Any], *starts: Any, dtype: str = "float32", reason: str = "") -> Objective:
    """An objective of a plain function of one argument for each start."""
    names = "xyzuvw"
    return Objective(
        title="f",
        parameters=tuple(parameter(name, start, dtype) for name, start in zip(names, starts, strict=False)),
        compute=lambda values, rows: function(*values),
        reason=reason,
    )


def himmelblau(x: Any, y: Any) -> Any:
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def rosenbrock(x: Any, y: Any) -> Any:
    """(1 − x)² + 100 (y − x²)², whose minimum is at (1, 1)."""
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


HIMMELBLAU_MINIMA = ((-3.779310, -3.283186), (-2.805118, 3.131312), (3.0, 2.0), (3.584428, -1.848126))
"""Himmelblau, Applied Nonlinear Programming, McGraw-Hill 1972; to six digits."""

XY = Plane(origin=(0.0, 0.0), directions=((1.0, 0.0), (0.0, 1.0)), titles=("x", "y"))
LINE = Plane(origin=(0.0,), directions=((1.0,),), titles=("x",))


def square(half: float, centre: tuple[float, float] = (0.0, 0.0)) -> Extent:
    x, y = centre
    return Extent(low=(x - half, y - half), high=(x + half, y + half))


def camel(x: Any, y: Any) -> Any:
    """Six-hump camel: Dixon and Szegö, Towards Global Optimisation 2, North-Holland 1978."""
    return (4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + (4 * y**2 - 4) * y**2


def monkey_saddle(x: Any, y: Any) -> Any:
    return x**3 - 3 * x * y**2


def double_well(x: Any) -> Any:
    return x**4 / 4 - x**2 / 2 + x / 10
