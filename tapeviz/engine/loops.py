"""Watches for loops while a lesson runs: of a long one, laps that did the same are folded into one and their values.

A recording stays as it is until it has grown past `FOLD_FROM` ops. From then on each lap is described when it is over;
the first one that did something new stays whole, those that did the same again leave their values behind and nothing
else. They are the last that was noted, so that nothing that stays has to be numbered anew.
"""

from __future__ import annotations

import contextlib
import sys
import weakref
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from tapeviz.engine import recorder as limits
from tapeviz.engine.cutting import cut_out, is_just_past, level_of
from tapeviz.engine.events import Level
from tapeviz.engine.laps import Describer, Lap, follow_calls, objects_of, seen_elsewhere
from tapeviz.engine.recorder import Recorder
from tapeviz.engine.stacking import Budget, Pile, Piles
from tapeviz.engine.values import value_of

FOLD_FROM = 20_000
"""A recording of up to this many ops holds every iteration whole."""

HIGHEST_BYTES = 48 << 20
"""What the stacked values of one run may take."""

LAPS_BACK = 2
"""A lap may use what was made so many laps before and still be the same as others."""

Position = tuple[int, int, int]
"""Where in the lesson a tape begins: its code, the instruction, the line."""


@dataclass(slots=True, eq=False)
class RawFold:
    """A lap that stays whole, from `start` to `end`, and the stacks of those that did the same."""

    id: int
    lap: Lap
    piles: Piles
    largest_error: float = 0.0
    keys: list[Any] = field(default_factory=list)


@dataclass(slots=True)
class RawLaps:
    """`count` laps in a row, from number `first` on; `at` is where they were cut out, None for the template itself."""

    fold: RawFold
    first: int
    count: int
    at: Level | None


@dataclass(slots=True)
class _Past:
    """A lap that is over: what it made, and what of that is still alive although the lap was folded."""

    number: int
    fold: RawFold
    keys: dict[Any, int]
    is_folded: bool
    alive: list[tuple[weakref.ref[Any], Any, int]] = field(default_factory=list)


class Loops:
    """Folds the loops of one run.

    Attributes
    ----------
    folds, laps : list
    origins : dict
        Tensors that are used outside of the folded lap that made them, by id: number of the lap, slot.
    watched : set of int
        The ids of template tensors that a folded lap watched.
    left_out : Counter
        How many laps were let go whole, by the line of their tape: too many of them did something new.
    is_uninterrupted : callable
        Gives a context in which no interrupt is raised.
    """

    def __init__(self, recorder: Recorder) -> None:
        self.folds: list[RawFold] = []
        self.laps: list[RawLaps] = []
        self.origins: dict[Any, tuple[int, int]] = {}
        self.watched: set[int] = set()
        self.left_out: Counter[int] = Counter()
        self.uninterrupted: Callable[[], contextlib.AbstractContextManager[object]] = contextlib.nullcontext
        self.budget = Budget(HIGHEST_BYTES)
        self._recorder = recorder
        self._describer = Describer(recorder)
        self._by_key: dict[Any, RawFold] = {}
        self._anchor: Position | None = None
        self._others: dict[Position, Level] = {}
        self._start: Level | None = None
        self._end: Level | None = None
        self._number = 0
        self._unlike = 0
        self._before: deque[_Past] = deque()
        self._known: set[Any] = set()
        self._learned = 0
        self._learned_variables = 0

    def begin(self, frame: FrameType | None) -> bool:
        """Note that a tape begins outside of any other; whether a lap is over that may be folded."""
        if frame is None:
            return False
        if not self._recorder.threads.is_single:
            self._anchor = self._start = None
            self._others.clear()
            return False
        position = id(frame.f_code), frame.f_lasti, frame.f_lineno
        mark = level_of(self._recorder)
        if position != self._anchor:
            started = self._others.get(position)
            if started is None:
                self._others[position] = mark
                return False
            self._anchor, self._start = position, started
            self._forget_past()
        self._others.clear()
        if mark.ops < FOLD_FROM:
            self._start = mark
            return False
        self._end = mark
        return True

    def end_lap(self) -> None:
        """Fold the lap that is over, or keep it. To be called before anything of the next one is noted."""
        start, end = self._start, self._end
        self._start, self._end = end, None
        recorder = self._recorder
        is_clear = recorder.threads.is_single and end is not None and is_just_past(recorder, end)
        if start is None or end is None or not is_clear:
            self._forget_past()
            return
        with self.uninterrupted():
            if self._is_over(start, end) and self._take(start, end):
                self._start = start

    def finish(self) -> None:
        """Note where the tensors come from that are still used when the run is over."""
        for past in self._before:
            if past.is_folded:
                self.origins.update({key: (past.number, slot) for key, slot in past.keys.items()})
        self._before.clear()

    def _is_over(self, start: Level, end: Level) -> bool:
        """Whether nothing can be asked of the lap's tapes any more, and no forward mode took part in it."""
        if end.accumulators > start.accumulators or self._recorder.forward.is_active:
            return False
        tapes = self._recorder.tapes[start.tapes : end.tapes]
        is_over = all(tape.is_gone or (tape.released_at is not None and not tape.persistent) for tape in tapes)
        if not is_over:
            self._forget_past()
        return is_over

    def _take(self, start: Level, end: Level) -> bool:
        """Describe a lap; return whether it was cut out."""
        recorder = self._recorder
        self._learn(start)
        if not follow_calls(recorder, start, end):
            return self._leave_out(start, end)
        lap = self._describer.describe(start, end, [past.keys for past in self._before], self._known)
        fold = self._by_key.get(lap.key)
        if fold is None and self._leave_out(start, end):
            return True
        self._note_watched(lap)
        if fold is None:
            self._keep(lap)
            return False
        self._fold(fold, lap)
        return True

    def _leave_out(self, start: Level, end: Level) -> bool:
        """Let a lap go that cannot be folded, where there is so little room that only a sample of such can stay."""
        room = 1 - len(self._recorder.ops) / limits.MAX_OPS
        stride = 1
        while room < 0.5 and stride < _LONGEST_STRIDE:
            stride, room = 2 * stride, 2 * room
        self._unlike += 1
        if self._unlike % stride == 0:
            return False
        self.left_out[self._anchor[2] if self._anchor else 0] += 1
        self._forget_past()
        made = {tensor._id for raw in self._recorder.ops[start.ops :] for tensor in raw.outputs}
        cut_out(self._recorder, start, end, made)
        return True

    def _keep(self, lap: Lap) -> None:
        objects = objects_of(self._recorder, lap.start, lap.end)
        for place, distance, slot in lap.carried:
            past = self._before[distance - 1]
            if past.is_folded:
                self.origins[objects[place]._id] = (past.number, slot)
        results = {
            id(result) for call in self._recorder.calls[lap.start.calls : lap.end.calls] for result in call.results
        }
        piles = [Pile(value_of(value), is_result=id(value) in results) for value in self._values(lap)]
        piles += [Pile(value_of(value), is_result=True) for value in self._assigned(lap)]
        # The tensors themselves are held by what was noted, as long as they are.
        kept = lap._replace(slots=[], keys={})
        fold = RawFold(len(self.folds), kept, Piles(piles), keys=list(lap.keys))
        self.folds.append(fold)
        self._by_key[lap.key] = fold
        self.laps.append(RawLaps(fold, self._number, 1, None))
        self._pass(_Past(self._number, fold, lap.keys, is_folded=False))

    def _fold(self, fold: RawFold, lap: Lap) -> None:
        recorder, number = self._recorder, self._number
        calls = recorder.calls[lap.start.calls : lap.end.calls]
        errors = (call.backward.check.largest_error for call in calls if call.is_finished)
        fold.largest_error = max(fold.largest_error, *errors, 0.0)
        values = [*self._values(lap), *self._assigned(lap)]
        self.budget.add(fold.piles, number, values, [each.piles for each in self.folds])
        last = self.laps[-1] if self.laps else None
        if last is not None and last.fold is fold and last.at == lap.start and last.first + last.count == number:
            last.count += 1
        else:
            self.laps.append(RawLaps(fold, number, 1, lap.start))
        del values, calls
        cut_out(recorder, lap.start, lap.end, lap.keys)
        past = _Past(number, fold, lap.keys, is_folded=True)
        for (key, slot), tensor in zip(lap.keys.items(), lap.slots, strict=True):
            # Held by the list, the loop and the question: whoever else holds it may use it later.
            if sys.getrefcount(tensor) > _OWN_REFERENCES:
                past.alive.append((weakref.ref(tensor), key, slot))
        self._pass(past)

    def _values(self, lap: Lap) -> list[Any]:
        seen = self._recorder.variables.seen
        return [_value(seen.get(key), tensor) for key, tensor in zip(lap.keys, lap.slots, strict=True)]

    def _assigned(self, lap: Lap) -> list[Any]:
        return [raw.value for raw in self._recorder.variables.assignments[lap.start.assignments : lap.end.assignments]]

    def _pass(self, past: _Past) -> None:
        self._number += 1
        self._before.appendleft(past)
        while len(self._before) > LAPS_BACK:
            self._forget(self._before.pop())

    def _forget_past(self) -> None:
        while self._before:
            self._forget(self._before.pop())

    def _forget(self, past: _Past) -> None:
        """Note what is still alive of a lap that others can no longer refer to by how many laps back it was."""
        if not past.is_folded:
            return
        kept = set()
        for reference, key, slot in past.alive:
            if reference() is not None:
                self.origins[key] = (past.number, slot)
                kept.add(key)
        self._recorder.names.forget(key for key in past.keys if key not in kept)

    def _note_watched(self, lap: Lap) -> None:
        before = [past.keys for past in self._before]
        for tape in self._recorder.tapes[lap.start.tapes : lap.end.tapes]:
            for key in tape.watched:
                found = seen_elsewhere(key, before, self._known)
                if found is not None and found[0] > 0:
                    self.watched.add(self._before[found[0] - 1].fold.keys[found[1]])

    def _learn(self, upto: Level) -> None:
        """Get to know the tensors of what stays."""
        known = self._known
        for raw in self._recorder.ops[self._learned : upto.ops]:
            known.update([tensor._id for tensor in raw.inputs])
            known.update([tensor._id for tensor in raw.outputs])
        self._learned = upto.ops
        handles = list(self._recorder.variables.seen)
        known.update(handles[self._learned_variables : upto.variables])
        self._learned_variables = upto.variables


def _value(variable: Any, tensor: Any) -> Any:
    """Return what holds the value of a slot: of a variable's handle, the value that it began with."""
    return variable.value if variable is not None and variable.value is not None else tensor


_LONGEST_STRIDE = 1 << 20
_OWN_REFERENCES = 3
