"""How the block of a tape can be run is tried out: compiled, traced, or op by op as the lesson does it."""

from __future__ import annotations

import contextlib
import warnings
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tapeviz.engine import standin_tap
from tapeviz.engine.block_function import BlockFunction
from tapeviz.engine.block_names import key_of
from tapeviz.engine.objective import NoObjectiveError, Objective

MIN_EXAMPLES = 4
"""Data of fewer rows than this is not cut into batches."""

Array = npt.NDArray[Any]
_OWN_ERRORS = (NoObjectiveError, KeyboardInterrupt, MemoryError)


class Trials:
    """Tries an objective at its start and at a place beside it.

    Parameters
    ----------
    eager, traced : Objective
        The same function, run op by op and as part of a graph.
    function : BlockFunction
        What both rest on.
    has_slopes : sequence of bool
        Whether the lesson's gradient by each parameter was anything but 0.

    Raises
    ------
    NoObjectiveError
        Where the block cannot be run by itself, or does not depend on what the lesson's does.
    """

    def __init__(
        self, eager: Objective, traced: Objective, function: BlockFunction, has_slopes: Sequence[bool]
    ) -> None:
        self._eager = eager
        self._traced = traced
        self._function = function
        self._places: list[Any] = []
        self._expected: list[tuple[float, Array]] = []
        self._try(eager.start)
        self._refuse_unmoved(has_slopes)
        for place in _beside(eager.start):
            # The function may well raise beside the start: where its domain ends.
            with contextlib.suppress(NoObjectiveError):
                self._try(place)
                break

    def _try(self, position: Array) -> None:
        place = tf.constant(position, self._eager.dtype)
        self._expected.append(self._as_lesson(place))
        self._places.append(place)

    def reason(self) -> str:
        """Say in a sentence why it has to run op by op; empty where it can be traced."""
        again = [self._as_lesson(place) for place in self._places[:1]]
        if self._function.draws or not _is_close(again[0], self._expected[0]):
            return "It runs op by op, because each evaluation gives another value: the block draws random numbers."
        try:
            found = self._traced_results()
        except _OWN_ERRORS:
            raise
        except Exception as error:
            return _why(error)
        if all(map(_is_close, found, self._expected)):
            return ""
        return (
            "It runs op by op, because traced once it gives other values than the lesson's Python code: something in "
            "the block happens outside of TensorFlow."
        )

    def is_compilable(self) -> bool:
        """Whether XLA takes the objective with its gradient."""
        return standin_tap.is_known_to_xla(self._with_gradient, self._places[0])

    def is_vectorizable(self, *, is_compilable: bool) -> bool:
        """Whether many positions can be computed at once, also by XLA where that takes one of them."""

        def at_once(places: Any) -> Any:
            return tf.vectorized_map(self._traced.at, places, fallback_to_while_loop=False)

        stacked = tf.stack(self._places)
        try:
            found = standin_tap.compiled(at_once, [stacked])(stacked).numpy()
        except _OWN_ERRORS:
            raise
        except Exception:  # What cannot be vectorized is raised in many ways.
            return False
        is_right = all(_is_near(one, value) for one, (value, _) in zip(found, self._expected, strict=True))
        return is_right and (not is_compilable or standin_tap.is_known_to_xla(at_once, stacked))

    def examples(self) -> int | None:
        """Find data in the objective; return how many examples it has, None where there is none.

        Arrays of as many rows are taken for examples where their order does not matter to the objective, but which of
        them count does.
        """
        groups: dict[int, dict[int, Any]] = defaultdict(dict)
        for value in self._function.data().values():
            if len(value.shape) and value.shape[0] >= MIN_EXAMPLES:
                groups[int(value.shape[0])][key_of(value)] = value
        for count, arrays in sorted(groups.items(), key=lambda group: (-len(group[1]), -group[0])):
            self._function.rows_of = arrays
            if self._are_examples(count):
                return count
        self._function.rows_of = {}
        return None

    def _are_examples(self, count: int) -> bool:
        place, (value, _) = self._places[-1], self._expected[-1]
        try:
            turned = float(self._eager.at(place, tf.range(count)[::-1]))
            mixed = float(self._eager.at(place, tf.roll(tf.range(count), count // 3, 0)))
            parts = [float(self._eager.at(place, tf.range(count)[:size])) for size in (1, count // 2)]
        except _OWN_ERRORS:
            raise
        except Exception:  # An array that is no data need not bear to be cut.
            return False
        return _is_near(turned, value) and _is_near(mixed, value) and not all(_is_near(part, value) for part in parts)

    def _as_lesson(self, place: Any) -> tuple[float, Array]:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return _with_gradient(self._eager, place)
        except _OWN_ERRORS:
            raise
        except Exception as error:  # The lesson's code may raise anything.
            raise NoObjectiveError(
                f"The tape's block cannot be run by itself: {_first_line(error)}. What it needs should be made before "
                "the `with`, or inside it."
            ) from error

    def _with_gradient(self, place: Any) -> tuple[Any, Any]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(place)
            value = self._traced.at(place)
        return value, tape.gradient(value, place, unconnected_gradients="zero")

    def _traced_results(self) -> list[tuple[float, Array]]:
        compiled = standin_tap.compiled(self._with_gradient, self._places[:1])
        _refuse_side_effects(compiled.graph)
        return [(float(value), gradient.numpy()) for value, gradient in map(compiled, self._places)]

    def _refuse_unmoved(self, has_slopes: Sequence[bool]) -> None:
        """Refuse a block that does not depend on what the lesson's gradient says it depends on."""
        ends = np.cumsum([parameter.size for parameter in self._eager.parameters])
        pieces = np.split(self._expected[0][1], ends[:-1])
        for parameter, piece, has_slope in zip(self._eager.parameters, pieces, has_slopes, strict=True):
            if has_slope and not np.any(piece):
                raise NoObjectiveError(
                    f"The block computes the same whatever '{parameter.name}' is: what stands for it there cannot be "
                    "found by name. Read it inside the block by the name under which the gradient is asked for."
                )


def _beside(start: Array) -> list[Array]:
    """Choose where else to try: where no accident of the start makes different things equal."""
    way = 0.05 * (1 + np.abs(start)) * np.cos(1 + 0.7 * np.arange(start.size))
    return [(start + way).astype(start.dtype), (start - way).astype(start.dtype)]


def _with_gradient(objective: Objective, place: Any) -> tuple[float, Array]:
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(place)
        value = objective.at(place)
    return float(value), tape.gradient(value, place, unconnected_gradients="zero").numpy()


def _is_close(found: tuple[float, Array], expected: tuple[float, Array]) -> bool:
    scale = float(np.max(np.abs(expected[1]), initial=0.0, where=np.isfinite(expected[1])))
    is_alike = np.allclose(found[1], expected[1], rtol=1e-2, atol=1e-3 * scale + 1e-5, equal_nan=True)
    return is_alike and _is_near(found[0], expected[0])


def _is_near(found: Any, expected: float) -> bool:
    return bool(np.isclose(found, expected, rtol=1e-3, atol=1e-5, equal_nan=True))


def _refuse_side_effects(graph: Any) -> None:
    """Let no graph through that would change the lesson's variables, or call Python."""
    for each in (graph, *(function.graph for function in graph._functions.values() if hasattr(function, "graph"))):
        for op in each.get_operations():
            if op.type.startswith(_CHANGES) or op.type in ("EagerPyFunc", "PyFunc", "PyFuncStateless"):
                raise _SideEffectError(op.type)


class _SideEffectError(Exception):
    """An op of a graph does more than compute."""


_CHANGES = ("Assign", "ResourceApply", "ResourceSparseApply", "ResourceScatter", "ResourceStridedSliceAssign")


def _why(error: Exception) -> str:
    """Say in a sentence why a block cannot be traced."""
    text = str(error)
    if isinstance(error, _SideEffectError):
        cause = f"the block does something that happens once for each evaluation ({text})"
    elif "numpy" in text.lower():
        cause = "the block takes a number out of TensorFlow (.numpy() or NumPy)"
    elif isinstance(error, tf.errors.OperatorNotAllowedInGraphError) or "symbolic" in text.lower():
        cause = "Python decides something by the value of a tensor, in a way that AutoGraph cannot convert"
    else:
        cause = f"TensorFlow cannot trace the block ({_first_line(error)})"
    return f"It runs op by op, because {cause}."


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    name = type(error).__name__
    # AutoGraph begins with the way to the error; what was raised stands at the end.
    line = lines[-1].removeprefix(f"{name}: ") if lines and lines[0] == "in user code:" else "".join(lines[:1])
    text = line.rstrip(".")
    return f"{name}: {text[:200]}" if text else name
