"""From a gradient call of a lesson to what descends: the function that it differentiates, with no code added."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tapeviz.engine import standin_tap, tap
from tapeviz.engine.block_function import BlockFunction, Moved
from tapeviz.engine.blocks import Block, find_block
from tapeviz.engine.objective import NoObjectiveError, Objective
from tapeviz.engine.runner import RunResult
from tapeviz.engine.scopes import Scope
from tapeviz.engine.trials import Trials
from tapeviz.engine.values import array_of
from tapeviz.model.descent import Parameter
from tapeviz.model.lesson import settings_of
from tapeviz.model.recording import GradientCall, Recording, Source
from tapeviz.model.subjects import source_name
from tapeviz.model.tensor import TensorValue

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonObjective(Objective):
    """An objective that is a block of a lesson."""

    block: Block
    function: BlockFunction


def objective_of(result: RunResult, call: int) -> LessonObjective:
    """Make the function that a gradient call differentiates, of its sources, as it stood when the call was made.

    It is the block of the call's tape as it is written in the lesson, run with other values in the sources: variables,
    also those within Keras layers, and watched tensors. Neither the lesson's variables nor its random numbers change.

    Parameters
    ----------
    result : RunResult
        A run of this process.
    call : int
        One of its gradient calls.

    Raises
    ------
    NoObjectiveError
        Where there is nothing to descend on; the message is a sentence that says why, and what mends it.
    """
    recording = result.recording
    if not 0 <= call < len(recording.gradient_calls):
        raise NoObjectiveError("The lesson made no such gradient call.")
    asked = recording.gradient_calls[call]
    _refuse_targets(recording, asked)
    sources = _moving(recording, asked)
    names = [recording.tensors[target].name for target in asked.target]
    block, scope, moved = block_of(result, asked)
    domain = settings_of(recording.source.text).descent.domain
    parameters = tuple(
        _parameter(result, asked, source, domain.get(source_name(recording, source))) for source in sources
    )
    function = BlockFunction(
        block,
        scope,
        result.namespace,
        result.live,
        moved,
        [_weight(recording, seed) for seed in asked.seed],
    )
    title = " + ".join(name or "objective" for name in names) if any(names) else "objective"
    return _tried(title, parameters, block, function, [_has_slope(result, source) for source in sources])


def block_of(result: RunResult, call: GradientCall) -> tuple[Block, Scope, list[Moved]]:
    """Find the block of a call's tape, what its names stood for, and the sources that are moved, in their order.

    Raises
    ------
    NoObjectiveError
        Where it cannot be run again.
    """
    recording = result.recording
    names = [recording.tensors[target].name for target in call.target]
    block = find_block(recording.source.text, recording.tapes[call.tape].line, call.line, names)
    moved = [_moved(result, call, source) for source in _moving(recording, call)]
    return block, _scope(result, call), moved


def _refuse_targets(recording: Recording, call: GradientCall) -> None:
    if call.method != "gradient":
        raise NoObjectiveError(
            f"This call asks for a {call.method}: that is many slopes, of many numbers. Descend on a tape.gradient "
            "call, whose target is one number."
        )
    for target in map(recording.tensors.__getitem__, call.target):
        title = f"The target '{target.name}'" if target.name else "The target"
        if target.dtype.startswith("complex"):
            raise NoObjectiveError(
                f"{title} is complex, and of complex numbers none is the smallest. Descend on its size: tf.abs."
            )
        if not tf.as_dtype(target.dtype).is_floating:
            raise NoObjectiveError(
                f"{title} is of type {target.dtype}, which has no gradient. Compute it in float32: with tf.cast, or "
                "2.0 for 2."
            )
        if int(np.prod(target.shape)) != 1:
            raise NoObjectiveError(
                f"{title} has the shape {target.shape}, so it is no single number to make small. Wrap it in "
                "tf.reduce_sum or tf.reduce_mean."
            )


def _moving(recording: Recording, call: GradientCall) -> list[Source]:
    """List the sources that have a gradient: the others would stay where they are."""
    found: dict[int, Source] = {}
    for source in call.sources:
        if source.value is not None:
            found.setdefault(source.tensor, source)
    if not call.sources:
        raise NoObjectiveError("This call names no sources, so there is nothing to move.")
    if not found:
        why = next((source.why_none.message for source in call.sources if source.why_none is not None), "")
        raise NoObjectiveError(f"Every gradient of this call is None, so there is no way down. {why}".strip())
    for source in found.values():
        tensor = recording.tensors[source.tensor]
        name = source_name(recording, source)
        if tensor.dtype.startswith("complex"):
            raise NoObjectiveError(f"The source '{name}' is complex; a descent goes through real numbers.")
        if tensor.producer is not None and tensor.producer >= recording.tapes[call.tape].entered_at:
            raise NoObjectiveError(
                f"The source '{name}' is computed inside the block, so it cannot be moved by itself. Ask for the "
                "gradient by what it is computed from."
            )
    return list(found.values())


def _parameter(result: RunResult, call: GradientCall, source: Source, domain: tuple[float, float] | None) -> Parameter:
    recording = result.recording
    tensor = recording.tensors[source.tensor]
    array = np.asarray(_held_at(result, call, source.tensor), order="C")
    return Parameter(
        name=source_name(recording, source),
        shape=array.shape,
        dtype=tensor.dtype,
        start=TensorValue(encoding=array.dtype.str, shape=array.shape, data=array.tobytes()),
        domain=domain,
    )


def _held_at(result: RunResult, call: GradientCall, tensor: int) -> Array:
    """Find what a source held when the tape of a call recorded it."""
    recording = result.recording
    begun = recording.tapes[call.tape].entered_at
    ops = recording.ops[begun : call.started_at]
    reads = [op.outputs[0] for op in ops if op.type == "ReadVariableOp" and op.inputs[0] == tensor]
    for known in (*reads, tensor):
        if known in result.arrays:
            return result.arrays[known]
        value = recording.tensors[known].value
        if recording.tensors[known].role != "variable" and value is not None and value.is_whole:
            return value.array
    before = [each for each in recording.assignments if each.variable == tensor and (each.op or 0) < begun]
    last = before[-1].value if before else recording.tensors[tensor].value
    if last is not None and last.is_whole:
        return last.array
    handle = result.live.handles.get(tensor)
    held = tap.held_by(handle) if handle is not None else None
    if held is None:
        raise NoObjectiveError("What the sources held was not kept: the lesson needed too much memory.")
    return array_of(tap.read_variable(handle, held[0]))


def _moved(result: RunResult, call: GradientCall, source: Source) -> Moved:
    handle = result.live.handles.get(source.tensor)
    if handle is not None:
        return Moved(handle=handle)
    tensor = result.live.sources.get(source.tensor)
    keys = {tensor._id} if tensor is not None else set()
    # The name may stand for another tensor by now: a loop that computes w anew holds the last one.
    for names in (_scope(result, call).names, result.namespace):
        same: Any = names.get(source.name or "")
        if type(same) is tap.EagerTensor and tuple(same.shape) == result.recording.tensors[source.tensor].shape:
            keys.add(same._id)
            break
    return Moved(keys=frozenset(keys))


def _scope(result: RunResult, call: GradientCall) -> Scope:
    """Return the scope of the call's tape, or of the last one on its line that has one."""
    scopes, tapes = result.live.scopes, result.recording.tapes
    line = tapes[call.tape].line
    for tape in itertools.chain(range(call.tape, -1, -1), range(call.tape + 1, len(tapes))):
        if tape in scopes and tapes[tape].line == line:
            return scopes[tape]
    raise NoObjectiveError("What the names in the tape's block stood for was not kept, so it cannot be run again.")


def _weight(recording: Recording, seed: int | None) -> float:
    value = recording.tensors[seed].value if seed is not None else None
    return float(value.array.reshape(-1)[0]) if value is not None and value.is_whole and value.encoding else 1.0


def _has_slope(result: RunResult, source: Source) -> bool:
    """Whether the lesson's gradient by a source was anything but 0."""
    value = None if source.value is None else result.recording.tensors[source.value].value
    if value is None or not value.encoding:
        return False
    if value.summary is not None:
        return bool(value.summary.norm or value.summary.nan_count or value.summary.inf_count)
    return bool(np.any(value.array))


def _tried(
    title: str,
    parameters: tuple[Parameter, ...],
    block: Block,
    function: BlockFunction,
    has_slopes: Sequence[bool],
) -> LessonObjective:
    """Find out how the block can be run."""

    def made(compute: Callable[..., Any], **findings: Any) -> LessonObjective:
        return LessonObjective(
            title=title, parameters=parameters, compute=compute, block=block, function=function, **findings
        )

    eager, traced = made(function.eager), made(_either_way(function))
    trials = Trials(eager, traced, function, has_slopes)
    reason, examples = trials.reason(), trials.examples()
    if reason:
        return replace(eager, reason=reason, examples=examples, is_compilable=False, is_vectorizable=False)
    is_compilable = trials.is_compilable()
    is_vectorizable = trials.is_vectorizable(is_compilable=is_compilable)
    return replace(traced, examples=examples, is_compilable=is_compilable, is_vectorizable=is_vectorizable)


def _either_way(function: BlockFunction) -> Callable[..., Any]:
    """Let a block become part of a graph where one is traced, and run op by op elsewhere."""

    def compute(values: Sequence[Any], rows: Any = None) -> Any:
        return function.traced(values, rows) if standin_tap.is_tracing() else function.eager(values, rows)

    unconverted: Callable[..., Any] = tf.autograph.experimental.do_not_convert(compute)
    return unconverted
