"""What one lap of a loop did, put so that two laps can be compared: the same ops, wired the same way, or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tapeviz.engine import tap
from tapeviz.engine.attributes import plain_attributes, type_name
from tapeviz.engine.calls import OpFinder, follow
from tapeviz.engine.events import Level, RawCall, RawOp, RawTape
from tapeviz.engine.holding import holders
from tapeviz.engine.recorder import Recorder

Keys = Mapping[Any, int]
"""The tensors that first came up in a lap, by their ids: in which slot each one stands."""

_PASSING_ATTRIBUTES = frozenset(("token",))


class Lap(NamedTuple):
    """One lap, from `start` to `end`.

    `key` is equal for laps that did the same. `slots` are the tensors that first came up in it, by `keys`; `places` say
    where in `objects_of` the lap. `carried` are (place there, laps back, slot of that lap) of those from laps before.
    """

    start: Level
    end: Level
    key: Any
    slots: list[Any]
    places: list[int]
    carried: list[tuple[int, int, int]]
    keys: dict[Any, int]


def objects_of(recorder: Recorder, start: Level, end: Level) -> list[Any]:
    """List the tensors that a lap has to do with, in a fixed order, as often as they come up; None for an absence."""
    found: list[Any] = []
    for raw in recorder.ops[start.ops : end.ops]:
        found += raw.inputs
        found += raw.outputs
    for tape in recorder.tapes[start.tapes : end.tapes]:
        found += tape.watched.values()
    for call in recorder.calls[start.calls : end.calls]:
        if call.is_finished:
            found += call.targets or ()
            found += call.sources
            found += call.results
            found += call.backward.seeds
            for share in call.backward.shares:
                found += share.cotangents
                found += (share.tensor, share.value)
    return found


def follow_calls(recorder: Recorder, start: Level, end: Level) -> bool:
    """Follow and check the gradient calls of a lap; whether all of them are of the kind that can be, and hold."""
    calls = recorder.calls[start.calls : end.calls]
    if any(call.is_finished and call.method != "gradient" for call in calls):
        return False
    waiting = [call for call in calls if call.is_finished and call.backward is None]
    if waiting:
        finder = OpFinder(recorder.ops, holders(recorder, start.ops, start.tapes), start.ops)
        for call in waiting:
            call.backward = follow(call, finder, recorder.title)
            call.vjps.clear()
    return all(call.backward.check.defect is None for call in calls if call.is_finished)


class Describer:
    """Describes laps; remembers the attributes of ops, which are the same again and again."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._attributes: dict[Any, Any] = {}

    def describe(self, start: Level, end: Level, before: Sequence[Keys], known: set[int]) -> Lap:
        """Describe a lap whose calls were followed.

        Parameters
        ----------
        start, end : Level
        before : sequence
            The tensors of the laps before, the last one first.
        known : set of int
            The ids of tensors that the recording holds from elsewhere.
        """
        objects = objects_of(self._recorder, start, end)
        keys: dict[Any, int] = {}
        slots: list[Any] = []
        places: list[int] = []
        carried: list[tuple[int, int, int]] = []
        references: list[Any] = []
        for place, tensor in enumerate(objects):
            if tensor is None:
                references.append(None)
                continue
            key = _key_of(tensor)
            slot = keys.get(key)
            if slot is not None:
                references.append(slot)
                continue
            reference = seen_elsewhere(key, before, known)
            if reference is None:
                keys[key] = len(slots)
                slots.append(tensor)
                places.append(place)
                references.append(self._kind_of(tensor, key))
                continue
            if reference[0] > 0:
                carried.append((place, *reference))
            references.append(reference)
        facts = self._facts(
            start, end, lambda key: keys.get(key) if key in keys else seen_elsewhere(key, before, known)
        )
        return Lap(start, end, (facts, tuple(references)), slots, places, carried, keys)

    def _kind_of(self, tensor: Any, key: Any) -> Any:
        variable = self._recorder.variables.seen.get(key)
        if variable is not None:
            return variable.title, str(variable.dtype), variable.shape, variable.trainable
        if type(tensor) is tap.EagerTensor:
            return tensor._datatype_enum(), tensor._shape_tuple()
        return tensor.dtype, None if isinstance(tensor, tap.IndexedSlices) else tuple(tensor.shape)

    def _facts(self, start: Level, end: Level, find: Any) -> tuple[Any, ...]:
        recorder, first = self._recorder, start.ops
        tapes = {id(tape): place for place, tape in enumerate(recorder.tapes[start.tapes : end.tapes])}
        calls = {id(call): place for place, call in enumerate(recorder.calls[start.calls : end.calls])}
        variables = recorder.variables.assignments[start.assignments : end.assignments]
        return (
            tuple([self._op(raw, tapes, calls, start.invocations) for raw in recorder.ops[first : end.ops]]),
            tuple([_tape(tape, tapes, first, find) for tape in recorder.tapes[start.tapes : end.tapes]]),
            tuple([_call(call, tapes, first) for call in recorder.calls[start.calls : end.calls]]),
            tuple(
                [
                    (at - first, find(key), _places(active, tapes))
                    for at, key, active in recorder.accesses[start.accesses : end.accesses]
                ]
            ),
            tuple(
                [
                    (find(key), at - first, line)
                    for key, at, line in recorder.departures[start.departures : end.departures]
                ]
            ),
            tuple(
                [
                    (tapes.get(id(tape)), at - first, line)
                    for tape, at, line in recorder.resets[start.resets : end.resets]
                ]
            ),
            tuple([(find(raw.handle), raw.op - first) for raw in variables]),
        )

    def _op(self, raw: RawOp, tapes: dict[int, int], calls: dict[int, int], invocations: int) -> Any:
        return (
            type_name(raw.type),
            len(raw.inputs),
            len(raw.outputs),
            self._attributes_of(raw),
            id(raw.code),
            raw.instruction,
            self._invocation(raw.invocation, invocations),
            raw.scope,
            _places(raw.active, tapes),
            raw.is_held,
            None if raw.call is None else calls.get(id(raw.call), -1),
            raw.is_stopped,
            raw.thread,
        )

    def _invocation(self, index: int | None, first: int) -> Any:
        """Say which of the lap's invocations it is; one that began before by what it is called, and where."""
        if index is None:
            return None
        if index >= first:
            return index - first
        titles = []
        outer: int | None = index
        while outer is not None:
            raw = self._recorder.invocations.invocations[outer]
            titles.append((raw.kind, raw.title, id(raw.code), raw.instruction))
            outer = raw.parent
        return tuple(titles)

    def _attributes_of(self, raw: RawOp) -> Any:
        attributes = raw.attributes
        if attributes is None:
            return None
        try:
            found = self._attributes.get((raw.type, attributes))
        except TypeError:
            return self._readable(raw)
        if found is None:
            found = self._readable(raw)
            if len(self._attributes) > _MAX_ATTRIBUTES:
                self._attributes.clear()
            self._attributes[raw.type, attributes] = found
        return found

    def _readable(self, raw: RawOp) -> Any:
        plain = plain_attributes(type_name(raw.type), raw.attributes, {})
        return tuple([(name, value) for name, value in plain.items() if name not in _PASSING_ATTRIBUTES])


_MAX_ATTRIBUTES = 4096


def _key_of(tensor: Any) -> Any:
    """Tell tensors apart; indexed slices have no number of their own, and are told apart within one lap only."""
    return ("slices", id(tensor)) if isinstance(tensor, tap.IndexedSlices) else tensor._id


def seen_elsewhere(key: Any, before: Sequence[Keys], known: set[int]) -> tuple[int, Any] | None:
    """Say where a tensor comes from: (how many laps back, its slot there), (0, its id), or None where it is new."""
    if type(key) is tuple:
        return None
    for distance, keys in enumerate(before, start=1):
        slot = keys.get(key)
        if slot is not None:
            return distance, slot
    return (0, key) if key in known else None


def _places(active: Sequence[RawTape], tapes: dict[int, int]) -> tuple[int, ...]:
    return tuple([tapes.get(id(tape), -1) for tape in active])


def _since(at: int | None, first: int) -> int | None:
    return None if at is None else at - first


def _tape(tape: RawTape, tapes: dict[int, int], first: int, find: Any) -> Any:
    return (
        tape.persistent,
        tape.watch_accessed_variables,
        None if tape.parent is None else tapes.get(id(tape.parent), -1),
        tape.line,
        tape.entered_at - first,
        _since(tape.exited_at, first),
        _since(tape.released_at, first),
        tuple([(at - first, find(key)) for at, key in tape.watches]),
        tuple([at - first for at in tape.resets]),
        len(tape.watched),
        tape.is_nested,
    )


def _call(call: RawCall, tapes: dict[int, int], first: int) -> Any:
    backward = call.backward
    return (
        tapes.get(id(call.tape), -1),
        call.method,
        call.line,
        call.started_at - first,
        _since(call.ended_at, first),
        call.unconnected_gradients,
        call.paths,
        len(call.targets or ()),
        call.is_finished,
        backward and tuple([(share.op - first, share.input_index, len(share.cotangents)) for share in backward.shares]),
    )
