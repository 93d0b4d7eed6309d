"""Exact line search: the lowest point of the ray against the gradient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tapeviz.engine.objective import Objective
from tapeviz.engine.stepper import Stepper
from tapeviz.model.descent import DescentSettings
from tapeviz.model.optimizer_facts import OPTIMIZERS

_FINE = 256
"""So many step lengths are tried on the whole ray, in a geometric series, ..."""
_DECADES = 10
"""... over so many powers of ten below the longest."""
_CELLS = 32
_ROUNDS = 4
"""Where the ray is lowest the slope along it is sought in so many cells, so many times over."""


class LineSearch(Stepper):
    """Goes against the gradient to the lowest point of the ray.

    *Exact* means: of step lengths t from 0 to `longest`, the loss φ(t) = f(position − t · gradient) is computed at
    a fine series, all at once; from the lowest of them, between its neighbours, the place where φ′ goes from negative
    to positive is narrowed down to a 32⁴-th part, and there the root of φ′ is taken by the secant: on a quadratic that
    is t = gᵀg / gᵀHg to rounding. Another valley of the ray is found as well, if it is wider than one step of the
    series, a factor of 1.09. Where no t lowers the loss, the step is 0 long.

    Notes
    -----
    J. Nocedal and S. J. Wright, Numerical Optimization, 2nd ed. (2006), section 3.1; S. Boyd and L. Vandenberghe,
    Convex Optimization (2004), section 9.2.
    """

    def __init__(self, objective: Objective, settings: DescentSettings) -> None:
        super().__init__(objective, settings)
        longest = OPTIMIZERS["line_search"].hyperparameter("longest")
        assert longest is not None
        self._longest = settings.hyperparameters.get("longest", longest.default)

    def update(self, k: Any, gradients: Sequence[Any], /) -> Any:
        """Go to the lowest point, and give the step length as the rate."""
        rows = self.rows(k)
        length = self.length(self.position(), -self.joined(gradients), rows)
        for variable, move in zip(self.variables, gradients, strict=True):
            variable.assign_sub(tf.cast(length, variable.dtype) * tf.cast(move, variable.dtype))
        return length

    def length(self, position: Any, direction: Any, rows: Any = None) -> Any:
        """Find how far to go from a position, both tensors of shape (dimension,), as a multiple of `direction`."""

        def loss(length: Any) -> Any:
            return tf.cast(self.objective.at(position + length * direction, rows), self.objective.dtype)

        def slope(length: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(length)
                value = loss(length)
            return tape.gradient(value, length, unconnected_gradients=tf.UnconnectedGradients.ZERO)

        return self._refined(loss, slope, *self._coarse(loss))

    def _coarse(self, loss: Callable[[Any], Any]) -> tuple[Any, Any, Any]:
        """Find the lowest of the series, and its neighbours."""
        powers = tf.cast(tf.linspace(-float(_DECADES), 0.0, _FINE), self.objective.dtype)
        lengths = tf.concat(
            [tf.zeros([1], powers.dtype), self._longest * tf.pow(tf.cast(10.0, powers.dtype), powers)], 0
        )
        losses = _finite_or(self._many(loss, lengths), lengths.dtype.max)
        best = tf.argmin(losses)
        return (
            tf.gather(lengths, best),
            tf.gather(lengths, tf.maximum(best - 1, 0)),
            tf.gather(lengths, tf.minimum(best + 1, _FINE)),
        )

    def _refined(self, loss: Callable[[Any], Any], slope: Callable[[Any], Any], best: Any, low: Any, high: Any) -> Any:
        """Find the root of the slope between two neighbours; the best of the series where that is no lower."""
        shares = tf.cast(tf.linspace(0.0, 1.0, _CELLS + 1), best.dtype)
        falls = rises = tf.zeros_like(best)
        is_found = tf.constant(True)
        for _ in range(_ROUNDS):
            lengths = low + (high - low) * shares
            slopes = self._many(slope, lengths)
            turns = (slopes[:-1] < 0) & (slopes[1:] >= 0)
            is_found &= tf.reduce_any(turns)
            cell = tf.argmax(tf.cast(turns, tf.int32))
            low, high = tf.gather(lengths, cell), tf.gather(lengths, cell + 1)
            falls, rises = tf.gather(slopes, cell), tf.gather(slopes, cell + 1)
        root = low - (high - low) * tf.math.divide_no_nan(falls, rises - falls)
        lowest, refined = loss(best), loss(root)
        rounding = 4 * float(np.finfo(best.dtype.as_numpy_dtype).eps) * tf.abs(lowest)
        return tf.where(is_found & (refined <= lowest + rounding), root, best)

    def _many(self, function: Callable[[Any], Any], lengths: Any) -> Any:
        """Compute a function of one step length for many: at once where that can be, else one after the other."""
        if self.objective.is_vectorizable and not self.objective.reason:
            return tf.vectorized_map(function, lengths, warn=False)
        return tf.map_fn(function, lengths, fn_output_signature=lengths.dtype)


def _finite_or(values: Any, otherwise: float) -> Any:
    return tf.where(tf.math.is_finite(values), values, tf.cast(otherwise, values.dtype))
