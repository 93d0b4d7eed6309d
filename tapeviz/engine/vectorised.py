"""A function of one point computed at many points at once: compiled where that can be, else as far as it goes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tapeviz.engine import standin_tap
from tapeviz.engine.assertions import conditions, has_assertions, hides_assertions, nodes_of
from tapeviz.engine.failures import message_of
from tapeviz.engine.objective import Objective
from tapeviz.engine.replay import GivenUpError

MAX_PIECE = 65_536
"""So many points are computed by one call at most: a landscape of 256 × 256."""

_BYTES = 1 << 28
_SECONDS = 0.5
"""What one call may take of memory, and of time as measured before it is compiled: nobody can give it up halfway."""

_NO_TIME = 0.01
_FEW = 32


class Vectorised:
    """``one(point, *shared)`` for many points.

    XLA compiles it for a fixed number of points, so that another part of a plane compiles nothing anew. What XLA
    cannot compile is traced; what cannot be traced runs eagerly, point by point. XLA drops assertions, so what the
    objective asserts is asked for beside the function's value.

    Parameters
    ----------
    one : callable
        Takes a tensor of shape (k,) and further tensors, and gives a tensor of `shape`.
    shape : tuple of int
    objective : Objective
        What the function is made of: how that can be computed, the function can.
    where : callable
        Takes what `one` takes, and gives the position at which that asks for the objective.
    most : int
        How many points there are at most: what is compiled is compiled for no more.

    Attributes
    ----------
    problem : str
        What the function raised last; empty where it has not raised.
    """

    def __init__(
        self,
        one: Callable[..., Any],
        shape: tuple[int, ...],
        objective: Objective,
        where: Callable[..., Any],
        most: int = MAX_PIECE,
    ) -> None:
        self.problem = ""
        self._one = one
        self._shape = shape
        self._objective = objective
        self._where = where
        is_eager = bool(objective.reason) or not objective.is_vectorizable
        self._way: Literal["unknown", "eager", "traced", "compiled"] = "eager" if is_eager else "unknown"
        self._size = 1 if is_eager else most
        self._is_asserting = False
        self._traced: Any = None
        self._compiled: Any = None

    def __call__(
        self, points: Any, shared: tuple[Any, ...], is_wanted: Callable[[], bool], *, is_coarse: bool = False
    ) -> npt.NDArray[Any]:
        """Compute the function at `points`, a tensor of shape (n, k); NaN where it raises.

        With `is_coarse` nothing is compiled, so that a few points are there soon.

        Returns
        -------
        array of shape (n, *shape)

        Raises
        ------
        GivenUpError
            As soon as `is_wanted` says so, which is asked before every piece.
        """
        if self._way == "unknown":
            self._way = self._found_out(points[:_FEW], shared)
        # Slicing copies: 256 × 256 points would come in half the time without it.
        whole = [points] if len(points) <= self._size else None
        pieces = whole or (points[first : first + self._size] for first in range(0, len(points), self._size))
        found = []
        for piece in pieces:
            if not is_wanted():
                raise GivenUpError
            found.append(self._piece(piece, shared, is_coarse=is_coarse))
        return found[0] if len(found) == 1 else np.concatenate(found)

    def complaint(self, point: Any, shared: tuple[Any, ...]) -> str:
        """Say what the function raises at a point, run as it stands; empty where it does not raise."""
        self.problem = ""
        self._one_by_one([point], shared)
        return self.problem

    def _piece(self, points: Any, shared: tuple[Any, ...], *, is_coarse: bool) -> npt.NDArray[Any]:
        if self._way == "eager":
            return self._one_by_one(points, shared)
        if self._way == "compiled" and (self._is_asserting or not is_coarse):
            try:
                return self._by_xla(points, shared)
            except (tf.errors.OpError, ValueError, TypeError, NotImplementedError):
                self._way = "traced"  # XLA knows not every op
        return self._halved(points, shared)

    def _all(self, points: Any, *shared: Any) -> Any:
        return tf.vectorized_map(lambda point: self._where_it_holds(point, *shared), points, warn=False)

    def _where_it_holds(self, point: Any, *shared: Any) -> Any:
        """Trace the function, with NaN in place of its value where it raises."""
        value = self._one(point, *shared)
        if not self._is_asserting:
            return value
        holds = conditions(lambda: self._objective.at(self._where(point, *shared)))
        return tf.where(tf.reduce_all(tf.stack(holds)), value, np.nan)

    def _found_out(self, points: Any, shared: tuple[Any, ...]) -> Literal["eager", "traced", "compiled"]:
        """Find out how the function can be computed, and at how many points at a time."""
        try:
            position = self._where(points[0], *shared)
            plain = standin_tap.compiled(self._objective.at, [position]).graph
            if hides_assertions(plain):
                self._size = 1
                return "eager"
            self._is_asserting = has_assertions(plain)
            graph = standin_tap.compiled(self._one, (points[0], *shared)).graph
            affordable = min(affordable_points(graph, self._objective.examples), self._size)
            points = points[: max(int(affordable), 1)]
            some = tf.TensorSpec([None, *points.shape[1:]], points.dtype)
            self._traced = standin_tap.compiled(self._all, (some, *shared))
            if not self._is_asserting:  # what raises takes longer than what does not
                self._halved(points, shared)
                affordable = min(affordable, _SECONDS / self._seconds_for_one(points, shared))
        except Exception as error:  # whatever a lesson's code says to being traced
            self.problem = _first_line(error)
            self._size = 1
            return "eager"
        self._size = max(int(affordable), 1)
        return "compiled" if self._objective.is_compilable else "traced"

    def _seconds_for_one(self, points: Any, shared: tuple[Any, ...]) -> float:
        """Measure what a point takes, with more of them where a few take no time to speak of."""
        seconds = 0.0
        for times in (1, _FEW, 8 * _FEW):
            many = tf.repeat(points, times, axis=0)
            seconds = min(self._seconds(many, shared) for _ in range(3))
            if seconds > _NO_TIME:
                break
        return seconds / len(many)

    def _seconds(self, points: Any, shared: tuple[Any, ...]) -> float:
        started = time.perf_counter()
        self._halved(points, shared)
        return time.perf_counter() - started

    def _by_xla(self, points: Any, shared: tuple[Any, ...]) -> npt.NDArray[Any]:
        missing = self._size - len(points)
        padded = tf.concat([points, tf.repeat(points[-1:], missing, axis=0)], 0) if missing else points
        if self._compiled is None:
            self._compiled = standin_tap.compiled(self._all, (padded, *shared), is_jit=True)
        return np.asarray(self._compiled(padded, *shared))[: len(points)]

    def _halved(self, points: Any, shared: tuple[Any, ...]) -> npt.NDArray[Any]:
        """Compute all at once; where that raises, each half by itself: NaN stands only where the function raises."""
        try:
            return np.asarray(self._traced(points, *shared))
        except tf.errors.OpError as error:
            self.problem = _first_line(error)
        half = len(points) // 2
        if not half:
            return np.full((1, *self._shape), np.nan)
        return np.concatenate([self._halved(points[:half], shared), self._halved(points[half:], shared)])

    def _one_by_one(self, points: Any, shared: tuple[Any, ...]) -> npt.NDArray[Any]:
        values = []
        for point in points:
            try:
                values.append(np.asarray(self._one(point, *shared)).reshape(self._shape))
            except Exception as error:  # a lesson's code may raise anything
                self.problem = _first_line(error)
                values.append(np.full(self._shape, np.nan))
        return np.stack(values)


def affordable_points(graph: Any, examples: int | None) -> float:
    """Say at how many points memory holds all that a traced function of one point computes.

    Parameters
    ----------
    examples : int or None
        What a length is reckoned as that only a run tells.
    """
    size = sum(_bytes(tensor, examples or 1) for node in nodes_of(graph) for tensor in node.outputs)
    return _BYTES / max(size, 1)


def _first_line(error: Exception) -> str:
    line = message_of(error).splitlines()[0].strip()
    return line if line.endswith((".", "!", "?")) else f"{line}."


def _bytes(tensor: Any, examples: int) -> int:
    """Reckon what a symbolic tensor takes."""
    if tensor.shape.rank is None:
        return examples
    return int(math.prod(examples if length is None else length for length in tensor.shape) * max(tensor.dtype.size, 1))
