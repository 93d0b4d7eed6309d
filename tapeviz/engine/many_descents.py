"""One descent from many starts at once: the very numbers that each would go through by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tapeviz.engine import standin_tap
from tapeviz.engine.chance import MiniBatches, gaussian
from tapeviz.engine.line_search import LineSearch
from tapeviz.engine.newton import newton_step
from tapeviz.engine.objective import NoObjectiveError, Objective
from tapeviz.engine.optimizers import keras_optimizer
from tapeviz.engine.replay import GivenUpError
from tapeviz.engine.schedules import keras_schedule
from tapeviz.engine.vectorised import affordable_points
from tapeviz.model.descent import DescentSettings
from tapeviz.model.optimizer_facts import OPTIMIZERS

Numbers = npt.NDArray[Any]

_SECONDS = 0.1
"""What one call may take: nobody can give it up in between."""

_LEAST = 50
"""So many iterations have to leave all as they are before nothing is expected any more."""


class ManyDescents:
    """Goes down an objective from `count` starts at once.

    What Keras' optimizers do to one element of a variable does not depend on the others, so all positions are one
    variable of shape (count, dimension). What looks at more than one element is done for each start by itself:
    clipping by a norm, Newton's method, line search. Noise and mini-batches are drawn by seed and iterate, so they are
    the same for all, as they are for each alone.

    Parameters
    ----------
    objective : Objective
    settings : DescentSettings
        Its start is not looked at.
    count : int
        At most; how many there are at a time is bounded by memory.
    """

    def __init__(self, objective: Objective, settings: DescentSettings, count: int) -> None:
        self._objective = objective
        self._settings = settings
        self._dtype = objective.dtype
        self._batches = MiniBatches(objective.examples, settings) if settings.batch_size else None
        self._search = LineSearch(objective, settings) if settings.optimizer == "line_search" else None
        self._count = min(count, self._affordable())
        self._positions = tf.Variable(tf.zeros([self._count, objective.dimension], self._dtype), name="positions")
        self._optimizer = self._built()
        self._state = [] if self._optimizer is None else _state_of(self._optimizer)
        self._fresh = [tf.identity(variable) for variable in self._state]
        numbers = [tf.TensorSpec([], tf.int64)] * 2
        self._run = standin_tap.compiled(self._loop, numbers, is_jit=objective.is_compilable)

    def ends(self, starts: Numbers, is_wanted: Callable[[], bool] = lambda: True) -> Numbers:
        """Return where each of the starts, an array of shape (n, dimension), has come to in the end.

        Raises
        ------
        GivenUpError
            As soon as `is_wanted` says so.
        """
        found = []
        for first in range(0, len(starts), self._count):
            piece = starts[first : first + self._count]
            padded = np.concatenate([piece, np.repeat(piece[-1:], self._count - len(piece), axis=0)])
            found.append(self._together(padded, is_wanted)[: len(piece)])
        return np.concatenate(found)

    def _together(self, starts: Numbers, is_wanted: Callable[[], bool]) -> Numbers:
        self._positions.assign(starts)
        for variable, value in zip(self._state, self._fresh, strict=True):
            variable.assign(value)
        here: Numbers = self._positions.numpy()
        done, most = 0, 1
        watched, watched_at = here, 0
        while done < self._settings.iterations:
            if not is_wanted():
                raise GivenUpError
            count = min(most, self._settings.iterations - done)
            started = time.perf_counter()
            self._run(tf.constant(done, tf.int64), tf.constant(count, tf.int64))
            here = self._positions.numpy()
            most = max(1, min(2 * most, int(count * _SECONDS / (time.perf_counter() - started))))
            done += count
            if done - watched_at >= _LEAST:
                if np.array_equal(here, watched, equal_nan=True):
                    break
                watched, watched_at = here, done
        return here

    def _loop(self, first: Any, count: Any) -> None:
        def body(k: Any) -> tuple[Any]:
            self._update(k)
            return (k + 1,)

        tf.while_loop(lambda k: k < first + count, body, (first,))

    def _update(self, k: Any) -> None:
        rows = self._batches.advance(k) if self._batches else None
        noise = self._noise(k)
        found = tf.vectorized_map(lambda position: self._way(position, rows, noise), self._positions, warn=False)
        if self._optimizer is not None:
            self._optimizer.apply_gradients([(self._clipped(found), self._positions)])
        else:
            self._positions.assign_sub(self._rate(k) * found)

    def _way(self, position: Any, rows: Any, noise: Any) -> Any:
        """Give the gradient at a position; of Newton's method and line search the step that they make."""
        with tf.GradientTape() as tape:
            tape.watch(position)
            value = self._objective.at(position, rows)
        gradient = tape.gradient(value, position)
        if gradient is None:
            raise NoObjectiveError(
                f"{self._objective.title} depends on none of its parameters: there is no gradient to go down."
            )
        gradient = gradient + noise
        if self._settings.optimizer == "newton":
            return newton_step(self._objective, position, gradient, rows)[0]
        return gradient if self._search is None else self._search.length(position, -gradient, rows) * gradient

    def _noise(self, k: Any) -> Any:
        if not self._settings.noise:
            return tf.zeros([], self._dtype)
        seed = tf.stack([tf.constant(self._settings.seed, tf.int64), tf.cast(k, tf.int64)])
        return tf.cast(gaussian(seed, self._objective.dimension) * self._settings.noise, self._dtype)

    def _clipped(self, gradients: Any) -> Any:
        """Cut each start's gradient to a norm: of each parameter, or of all of them."""
        clipping = self._settings.clipping
        if clipping is None or clipping.kind == "value":
            return gradients
        sizes = [parameter.size for parameter in self._objective.parameters]
        pieces = [gradients] if clipping.kind == "global_norm" else tf.split(gradients, sizes, axis=1)
        return tf.concat([tf.clip_by_norm(piece, clipping.limit, axes=[1]) for piece in pieces], 1)

    def _rate(self, k: Any) -> Any:
        if not OPTIMIZERS[self._settings.optimizer].is_rate_used:
            return tf.ones([], self._dtype)
        rate, schedule = self._settings.learning_rate, self._settings.schedule
        return tf.cast(keras_schedule(schedule, rate, self._settings.iterations)(k) if schedule else rate, self._dtype)

    def _built(self) -> Any:
        """Return Keras' optimizer of all positions; None where it has none of that name."""
        if not OPTIMIZERS[self._settings.optimizer].keras_name:
            return None
        clipping = self._settings.clipping
        is_elementwise = clipping is None or clipping.kind == "value"
        optimizer = keras_optimizer(self._settings if is_elementwise else replace(self._settings, clipping=None))
        optimizer.build([self._positions])
        return optimizer

    def _affordable(self) -> int:
        rows = tf.zeros([self._settings.batch_size], tf.int32) if self._settings.batch_size else None
        position = tf.zeros([self._objective.dimension], self._dtype)
        graph = standin_tap.compiled(lambda at: self._way(at, rows, tf.zeros([], self._dtype)), [position]).graph
        return max(1, int(affordable_points(graph, self._objective.examples)))


def _state_of(optimizer: Any) -> list[Any]:
    """List the variables of an optimizer of Keras."""
    kept = [variable.value for variable in optimizer.variables]
    product = getattr(optimizer, "_u_product", None)  # Nadam keeps it without tracking it
    return kept if product is None else [*kept, product.value]
