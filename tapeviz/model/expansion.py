"""A recording with folded loops, written out: every iteration with ops, tensors, tapes and calls of its own.

Nothing is computed: a folded lap did what its template did, with other values. Ids are positions again; what is kept
whole keeps its order, and the folded laps stand where they ran. Tensors and invocations of folded laps come after all
others.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import accumulate

from tapeviz.model.folds import Fold, Laps, Moment, Stack
from tapeviz.model.laps import folded_runs, laps_of, length_of, missing
from tapeviz.model.recording import Assignment, GradientCall, Invocation, Op, Recording, Series, Tape, Tensor
from tapeviz.model.renumbering import Numbering, renumbered, renumbered_call, renumbered_op, renumbered_tape
from tapeviz.model.series import SeriesRun, series_runs
from tapeviz.model.tensor import TensorValue


def expanded(recording: Recording) -> Recording:
    """Write a recording out; one without folded loops is returned as it is."""
    if not recording.laps:
        return recording
    whole = Expansion(recording)
    return replace(
        whole.rest(),
        tapes=tuple(whole.tapes()),
        ops=tuple(whole.ops()),
        tensors=tuple(whole.tensors()),
        gradient_calls=tuple(whole.calls()),
        assignments=tuple(whole.assignments()),
    )


class Expansion:
    """Numbers what a folded recording stands for, and lists it piece by piece, so that it need not be held at once."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._laps = laps_of(recording)
        self._runs = list(folded_runs(recording.laps))
        self._copies = [_Copy(recording, fold) for fold in recording.folds]
        self._whole = _Whole(self, self._runs, [self._copies[run.fold] for run, _ in self._runs])
        self._firsts = [run.first for run, _ in self._runs]

    def rest(self) -> Recording:
        """Give what is listed by no method of its own, renumbered; the lists themselves are left empty."""
        recording = self._recording
        kept = replace(
            recording, tapes=(), ops=(), tensors=(), gradient_calls=(), assignments=(), folds=(), laps=(), origins=()
        )
        return replace(
            renumbered(kept, self._whole),
            invocations=tuple(self._invocations()),
            series=tuple(self._series()),
        )

    def ops(self) -> Iterator[Op]:
        """List the ops."""
        for numbering, start, end in self._pieces():
            for op in self._recording.ops[start.op : end.op]:
                yield renumbered_op(op, numbering)

    def tapes(self) -> Iterator[Tape]:
        """List the tapes."""
        for numbering, start, end in self._pieces():
            for tape in self._recording.tapes[start.tape : end.tape]:
                yield renumbered_tape(tape, numbering)

    def calls(self) -> Iterator[GradientCall]:
        """List the gradient calls; of a folded one the largest error is that of all that were folded with it."""
        for numbering, start, end in self._pieces():
            for call in self._recording.gradient_calls[start.call : end.call]:
                moved = renumbered_call(call, numbering)
                if isinstance(numbering, _Lap):
                    moved = replace(moved, largest_error=numbering.fold.largest_error)
                yield moved

    def assignments(self) -> Iterator[Assignment]:
        """List the assignments."""
        for numbering, start, end in self._pieces():
            for place in range(start.assignment, end.assignment):
                assignment = self._recording.assignments[place]
                value = assignment.value
                if isinstance(numbering, _Lap):
                    value = self._stacked(numbering, numbering.copy.assigned.get(place), value) or missing(value.shape)
                yield Assignment(
                    variable=numbering.tensor(assignment.variable),
                    op=None if assignment.op is None else numbering.op(assignment.op),
                    line=assignment.line,
                    value=value,
                )

    def tensors(self) -> Iterator[Tensor]:
        """List the tensors; a value that was not kept is None."""
        for tensor in self._recording.tensors:
            producer = None if tensor.producer is None else self._whole.op(tensor.producer)
            yield replace(tensor, producer=producer)
        for lap in self._every_lap():
            for place, slot in enumerate(lap.fold.slots):
                yield self._tensor(lap, place, slot)

    def value(self, tensor: int) -> TensorValue | None:
        """Give the value of a tensor by its id in the expansion."""
        tensors = self._recording.tensors
        if tensor < len(tensors):
            return tensors[tensor].value
        lap, slot = self._whole.lap_of_tensor(tensor)
        template = lap.fold.slots[slot]
        return self._stacked(lap, lap.copy.stacks.get(template), tensors[template].value)

    def slot(self, lap: int, slot: int) -> int | None:
        """Find the tensor in a slot of a lap, folded or not; None where the recording does not know the lap."""
        laps = self._laps.laps_at(lap)
        if laps is None:
            return None
        if laps.at is None:
            return self._recording.folds[laps.fold].slots[slot]
        return self._lap(lap).first_tensor + slot

    def maker(self, lap: int, slot: int) -> int | None:
        """Find the op that made what is in a slot of a lap."""
        laps = self._laps.laps_at(lap)
        if laps is None:
            return None
        made = self._recording.tensors[self._recording.folds[laps.fold].slots[slot]].producer
        if made is None:
            return None
        return self._whole.op(made) if laps.at is None else self._lap(lap).op(made)

    def _lap(self, number: int) -> _Lap:
        run = bisect_right(self._firsts, number) - 1
        return self._whole.lap(run, number - self._firsts[run])

    def _every_lap(self) -> Iterator[_Lap]:
        for place, (run, _) in enumerate(self._runs):
            for turn in range(run.count):
                yield self._whole.lap(place, turn)

    def _pieces(self) -> Iterator[tuple[Numbering, Moment, Moment]]:
        """List in the order of time what stands next to each other in the recording, with its numbering."""
        recording = self._recording
        last = Moment(op=0, tape=0, call=0, assignment=0)
        for place, (run, at) in enumerate(self._runs):
            yield self._whole, last, at
            fold = recording.folds[run.fold]
            for turn in range(run.count):
                yield self._whole.lap(place, turn), fold.start, fold.end
            last = at
        end = Moment(
            op=len(recording.ops),
            tape=len(recording.tapes),
            call=len(recording.gradient_calls),
            assignment=len(recording.assignments),
        )
        yield self._whole, last, end

    def _tensor(self, lap: _Lap, place: int, template: int) -> Tensor:
        tensor = self._recording.tensors[template]
        stack = lap.copy.stacks.get(template)
        value = self._stacked(lap, stack, tensor.value)
        return Tensor(
            id=lap.first_tensor + place,
            name=tensor.name,
            role=tensor.role,
            trainable=tensor.trainable,
            dtype=tensor.dtype,
            shape=tensor.shape if value is None else value.shape,
            value=value,
            producer=None if tensor.producer is None else lap.op(tensor.producer),
        )

    def _stacked(self, lap: _Lap, stack: Stack | None, template: TensorValue | None) -> TensorValue | None:
        return template if stack is None else self._laps.value(stack, lap.fold.id, lap.number)

    def _invocations(self) -> Iterator[Invocation]:
        yield from self._recording.invocations
        for lap in self._every_lap():
            for place in lap.copy.invocations:
                invocation = self._recording.invocations[place]
                parent = None if invocation.parent is None else lap.invocation(invocation.parent)
                yield replace(invocation, id=lap.invocation(place), parent=parent)

    def _series(self) -> Iterator[Series]:
        every = [tuple([tape for run in runs for tape in self._tapes_of(run)]) for runs in series_runs(self._recording)]
        inner = [series.tape_ids for series in self._recording.series if not series.folded]
        for lap in self._every_lap() if inner else ():
            start, end = lap.fold.start.tape, lap.fold.end.tape
            every += [tuple(map(lap.tape, tapes)) for tapes in inner if start <= tapes[0] and tapes[-1] < end]
        for number, tapes in enumerate(sorted(every)):
            yield Series(id=number, tape_ids=tapes)

    def _tapes_of(self, run: SeriesRun) -> Iterable[int]:
        if run.first is None:
            return [self._whole.tape(run.tape)]
        return [self._lap(run.first + turn).tape(run.tape) for turn in range(run.count)]


class _Copy:
    """What all laps of one template share."""

    def __init__(self, recording: Recording, fold: Fold) -> None:
        self.length = length_of(fold)
        self.slots = {tensor: slot for slot, tensor in enumerate(fold.slots)}
        self.carried = {carried.tensor: carried for carried in fold.carried}
        made = ((recording.tensors[carried.tensor].producer, carried) for carried in fold.carried)
        self.makers = {op: carried for op, carried in made if op is not None}
        self.stacks = {stack.tensor: stack for stack in fold.stacks}
        self.assigned = {stack.tensor: stack for stack in fold.assigned}
        met = [_met(recording.ops[: moment.op]) for moment in (fold.start, fold.end)]
        self.invocations = range(*met)


def _met(ops: Iterable[Op]) -> int:
    """Count the invocations that ops ran in; they are numbered in the order in which they were met."""
    return max((op.invocation for op in ops if op.invocation is not None), default=-1) + 1


class _Whole:
    """The numbering of what is kept whole: it moves on by what was folded before it."""

    def __init__(self, expansion: Expansion, runs: list[tuple[Laps, Moment]], copies: list[_Copy]) -> None:
        recording = expansion._recording
        self._expansion = expansion
        self._runs = runs
        self._copies = copies
        counted = [(copy, run.count) for copy, (run, _) in zip(copies, runs, strict=True)]
        self._ops = _sums(copy.length.op * count for copy, count in counted)
        self._tapes = _sums(copy.length.tape * count for copy, count in counted)
        self._calls = _sums(copy.length.call * count for copy, count in counted)
        self._tensors = [len(recording.tensors) + before for before in _sums(len(c.slots) * n for c, n in counted)]
        self._invocations = [
            len(recording.invocations) + before for before in _sums(len(c.invocations) * n for c, n in counted)
        ]
        self._op_places = [at.op for _, at in runs]
        self._tape_places = [at.tape for _, at in runs]
        self._call_places = [at.call for _, at in runs]
        self._origins = {origin.tensor: origin for origin in recording.origins}

    def op(self, op: int) -> int:
        return op + self._ops[bisect_right(self._op_places, op)]

    def tape(self, tape: int) -> int:
        return tape + self._tapes[bisect_right(self._tape_places, tape)]

    def call(self, call: int) -> int:
        return call + self._calls[bisect_right(self._call_places, call)]

    def tensor(self, tensor: int) -> int:
        origin = self._origins.get(tensor)
        found = None if origin is None else self._expansion.slot(origin.lap, origin.slot)
        return tensor if found is None else found

    def invocation(self, invocation: int) -> int:
        return invocation

    def moment(self, moment: int, *, tape: int = -1, call: int = -1) -> int:
        """Renumber a moment; where laps were folded at that very one, it comes after them if its tape or call does."""
        place = bisect_right(self._op_places, moment)
        while place and self._op_places[place - 1] == moment:
            if self._tape_places[place - 1] <= tape or self._call_places[place - 1] <= call:
                break
            place -= 1
        return moment + self._ops[place]

    def lap(self, run: int, turn: int) -> _Lap:
        laps, at = self._runs[run]
        copy = self._copies[run]
        return _Lap(
            self,
            self._expansion,
            self._expansion._recording.folds[laps.fold],
            copy,
            number=laps.first + turn,
            first_op=at.op + self._ops[run] + turn * copy.length.op,
            first_tape=at.tape + self._tapes[run] + turn * copy.length.tape,
            first_call=at.call + self._calls[run] + turn * copy.length.call,
            first_tensor=self._tensors[run] + turn * len(copy.slots),
            first_invocation=self._invocations[run] + turn * len(copy.invocations),
        )

    def lap_of_tensor(self, tensor: int) -> tuple[_Lap, int]:
        """Find the folded lap that a tensor belongs to, and its slot there."""
        run = bisect_right(self._tensors, tensor) - 1
        turn, slot = divmod(tensor - self._tensors[run], len(self._copies[run].slots))
        return self.lap(run, turn), slot


class _Lap:
    """The numbering of one folded lap: of what lies within the template, and of what it took over."""

    def __init__(
        self,
        whole: _Whole,
        expansion: Expansion,
        fold: Fold,
        copy: _Copy,
        *,
        number: int,
        first_op: int,
        first_tape: int,
        first_call: int,
        first_tensor: int,
        first_invocation: int,
    ) -> None:
        self.fold = fold
        self.copy = copy
        self.number = number
        self.first_tensor = first_tensor
        self._whole = whole
        self._expansion = expansion
        self._op, self._tape, self._call = first_op, first_tape, first_call
        self._invocation = first_invocation

    def op(self, op: int) -> int:
        fold = self.fold
        if fold.start.op <= op < fold.end.op:
            return self._op + op - fold.start.op
        carried = self.copy.makers.get(op)
        found = None if carried is None else self._expansion.maker(self.number - carried.distance, carried.slot)
        return self._whole.op(op) if found is None else found

    def tape(self, tape: int) -> int:
        fold = self.fold
        is_own = fold.start.tape <= tape < fold.end.tape
        return self._tape + tape - fold.start.tape if is_own else self._whole.tape(tape)

    def call(self, call: int) -> int:
        fold = self.fold
        is_own = fold.start.call <= call < fold.end.call
        return self._call + call - fold.start.call if is_own else self._whole.call(call)

    def tensor(self, tensor: int) -> int:
        slot = self.copy.slots.get(tensor)
        if slot is not None:
            return self.first_tensor + slot
        carried = self.copy.carried.get(tensor)
        if carried is not None:
            found = self._expansion.slot(self.number - carried.distance, carried.slot)
            return tensor if found is None else found
        return self._whole.tensor(tensor)

    def invocation(self, invocation: int) -> int:
        own = self.copy.invocations
        return self._invocation + invocation - own.start if invocation in own else invocation

    def moment(self, moment: int, **_owner: int) -> int:
        start, end = self.fold.start.op, self.fold.end.op
        return self._op + min(max(moment, start), end) - start


def _sums(counts: Iterable[int]) -> list[int]:
    return list(accumulate(counts, initial=0))
