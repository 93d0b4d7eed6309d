"""Finite differences and forward mode beside the tape: whether a gradient is true, and if not, why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tapeviz.engine.differences import Slope, slope_at, unsteadiness
from tapeviz.engine.factors import local_factors
from tapeviz.engine.replay import NotReplayableError, Replay
from tapeviz.engine.values import Array
from tapeviz.model.numbers import format_number
from tapeviz.model.recording import GradientCall, Recording
from tapeviz.model.subjects import source_name
from tapeviz.model.verdicts import disagreement_reasons, kink_sentence
from tapeviz.model.verification import SourceCheck, Verdict, Verification, unverified

MAX_ELEMENTS = 64
"""Of a source with more elements, this many are compared, evenly spread."""

MAX_FORWARD = 8
"""How many elements are compared with forward mode: each takes a pass of its own."""

MAX_OPS = 40_000
"""So many ops are executed for one call, about: beyond it one direction stands for all elements of a source."""

_EVALUATIONS = 8
_TOLERANCES = {"float64": 1e-6, "float32": 1e-3}
_COARSE = 3e-2
_RELIABLE = 1e-2
_ORDER: tuple[Verdict, ...] = ("agrees", "not_verified", "kink", "disagrees")


def verify(
    recording: Recording, arrays: Mapping[int, Array], call_id: int, is_wanted: Callable[[], bool] = lambda: True
) -> Verification:
    """Compare what a gradient call returned with central differences and with forward mode.

    Parameters
    ----------
    arrays : mapping of int to array
        The whole of the values that are only summarised in the recording, by tensor.
    is_wanted : callable
        Asked again and again whether anybody still waits for the answer.

    Raises
    ------
    GivenUpError
        Where nobody does.
    """
    call = recording.gradient_calls[call_id]
    if call.method != "gradient":
        return unverified(call_id, "A Jacobian is not compared with finite differences.")
    found = [place for place, source in enumerate(call.sources) if source.value is not None]
    if not found:
        return unverified(call_id, "There is no gradient to compare: every source got None.")
    comparison = _Comparison(recording, arrays, call, is_wanted)
    affordable = max(MAX_OPS // (_EVALUATIONS * (call.started_at - recording.tapes[call.tape].entered_at + 1)), 1)
    compared = [found[place] for place in _evenly(len(found), affordable)]
    if len(compared) < len(found):
        comparison.sentences.append(f"Of {len(found)} sources {len(compared)} are compared, evenly spread.")
    checks = [comparison.check(place, len(compared)) for place in compared]
    verdict = max((check.verdict for check in checks), key=_ORDER.index)
    return Verification(
        call=call_id,
        verdict=verdict,
        checks=tuple(checks),
        sentences=tuple(dict.fromkeys(comparison.sentences)),
        dtype=comparison.dtype,
        factors=local_factors(recording, arrays, call, is_wanted),
    )


@dataclass(slots=True)
class _Test:
    """What is compared of one source: directions in which it is moved, and the tape's slope along each."""

    elements: list[int] | None
    directions: list[npt.NDArray[np.float64]]
    tape: list[float]
    sizes: list[float]


class _Comparison:
    """One call, compared source by source."""

    def __init__(
        self, recording: Recording, arrays: Mapping[int, Array], call: GradientCall, is_wanted: Callable[[], bool]
    ) -> None:
        self._recording = recording
        self._arrays = arrays
        self._call = call
        self._is_wanted = is_wanted
        self.sentences: list[str] = []
        self.dtype = ""

    def check(self, place: int, count: int) -> SourceCheck:
        """Compare one source, of `count`."""
        source = self._call.sources[place]
        value = None if source.value is None else self._recording.tensors[source.value]
        array = None if value is None else self._array(value.id)
        size = 1 if array is None else array.size
        check = SourceCheck(source=place, verdict="not_verified", element=None, tested=0, size=size, tape=None)
        try:
            if array is None or array.dtype.kind != "f" or any(map(self._is_complex, self._call.target)):
                raise NotReplayableError("Only gradients in real numbers are compared.")
            if array.size == 0:
                raise NotReplayableError("It has no elements.")
            replay, is_wide = self._replay(source.tensor)
            return self._compared(check, replay, array.astype(np.float64), count, is_wide=is_wide)
        except NotReplayableError as error:
            name = source_name(self._recording, source)
            self.sentences.append(f"∂/∂{name} is not compared. {error}")
            return check

    def _array(self, tensor: int) -> Array | None:
        value = self._recording.tensors[tensor].value
        if tensor in self._arrays:
            return self._arrays[tensor]
        return value.array if value is not None and value.is_whole and value.encoding else None

    def _is_complex(self, tensor: int) -> bool:
        return self._recording.tensors[tensor].dtype.startswith("complex")

    def _replay(self, tensor: int) -> tuple[Replay, bool]:
        """Choose double precision, unless an op knows none, or what it computes is another number there."""
        expected = self._recorded_target()
        for is_wide in (True, False):
            try:
                replay = Replay(
                    self._recording, self._arrays, self._call, tensor, is_wide=is_wide, is_wanted=self._is_wanted
                )
                value = replay.value(np.zeros_like(replay.base))
            except NotReplayableError:
                if is_wide:
                    continue
                raise
            if not is_wide or expected is None or not np.isfinite(expected) or _is_near(value, expected):
                break
        if expected is not None and np.isfinite(expected) and not _is_near(value, expected):
            raise NotReplayableError("Computed again, the function gives another value.")
        self.dtype = "float64" if is_wide else self._recording.tensors[tensor].dtype
        return replay, is_wide

    def _recorded_target(self) -> float | None:
        total = 0.0
        for target, seed in zip(self._call.target, self._call.seed, strict=True):
            value, weight = self._array(target), 1.0 if seed is None else self._array(seed)
            if value is None or weight is None:
                return None
            total += float(np.sum(value.astype(np.float64) * weight)) if value.dtype.kind == "f" else 0.0
        return total

    def _compared(
        self, check: SourceCheck, replay: Replay, gradient: npt.NDArray[np.float64], count: int, *, is_wide: bool
    ) -> SourceCheck:
        test = _test_of(replay, gradient, MAX_OPS // (_EVALUATIONS * max(len(replay.ops), 1) * count))
        slopes = [
            slope_at(_along(replay, direction), size, is_wide=is_wide)
            for direction, size in zip(test.directions, test.sizes, strict=True)
        ]
        tangents = self._tangents(replay, test, _evenly(len(test.directions), MAX_FORWARD))
        dtype = self._recording.tensors[self._call.sources[check.source].tensor].dtype
        tolerance = _TOLERANCES.get(dtype, _COARSE) if is_wide else _COARSE
        rows = _rows(test, slopes, tangents, tolerance)
        for row in [row for row in rows if row.verdict == "disagrees"][:MAX_FORWARD]:
            # Steps that do not agree among themselves say nothing against the tape.
            moved = _along(replay, test.directions[row.place])
            spread = unsteadiness(moved, test.sizes[row.place], is_wide=is_wide)
            slope = slopes[row.place]
            slopes[row.place] = replace(slope, error=max(slope.error, spread))
        rows = _rows(test, slopes, tangents, tolerance)
        worst = max(rows, key=lambda row: (_ORDER.index(row.verdict), row.central_error or 0.0))
        shown = tangents if worst.place in tangents or not tangents else self._tangents(replay, test, [worst.place])
        element = None
        if test.elements is not None:
            element = tuple(int(part) for part in np.unravel_index(test.elements[worst.place], gradient.shape))
        compared = replace(
            check,
            verdict=worst.verdict,
            element=element,
            tested=len(test.elements) if test.elements is not None else gradient.size,
            tape=test.tape[worst.place],
            central=worst.central,
            forward=shown.get(worst.place),
            central_error=max((row.central_error for row in rows if row.central_error is not None), default=None),
            forward_error=max((row.forward_error for row in rows if row.forward_error is not None), default=None),
            left=slopes[worst.place].left,
            right=slopes[worst.place].right,
        )
        self._explain(compared, replay, rows)
        return compared

    def _tangents(self, replay: Replay, test: _Test, picked: Sequence[int]) -> dict[int, float]:
        """Find the slopes along some of the directions by forward mode, where TensorFlow can."""
        try:
            found = {place: replay.slope_forward(test.directions[place]) for place in picked}
        except (NotReplayableError, LookupError, tf.errors.OpError) as error:
            self.sentences.append(f"Forward mode was not to be had: {str(error).splitlines()[0]}")
            return {}
        return {place: 0.0 if tangent is None else tangent for place, tangent in found.items()}

    def _explain(self, check: SourceCheck, replay: Replay, rows: Sequence[_Row]) -> None:
        """Say what stands behind a verdict that is not plain agreement."""
        name = source_name(self._recording, self._call.sources[check.source])
        if check.verdict == "kink":
            places = (
                f" at {sum(row.verdict == 'kink' for row in rows)} of {check.tested} elements" if check.size > 1 else ""
            )
            self.sentences.append(kink_sentence(self._recording, replay.ops, self._arrays, check, name, places))
        elif check.verdict == "disagrees":
            self.sentences += disagreement_reasons(replay.ops, self._call.tape)
        elif check.tape is not None and not np.isfinite(check.tape):
            number = "" if check.central is None else format_number(check.central)
            other = f"computed in {self.dtype} the slope is {number}" if number else f"{_NO_SLOPE} {name}"
            self.sentences.append(f"The tape gives {format_number(check.tape)} for {name}; {other}.")
        elif check.verdict == "not_verified":
            self.sentences.append(f"There is no slope to compare with: {_NO_SLOPE} {name}.")
        elif check.central_error is None:
            self.sentences.append(
                f"Differences by {name} are not steady here, for rounding or kinks nearby; forward mode stands alone."
            )


_NO_SLOPE = "the function has no finite value on one side of"


@dataclass(frozen=True, slots=True)
class _Row:
    """One direction, compared. `central` is None where differences are lost in rounding or have no value."""

    place: int
    verdict: Verdict
    central: float | None
    central_error: float | None
    forward_error: float | None


def _rows(test: _Test, slopes: list[Slope], tangents: Mapping[int, float], tolerance: float) -> list[_Row]:
    scale = _scale(test.tape, slopes, tangents)
    rows = []
    for place, (tape, slope) in enumerate(zip(test.tape, slopes, strict=True)):
        is_told = slope.is_finite and slope.error <= _RELIABLE * scale
        central_error = abs(tape - slope.value) / scale if is_told else None
        forward_error = abs(tape - tangents[place]) / scale if place in tangents else None
        told = central_error if is_told else forward_error if slope.is_finite else None
        if told is None or not np.isfinite(tape):
            verdict: Verdict = "not_verified"
            central_error = forward_error = None
        elif slope.left is not None:
            verdict = "kink"
        else:
            verdict = "agrees" if told <= tolerance + 10 * min(slope.error / scale, _RELIABLE) else "disagrees"
        central = slope.value if is_told else None
        rows.append(_Row(place, verdict, central, central_error, forward_error))
    return rows


def _along(replay: Replay, direction: npt.NDArray[np.float64]) -> Callable[[float], float]:
    return lambda shift: replay.value(shift * direction)


def _test_of(replay: Replay, gradient: npt.NDArray[np.float64], affordable: int) -> _Test:
    """Choose the elements to compare; where too few can be afforded, one direction through all of them."""
    base = replay.base
    gradient = np.broadcast_to(gradient, base.shape)
    count = min(base.size, MAX_ELEMENTS, affordable)
    if count < min(base.size, 4):
        direction = np.cos(0.7 * np.arange(base.size)).reshape(base.shape)
        size = float(np.max(np.abs(base), initial=0.0))
        return _Test(None, [direction], [float(np.sum(gradient * direction))], [size])
    elements = _evenly(base.size, count)
    directions = []
    for element in elements:
        direction = np.zeros(base.size)
        direction[element] = 1.0
        directions.append(direction.reshape(base.shape))
    flat, sizes = gradient.ravel(), np.abs(base).ravel()
    return _Test(elements, directions, [float(flat[k]) for k in elements], [float(sizes[k]) for k in elements])


def _evenly(count: int, most: int) -> list[int]:
    return [int(place) for place in np.linspace(0, count - 1, min(count, most)).round()]


def _scale(tape: Sequence[float], slopes: Sequence[Slope], tangents: Mapping[int, float]) -> float:
    """Find what errors are relative to: the largest number of the gradient, as far as it can be told from 0."""
    numbers = [abs(number) for number in (*tape, *tangents.values()) if np.isfinite(number)]
    numbers += [abs(slope.value) - 10 * slope.error for slope in slopes if slope.is_finite]
    return max((number for number in numbers if number > 0), default=1.0)


def _is_near(value: float, expected: float) -> bool:
    return abs(value - expected) <= 1e-2 * max(abs(expected), 1e-3)
