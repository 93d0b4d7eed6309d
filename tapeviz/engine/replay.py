"""The function of a gradient call, computed once more: the recorded ops between a source and the target, replayed.

Only what descends from the source is computed again; everything else keeps its recorded value, random numbers and the
branch that was taken too. Ops that the tape does not hold are replayed as well: whether the tape was right to leave
them out is what is asked.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tapeviz.engine import tap
from tapeviz.engine.values import Array
from tapeviz.model.plumbing import SHAPE_TYPES
from tapeviz.model.recording import AttributeValue, GradientCall, Op, Recording
from tapeviz.model.rules import symbol_of
from tapeviz.model.tensor import TensorValue

_READS = frozenset({"ReadVariableOp", "ResourceGather"})
_WIDER = {"float16": tf.float64, "bfloat16": tf.float64, "float32": tf.float64, "complex64": tf.complex128}


class NotReplayableError(Exception):
    """The function cannot be computed again; the message is a sentence that says why."""


class GivenUpError(Exception):
    """Nobody waits for the answer any more."""


class Replay:
    """What a gradient call differentiates, as a function of one of its sources.

    Parameters
    ----------
    recording : Recording
    arrays : mapping of int to array
        The whole of the values that are only summarised in the recording, by tensor.
    call : GradientCall
    source : int
        The id of the tensor that is moved.
    is_wide : bool
        Compute in double precision, whatever the lesson computed in.
    is_wanted : callable
        Asked before every op; where it says no, `GivenUpError` is raised.
    """

    def __init__(
        self,
        recording: Recording,
        arrays: Mapping[int, Array],
        call: GradientCall,
        source: int,
        *,
        is_wide: bool,
        is_wanted: Callable[[], bool],
    ) -> None:
        self._recording = recording
        self._arrays = arrays
        self._call = call
        self._source = source
        self._is_wide = is_wide
        self._is_wanted = is_wanted
        self._bases: dict[int, Any] = {}
        self._attributes: dict[int, dict[str, Any]] = {}
        self.aliases: dict[int, tuple[int, ...]] = {}
        self.ops = self._plan({source})
        if is_wide:
            self._widen()

    @property
    def base(self) -> npt.NDArray[np.float64]:
        """The recorded value of the source; of a variable, the one that was read."""
        reads = [op.outputs[0] for op in self.ops if op.type == "ReadVariableOp" and op.inputs[0] == self._source]
        return np.asarray(self._array((*reads, self._source)[0]), dtype=np.float64)

    def zeros(self) -> Any:
        """Make a shift of nothing: a tensor that forward mode can watch."""
        return tf.zeros(self.base.shape, self._dtype(self._recording.tensors[self._source].dtype))

    def value(self, shift: npt.NDArray[np.float64]) -> float:
        """Compute the target with the source moved by `shift`; several targets and elements are weighed by the seed."""
        total = 0.0
        for target, weight in self.targets(tf.cast(tf.constant(shift), self.zeros().dtype)):
            total += float(np.sum(weight * np.asarray(target.numpy(), dtype=np.float64)))
        return total

    def slope_forward(self, direction: npt.NDArray[np.float64]) -> float | None:
        """Compute the slope along a direction by forward mode; None where no tangent reaches the target."""
        shift = self.zeros()
        with tf.autodiff.ForwardAccumulator(shift, tf.cast(tf.constant(direction), shift.dtype)) as accumulator:
            targets = self.targets(shift)
        found = [(accumulator.jvp(target), weight) for target, weight in targets]
        tangents = [np.sum(weight * np.asarray(t.numpy(), dtype=np.float64)) for t, weight in found if t is not None]
        return float(sum(tangents)) if tangents else None

    def single(self, op: Op) -> tuple[list[Any], Callable[[], Any]]:
        """Give the recorded inputs of one op, and what computes its output from them again."""
        if tap.signature_of(op.type) is None or tap.is_stateful(op.type):
            raise NotReplayableError(f"{described(op)} cannot be computed again.")
        inputs = [self._base(tensor) for tensor in op.inputs]
        values = dict(zip(op.inputs, inputs, strict=True))
        return inputs, lambda: self._computed(op, values, None)[0]

    def targets(self, shift: Any) -> list[tuple[Any, npt.NDArray[np.float64]]]:
        """Compute the targets with the source moved, each with its weight."""
        values = self._moved(shift)
        for op in self.ops:
            for output, value in zip(op.outputs, self._computed(op, values, shift), strict=True):
                values[output] = value + shift if output == self._source else value
        weighed = []
        for target, seed in zip(self._call.target, self._call.seed, strict=True):
            weight = 1.0 if seed is None else self._array(seed)
            value = values[target] if target in values else self._base(target)
            if not value.dtype.is_floating:
                continue
            weighed.append((value, np.asarray(weight, dtype=np.float64)))
        return weighed

    def _moved(self, shift: Any) -> dict[int, Any]:
        """Begin with the source itself, where ops take it as it is: a variable is moved where it is read."""
        source = self._recording.tensors[self._source]
        if source.role == "variable" and source.id not in self._call.target:
            return {}
        is_made_here = any(op.id == source.producer for op in self.ops)
        return {} if is_made_here else {source.id: self._base(source.id) + shift}

    def _computed(self, op: Op, values: dict[int, Any], shift: Any) -> list[Any]:
        if op.id in self.aliases:
            return [values[twin] if twin in values else self._base(twin) for twin in self.aliases[op.id]]
        is_source = op.inputs[0] == self._source and self._recording.tensors[self._source].role == "variable"
        if op.type == "ReadVariableOp" and is_source:
            return [self._base(op.outputs[0]) + shift]
        if op.type == "ResourceGather" and is_source:
            indices = values[op.inputs[1]] if op.inputs[1] in values else self._base(op.inputs[1])
            return [self._base(op.outputs[0]) + tf.gather(shift, indices, batch_dims=op.attributes.get("batch_dims"))]
        return self._executed(op, [values[tensor] if tensor in values else self._base(tensor) for tensor in op.inputs])

    def _executed(self, op: Op, inputs: list[Any]) -> list[Any]:
        if not self._is_wanted():
            raise GivenUpError
        try:
            return tap.execute_op(op.type, inputs, self._attributes_of(op), len(op.outputs))
        except (tf.errors.OpError, TypeError, ValueError, LookupError) as error:
            raise NotReplayableError(f"{described(op)} cannot be computed again.") from error

    def _widen(self) -> None:
        """Compute what descends from the other sources in double precision too: their rounding must not show."""
        every = {source.tensor for source in self._call.sources if source.value is not None}
        for op in self._plan(every):
            inputs = [self._base(tensor) for tensor in op.inputs] if op.type not in _READS else []
            if op.id in self.aliases:
                self._bases |= zip(op.outputs, map(self._base, self.aliases[op.id]), strict=True)
            elif inputs:
                self._bases |= zip(op.outputs, self._executed(op, inputs), strict=True)

    def _plan(self, sources: set[int]) -> tuple[Op, ...]:
        """List the ops that descend from sources and lead to a target, in the order in which they ran."""
        reached: set[int] = set(sources)
        descending: list[Op] = []
        for op in self._recording.ops[: self._call.started_at]:
            if op.type in SHAPE_TYPES or not op.outputs or reached.isdisjoint(op.inputs):
                continue
            descending.append(op)
            reached.update(op.outputs)
        wanted, kept = set(self._call.target), []
        for op in reversed(descending):
            if wanted.isdisjoint(op.outputs):
                continue
            kept.append(op)
            wanted.update(self._read_by(op, descending))
        return tuple(reversed(kept))

    def _read_by(self, op: Op, descending: list[Op]) -> tuple[int, ...]:
        if tap.signature_of(op.type) is not None:
            if tap.is_stateful(op.type) and op.type not in _READS:
                raise NotReplayableError(f"{described(op)} does more than compute: it cannot be done again.")
            return op.inputs
        if not op.attributes.get("custom_gradient"):
            raise NotReplayableError(f"The tape holds {described(op)} as one op, which cannot be computed again.")
        twins = tuple(self._twin(op, output, descending) for output in op.outputs)
        self.aliases[op.id] = twins
        return twins

    def _twin(self, op: Op, output: int, descending: list[Op]) -> int:
        """Find what a function with a gradient of its own returned, among what was computed inside it."""
        tensors = self._recording.tensors
        value = tensors[output].value
        begun = max(-1 if (made := tensors[tensor].producer) is None else made for tensor in op.inputs)
        inside = [other for other in descending if begun < other.id < op.id]
        found = [tensor for other in reversed(inside) for tensor in reversed(other.outputs)]
        for tensor in (*found, *op.inputs):
            if tensors[tensor].value == value:
                return tensor
        raise NotReplayableError(f"What {described(op)} computed inside was not recorded.")

    def _base(self, tensor: int) -> Any:
        if tensor not in self._bases:
            dtype = self._dtype(self._recording.tensors[tensor].dtype)
            self._bases[tensor] = tf.cast(tf.constant(self._array(tensor)), dtype)
        return self._bases[tensor]

    def _array(self, tensor: int) -> Array:
        if tensor in self._arrays:
            return self._arrays[tensor]
        value: TensorValue | None = self._recording.tensors[tensor].value
        if value is None or not value.is_whole or not value.encoding:
            name = self._recording.tensors[tensor].name
            what = f"the numbers of '{name}'" if name else "some numbers"
            raise NotReplayableError(f"It needs {what} that were not kept.")
        return value.array

    def _dtype(self, name: str) -> Any:
        return _WIDER.get(name, tf.dtypes.as_dtype(name)) if self._is_wide else tf.dtypes.as_dtype(name)

    def _attributes_of(self, op: Op) -> dict[str, Any]:
        if op.id not in self._attributes:
            kinds = tap.signature_of(op.type) or {}
            given = {name: (kinds[name], value) for name, value in op.attributes.items() if name in kinds}
            self._attributes[op.id] = {name: self._attribute(kind, value) for name, (kind, value) in given.items()}
        return self._attributes[op.id]

    def _attribute(self, kind: str, value: AttributeValue) -> Any:
        match kind:
            case "type":
                return self._dtype(str(value)).as_datatype_enum
            case "list(type)" if isinstance(value, tuple):
                return [self._dtype(tf.dtypes.as_dtype(member).name).as_datatype_enum for member in value]
            case "shape" if isinstance(value, tuple):
                return tf.TensorShape([None if length < 0 else length for length in value])
            case "list(int)" if isinstance(value, tuple):
                return list(value)
            case "list(float)" | "list(bool)" | "list(string)" if isinstance(value, str):
                return ast.literal_eval(value)
            case "int" | "float" | "bool" | "string":
                return value
        raise TypeError(f"an attribute of kind {kind}")


def described(op: Op) -> str:
    """Name an op within a sentence: ``relu on line 5``."""
    return f"{op.type if op.attributes.get('custom_gradient') else symbol_of(op.type)}{on_line(op)}"


def on_line(op: Op) -> str:
    """Say where an op stands."""
    return "" if op.line is None else f" on line {op.line}"
