"""Forward mode: what each ``tf.autodiff.ForwardAccumulator`` of a lesson began with, held and was asked for."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from tapeviz.engine import tap
from tapeviz.engine.attributes import type_name
from tapeviz.engine.events import RawOp
from tapeviz.engine.forward_tap import Pairs, tangent_of
from tapeviz.engine.values import array_of
from tapeviz.model.plumbing import computes_tangents


class RawAnswer(NamedTuple):
    """What ``acc.jvp(tensor)`` returned on a line of the lesson."""

    tensor: Any
    value: Any
    line: int | None


class RawRule(NamedTuple):
    """One forward rule that TensorFlow applied: primals and tangents in, tangents out."""

    inputs: tuple[Any, ...]
    outputs: tuple[Any, ...]
    tangents: tuple[Any, ...]
    results: tuple[Any, ...]


@dataclass(slots=True, eq=False)
class RawAccumulator:
    """One accumulator. The moments are indices of ops; `tangents` are those it holds, by the id of the primal."""

    held: Any
    line: int | None
    parent: RawAccumulator | None = None
    entered_at: int = -1
    exited_at: int | None = None
    primals: Pairs = field(default_factory=list)
    answers: list[RawAnswer] = field(default_factory=list)
    tangents: dict[int, Any] = field(default_factory=dict)
    collected: int = 0
    broken: str | None = None

    def collect(self, ops: Sequence[RawOp]) -> None:
        """Look up the tangents of all that the ops since the last time took and made."""
        for raw in ops[self.collected :]:
            for tensor in (*raw.inputs, *raw.outputs):
                if tensor._id not in self.tangents and type(tensor) is tap.EagerTensor:
                    found = tangent_of(self.held, tensor)
                    if found is not None:
                        self.tangents[tensor._id] = found
        self.collected = len(ops)

    def check(self, rules: Sequence[RawRule]) -> None:
        """Hold the tangents that went into rules against those that are held for their inputs."""
        for rule in rules:
            is_own = any(self._is_tangent(*pair) for pair in zip(rule.outputs, rule.results, strict=True))
            if is_own and not all(self._is_given(*pair) for pair in zip(rule.inputs, rule.tangents, strict=True)):
                self.broken = (
                    "A tangent that went into an op's forward rule is not the one that was recorded for its input."
                )

    def defect(self) -> str | None:
        """Say where what was recorded contradicts itself or TensorFlow's answers; None where all fits."""
        if self.broken is not None:
            return self.broken
        for answer in self.answers:
            own = self.tangents.get(answer.tensor._id)
            is_zero = own is None and answer.value is not None and not np.any(array_of(answer.value))
            if not is_zero and (own is None) != (answer.value is None):
                return "What acc.jvp returned and what was recorded do not agree on whether there is a tangent."
            if own is not None and own._id != answer.value._id:
                return "The tangent that acc.jvp returned is not the one that was recorded."
        return None

    def _is_tangent(self, tensor: Any, tangent: Any) -> bool:
        own = self.tangents.get(tensor._id)
        return own is not None and tangent is not None and own._id == tangent._id

    def _is_given(self, tensor: Any, tangent: Any) -> bool:
        if self.tangents.get(tensor._id) is not None:
            return self._is_tangent(tensor, tangent)
        try:
            return tangent is None or not np.any(array_of(tangent))
        except TypeError:
            return True


class ForwardBook:
    """Listens to forward mode.

    Parameters
    ----------
    ops : list of RawOp
        All ops so far.
    active : callable
        The accumulators that are entered in this thread, as a list to be changed; None where what happens now is not
        the lesson's and is not to be noted.
    line : callable
        The line of the lesson that runs.
    """

    def __init__(
        self, ops: list[RawOp], active: Callable[[], list[RawAccumulator] | None], line: Callable[[], int | None]
    ) -> None:
        self.accumulators: list[RawAccumulator] = []
        self.rules: list[RawRule] = []
        self._ops = ops
        self._active = active
        self._line = line
        self._known: weakref.WeakKeyDictionary[Any, RawAccumulator] = weakref.WeakKeyDictionary()

    @property
    def is_active(self) -> bool:
        """Whether an accumulator is at work."""
        return bool(self._active())

    def on_watch(self, accumulator: Any, pairs: Pairs) -> None:
        """Note what an accumulator begins with."""
        if self._active() is None:
            return
        raw = self._known.get(accumulator)
        if raw is None:
            raw = self._known[accumulator] = RawAccumulator(accumulator._accumulator, self._line())
        for primal, tangent in pairs:
            if tangent is not None:
                raw.primals.append((primal, tangent))
                raw.tangents[primal._id] = tangent

    def on_push(self, accumulator: Any) -> None:
        """Note that it was entered, for the first time or again."""
        raw, active = self._known.get(accumulator), self._active()
        if raw is None or active is None:
            return
        if raw.entered_at < 0:
            raw.entered_at = raw.collected = len(self._ops)
            raw.parent = active[-1] if active else None
            self.accumulators.append(raw)
        active.append(raw)

    def on_pop(self, accumulator: Any) -> None:
        """Note that it was left, and what it holds."""
        raw, active = self._known.get(accumulator), self._active()
        if raw is not None and active is not None and raw in active:
            active.remove(raw)
            raw.exited_at = len(self._ops)
            raw.collect(self._ops)

    def on_asked(self, accumulator: Any, pairs: Pairs) -> None:
        """Note what it was asked for."""
        raw, active = self._known.get(accumulator), self._active()
        if raw is None or active is None:
            return
        if raw in active:
            raw.collect(self._ops)
        line = self._line()
        raw.answers += [RawAnswer(tensor, value, line) for tensor, value in pairs if hasattr(tensor, "_id")]

    def on_rule(self, inputs: Any, outputs: Any, tangents: Any, results: Any) -> None:
        """Note one forward rule."""
        if self._active():
            self.rules.append(RawRule(inputs, outputs, tangents, results))

    def is_rule(self, op_type: Any) -> bool:
        """Whether an op is the function by which TensorFlow applies another op's forward rule."""
        return bool(self._active()) and computes_tangents(type_name(op_type))

    def settle(self) -> None:
        """Look up what the active accumulators hold by now, and check the rules that were noted since the last time."""
        for raw in self.accumulators:
            if raw.exited_at is None:
                raw.collect(self._ops)
            raw.check(self.rules)
        self.rules.clear()
