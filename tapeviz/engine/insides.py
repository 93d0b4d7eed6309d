"""What ops consist of: each kept call of a compiled function is run once more, op by op, and held against the run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import tensorflow as tf

from tapeviz.engine import graphs, tap
from tapeviz.engine.assembly import Assembly
from tapeviz.engine.attributes import type_name
from tapeviz.engine.events import MERGED
from tapeviz.engine.functions import KEPT_FIRST, RawFunctionCall
from tapeviz.engine.places import TracedPlaces
from tapeviz.engine.recorder import Recorder
from tapeviz.engine.rerun import MAX_OPS, GraphRerun, NotRerunError, OwnVariable, Rerun, Surroundings
from tapeviz.engine.values import Array, array_of
from tapeviz.model.facts import RunFacts
from tapeviz.model.recording import Inside, LessonSource, Recording, Trace
from tapeviz.model.series import find_series

Explain = Callable[[Recording, RunFacts], Recording]

SAME = "It was run once more, op by op, with what went in; it gave what this call gave."
TOO_MANY = f"It does not open: of the calls of one function on one line the first {KEPT_FIRST} and the last are kept."

PYTHON = (
    "It does not open: TensorFlow runs this Python function under a tape of its own, which it asks when the backward "
    "pass comes here."
)

_ROUNDINGS = 2048.0
"""So many units of rounding, of its largest number, a tensor may differ: compiled functions add in another order."""


def open_functions(
    recorder: Recorder, assembly: Assembly, around: Recording, traces: Sequence[Trace], explain: Explain
) -> tuple[Inside, ...]:
    """Open the calls of compiled functions that were kept.

    Parameters
    ----------
    recorder : Recorder
    assembly : Assembly
    around : Recording
        The recording that they are part of.
    traces : sequence of Trace
        The tracings of the run.
    explain : callable
        Says of a recording, with facts about it, why gradients in it are None.
    """
    opener = _Opener(recorder, assembly, around, traces, explain)
    found = [opener.open(call) for call in recorder.functions.calls if recorder.ops[call.op].type is not MERGED]
    found += [
        Inside(op=assembly.op_id(index), kind="function", title="py_function", recording=None, note=PYTHON)
        for index, raw in enumerate(recorder.ops)
        if type_name(raw.type) == "EagerPyFunc" and raw.call is None
    ]
    found += [
        Inside(
            op=assembly.op_id(op),
            kind="function",
            title=graphs.function_name(type_name(recorder.ops[op].type)),
            recording=None,
            note=TOO_MANY,
        )
        for op in recorder.functions.unopened
    ]
    return tuple(found)


class _Opener:
    def __init__(
        self, recorder: Recorder, assembly: Assembly, around: Recording, traces: Sequence[Trace], explain: Explain
    ) -> None:
        self._recorder = recorder
        self._assembly = assembly
        self._around = around
        self._traces = traces
        self._places = TracedPlaces(around.source.text)
        self._source = LessonSource(name="", text=around.source.text)
        self._explain = explain
        self._names = recorder.functions.names
        self._left = MAX_OPS

    def open(self, call: RawFunctionCall) -> Inside:
        """Open one call, or say why it does not open."""
        op = self._assembly.op_id(call.op)
        try:
            rerun, calls = self._rerun(call)
        except NotRerunError as reason:
            return Inside(op=op, kind="function", title=call.title, recording=None, note=str(reason))
        except (tf.errors.OpError, LookupError, NotImplementedError, TypeError, ValueError) as error:
            said = str(error).split("\n")[0][:160]
            note = f"It does not open: run by itself, op by op, TensorFlow says '{said}'."
            return Inside(op=op, kind="function", title=call.title, recording=None, note=note)
        recording = self._recording(rerun)
        note = " ".join((*self._why_traced(call), SAME))
        return Inside(op=op, kind="function", title=call.title, recording=recording, calls=tuple(calls), note=note)

    def _why_traced(self, call: RawFunctionCall) -> list[str]:
        """Say which tracing of the function this call ran, where there are several."""
        traces = self._recorder.functions.traces
        told = [trace for raw, trace in zip(traces, self._traces, strict=True) if raw.graph is call.graph]
        return [trace.reason for trace in told if trace.reason]

    def _rerun(self, call: RawFunctionCall) -> tuple[Rerun, list[int]]:
        around = Surroundings(filename=self._recorder.filename, names=self._names, left=self._left)
        inputs = self._own_inputs(call, around)
        passages = self._assembly.passages(call.op)
        reached = {k for passage in passages for k, value in enumerate(passage.values) if value is not None}
        watched = frozenset(reached | self._cut_inputs(call)) if passages else None
        rerun = GraphRerun(call.graph, inputs, call.graph.outputs[: call.count], around, watched)
        outputs = rerun.forward()
        _compare(outputs, call.outputs, call.title)
        rerun.name_outputs([self._recorder.names[output._id] for output in call.outputs])
        calls = []
        for passage in passages:
            before = len(rerun.recorder.calls)
            found = rerun.backward(passage.cotangents[: call.count])
            _compare(found, passage.values[: len(found)], f"the gradient of {call.title}")
            if len(rerun.recorder.calls) > before:
                calls.append(passage.call)
        self._left = around.left
        return rerun, calls

    def _cut_inputs(self, call: RawFunctionCall) -> set[int]:
        """List the inputs that a gradient was lost on the way to: why, is seen inside."""
        op = self._around.ops[self._assembly.op_id(call.op)]
        whys = (source.why_none for each in self._around.gradient_calls for source in each.sources)
        lost = {cut.tensor for why in whys if why is not None for cut in why.cuts if cut.op == op.id}
        return {place for place, tensor in enumerate(op.inputs) if tensor in lost}

    def _own_inputs(self, call: RawFunctionCall, around: Surroundings) -> list[Any]:
        """Put a variable of its own in the place of each of the lesson's, with what that one held."""
        seen = self._recorder.variables.seen
        for key, held in call.held.items():
            variable = tf.Variable(held, trainable=seen[key].trainable is not False, dtype=held.dtype)
            name = self._recorder.names[key] or seen[key].title
            around.variables[variable.handle._id] = OwnVariable(variable, name)
            around.handles[key] = variable.handle
        return [around.handles.get(given._id, given) if given.dtype == tap.RESOURCE else given for given in call.inputs]

    def _recording(self, rerun: Rerun) -> Recording:
        assembly = Assembly(rerun.recorder, self._places)
        insides = tuple(
            Inside(
                op=assembly.op_id(part.op),
                kind=part.kind,
                title=part.title,
                recording=self._recording(part.rerun),
                calls=tuple(part.calls),
                note=part.note,
            )
            for part in rerun.parts
        )
        recording = Recording(
            source=self._source,
            tapes=assembly.tapes,
            ops=assembly.ops,
            tensors=assembly.tensors,
            gradient_calls=assembly.calls,
            assignments=assembly.assignments,
            series=find_series(assembly.tapes, assembly.ops),
            output="",
            errors=(),
            insides=insides,
        )
        return replace(self._explain(recording, assembly.facts()), source=LessonSource(name=self._source.name, text=""))


def _compare(mine: Sequence[Any], its: Sequence[Any], what: str) -> None:
    """Make sure that a rerun gave what the run gave."""
    for own, given in zip(mine, its, strict=True):
        difference = _difference(own, given)
        if difference is not None:
            raise NotRerunError(
                f"It does not open: run again, op by op, {what} came out otherwise ({difference}); "
                "it depends on something that has changed since."
            )


def _difference(own: Any, given: Any) -> str | None:
    """Say how two results differ by more than rounding, None where they do not; what is not needed is not compared."""
    if given is None:
        return None
    try:
        second = array_of(given)
        first = np.zeros_like(second) if own is None else array_of(own)
    except TypeError:
        return None
    return None if _is_close(first, second) else f"{_described(first)} and not {_described(second)}"


def _is_close(first: Array, second: Array) -> bool:
    if first.shape != second.shape:
        return False
    if second.dtype.kind not in "fc":
        return bool(np.array_equal(first, second))
    wide = np.complex128 if second.dtype.kind == "c" else np.float64
    one, other = first.astype(wide), second.astype(wide)
    is_finite = np.isfinite(one) & np.isfinite(other)
    if not (is_finite | (one == other) | (np.isnan(one) & np.isnan(other))).all():
        return False
    one, other = one[is_finite], other[is_finite]
    scale = float(np.abs(other).max(initial=0.0))
    error = float(np.abs(one - other).max(initial=0.0))
    return error <= _ROUNDINGS * float(np.finfo(second.dtype).eps) * scale


def _described(array: Array) -> str:
    return f"{array.reshape(-1)[0]:.6g}" if array.size else "nothing"
