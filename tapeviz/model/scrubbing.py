"""Going through the iterations of a loop: one picture with the numbers of each, and a number over all of them."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from tapeviz.model.folded_values import FoldedValues, Numbers
from tapeviz.model.graph import Subject
from tapeviz.model.identity import Same
from tapeviz.model.laps import missing, with_value
from tapeviz.model.recording import Assignment, Recording, Tensor
from tapeviz.model.series import Loop, SeriesRun, loops
from tapeviz.model.stretches import Alignment, Stretch, align, stretch_of
from tapeviz.model.subjects import subject_at_row, tape_of
from tapeviz.model.tensor import TensorValue


def iteration_of(recording: Recording, subject: Subject) -> tuple[Loop, int] | None:
    """Find the loop that a subject belongs to and its iteration there, from 0; None outside of a loop.

    Of loops within loops it is the innermost one.
    """
    return _turns(recording).place_of(tape_of(recording, subject))


def representative(recording: Recording, subject: Subject, iteration: int) -> Subject:
    """Find the same call in the iteration that shows the graph of this one; the subject itself where there is none.

    As long as a loop records the same graph it is the same subject.
    """
    return _turns(recording).representative(subject, iteration)


def recording_at(recording: Recording, subject: Subject, iteration: int) -> Recording:
    """The recording with the numbers of another iteration put where those of the subject's own stand.

    Ops, calls and ids are those of `recording`, so graph and timeline of the subject remain what they are. It must be
    one that records the same graph (`representative`). Variables hold what they held when the iteration began, and the
    last that they were given before is that. What was not kept says so (`laps.NOT_KEPT`).

    Raises
    ------
    ValueError
        Where the subject is not in a loop, or the loop has no such iteration.
    """
    return _turns(recording).recording_at(subject, iteration)


def turned(recording: Recording, subject: Subject, iteration: int) -> tuple[Recording, Subject] | None:
    """Find what is drawn of an iteration of the subject's loop: a recording, and the same call in it.

    Of an iteration that is kept whole that is `recording` itself. Of a folded one the numbers are put into the picture
    of one that is; what its ops opened into is not kept. The work is done once. None where
    there is no such iteration.
    """
    return _turned(Same(recording), subject, iteration)


@functools.lru_cache(maxsize=4)
def _turned(same: Same, subject: Subject, iteration: int) -> tuple[Recording, Subject] | None:
    (recording,) = same.objects
    found = iteration_of(recording, subject)
    if found is None or not 0 <= iteration < found[0].iterations:
        return None
    run, _ = found[0].at(iteration)
    base = _turns(recording).in_run(subject, iteration)
    if run.first is None:
        return recording, base if subject.row is None else subject_at_row(recording, base, subject.row)
    here = (finding for finding in recording.findings if finding.folded_iteration == iteration)
    findings = tuple(replace(finding, folded_iteration=None) for finding in here)
    return replace(recording_at(recording, base, iteration), insides=(), findings=findings), base


def scalar_over_iterations(recording: Recording, subject: Subject, tensor: int, element: int = 0) -> Numbers:
    """One number of every iteration of the subject's loop.

    Parameters
    ----------
    recording : Recording
    subject : Subject
    tensor : int
        One that the subject's iteration has to do with: also the gradient of a source, or a variable (what it held
        when the iteration began).
    element : int
        Its place among the tensor's elements, in C order.

    Returns
    -------
    array of float64
        NaN where the number was not kept or the iteration has no such tensor; of complex numbers the magnitude.
    """
    return _turns(recording).scalars(subject, tensor, element)


def assigned_over_iterations(recording: Recording, subject: Subject, variable: int, element: int = 0) -> Numbers:
    """One number of what a variable held when each iteration of the subject's loop was over; see above."""
    return _turns(recording).assigned(subject, variable, element)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Iterations in a row of a loop that ran the same ops, and where in the recording these stand.

    Parameters
    ----------
    first : int
        The iteration that is the first of them.
    run : SeriesRun
    call : int
        The gradient call of the subject, there.
    assignments : range
        The places of the assignments.
    reads : dict of int to int
        For each variable the first tensor that it was read into, before it was given another value.
    """

    first: int
    run: SeriesRun
    call: int
    assignments: range
    reads: dict[int, int]


def turns(recording: Recording, subject: Subject) -> tuple[Turn, ...]:
    """List the iterations of the subject's loop in which its gradient call was made; none outside of loops."""
    return _turns(recording).turns(subject)


@functools.lru_cache(maxsize=4)
def _turns_of(same: Same) -> _Turns:
    return _Turns(*same.objects)


def _turns(recording: Recording) -> _Turns:
    return _turns_of(Same(recording))


class _Turns:
    """The iterations of all loops of one recording; what is worked out is kept."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._folded = FoldedValues(recording)
        self._loops: dict[int, tuple[Loop, int]] = {}
        self._stretches: dict[int, Stretch] = {}
        self._alignments: dict[tuple[int, int], Alignment] = {}
        self._reads: dict[int, dict[int, int]] = {}
        self._given: dict[int, dict[int, int]] = {}
        for loop in reversed(loops(recording)):
            for start, run in zip(loop.starts, loop.runs, strict=True):
                if run.first is None:
                    self._loops[run.tape] = loop, start

    def place_of(self, tape: int | None) -> tuple[Loop, int] | None:
        """Find the loop of a tape, or of the tape around it."""
        while tape is not None:
            if tape in self._loops:
                return self._loops[tape]
            tape = self._recording.tapes[tape].parent
        return None

    def representative(self, subject: Subject, iteration: int) -> Subject:
        """See `representative`."""
        found = self.place_of(tape_of(self._recording, subject))
        if found is None or not 0 <= iteration < found[0].iterations:
            return subject
        return self._same_call(subject, *found, found[0].part_at(iteration).tape)

    def in_run(self, subject: Subject, iteration: int) -> Subject:
        """Find the same call in an iteration, or, where that is folded, in the template of its run."""
        found = self.place_of(tape_of(self._recording, subject))
        return subject if found is None else self._same_call(subject, *found, found[0].at(iteration)[0].tape)

    def _same_call(self, subject: Subject, loop: Loop, number: int, tape: int) -> Subject:
        mine = self._stretch(loop, loop.at(number)[0].tape)
        its = self._stretch(loop, tape)
        if subject.call is not None:
            place = mine.calls.index(subject.call)
            return Subject(call=its.calls[place]) if place < len(its.calls) else subject
        place = mine.tapes.index(subject.tape) if subject.tape in mine.tapes else len(its.tapes)
        return Subject(tape=its.tapes[place]) if place < len(its.tapes) else subject

    def recording_at(self, subject: Subject, iteration: int) -> Recording:
        """See `recording_at`."""
        found = self.place_of(tape_of(self._recording, subject))
        if found is None:
            raise ValueError("this subject is in no loop")
        loop, number = found
        if not 0 <= iteration < loop.iterations:
            raise ValueError(f"the loop has {loop.iterations} iterations, there is none of number {iteration}")
        shown = self._stretch(loop, loop.at(number)[0].tape)
        run, turn = loop.at(iteration)
        tensors = list(self._recording.tensors)
        for tensor, value in self._values(loop, shown, run, turn):
            tensors[tensor] = with_value(tensors[tensor], value)
        assignments = list(self._recording.assignments)
        before = self._given_last(shown)
        for variable, value in self._held(loop, shown, run, turn, tensors):
            tensors[variable] = with_value(tensors[variable], value)
            if variable in before and value is not None:
                assignments[before[variable]] = replace(assignments[before[variable]], value=value)
        for place in shown.assignments:
            assignments[place] = self._assignment(loop, shown, place, run, turn)
        return replace(
            self._recording,
            tensors=tuple(tensors),
            assignments=tuple(assignments),
            folds=(),
            laps=(),
            origins=(),
        )

    def scalars(self, subject: Subject, tensor: int, element: int) -> Numbers:
        """See `scalar_over_iterations`."""
        found = self.place_of(tape_of(self._recording, subject))
        if found is None:
            return np.full(0, np.nan)
        loop, number = found
        shown = self._stretch(loop, loop.at(number)[0].tape)
        numbers = np.full(loop.iterations, np.nan)
        read = self._first_reads(shown).get(tensor)
        for start, run in zip(loop.starts, loop.runs, strict=True):
            its = self._counterpart(loop, shown, run.tape, tensor if read is None else read)
            if its is not None:
                numbers[start : start + run.count] = self._folded.numbers_of(run, its, element)
        return numbers

    def assigned(self, subject: Subject, variable: int, element: int) -> Numbers:
        """See `assigned_over_iterations`."""
        found = self.place_of(tape_of(self._recording, subject))
        if found is None:
            return np.full(0, np.nan)
        loop, _ = found
        numbers = np.full(loop.iterations, np.nan)
        for start, run in zip(loop.starts, loop.runs, strict=True):
            given = self._recording.assignments
            places = [place for place in self._stretch(loop, run.tape).assignments if given[place].variable == variable]
            if not places:
                continue
            fold = self._folded.fold_of(run)
            stack = None
            if fold is not None:
                stack = next((stack for stack in fold.assigned if stack.tensor == places[-1]), None)
            numbers[start : start + run.count] = self._folded.spread(run, fold, stack, given[places[-1]].value, element)
        return numbers

    def turns(self, subject: Subject) -> tuple[Turn, ...]:
        """See `turns`."""
        found = self.place_of(tape_of(self._recording, subject))
        if found is None or subject.call is None:
            return ()
        loop, number = found
        place = self._stretch(loop, loop.at(number)[0].tape).calls.index(subject.call)
        turns = []
        for first, run in zip(loop.starts, loop.runs, strict=True):
            its = self._stretch(loop, run.tape)
            if place < len(its.calls):
                reads = self._first_reads(its)
                turns.append(
                    Turn(first=first, run=run, call=its.calls[place], assignments=its.assignments, reads=reads)
                )
        return tuple(turns)

    def _stretch(self, loop: Loop, tape: int) -> Stretch:
        found = self._stretches.get(tape)
        if found is None:
            later = (run.tape for run in loop.runs if run.first is None and run.tape > tape)
            found = self._stretches[tape] = stretch_of(self._recording, tape, next(later, None))
        return found

    def _alignment(self, loop: Loop, shown: Stretch, tape: int) -> Alignment:
        key = shown.tape, tape
        found = self._alignments.get(key)
        if found is None:
            found = self._alignments[key] = align(self._recording, shown, self._stretch(loop, tape))
        return found

    def _values(
        self, loop: Loop, shown: Stretch, run: SeriesRun, turn: int
    ) -> Iterator[tuple[int, TensorValue | None]]:
        """List the tensors that hold another value in an iteration than in the one that is shown."""
        fold = self._folded.fold_of(run)
        if fold is None or run.first is None:
            for mine, its in self._alignment(loop, shown, run.tape).tensors.items():
                if mine != its:
                    yield mine, self._recording.tensors[its].value
            return
        plan = self._folded.plan(shown.tape, fold, self._alignment(loop, shown, run.tape))
        lap = run.first + turn
        yield from plan.fixed
        for tensor, stack in plan.stacked:
            yield tensor, self._folded.value(stack, fold.id, lap)
        for tensor, distance, slot in plan.carried:
            yield tensor, self._folded.in_slot(lap - distance, slot)

    def _first_reads(self, shown: Stretch) -> dict[int, int]:
        """Find for each variable the first tensor that it was read into, before it was given another value."""
        found = self._reads.get(shown.tape)
        if found is None:
            recording = self._recording
            given: dict[int, int] = {}
            for place in shown.assignments:
                assignment = recording.assignments[place]
                if assignment.op is not None:
                    given.setdefault(assignment.variable, assignment.op)
            found = {}
            for op in recording.ops[shown.ops.start : shown.ops.stop]:
                if op.type == "ReadVariableOp" and op.id < given.get(op.inputs[0], len(recording.ops)):
                    found.setdefault(op.inputs[0], op.outputs[0])
            self._reads[shown.tape] = found
        return found

    def _given_last(self, shown: Stretch) -> dict[int, int]:
        """Find for each variable the place of the last assignment before an iteration."""
        found = self._given.get(shown.tape)
        if found is None:
            given = self._recording.assignments[: shown.assignments.start]
            found = self._given[shown.tape] = {each.variable: place for place, each in enumerate(given)}
        return found

    def _held(
        self, loop: Loop, shown: Stretch, run: SeriesRun, turn: int, tensors: list[Tensor]
    ) -> Iterator[tuple[int, TensorValue | None]]:
        """List what the variables held when an iteration began: what was read then, or was given last before."""
        reads = self._first_reads(shown)
        for tensor in self._alignment(loop, shown, run.tape).tensors:
            if tensors[tensor].role != "variable":
                continue
            read = reads.get(tensor)
            if read is not None:
                yield tensor, tensors[read].value
            else:
                yield tensor, self._folded.given_before(tensor, run, turn)

    def _assignment(self, loop: Loop, shown: Stretch, place: int, run: SeriesRun, turn: int) -> Assignment:
        assignment = self._recording.assignments[place]
        fold = self._folded.fold_of(run)
        if fold is None or run.first is None:
            its = self._alignment(loop, shown, run.tape).assignments.get(place)
            value = missing(assignment.value.shape) if its is None else self._recording.assignments[its].value
            return replace(assignment, value=value)
        found = self._folded.plan(shown.tape, fold, self._alignment(loop, shown, run.tape)).assigned.get(place)
        if found is None:
            return replace(assignment, value=missing(assignment.value.shape))
        template, stack = found
        if stack is None:
            return replace(assignment, value=self._recording.assignments[template].value)
        value = self._folded.value(stack, fold.id, run.first + turn)
        return replace(assignment, value=value)

    def _counterpart(self, loop: Loop, shown: Stretch, tape: int, tensor: int) -> int | None:
        """Find the tensor of another iteration that stands for one of the shown: by place, or the last of its name."""
        alignment = self._alignment(loop, shown, tape)
        if alignment.is_same:
            return alignment.tensors.get(tensor)
        if tensor in alignment.asked:
            return alignment.asked[tensor]
        name = self._recording.tensors[tensor].name
        ops = self._stretch(loop, tape).ops
        made = (output for op in reversed(self._recording.ops[ops.start : ops.stop]) for output in op.outputs)
        return next((each for each in made if name and self._recording.tensors[each].name == name), None)
