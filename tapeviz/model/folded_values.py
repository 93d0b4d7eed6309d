"""The values of iterations that were folded: where each stands, and what stood in another lap's place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tapeviz.model.folds import Fold, Stack
from tapeviz.model.laps import FoldedLaps, elements_of, laps_of, missing, number_in
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
        folded: FoldedLaps = self._laps.folded[fold.id]
        numbers = np.full(run.count, np.nan)
        kept = np.arange(-run.first % stack.stride, run.count, stack.stride)
        if len(kept):
            place = folded.place(run.first + int(kept[0]), stack.stride) or 0
            numbers[kept] = elements_of(stack, element)[place : place + len(kept)]
        return numbers
