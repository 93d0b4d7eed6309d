"""From the raw notes of one gradient call to its contributions, seeds and results, checked."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from tapeviz.engine.checking import Check, relative_error
from tapeviz.engine.events import CUSTOM_GRADIENT, ActiveTapes, HiddenRead, RawCall, RawOp, RawVjp
from tapeviz.engine.values import array_of, holds_numbers, ones_like, zeros_like


class OpFinder:
    """Finds the op that a VJP belongs to: by the identity of the attributes that TensorFlow keeps with it.

    Parameters
    ----------
    ops : list of RawOp
    held : list
        The tapes that hold each op, from `first` on.
    first : int
        The ops before this one are of no interest.
    """

    def __init__(self, ops: list[RawOp], held: list[ActiveTapes], first: int = 0) -> None:
        self.ops = ops
        self.held = held
        self.first = first
        self._by_attributes: dict[int, int] = {}
        self._hidden: dict[int, int] = {}
        self._producers: dict[int, int] = {}
        shared: set[int] = set()
        for index, raw in enumerate(ops[first:] if first else ops, start=first):
            for output in raw.outputs:
                self._producers[output._id] = index
            attributes = raw.attributes
            if attributes is None or attributes is CUSTOM_GRADIENT:
                continue
            if isinstance(attributes, HiddenRead):
                self._hidden[raw.outputs[0]._id] = index
            elif self._by_attributes.setdefault(id(attributes), index) != index:
                shared.add(id(attributes))
        for key in shared:
            del self._by_attributes[key]

    def is_held(self, index: int, call: RawCall) -> bool:
        """Whether the call's tape holds the op."""
        return call.tape in self.held[index - self.first]

    def find(self, vjp: RawVjp, call: RawCall) -> int | None:
        """Return the index of the op; None for a read that happened inside another op, or where none fits."""
        if vjp.op is not None:
            return vjp.op
        found = self._by_attributes.get(id(vjp.attributes)) if vjp.attributes is not None else None
        return found if found is not None else self._by_inputs(vjp, call)

    def hidden_read(self, tensor: Any, call: RawCall) -> int | None:
        """Return the index of the hidden read that made `tensor`, where the call's tape holds it."""
        index = self._hidden.get(tensor._id)
        return index if index is not None and self.is_held(index, call) else None

    def is_tracked(self, tensor: Any, call: RawCall) -> bool:
        """Whether the call's tape knows the tensor: it watches it, or holds the op that made it.

        What gradient functions send to other tensors, TensorFlow drops.
        """
        key = tensor._id
        if key in call.watched:
            return True
        index = self._producers.get(key)
        return index is not None and index >= call.since and self.is_held(index, call)

    def _by_inputs(self, vjp: RawVjp, call: RawCall) -> int | None:
        if not vjp.inputs:
            return None
        for index in range(self.first, len(self.ops)):
            raw = self.ops[index]
            is_candidate = raw.type == vjp.type and self.is_held(index, call) and len(raw.inputs) == len(vjp.inputs)
            if is_candidate and all(map(_fits, vjp.inputs, raw.inputs)):
                return index
        return None


def _fits(given: Any, own: Any) -> bool:
    return given is None or given._id == own._id


@dataclass(frozen=True, slots=True)
class Share:
    """One contribution in TensorFlow's own objects: op index, cotangents per output, input index, what was sent."""

    op: int
    cotangents: tuple[Any, ...]
    input_index: int
    tensor: Any
    value: Any


@dataclass(slots=True)
class Backward:
    """What one gradient call did: its shares in true order, what it began with, and how the check went."""

    shares: list[Share] = field(default_factory=list)
    seeds: list[Any] = field(default_factory=list)
    check: Check = field(default_factory=Check)


def follow(call: RawCall, finder: OpFinder, name_of: Any) -> Backward:
    """Follow one call of ``tape.gradient`` through its VJPs and check it.

    Every cotangent is compared with the sum of the contributions that reached the op's output before, and every
    result with the sum of those that reached the source; a target begins with its seed.
    """
    walk = _Walk(call, finder, name_of)
    for vjp in call.vjps:
        walk.step(vjp)
    walk.finish()
    return walk.backward


class _Walk:
    def __init__(self, call: RawCall, finder: OpFinder, name_of: Any) -> None:
        self.call = call
        self.finder = finder
        self.name_of = name_of
        self.backward = Backward()
        self.sums: defaultdict[int, list[Any]] = defaultdict(list)
        self.pending_reads: dict[int, int] = {}
        seeded = {
            id(target) for target, seed in zip(call.targets or (), call.seeds or (), strict=False) if seed is not None
        }
        self.targets = Counter(
            target._id for target in call.targets or () if id(target) in seeded or holds_numbers(target)
        )
        self.given: dict[int, list[Any]] = defaultdict(list)
        self.found: dict[int, Any] = {}
        self.entered: set[int] = set()
        for target, seed in zip(call.targets or (), call.seeds or (), strict=False):
            if seed is not None:
                self.given[target._id].append(seed)

    def step(self, vjp: RawVjp) -> None:
        index = self._op_of(vjp)
        if index is None:
            self.backward.check.fail(f"An op of type {vjp.type} took part in the backward pass but was not recorded.")
            return
        raw = self.finder.ops[index]
        cotangents = self._cotangents(raw, vjp)
        results = _sent(raw.inputs, vjp)
        for input_index, (tensor, sent) in enumerate(zip(raw.inputs, results, strict=True)):
            value = sent if sent is not None and self.finder.is_tracked(tensor, self.call) else None
            self.backward.shares.append(Share(index, cotangents, input_index, tensor, value))
            if value is None:
                continue
            self.sums[tensor._id].append(value)
            read = self.finder.hidden_read(tensor, self.call)
            if read is not None:
                # The last contribution makes it ready.
                self.pending_reads.pop(tensor._id, None)
                self.pending_reads[tensor._id] = read

    def finish(self) -> None:
        call, backward = self.call, self.backward
        targets = call.targets or []
        backward.seeds = [
            seed if seed is not None else self._seed(target)
            for target, seed in zip(targets, call.seeds or [None] * len(targets), strict=True)
        ]
        for source, result in zip(call.sources, call.results, strict=True):
            terms = self._terms(source)
            if not terms and call.unconnected_gradients == "zero":
                terms = [zeros_like(source if result is None else result)]
            backward.check.compare(terms, result, self.name_of(source))

    def _op_of(self, vjp: RawVjp) -> int | None:
        if vjp.op is None and vjp.attributes is None and vjp.type == "ReadVariableOp":
            # TensorFlow handles what becomes ready first in, first out.
            for key, index in self.pending_reads.items():
                if _is_sum(vjp.cotangents[0], self.sums[key]):
                    del self.pending_reads[key]
                    return index
        return self.finder.find(vjp, self.call)

    def _cotangents(self, raw: RawOp, vjp: RawVjp) -> tuple[Any, ...]:
        came = _came(raw.outputs, vjp)
        kept: list[Any] = []
        for output, cotangent in zip(raw.outputs, came, strict=True):
            terms = self._terms(output)
            if not terms or cotangent is None:
                # TensorFlow fills in zeros where nothing came.
                kept.append(None)
                continue
            self.backward.check.compare(terms, cotangent, self.name_of(output))
            if output._id in self.targets and len(terms) == 1:
                self.found[output._id] = cotangent
            kept.append(cotangent)
            self.entered.add(output._id)
        return tuple(kept)

    def _terms(self, tensor: Any) -> list[Any]:
        key = tensor._id
        terms = self.sums.get(key, [])
        if key in self.targets:
            given = self.given.get(key, [])
            unseeded = self.targets[key] - len(given)
            return [*given, *[ones_like(tensor) for _ in range(unseeded)], *terms]
        return terms

    def _seed(self, target: Any) -> Any:
        key = target._id
        if key not in self.targets:
            return None
        if key in self.found:
            return self.found[key]
        is_begun = key in self.entered or any(source._id == key for source in self.call.sources)
        return ones_like(target) if is_begun else None


def _is_sum(cotangent: Any, terms: list[Any]) -> bool:
    """Whether TensorFlow made `cotangent` of `terms`: one is handed on as it is, several are added."""
    if len(terms) == 1:
        return terms[0] is cotangent
    return relative_error([array_of(term) for term in terms], array_of(cotangent))[1]


def _came(outputs: Any, vjp: RawVjp) -> list[Any]:
    """Return what came in for each of the op's outputs."""
    if vjp.recorded_outputs is None:
        return [*vjp.cotangents, *[None] * (len(outputs) - len(vjp.cotangents))][: len(outputs)]
    pairs = zip(vjp.recorded_outputs, vjp.cotangents, strict=False)
    by_output = {output._id: came for output, came in pairs if output is not None}
    return [by_output.get(output._id) for output in outputs]


def _sent(inputs: Any, vjp: RawVjp) -> list[Any]:
    """Return what went out to each of the op's inputs."""
    if vjp.recorded_outputs is None:
        return [*vjp.results, *[None] * (len(inputs) - len(vjp.results))][: len(inputs)]
    left = list(zip(vjp.inputs, vjp.results, strict=False))
    sent = []
    for tensor in inputs:
        position = next((place for place, (recorded, _) in enumerate(left) if recorded._id == tensor._id), None)
        sent.append(left.pop(position)[1] if position is not None else None)
    return sent
