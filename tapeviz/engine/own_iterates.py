"""Tells of the iterates of a lesson's own loop while it runs; what is said then is read off the recording later."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tapeviz.engine import tap
from tapeviz.engine.values import array_of
from tapeviz.model.descent import IterateBatch, Parameter
from tapeviz.model.own_trajectory import LiveIterates
from tapeviz.model.subjects import SHOWN_PARTS
from tapeviz.model.tensor import MAX_INLINE_ELEMENTS, TensorValue, value_of_array

if TYPE_CHECKING:
    from tapeviz.engine.events import RawCall
    from tapeviz.engine.recorder import Recorder

Array = npt.NDArray[Any]
TakesIterates = Callable[[LiveIterates], None]

MAX_COORDINATES = 64
"""Positions of up to so many coordinates are told; of larger ones loss and norms."""

APART = 1 / 30
"""Seconds between two batches, at least."""


@dataclass(slots=True)
class _Loop:
    """A place at which gradients are asked for again and again, and what was not told of it yet."""

    number: int
    sources: list[Any]
    parameters: tuple[Parameter, ...] = ()
    places: tuple[int, ...] = ()
    told: int = 0
    losses: list[float] = field(default_factory=list)
    norms: list[list[float]] = field(default_factory=list)
    positions: list[Array] = field(default_factory=list)
    gradients: list[Array] = field(default_factory=list)


class IterateBook:
    """Hears of the gradient calls of one run, and tells of those that are made on the same line again.

    Parameters
    ----------
    recorder : Recorder
    tell : callable
        Called with what is new of a loop, 30 times a second or less.

    Attributes
    ----------
    uninterrupted : callable
        Gives a context in which no interrupt is raised: half a message would be the end of the channel.
    """

    def __init__(self, recorder: Recorder, tell: TakesIterates) -> None:
        self.uninterrupted: Callable[[], contextlib.AbstractContextManager[object]] = contextlib.nullcontext
        self._recorder = recorder
        self._tell = tell
        self._loops: dict[Any, _Loop] = {}
        self._count = 0
        self._last = 0.0

    def add(self, call: RawCall) -> None:
        """Note a gradient call that is over. Numbers are taken at once: held tensors would keep laps from folding."""
        if call.tape.parent is not None or call.method != "gradient" or not call.targets:
            return
        key = call.tape.line, call.line
        sources = [source._id for source in call.sources]
        loop = self._loops.get(key)
        if loop is None or (loop.sources != sources and any(map(self._is_variable, call.sources))):
            loop = self._loops[key] = self._begun(call, sources)
        if not loop.parameters:
            return
        self._note(loop, call)
        now = time.perf_counter()
        if loop.told + len(loop.losses) > 1 and now - self._last >= APART:
            with self.uninterrupted():
                self._send(loop, call)
            self._last = time.perf_counter()

    def _is_variable(self, source: Any) -> bool:
        return source._id in self._recorder.variables.seen

    def _begun(self, call: RawCall, sources: list[Any]) -> _Loop:
        self._count += 1
        loop = _Loop(number=self._count, sources=sources)
        chosen = [
            (place, self._held(source))
            for place, (source, result) in enumerate(zip(call.sources, call.results, strict=True))
            if result is not None and source._id not in sources[:place]
        ]
        found = [(place, held) for place, held in chosen if held is not None]
        loop.places = tuple(place for place, _ in found)
        loop.parameters = tuple(
            Parameter(
                name=self._name(call.sources[place], place),
                shape=held.shape,
                dtype=str(call.results[place].dtype.name),
                start=value_of_array(held),
            )
            for place, held in found
        )
        return loop

    def _held(self, source: Any) -> Array | None:
        """Return what a source holds now; None where it is no number with a gradient."""
        seen = self._recorder.variables.seen.get(source._id)
        held = source if seen is None else seen.current
        try:
            array = array_of(held)
        except (TypeError, AttributeError):
            return None
        return array if array.dtype.kind == "f" else None

    def _name(self, source: Any, place: int) -> str:
        seen = self._recorder.variables.seen.get(source._id)
        name = self._recorder.names[source._id] or (seen.title if seen is not None else "") or f"source {place}"
        return ".".join(name.split(".")[-SHOWN_PARTS:])

    def _note(self, loop: _Loop, call: RawCall) -> None:
        slopes = [
            _slope(call.results[place], parameter)
            for place, parameter in zip(loop.places, loop.parameters, strict=True)
        ]
        loop.losses.append(_total(call.targets or []))
        loop.norms.append([_norm(slope) for slope in slopes])
        if sum(parameter.size for parameter in loop.parameters) > MAX_COORDINATES:
            return
        held = [self._held(call.sources[place]) for place in loop.places]
        shapes = [parameter.shape for parameter in loop.parameters]
        if [None if array is None else array.shape for array in (*held, *slopes)] == [*shapes, *shapes]:
            loop.positions.append(_joined(held))
            loop.gradients.append(_joined(slopes))

    def _send(self, loop: _Loop, call: RawCall) -> None:
        first, count = loop.told, len(loop.losses)
        is_whole = len(loop.positions) == count
        batch = IterateBatch(
            first=first,
            losses=_packed(np.array(loop.losses)),
            norms=_packed(np.array(loop.norms)),
            rates=_packed(np.full(count if first else count - 1, np.nan)),
            kept=_packed(np.arange(first, first + count if is_whole else first)),
            positions=_packed(np.stack(loop.positions) if is_whole else np.zeros((0, 0))),
            gradients=_packed(np.stack(loop.gradients) if is_whole else np.zeros((0, 0))),
        )
        target = call.targets[0] if call.targets else None
        title = None if target is None else self._recorder.names[target._id]
        line = call.tape.line
        self._tell(
            LiveIterates(loop=loop.number, title=title or "", line=line, parameters=loop.parameters, batch=batch)
        )
        loop.told += count
        for noted in (loop.losses, loop.norms, loop.positions, loop.gradients):
            noted.clear()


def _slope(result: Any, parameter: Parameter) -> Array | None:
    """Return a gradient's numbers; None where there are none, or only to be had by writing out what is sparse."""
    if result is None or (isinstance(result, tap.IndexedSlices) and parameter.size > MAX_INLINE_ELEMENTS):
        return None
    try:
        return array_of(result)
    except TypeError:
        return None


def _norm(slope: Array | None) -> float:
    if slope is None:
        return math.nan
    return float(np.linalg.norm(slope.astype(np.float64) if slope.size <= MAX_INLINE_ELEMENTS else slope))


def _total(targets: list[Any]) -> float:
    try:
        return sum(float(array_of(target).sum()) for target in targets)
    except (TypeError, ValueError):
        return math.nan


def _joined(arrays: list[Array | None]) -> Array:
    return np.concatenate([array.reshape(-1) for array in arrays if array is not None])


def _packed(array: Array) -> TensorValue:
    return TensorValue(encoding=array.dtype.str, shape=array.shape, data=array.tobytes())
