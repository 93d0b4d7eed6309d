"""From the laps that were folded during a run to what a recording says of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from typing import Any, Literal

from tapeviz.engine.events import Level
from tapeviz.engine.laps import objects_of
from tapeviz.engine.loops import Loops, RawFold
from tapeviz.engine.ordering import Order
from tapeviz.engine.recorder import Recorder
from tapeviz.engine.stacking import HUGE, LARGE, MAX_SCALAR_ELEMENTS, RESULTS, SCALARS
from tapeviz.model.folds import Carried, Fold, Laps, Moment, Origin, Stack
from tapeviz.model.tensor import MAX_INLINE_ELEMENTS


class Folded:
    """Builds the folds, laps and origins of a recording, and the sentences about what was let go.

    Parameters
    ----------
    recorder : Recorder
    loops : Loops
    order : Order
    id_of : callable
        Gives the id that a tensor has in the recording.
    ids : dict of int to int
        Those ids by the tensors' own.
    """

    def __init__(
        self,
        recorder: Recorder,
        loops: Loops,
        order: Order,
        id_of: Callable[[Any], int | None],
        ids: dict[int, int],
    ) -> None:
        self._recorder = recorder
        self._loops = loops
        self._order = order
        self._id_of = id_of
        self._finished = [index for index, call in enumerate(recorder.calls) if call.is_finished]
        needed = sorted(_needed(loops), key=lambda fold: fold.id)
        self._numbers = {fold.id: place for place, fold in enumerate(needed)}
        self.folds = tuple([self._fold(fold) for fold in needed])
        self.laps = tuple(
            [
                Laps(
                    fold=self._numbers[laps.fold.id],
                    first=laps.first,
                    count=laps.count,
                    at=None if laps.at is None else self._moment(laps.at),
                )
                for laps in loops.laps
                if laps.fold.id in self._numbers
            ]
        )
        kept = {number for laps in self.laps for number in range(laps.first, laps.first + laps.count)}
        self.origins = tuple(
            [
                Origin(tensor=ids[key], lap=lap, slot=slot)
                for key, (lap, slot) in loops.origins.items()
                if key in ids and lap in kept
            ]
        )
        self.notes = tuple(_notes(loops))

    def _moment(self, level: Level) -> Moment:
        return Moment(
            op=self._order.moment(level.ops),
            tape=level.tapes,
            call=bisect_left(self._finished, level.calls),
            assignment=level.assignments,
        )

    def _fold(self, fold: RawFold) -> Fold:
        lap = fold.lap
        objects = objects_of(self._recorder, lap.start, lap.end)
        slots = [self._ided(objects[place]) for place in lap.places]
        start, end = self._moment(lap.start), self._moment(lap.end)
        strides = self._loops.budget.strides
        piles = fold.piles.piles
        of_slots = zip(slots, piles[: len(slots)], strict=True)
        of_assignments = enumerate(piles[len(slots) :], start=start.assignment)
        return Fold(
            id=self._numbers[fold.id],
            start=start,
            end=end,
            slots=tuple(slots),
            carried=tuple(
                [
                    Carried(tensor=self._ided(objects[place]), distance=distance, slot=slot)
                    for place, distance, slot in lap.carried
                ]
            ),
            stacks=_stacks((tensor, pile.stack(tensor, strides[pile.group])) for tensor, pile in of_slots),
            assigned=_stacks((place, pile.stack(place, strides[pile.group])) for place, pile in of_assignments),
            largest_error=fold.largest_error,
        )

    def _ided(self, tensor: Any) -> int:
        found = self._id_of(tensor)
        if found is None:
            raise TypeError(f"a {type(tensor).__name__} stands where a tensor was")
        return found


def _stacks(found: Iterable[tuple[int, Stack | None]]) -> tuple[Stack, ...]:
    return tuple([stack for _, stack in found if stack is not None])


def _needed(loops: Loops) -> set[RawFold]:
    """Find the templates that folded laps refer to: their own, and those of the laps that they carry tensors from."""
    folded = [laps for laps in loops.laps if laps.at is not None]
    needed = {laps.fold for laps in folded}
    whole = {laps.first: laps.fold for laps in loops.laps if laps.at is None}
    for laps in folded:
        for distance in {distance for _, distance, _ in laps.fold.lap.carried}:
            needed.update(whole[laps.first - back] for back in range(1, distance + 1) if laps.first - back in whole)
    return needed


Group = Literal[0, 1, 2, 3]


def _notes(loops: Loops) -> Iterable[str]:
    """Say of what was recorded not everything was kept."""
    folded = sum(laps.count for laps in loops.laps if laps.at is not None)
    strides = loops.budget.strides
    kinds = (
        (SCALARS, "values of all sizes"),
        (RESULTS, "gradients and assigned values"),
        (LARGE, f"values of more than {MAX_SCALAR_ELEMENTS} elements"),
        (HUGE, f"values of more than {MAX_INLINE_ELEMENTS:,} elements"),
    )
    told = [
        (stride, what)
        for group, what in kinds
        if (stride := strides[group]) > 1
        and any(pile.group == group for fold in loops.folds for pile in fold.piles.piles)
    ]
    for stride, what in told:
        yield (
            f"The lesson's loops ran {folded:,} iterations beside those that are kept whole: "
            f"of them, {what} are kept for one in {stride}."
        )
    for line, count in sorted(loops.left_out.items()):
        yield (
            f"The loop on line {line} did something else in too many of its iterations: "
            f"{count:,} of them are left out; the first ones, the last and a sample between are kept."
        )
