"""Descents on a Python function of tensors, in this very process: what notebooks do."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import tensorflow as tf

from tapeviz.engine import standin_tap
from tapeviz.engine.descent import Descent, DescentError
from tapeviz.engine.failures import message_of
from tapeviz.engine.judge import Judge, Terrain
from tapeviz.engine.landscape import Relief
from tapeviz.engine.objective import NoObjectiveError, Objective
from tapeviz.model.descent import DescentSettings, DescentStatus, Parameter, Trajectory
from tapeviz.model.landscape import Extent, Landscape, Plane
from tapeviz.model.tensor import TensorValue
from tapeviz.model.trajectory import begun, grown

Compute = Callable[..., Any]

FIRST_CHUNK, CHUNK = 1, 8192
"""Iterates that are computed in one go: the first by itself, so that a function that raises there says so at once."""


def function_objective(function: Callable[..., Any], start: object) -> Objective:
    """Make an objective of a Python function.

    Parameters
    ----------
    function : callable
        Takes tensors, gives a scalar tensor. Python control flow in it is converted by AutoGraph; what cannot be
        traced runs op by op, and the objective's `reason` says so.
    start : number, array, sequence of these, or mapping of str to these
        One value for each argument; of a function of one argument, the value itself.

    Raises
    ------
    NoObjectiveError
        With a sentence: no such arguments, no scalar, no gradient, or what the function raised at the start.
    """
    title = getattr(function, "__name__", "f")
    title = "f" if title == "<lambda>" else title
    parameters = tuple(_parameter(name, value) for name, value in _arguments(function, title, start).items())
    names = [parameter.name for parameter in parameters]

    converted = standin_tap.converted(function)

    def eager(values: Sequence[Any], _: Any = None) -> Any:
        return tf.convert_to_tensor(function(**dict(zip(names, values, strict=True))))

    def traced(values: Sequence[Any], _: Any = None) -> Any:
        called = converted if standin_tap.is_tracing() else function
        return tf.convert_to_tensor(called(**dict(zip(names, values, strict=True))))

    _refuse(Objective(title=title, parameters=parameters, compute=eager))
    return _tried(title, parameters, eager, tf.autograph.experimental.do_not_convert(traced))


def descend_on(objective: Objective, settings: DescentSettings) -> Trajectory:
    """Go down an objective to the end of what the settings say."""
    trajectory = begun(settings, len(objective.parameters))
    descent, judge = Descent(objective, settings), Judge(Terrain(objective), settings)
    count = FIRST_CHUNK
    while trajectory.status.kind == "running":
        try:
            batch, status = judge.judge(descent.advance(min(count, settings.iterations + 1 - trajectory.count)))
        except DescentError as error:
            return replace(trajectory, status=DescentStatus(kind="failed", sentence=str(error)))
        trajectory = grown(trajectory, batch, status)
        count = CHUNK
    return trajectory


def landscape_of(objective: Objective, plane: Plane, extent: Extent, resolution: int) -> Landscape:
    """Compute an objective over a plane."""
    *_, (last, _) = Relief(objective).landscapes(plane, extent, resolution)
    return last


def _arguments(function: Callable[..., Any], title: str, start: Any) -> dict[str, Any]:
    """Give each argument of the function its start."""
    found = list(inspect.signature(function).parameters.values())
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [each.name for each in found if each.kind in kinds]
    needed = [each.name for each in found if each.kind in kinds and each.default is inspect.Parameter.empty]
    if isinstance(start, Mapping):
        if not set(needed) <= set(start) <= set(names):
            raise NoObjectiveError(f"{title} takes {', '.join(names)}; the start is of {', '.join(map(str, start))}.")
        return {name: start[name] for name in names if name in start}
    if len(needed) == 1 or (not needed and names):
        return {(needed or names)[0]: start}
    is_one = np.ndim(start) == 0 if not isinstance(start, Sequence) else False
    values = [start] if is_one else list(start)
    if len(values) != len(needed) or not values:
        raise NoObjectiveError(
            f"{title} takes {len(needed)} arguments ({', '.join(needed)}), but the start has {len(values)}."
        )
    return dict(zip(needed, values, strict=True))


def _parameter(name: str, value: Any) -> Parameter:
    try:
        tensor = tf.convert_to_tensor(value)
    except (ValueError, TypeError) as error:
        raise NoObjectiveError(f"The start of {name} is no number and no array of numbers.") from error
    if tensor.dtype.is_integer or tensor.dtype == tf.bool:
        tensor = tf.cast(tensor, tf.float32)
    if not tensor.dtype.is_floating:
        raise NoObjectiveError(
            f"The start of {name} is of type {tensor.dtype.name}; a descent goes through real numbers."
        )
    array = np.asarray(tensor.numpy(), order="C")
    held = TensorValue(encoding=array.dtype.str, shape=array.shape, data=array.tobytes())
    return Parameter(name=name, shape=array.shape, dtype=tensor.dtype.name, start=held)


def _refuse(objective: Objective) -> None:
    """Find out at the start whether there is anything to descend on."""
    title = objective.title
    values = objective.values(tf.constant(objective.start, objective.dtype))
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(values)
        try:
            value = objective.compute(values, None)
        except Exception as error:
            raise NoObjectiveError(
                f"{title} raised {type(error).__name__} at the start: {message_of(error)}"
            ) from error
    if not value.dtype.is_floating:
        raise NoObjectiveError(f"{title} gives {value.dtype.name}, which has no gradient; compute in float32.")
    if value.shape.num_elements() != 1:
        raise NoObjectiveError(
            f"{title} gives the shape {tuple(value.shape)}, so it is no single number to make small; wrap it in "
            "tf.reduce_sum or tf.reduce_mean."
        )
    if all(gradient is None for gradient in tape.gradient(value, values)):
        names = ", ".join(parameter.name for parameter in objective.parameters)
        raise NoObjectiveError(
            f"{title} has no gradient by {names}: nothing links its value to them. Compute it by TensorFlow's own "
            "functions."
        )


def _tried(title: str, parameters: tuple[Parameter, ...], eager: Compute, traced: Compute) -> Objective:
    """Find out how the function can be run: compiled, as a graph, or op by op."""

    def made(compute: Compute, **findings: Any) -> Objective:
        return Objective(title=title, parameters=parameters, compute=compute, **findings)

    objective = made(traced)
    place = tf.constant(objective.start, objective.dtype)

    def with_gradient(position: Any) -> Any:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(position)
            value = objective.at(position)
        return value, tape.gradient(value, position, unconnected_gradients="zero")

    def at_once(positions: Any) -> Any:
        return tf.vectorized_map(objective.at, positions, fallback_to_while_loop=False)

    is_compilable = not _complaint(with_gradient, place, is_jit=True)
    complaint = "" if is_compilable else _complaint(with_gradient, place, is_jit=False)
    if complaint:
        reason = f"It runs op by op, because TensorFlow cannot trace {title} ({complaint})."
        return made(eager, reason=reason, is_compilable=False, is_vectorizable=False)
    is_vectorizable = not _complaint(at_once, tf.stack([place, place]), is_jit=is_compilable)
    return made(traced, is_compilable=is_compilable, is_vectorizable=is_vectorizable)


def _complaint(function: Callable[..., Any], place: Any, *, is_jit: bool) -> str:
    """Run a function traced, and give what it raises; empty where it runs."""
    try:
        standin_tap.compiled(function, [place], is_jit=is_jit)(place)
    except Exception as error:  # The function may raise anything in a trace, and so may XLA.
        # What was raised in converted code begins with where that was; what it was stands at the end.
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        is_converted = bool(lines) and lines[0].startswith("in user code")
        return lines[-1][:200] if is_converted else f"{type(error).__name__}: {message_of(error)}"[:200]
    return ""
