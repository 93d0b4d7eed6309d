"""Newton's method: the Hessian by TensorFlow's tapes, solved with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tapeviz.engine.objective import Objective
from tapeviz.engine.schedules import keras_schedule
from tapeviz.engine.stepper import Stepper
from tapeviz.model.descent import DescentSettings
from tapeviz.model.numbers import format_number

MAX_COORDINATES = 512
"""Newton's method solves with a matrix of this many rows at most."""


def hessian(objective: Objective, position: Any, rows: Any = None) -> Any:
    """Compute the second derivatives at a position, by a tape of a tape.

    Parameters
    ----------
    objective : Objective
    position : tensor, shape (dimension,)
    rows : tensor, optional
        The examples that count.

    Returns
    -------
    tensor, shape (dimension, dimension)
        Zeros where the objective is linear.
    """
    position = tf.convert_to_tensor(position)
    zero = tf.UnconnectedGradients.ZERO
    # Eagerly TensorFlow would trace anew each time, and complain of that where the lesson prints.
    is_at_once = objective.is_vectorizable and not objective.reason and not tf.executing_eagerly()
    with tf.GradientTape(persistent=not is_at_once) as outer:
        outer.watch(position)
        with tf.GradientTape() as inner:
            inner.watch(position)
            value = objective.at(position, rows)
        gradient = inner.gradient(value, position, unconnected_gradients=zero)
    return outer.jacobian(gradient, position, unconnected_gradients=zero, experimental_use_pfor=is_at_once)


def newton_step(objective: Objective, position: Any, gradient: Any, rows: Any = None) -> tuple[Any, Any]:
    """Solve with the Hessian at a position.

    Returns
    -------
    step : tensor, shape (dimension,)
        H⁻¹ gradient; zeros where the Hessian is singular.
    is_regular : tensor of bool, shape ()
    """
    curvature = hessian(objective, position, rows)
    is_regular = _is_regular(curvature)
    safe = tf.where(is_regular, curvature, tf.eye(objective.dimension, dtype=curvature.dtype))
    step = tf.linalg.solve(safe, gradient[:, None])[:, 0]
    return tf.where(is_regular, step, tf.zeros_like(step)), is_regular


class Newton(Stepper):
    """Goes to the critical point of the parabola that fits here: position − rate · H⁻¹ gradient.

    The whole step is made, unless a learning rate under 1 shortens it; nothing is added to the Hessian. Where it is
    singular to the precision of its numbers, or no finite number, there is no update, and `failure` says so.

    Notes
    -----
    J. Nocedal and S. J. Wright, Numerical Optimization, 2nd ed. (2006), section 2.2.
    """

    def __init__(self, objective: Objective, settings: DescentSettings) -> None:
        if objective.dimension > MAX_COORDINATES:
            raise ValueError(
                f"Newton's method solves with a Hessian of {objective.dimension} rows here; it is offered for up to "
                f"{MAX_COORDINATES} coordinates. The other optimizers do without one."
            )
        super().__init__(objective, settings)
        self._rate = tf.Variable(settings.learning_rate, dtype=objective.dtype, trainable=False, name="rate")
        rate, schedule = settings.learning_rate, settings.schedule
        self._schedule = keras_schedule(schedule, rate, settings.iterations) if schedule else None

    @property
    def state(self) -> list[Any]:
        """The same, and the learning rate."""
        return [*super().state, self._rate]

    def update(self, k: Any, gradients: Sequence[Any], /) -> Any:
        """Solve with the Hessian."""
        rows = self.rows(k)
        step, is_regular = newton_step(self.objective, self.position(), self.joined(gradients), rows)
        rate = tf.cast(self._schedule(k), self.objective.dtype) if self._schedule else tf.identity(self._rate)
        for variable, move in zip(self.variables, self.objective.values(rate * step), strict=True):
            variable.assign_sub(move)
        return tf.where(is_regular, rate, tf.constant(np.nan, rate.dtype))

    def steer(self, learning_rate: float) -> None:
        """Make another share of each step."""
        self._rate.assign(learning_rate)

    def failure(self) -> str:
        """Say what is wrong with the Hessian where the variables stand."""
        curvature = hessian(self.objective, self.position())
        if not np.isfinite(curvature.numpy()).all():
            return "The Hessian here is no finite number: Newton's method has no step to make. Start elsewhere."
        smallest, *_, largest = sorted([*tf.linalg.eigvalsh(curvature).numpy()] * 2, key=abs)
        return (
            f"The Hessian here is singular (its eigenvalue next to 0 is {format_number(smallest)}, the one farthest "
            f"from it {format_number(largest)}): Newton's method has no step to make. Start elsewhere, or go down the "
            "gradient."
        )


def _is_regular(curvature: Any) -> Any:
    """Whether a symmetric matrix can be solved with: no eigenvalue is 0 next to the largest one's rounding."""
    is_finite = tf.reduce_all(tf.math.is_finite(curvature))
    sizes = tf.abs(tf.linalg.eigvalsh(tf.where(is_finite, curvature, tf.zeros_like(curvature))))
    rounding = curvature.shape[0] * np.finfo(curvature.dtype.as_numpy_dtype).eps
    return is_finite & (tf.reduce_min(sizes) > rounding * tf.reduce_max(sizes))
