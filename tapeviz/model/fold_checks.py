"""A folded loop that contradicts itself is turned away, as the rest of a recording is."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tapeviz.model.folds import Fold, Laps, Moment, Stack
from tapeviz.model.laps import LapBook, laps_of
from tapeviz.model.recording import Recording

MAX_LAPS = 50_000_000
"""More iterations than this no run has."""

MAX_DISTANCE = 16


def check_folds(recording: Recording) -> None:
    """Make sure that the folds of a recording are about things that are there, and that their stacks are complete.

    Raises
    ------
    ValueError
        With a sentence that names the first contradiction.
    """
    for place, fold in enumerate(recording.folds):
        if fold.id != place:
            raise ValueError(f"the fold at place {place} calls itself {fold.id}")
        _check_fold(recording, fold)
    _check_laps(recording)
    book = laps_of(recording)
    for fold in recording.folds:
        for stack in (*fold.stacks, *fold.assigned):
            _check_stack(f"a stack of fold {fold.id}", stack, book, fold.id)
    for origin in recording.origins:
        laps = book.laps_at(origin.lap)
        _check_within("an origin", "tensor", origin.tensor, recording.tensors)
        if laps is None or not 0 <= origin.slot < len(recording.folds[laps.fold].slots):
            raise ValueError(
                f"tensor {origin.tensor} is said to come from a place in lap {origin.lap} that is not there"
            )
    if any(series.folded < 0 for series in recording.series):
        raise ValueError("a series has less than no iterations")


def _check_within(who: str, kind: str, place: int, things: Sequence[object]) -> None:
    if not 0 <= place < len(things):
        raise ValueError(f"{who} refers to {kind} {place}, which is not there")


def _check_moment(who: str, recording: Recording, moment: Moment) -> None:
    for kind, place, things in (
        ("op", moment.op, recording.ops),
        ("tape", moment.tape, recording.tapes),
        ("gradient call", moment.call, recording.gradient_calls),
        ("assignment", moment.assignment, recording.assignments),
    ):
        if not 0 <= place <= len(things):
            raise ValueError(f"{who} refers to {kind} {place}, which is not there")


def _counts(moment: Moment) -> tuple[int, int, int, int]:
    return moment.op, moment.tape, moment.call, moment.assignment


def _is_before(first: Moment, second: Moment) -> bool:
    return all(one <= other for one, other in zip(_counts(first), _counts(second), strict=True))


def _check_fold(recording: Recording, fold: Fold) -> None:
    who = f"fold {fold.id}"
    _check_moment(who, recording, fold.start)
    _check_moment(who, recording, fold.end)
    if not _is_before(fold.start, fold.end):
        raise ValueError(f"{who} ends before it begins")
    for tensor in (*fold.slots, *(carried.tensor for carried in fold.carried)):
        _check_within(who, "tensor", tensor, recording.tensors)
    slots = set(fold.slots)
    if len(slots) != len(fold.slots):
        raise ValueError(f"{who} has one tensor in two slots")
    if any(stack.tensor not in slots for stack in fold.stacks):
        raise ValueError(f"{who} has a stack for a tensor that is in none of its slots")
    if any(not fold.start.assignment <= stack.tensor < fold.end.assignment for stack in fold.assigned):
        raise ValueError(f"{who} has a stack for an assignment that is none of its own")
    if any(not 1 <= carried.distance <= MAX_DISTANCE or carried.slot < 0 for carried in fold.carried):
        raise ValueError(f"{who} takes a tensor over from where there is none")


def _check_laps(recording: Recording) -> None:
    end, last = 0, Moment(op=0, tape=0, call=0, assignment=0)
    for laps in recording.laps:
        who = f"lap {laps.first}"
        _check_within(who, "fold", laps.fold, recording.folds)
        if laps.first < end or laps.count < 1:
            raise ValueError(f"{who} comes before the one that ran before it")
        end = laps.first + laps.count
        last = _checked_at(who, recording, laps, last)
    if end > MAX_LAPS:
        raise ValueError(f"the recording claims {end} laps")


def _checked_at(who: str, recording: Recording, laps: Laps, last: Moment) -> Moment:
    """Check when laps ran, and return when that was."""
    fold = recording.folds[laps.fold]
    if laps.at is None:
        if laps.count != 1:
            raise ValueError(f"{who} is one that is kept whole and yet several")
        return last
    _check_moment(who, recording, laps.at)
    if not _is_before(last, laps.at) or not _is_before(fold.end, laps.at):
        raise ValueError(f"{who} ran before what it followed")
    return laps.at


def _check_stack(who: str, stack: Stack, book: LapBook, fold: int) -> None:
    if stack.stride < 1 or fold not in book.folded:
        raise ValueError(f"{who} belongs to no laps")
    kept = book.folded[fold].kept(stack.stride)
    if stack.values:
        if len(stack.values) != kept or stack.data:
            raise ValueError(f"{who} holds {len(stack.values)} values of {kept} laps")
        for value in stack.values:
            if value.data is not None and len(value.data) != _size(who, value.encoding, value.shape):
                raise ValueError(f"{who} holds a value of another shape than it claims")
    elif len(stack.data) != kept * _size(who, stack.encoding, stack.shape):
        raise ValueError(f"{who} holds {len(stack.data)} bytes, which is not one value of each of {kept} laps")


def _size(who: str, encoding: str, shape: tuple[int, ...]) -> int:
    """Say how many bytes a value takes."""
    try:
        layout = np.dtype(encoding)
    except (TypeError, SyntaxError):
        layout = np.dtype(object)
    if layout.kind not in "biufc" or layout.str != encoding:
        raise ValueError(f"{who} has an unknown layout")
    if any(length < 0 for length in shape):
        raise ValueError(f"{who} has a shape that nothing has")
    return math.prod(shape) * layout.itemsize
