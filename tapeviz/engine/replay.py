"""The function of a gradient call, computed once more: the recorded ops between a source and the target, replayed.

Only what descends from the source is computed again; everything else keeps its recorded value, random numbers and the
branch that was taken too. Ops that the tape does not hold are replayed as well: whether the tape was right to leave
them out is what is asked. A compiled function is replayed by the ops that it opens into.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tapeviz.engine import op_tap
from tapeviz.engine.values import Array
from tapeviz.model.plumbing import SHAPE_TYPES
from tapeviz.model.recording import AttributeValue, GradientCall, Op, Recording
from tapeviz.model.subjects import inside_of
from tapeviz.model.verdicts import described

_READS = frozenset({"ReadVariableOp", "ResourceGather"})
_WIDER = {"float16": tf.float64, "bfloat16": tf.float64, "float32": tf.float64, "complex64": tf.complex128}


class NotReplayableError(Exception):
    """The function cannot be computed again; the message is a sentence that says why."""


class GivenUpError(Exception):
    """Nobody waits for the answer any more."""


@dataclass(slots=True)
class Present:
    """What is computed so far: values by tensor, and how far variables are moved, by handle."""

    values: dict[int, Any] = field(default_factory=dict)
    shifts: dict[int, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Opened:
    """An op that is replayed by what it opens into: which tensors inside are its inputs and outputs, by place."""

    inside: Scope
    inputs: dict[int, int]
    outputs: dict[int, int]


class Scope:
    """The ops of a recording between some tensors and the targets, ready to be computed again.

    Parameters
    ----------
    recording : Recording
    arrays : mapping of int to array
        The whole of the values that are only summarised in the recording, by tensor.
    call : GradientCall
    sources : collection of int
        The tensors that are moved.
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
        sources: Collection[int],
        *,
        is_wide: bool,
        is_wanted: Callable[[], bool],
    ) -> None:
        self.recording = recording
        self.call = call
        self._arrays = arrays
        self._is_wide = is_wide
        self._is_wanted = is_wanted
        self._bases: dict[int, Any] = {}
        self._attributes: dict[int, dict[str, Any]] = {}
        self._aliases: dict[int, tuple[int, ...]] = {}
        self._opened: dict[int, _Opened] = {}
        self.ops = self.plan(frozenset(sources))

    def plan(self, sources: frozenset[int]) -> tuple[Op, ...]:
        """List the ops that descend from sources and lead to a target, in the order in which they ran."""
        reached: set[int] = set(sources)
        descending: list[Op] = []
        for op in self.recording.ops[: self.call.started_at]:
            if op.type in SHAPE_TYPES or not op.outputs or reached.isdisjoint(op.inputs):
                continue
            descending.append(op)
            reached.update(op.outputs)
        wanted, kept = set(self.call.target), []
        for op in reversed(descending):
            if wanted.isdisjoint(op.outputs):
                continue
            kept.append(op)
            wanted.update(self._read_by(op, descending, reached))
        return tuple(reversed(kept))

    def play(self, present: Present) -> None:
        """Compute the ops, from what is moved on."""
        for op in self.ops:
            present.values |= zip(op.outputs, self.computed(op, present), strict=True)

    def computed(self, op: Op, present: Present) -> list[Any]:
        """Compute the outputs of one op."""
        if op.id in self._aliases:
            return [self._now(twin, present) for twin in self._aliases[op.id]]
        if op.id in self._opened:
            return self._computed_inside(op, self._opened[op.id], present)
        shift = present.shifts.get(op.inputs[0])
        if op.type in _READS and shift is None:
            return [self.base(op.outputs[0])]
        if op.type == "ReadVariableOp":
            return [self.base(op.outputs[0]) + shift]
        if op.type == "ResourceGather":
            indices = self._now(op.inputs[1], present)
            return [self.base(op.outputs[0]) + tf.gather(shift, indices, batch_dims=op.attributes.get("batch_dims"))]
        return self._executed(op, [self._now(tensor, present) for tensor in op.inputs])

    def base(self, tensor: int) -> Any:
        """Give the recorded value of a tensor, in the precision that is computed in."""
        if tensor not in self._bases:
            dtype = self.dtype(self.recording.tensors[tensor].dtype)
            self._bases[tensor] = tf.cast(tf.constant(self.array(tensor)), dtype)
        return self._bases[tensor]

    def array(self, tensor: int) -> Array:
        """Give the recorded numbers of a tensor.

        Raises
        ------
        NotReplayableError
            Where they were not kept.
        """
        if tensor in self._arrays:
            return self._arrays[tensor]
        value = self.recording.tensors[tensor].value
        if value is None or not value.is_whole or not value.encoding:
            name = self.recording.tensors[tensor].name
            what = f"the numbers of '{name}'" if name else "some numbers"
            raise NotReplayableError(f"It needs {what} that were not kept.")
        return value.array

    def dtype(self, name: str) -> Any:
        """Give the type that values recorded as `name` are computed in."""
        return _WIDER.get(name, tf.dtypes.as_dtype(name)) if self._is_wide else tf.dtypes.as_dtype(name)

    def widen(self, sources: frozenset[int]) -> None:
        """Compute what descends from other sources in double precision too: their rounding must not show."""
        for op in self.plan(sources):
            if op.type not in _READS:
                self._bases |= zip(op.outputs, self.computed(op, Present()), strict=True)

    def _now(self, tensor: int, present: Present) -> Any:
        return present.values[tensor] if tensor in present.values else self.base(tensor)

    def _computed_inside(self, op: Op, opened: _Opened, present: Present) -> list[Any]:
        within = Present()
        for place, own in opened.inputs.items():
            given = op.inputs[place]
            if given in present.shifts:
                within.shifts[own] = present.shifts[given]
            elif self.recording.tensors[given].role != "variable":
                within.values[own] = self._now(given, present)
        opened.inside.play(within)
        made = {place: opened.inside._now(output, within) for place, output in opened.outputs.items()}
        return [made.get(place) for place in range(len(op.outputs))]

    def _executed(self, op: Op, inputs: list[Any]) -> list[Any]:
        if not self._is_wanted():
            raise GivenUpError
        try:
            return op_tap.execute_op(op.type, inputs, self._attributes_of(op), len(op.outputs))
        except (tf.errors.OpError, TypeError, ValueError, LookupError) as error:
            raise NotReplayableError(f"{described(op)} cannot be computed again.") from error

    def _read_by(self, op: Op, descending: list[Op], reached: set[int]) -> tuple[int, ...]:
        if op_tap.signature_of(op.type) is not None:
            if op_tap.is_stateful(op.type) and op.type not in _READS:
                raise NotReplayableError(f"{described(op)} does more than compute: it cannot be done again.")
            return op.inputs
        if op.attributes.get("custom_gradient"):
            self._aliases[op.id] = tuple(self._twin(op, output, descending) for output in op.outputs)
            return self._aliases[op.id]
        opened = self._opened[op.id] = self._open(op)
        if any(tensor in reached and place not in opened.inputs for place, tensor in enumerate(op.inputs)):
            raise NotReplayableError(f"{described(op)} depends on it in a way that its gradient does not follow.")
        return op.inputs

    def _open(self, op: Op) -> _Opened:
        """Find what an op opens into, and which of the tensors inside are its inputs and outputs."""
        inside = inside_of(self.recording, op.id)
        if inside is None or inside.recording is None or self.call.id not in inside.calls:
            raise NotReplayableError(f"The tape holds {described(op)} as one op, which cannot be computed again.")
        call = inside.recording.gradient_calls[inside.calls.index(self.call.id)]
        shares = [share for share in self.call.contributions if share.op == op.id]
        came = [place for place, cotangent in enumerate(shares[0].output_cotangents) if cotangent is not None]
        sent = sorted({share.input_index for share in shares if share.value is not None})
        if len(came) != len(call.target) or len(sent) != len(call.sources):
            raise NotReplayableError(f"The inputs of {described(op)} cannot be told apart inside it.")
        own = {place: source.tensor for place, source in zip(sent, call.sources, strict=True)}
        scope = Scope(inside.recording, {}, call, own.values(), is_wide=self._is_wide, is_wanted=self._is_wanted)
        return _Opened(scope, own, dict(zip(came, call.target, strict=True)))

    def _twin(self, op: Op, output: int, descending: list[Op]) -> int:
        """Find what a function with a gradient of its own returned, among what was computed inside it."""
        tensors = self.recording.tensors
        value = tensors[output].value
        begun = max(-1 if (made := tensors[tensor].producer) is None else made for tensor in op.inputs)
        inside = [other for other in descending if begun < other.id < op.id]
        found = [tensor for other in reversed(inside) for tensor in reversed(other.outputs)]
        for tensor in (*found, *op.inputs):
            if tensors[tensor].value == value:
                return tensor
        raise NotReplayableError(f"What {described(op)} computed inside was not recorded.")

    def _attributes_of(self, op: Op) -> dict[str, Any]:
        if op.id not in self._attributes:
            kinds = op_tap.signature_of(op.type) or {}
            given = {name: (kinds[name], value) for name, value in op.attributes.items() if name in kinds}
            self._attributes[op.id] = {name: self._attribute(kind, value) for name, (kind, value) in given.items()}
        return self._attributes[op.id]

    def _attribute(self, kind: str, value: AttributeValue) -> Any:
        match kind:
            case "type":
                return self.dtype(str(value)).as_datatype_enum
            case "list(type)" if isinstance(value, tuple):
                return [self.dtype(tf.dtypes.as_dtype(member).name).as_datatype_enum for member in value]
            case "shape" if isinstance(value, tuple):
                return tf.TensorShape([None if length < 0 else length for length in value])
            case "list(int)" if isinstance(value, tuple):
                return list(value)
            case "list(float)" | "list(bool)" | "list(string)" if isinstance(value, str):
                return ast.literal_eval(value)
            case "int" | "float" | "bool" | "string":
                return value
        raise TypeError(f"an attribute of kind {kind}")


class Replay:
    """What a gradient call differentiates, as a function of one of its sources; see `Scope` for the parameters."""

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
        self._scope = Scope(recording, arrays, call, (source,), is_wide=is_wide, is_wanted=is_wanted)
        self._source = source
        if is_wide:
            self._scope.widen(frozenset(each.tensor for each in call.sources if each.value is not None))

    @property
    def ops(self) -> tuple[Op, ...]:
        """The ops between the source and the target."""
        return self._scope.ops

    @property
    def base(self) -> npt.NDArray[np.float64]:
        """The recorded value of the source; of a variable, the one that was read."""
        reads = [op.outputs[0] for op in self.ops if op.type == "ReadVariableOp" and op.inputs[0] == self._source]
        return np.asarray(self._scope.array((*reads, self._source)[0]), dtype=np.float64)

    def zeros(self) -> Any:
        """Make a shift of nothing: a tensor that forward mode can watch."""
        return tf.zeros(self.base.shape, self._scope.dtype(self._scope.recording.tensors[self._source].dtype))

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
        if op_tap.signature_of(op.type) is None or op_tap.is_stateful(op.type):
            raise NotReplayableError(f"{described(op)} cannot be computed again.")
        inputs = [self._scope.base(tensor) for tensor in op.inputs]
        present = Present(values=dict(zip(op.inputs, inputs, strict=True)))
        return inputs, lambda: self._scope.computed(op, present)[0]

    def targets(self, shift: Any) -> list[tuple[Any, npt.NDArray[np.float64]]]:
        """Compute the targets with the source moved, each with its weight."""
        scope, source = self._scope, self._scope.recording.tensors[self._source]
        present = Present(shifts={source.id: shift} if source.role == "variable" else {})
        if source.role != "variable" or source.id in scope.call.target:
            present.values[source.id] = scope.base(source.id) + shift
        scope.play(present)
        weighed = []
        for target, seed in zip(scope.call.target, scope.call.seed, strict=True):
            weight = 1.0 if seed is None else scope.array(seed)
            value = present.values[target] if target in present.values else scope.base(target)
            if value.dtype.is_floating:
                weighed.append((value, np.asarray(weight, dtype=np.float64)))
        return weighed
