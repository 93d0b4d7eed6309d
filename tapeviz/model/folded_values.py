"""The values of iterations that were folded: where each stands, and what stood in another lap's place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tapeviz.model.folds import Fold, Stack
from tapeviz.model.laps import (
    Rows,
    elements_of,
    laps_of,
    missing,
    no_rows,
    norm_of,
    norms_in,
    number_in,
    row_of,
    rows_in,
)
from tapeviz.model.recording import Recording
from tapeviz.model.series import SeriesRun
from tapeviz.model.stretches import Alignment
from tapeviz.model.tensor import TensorValue

Numbers = npt.NDArray[np.float64]


@dataclass(slots=True)
class Whereabouts:
    """Where the numbers of a folded lap come from, by the tensor that is shown."""

    stacked: list[tuple[int, Stack]]
    fixed: list[tuple[int, TensorValue | None]]
    carried: list[tuple[int, int, int]]
    assigned: dict[int, tuple[int, Stack | None]]


class FoldedValues:
    """The values of the folded laps of one recording; what is worked out is kept."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._laps = laps_of(recording)
        self._stacks = [{stack.tensor: stack for stack in fold.stacks} for fold in recording.folds]
        self._plans: dict[tuple[int, int], Whereabouts] = {}

    def value(self, stack: Stack, fold: int, lap: int) -> TensorValue:
        """Give the value of a lap out of a stack; one that was not kept says so."""
        return self._laps.value(stack, fold, lap) or missing(stack.shape)

    def fold_of(self, run: SeriesRun) -> Fold | None:
        """Return the fold whose laps a run consists of, None where its one iteration is kept whole."""
        laps = None if run.first is None else self._laps.laps_at(run.first)
        return None if laps is None else self._recording.folds[laps.fold]

    def plan(self, tape: int, fold: Fold, alignment: Alignment) -> Whereabouts:
        """Say where the numbers of the laps of a fold come from, for the iteration of a tape that is shown."""
        key = tape, fold.id
        found = self._plans.get(key)
        if found is not None:
            return found
        stacks = self._stacks[fold.id]
        carried = {each.tensor: each for each in fold.carried}
        assigned = {stack.tensor: stack for stack in fold.assigned}
        plan = Whereabouts(stacked=[], fixed=[], carried=[], assigned={})
        for mine, its in alignment.tensors.items():
            if its in stacks:
                plan.stacked.append((mine, stacks[its]))
            elif its in carried:
                plan.carried.append((mine, carried[its].distance, carried[its].slot))
            elif mine != its:
                plan.fixed.append((mine, self._recording.tensors[its].value))
        plan.assigned = {mine: (its, assigned.get(its)) for mine, its in alignment.assignments.items()}
        self._plans[key] = plan
        return plan

    def in_slot(self, lap: int, slot: int) -> TensorValue | None:
        """Give what stood in a slot of a lap, folded or whole."""
        laps = self._laps.laps_at(lap)
        if laps is None:
            return None
        tensor = self._recording.folds[laps.fold].slots[slot]
        stack = self._stacks[laps.fold].get(tensor) if laps.at is not None else None
        if stack is None:
            return self._recording.tensors[tensor].value
        return self.value(stack, laps.fold, lap)

    def given_before(self, variable: int, run: SeriesRun, turn: int) -> TensorValue | None:
        """Find what a variable was given last before an iteration began."""
        recording = self._recording
        begin = recording.tapes[run.tape].entered_at
        given = [each for each in recording.assignments if each.variable == variable]
        before = [each for each in given if each.op is not None and each.op < begin]
        value = before[-1].value if before else recording.tensors[variable].value
        lap = self._last_lap(run, turn)
        laps = None if lap is None else self._laps.laps_at(lap)
        if lap is None or laps is None:
            return value
        fold = recording.folds[laps.fold]
        places = range(fold.start.assignment, fold.end.assignment)
        own = [place for place in places if recording.assignments[place].variable == variable]
        if not own:
            return value
        stack = next((stack for stack in fold.assigned if stack.tensor == own[-1]), None)
        if stack is None or laps.at is None:
            return recording.assignments[own[-1]].value
        return self.value(stack, fold.id, lap)

    def _last_lap(self, run: SeriesRun, turn: int) -> int | None:
        """Find the lap that ran just before an iteration, where one is known."""
        if run.first is not None:
            return run.first + turn - 1
        earlier = [laps for laps in self._laps.runs if laps.at is not None and laps.at.tape <= run.tape]
        return earlier[-1].first + earlier[-1].count - 1 if earlier else None

    def numbers_of(self, run: SeriesRun, tensor: int, element: int) -> Numbers | float:
        """Give one number of each iteration of a run: an element of the tensor that its template has."""
        fold = self.fold_of(run)
        value = self._recording.tensors[tensor].value
        if fold is None or run.first is None:
            return number_in(value, element)
        carried = next((each for each in fold.carried if each.tensor == tensor), None)
        if carried is not None:
            laps = range(run.first - carried.distance, run.first - carried.distance + run.count)
            return np.array([number_in(self.in_slot(lap, carried.slot), element) for lap in laps])
        return self.spread(run, fold, self._stacks[fold.id].get(tensor), value, element)

    def spread(
        self, run: SeriesRun, fold: Fold | None, stack: Stack | None, value: TensorValue | None, element: int
    ) -> Numbers | float:
        """Give one number of each iteration of a run, from its stack or from what all of them have in common."""
        if fold is None or stack is None or run.first is None:
            return number_in(value, element)
        kept, places = self._kept(run, fold, stack)
        numbers = np.full(run.count, np.nan)
        numbers[kept] = elements_of(stack, element)[places]
        return numbers

    def rows_of(self, run: SeriesRun, tensor: int, size: int) -> Rows:
        """Give the whole of a tensor of each iteration of a run, counted from 0 there; those not kept are left out."""
        fold = self.fold_of(run)
        value = self._recording.tensors[tensor].value
        if fold is None or run.first is None:
            return _common(value, 1, size)
        carried = next((each for each in fold.carried if each.tensor == tensor), None)
        if carried is not None:
            laps = range(run.first - carried.distance, run.first - carried.distance + run.count)
            return rows_in(Stack(tensor=tensor, values=tuple(self._held_in(lap, carried.slot) for lap in laps)), size)
        return self._rows(run, fold, self._stacks[fold.id].get(tensor), value, size)

    def assigned_rows(self, run: SeriesRun, place: int, size: int) -> Rows:
        """Give the whole of what the assignment at a place of the run's template gave, of each iteration of the run."""
        fold = self.fold_of(run)
        value = self._recording.assignments[place].value
        if fold is None or run.first is None:
            return _common(value, 1, size)
        return self._rows(run, fold, next((each for each in fold.assigned if each.tensor == place), None), value, size)

    def norms_of(self, run: SeriesRun, tensor: int) -> Numbers | float:
        """Give the Euclidean norm of a tensor in each iteration of a run; NaN where it was not kept."""
        fold = self.fold_of(run)
        stack = None if fold is None else self._stacks[fold.id].get(tensor)
        if fold is None or stack is None or run.first is None:
            return norm_of(self._recording.tensors[tensor].value)
        kept, places = self._kept(run, fold, stack)
        norms = np.full(run.count, np.nan)
        norms[kept] = norms_in(stack)[places]
        return norms

    def _held_in(self, lap: int, slot: int) -> TensorValue:
        return self.in_slot(lap, slot) or missing(())

    def _rows(self, run: SeriesRun, fold: Fold, stack: Stack | None, value: TensorValue | None, size: int) -> Rows:
        if stack is None:
            return _common(value, run.count, size)
        kept, places = self._kept(run, fold, stack)
        known, rows = rows_in(stack, size)
        is_known = np.isin(places, known)
        return kept[is_known], rows[np.searchsorted(known, places[is_known])]

    def _kept(self, run: SeriesRun, fold: Fold, stack: Stack) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Say which iterations of a run a stack holds, counted from 0, and at which places."""
        assert run.first is not None
        kept = np.arange(-run.first % stack.stride, run.count, stack.stride)
        first = self._laps.folded[fold.id].place(run.first + int(kept[0]), stack.stride) if len(kept) else None
        return kept, np.arange(len(kept)) + (first or 0)


def _common(value: TensorValue | None, count: int, size: int) -> Rows:
    """Give rows that are the same value each time."""
    row = row_of(value, size)
    return no_rows(size) if row is None else (np.arange(count), np.broadcast_to(row, (count, size)))
