"""The descents that a lesson makes in a loop of its own, read off the recording: every number is a recorded one."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from tapeviz.model.descent import DescentStatus, IterateBatch, Parameter, Trajectory
from tapeviz.model.folded_values import FoldedValues
from tapeviz.model.graph import Subject
from tapeviz.model.identity import Same
from tapeviz.model.iterations import lines_of_loop
from tapeviz.model.laps import Rows, no_rows, row_of
from tapeviz.model.loss_terms import LossTerm, between, loss_terms
from tapeviz.model.recording import GradientCall, Recording, Source
from tapeviz.model.scrubbing import Turn, scalar_over_iterations, turns
from tapeviz.model.subjects import call_of, name_of, source_name
from tapeviz.model.tensor import value_of_array
from tapeviz.model.trajectory import grown

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OwnTrajectory:
    """A descent that the lesson itself makes, by ``assign_sub``, ``apply_gradients`` or ``fit``.

    Parameters
    ----------
    title : str
        What the lesson calls the number that it makes small (``loss``).
    line : int or None
        Where the tape of the loop stands.
    first : int
        Iterate k is iteration ``first + k`` of the loop.
    iterations : int
        How many iterations of the loop it took; where the last one led to is one more iterate, without a loss.
    parameters : tuple of Parameter
        The sources that the gradient call had a gradient for, as they stood when it began.
    trajectory : Trajectory
    terms : tuple of LossTerm
        Where the loss is a sum, its terms in each iteration.
    """

    title: str
    line: int | None
    first: int
    iterations: int
    parameters: tuple[Parameter, ...]
    trajectory: Trajectory
    terms: tuple[LossTerm, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveIterates:
    """What is new of a loop of the lesson while it runs; `loop` numbers the loops of a run, see `OwnTrajectory`."""

    loop: int
    title: str
    line: int | None
    parameters: tuple[Parameter, ...]
    batch: IterateBatch


def followed(own: OwnTrajectory | None, live: LiveIterates) -> OwnTrajectory:
    """Put what is new behind what is known of the loop that runs; a batch that begins at 0 begins a new one."""
    known = own.trajectory if own is not None and live.batch.first else _unbegun(live.batch)
    trajectory = grown(known, live.batch, DescentStatus(kind="running"))
    return OwnTrajectory(
        title=live.title,
        line=live.line,
        first=0,
        iterations=trajectory.count,
        parameters=live.parameters,
        trajectory=trajectory,
    )


def _unbegun(batch: IterateBatch) -> Trajectory:
    none, rows = np.zeros(0), np.zeros((0, batch.positions.shape[1]))
    return Trajectory(
        settings=None,
        losses=none,
        norms=np.zeros((0, batch.norms.shape[1])),
        rates=none,
        kept=np.zeros(0, np.int64),
        positions=rows,
        gradients=rows,
        status=DescentStatus(kind="running"),
    )


def on_parameters(own: OwnTrajectory, parameters: Sequence[Parameter]) -> Trajectory:
    """Put positions of a lesson's own descent into the order of other parameters; none where these are not its own."""
    trajectory = own.trajectory
    mine = {parameter.name: parameter for parameter in own.parameters}
    names = [parameter.name for parameter in parameters]
    is_same = set(names) == mine.keys() and all(mine[each.name].shape == each.shape for each in parameters)
    if is_same and names == list(mine):
        return trajectory
    width = sum(parameter.size for parameter in parameters)
    if not is_same or trajectory.positions.shape[1] != width:
        nothing = np.zeros((0, width))
        kept = trajectory.kept[:0]
        return replace(trajectory, kept=kept, positions=nothing, gradients=nothing, memory=None)
    ends = np.cumsum([parameter.size for parameter in own.parameters])
    columns = {
        parameter.name: np.arange(end - parameter.size, end)
        for parameter, end in zip(own.parameters, ends, strict=True)
    }
    order = np.concatenate([columns[name] for name in names])
    norms = trajectory.norms[:, [list(mine).index(name) for name in names]]
    positions, gradients = trajectory.positions[:, order], trajectory.gradients[:, order]
    return replace(trajectory, norms=norms, positions=positions, gradients=gradients, memory=None)


def own_trajectories(recording: Recording | None, subject: Subject | None) -> tuple[OwnTrajectory, ...]:
    """List the descents of the loop that a gradient call stands in; none outside of loops. The work is done once.

    It is more than one where the loop is gone into several times from different places: where the position is not
    the one that the iteration before led to, or was given after the loop was over.
    """
    call = None if recording is None or subject is None else call_of(recording, subject)
    if recording is None or subject is None or call is None or call.method != "gradient":
        return ()
    return _trajectories(Same(recording), Subject(call=call.id))


@functools.lru_cache(maxsize=8)
def _trajectories(same: Same, subject: Subject) -> tuple[OwnTrajectory, ...]:
    (recording,) = same.objects
    assert subject.call is not None
    call = recording.gradient_calls[subject.call]
    alike = [turn for turn in turns(recording, subject) if _is_alike(recording, call, turn)]
    if not alike:
        return ()
    places = [place for place in range(len(call.sources)) if _is_descended(recording, alike, place)]
    if not places:
        return ()
    terms = loss_terms(recording, call.id)
    found = _Reader(recording, call, alike, places).trajectories()
    return tuple(replace(each, terms=between(terms, each.first, each.first + each.trajectory.count)) for each in found)


def _is_alike(recording: Recording, call: GradientCall, turn: Turn) -> bool:
    """Whether an iteration asks for the same gradients: of as many tensors, of the same shapes."""
    its = recording.gradient_calls[turn.call]
    shapes = [[recording.tensors[source.tensor].shape for source in each.sources] for each in (call, its)]
    return its.line == call.line and len(its.target) == len(call.target) and shapes[0] == shapes[1]


def _is_descended(recording: Recording, alike: Sequence[Turn], place: int) -> bool:
    sources = [recording.gradient_calls[turn.call].sources[place] for turn in alike]
    is_real = all(recording.tensors[source.tensor].dtype.startswith(("float", "bfloat")) for source in sources)
    first = recording.gradient_calls[alike[0].call].sources
    is_again = first[place].tensor in [source.tensor for source in first[:place]]
    return is_real and not is_again and any(source.value is not None for source in sources)


class _Reader:
    """Reads the iterations of one loop: a row for each iteration that was kept, parameters side by side."""

    def __init__(self, recording: Recording, call: GradientCall, alike: Sequence[Turn], places: Sequence[int]) -> None:
        self._recording = recording
        self._call = call
        self._turns = alike
        self._places = places
        self._folded = FoldedValues(recording)
        self._count = alike[-1].first + alike[-1].run.count
        self._line = recording.tapes[call.tape].line
        self._loop = lines_of_loop(recording.source.text, self._line)
        self._sizes = [math.prod(recording.tensors[call.sources[place].tensor].shape) for place in places]

    def trajectories(self) -> tuple[OwnTrajectory, ...]:
        """Read all, and cut where a descent begins anew."""
        held = [self._held(place, size) for place, size in zip(self._places, self._sizes, strict=True)]
        left = [
            self._left(place, size, rows) for place, size, rows in zip(self._places, self._sizes, held, strict=True)
        ]
        positions, ends = _side_by_side(held), _side_by_side(left)
        if not (_is_moving(positions, ends) if len(positions[0]) else any(map(self._updates, self._turns))):
            return ()
        gradients = [self._gradients(place, size) for place, size in zip(self._places, self._sizes, strict=True)]
        parts = self._losses(), self._norms(), positions, ends, _spread(gradients, positions[0])
        spans = self._spans(positions, ends)
        return tuple(
            self._trajectory(first, last, *parts)
            for first, last in spans
            if last - first > 1 or self._is_updated(first)
        )

    def _spans(self, positions: Rows, ends: Rows) -> list[tuple[int, int]]:
        """Cut the iterations: a descent goes on where the next iteration begins where this one led to."""
        kept, before, after = np.intersect1d(positions[0] - 1, ends[0], return_indices=True)
        is_same = (positions[1][before] == ends[1][after]) | (np.isnan(positions[1][before]) & np.isnan(ends[1][after]))
        cuts = {int(iteration) + 1 for iteration in kept[~is_same.all(axis=1)]}
        for turn in self._turns:
            if any(not self._is_inside(place) for place in self._updates(turn)):
                cuts.update(range(turn.first + 1, turn.first + turn.run.count + 1))
        borders = [self._turns[0].first, *sorted(cuts - {self._turns[0].first, self._count}), self._count]
        return list(itertools.pairwise(borders))

    def _trajectory(
        self, first: int, last: int, losses: Array, norms: Array, positions: Rows, ends: Rows, gradients: Array
    ) -> OwnTrajectory:
        chosen = (positions[0] >= first) & (positions[0] < last)
        kept, where, slopes = positions[0][chosen] - first, positions[1][chosen], gradients[chosen]
        losses, norms = losses[first:last], norms[first:last]
        end = ends[1][ends[0] == last - 1]
        if self._is_updated(last - 1) and len(end):
            kept, where = np.append(kept, last - first), np.vstack([where, end])
            slopes = np.vstack([slopes, np.full_like(slopes, np.nan, shape=(1, slopes.shape[1]))])
            losses, norms = np.append(losses, self._loss_at(last)), np.vstack([norms, np.full(norms.shape[1], np.nan)])
        for array in (losses, norms, kept, where, slopes):
            array.flags.writeable = False
        iterations = last - first
        is_finite = bool(np.isfinite(losses[:iterations]).all())
        said = f"The lesson's own loop on line {self._line}: {iterations} iterations."
        return OwnTrajectory(
            title=name_of(self._recording, self._call.target[0]),
            line=self._line,
            first=first,
            iterations=iterations,
            parameters=self._parameters(where),
            trajectory=Trajectory(
                settings=None,
                losses=losses,
                norms=norms,
                rates=np.full(len(losses) - 1, np.nan),
                kept=kept,
                positions=where,
                gradients=slopes,
                status=DescentStatus(kind="exhausted" if is_finite else "nan", sentence=said),
            ),
        )

    def _loss_at(self, iteration: int) -> float:
        """Give the loss of an iteration that was left before its gradient (``if loss < 0.01: break``), else NaN."""
        if len(self._call.target) != 1 or math.prod(self._recording.tensors[self._call.target[0]].shape) != 1:
            return math.nan
        losses = scalar_over_iterations(self._recording, Subject(call=self._call.id), self._call.target[0])
        return float(losses[iteration]) if self._count <= iteration < len(losses) else math.nan

    def _parameters(self, positions: Array) -> tuple[Parameter, ...]:
        """Say what the parameters are; one that is too large to be kept starts with what is shown of it."""
        pieces = np.split(positions[0], np.cumsum(self._sizes)[:-1]) if len(positions) else []
        found = []
        for number, place in enumerate(self._places):
            source = self._call.sources[place]
            tensor = self._recording.tensors[source.tensor]
            start = value_of_array(pieces[number].reshape(tensor.shape)) if pieces else tensor.value
            name = source_name(self._recording, source)
            if start is not None:
                found.append(Parameter(name=name, shape=tensor.shape, dtype=tensor.dtype, start=start))
        return tuple(found)

    def _source(self, turn: Turn, place: int) -> Source:
        return self._recording.gradient_calls[turn.call].sources[place]

    def _updates(self, turn: Turn) -> list[int]:
        """List the assignments to the parameters in an iteration."""
        tensors = {self._source(turn, place).tensor for place in self._places}
        return [place for place in turn.assignments if self._recording.assignments[place].variable in tensors]

    def _is_inside(self, assignment: int) -> bool:
        """Whether an assignment stands in the loop, and not where a variable is put back for the next descent."""
        line = self._recording.assignments[assignment].line
        return self._loop is None or line is None or line in self._loop

    def _is_updated(self, iteration: int) -> bool:
        turn = next(turn for turn in reversed(self._turns) if turn.first <= iteration)
        return any(self._is_inside(place) for place in self._updates(turn))

    def _held(self, place: int, size: int) -> Rows:
        """Give what a source held in each iteration: what was read then, or else what it was given before."""
        is_variable = self._recording.tensors[self._source(self._turns[0], place).tensor].role == "variable"
        if is_variable and not all(self._source(turn, place).tensor in turn.reads for turn in self._turns):
            return self._given_before(place, size)
        found = []
        for turn in self._turns:
            tensor = self._source(turn, place).tensor
            found.append(_from(turn, self._folded.rows_of(turn.run, turn.reads.get(tensor, tensor), size)))
        return _below(found, size)

    def _left(self, place: int, size: int, held: Rows) -> Rows:
        """Give what a source held when each iteration was over, before anything outside of the loop was done to it."""
        found = []
        for turn in self._turns:
            given = self._given(turn, place, is_inside=True)
            if given is not None:
                found.append(_from(turn, self._folded.assigned_rows(turn.run, given, size)))
            elif self._recording.tensors[self._source(turn, place).tensor].role == "variable":
                is_here = (held[0] >= turn.first) & (held[0] < turn.first + turn.run.count)
                found.append((held[0][is_here], held[1][is_here]))
        return _below(found, size)

    def _given(self, turn: Turn, place: int, *, is_inside: bool = False) -> int | None:
        variable = self._source(turn, place).tensor
        given = [each for each in turn.assignments if self._recording.assignments[each].variable == variable]
        return next((each for each in reversed(given) if not is_inside or self._is_inside(each)), None)

    def _given_before(self, place: int, size: int) -> Rows:
        first = self._turns[0]
        row = row_of(self._folded.given_before(self._source(first, place).tensor, first.run, 0), size)
        found: list[Rows] = [] if row is None else [(np.array([first.first]), row[np.newaxis])]
        for turn in self._turns:
            given = self._given(turn, place)
            if given is not None:
                kept, rows = _from(turn, self._folded.assigned_rows(turn.run, given, size))
                found.append((kept + 1, rows))
            elif found and len(found[-1][0]):
                later = np.arange(turn.first + 1, turn.first + turn.run.count + 1)
                found.append((later, np.broadcast_to(found[-1][1][-1], (len(later), size))))
        kept, rows = _below(found, size)
        return kept[kept < self._count], rows[kept < self._count]

    def _gradients(self, place: int, size: int) -> Rows:
        values = [(turn, self._source(turn, place).value) for turn in self._turns]
        kept = [_from(turn, self._folded.rows_of(turn.run, value, size)) for turn, value in values if value is not None]
        return _below(kept, size)

    def _norms(self) -> Array:
        norms = np.full((self._count, len(self._places)), np.nan)
        for turn in self._turns:
            span = slice(turn.first, turn.first + turn.run.count)
            for column, place in enumerate(self._places):
                value = self._source(turn, place).value
                if value is not None:
                    norms[span, column] = self._folded.norms_of(turn.run, value)
        return norms

    def _losses(self) -> Array:
        """Add up the elements of the targets: that is the number whose gradient TensorFlow computes."""
        totals = []
        for place, target in enumerate(self._call.target):
            size = math.prod(self._recording.tensors[target].shape)
            targets = ((turn, self._recording.gradient_calls[turn.call].target[place]) for turn in self._turns)
            parts = [_from(turn, self._folded.rows_of(turn.run, tensor, size)) for turn, tensor in targets]
            kept, rows = _below(parts, size)
            sums = np.full(self._count, np.nan, rows.dtype)
            sums[kept] = rows.sum(axis=1)
            totals.append(sums)
        return functools.reduce(np.add, totals)


def _from(turn: Turn, rows: Rows) -> Rows:
    return rows[0] + turn.first, rows[1]


def _below(parts: Sequence[Rows], size: int) -> Rows:
    """Put rows of one source below each other."""
    some = [part for part in parts if len(part[0])]
    if not some:
        return no_rows(size)
    return np.concatenate([kept for kept, _ in some]), np.vstack([rows for _, rows in some])


def _side_by_side(sources: Sequence[Rows]) -> Rows:
    """Put the rows of all sources beside each other, of the iterations that were kept of each."""
    kept = functools.reduce(np.intersect1d, [kept for kept, _ in sources])
    return kept, np.hstack([rows[np.searchsorted(its, kept)] for its, rows in sources])


def _spread(sources: Sequence[Rows], kept: Array) -> Array:
    """Put the rows of all sources beside each other, for the iterations `kept`; NaN where a source has none."""
    blocks = []
    for its, rows in sources:
        block = np.full((len(kept), rows.shape[1]), np.nan, rows.dtype)
        _, here, there = np.intersect1d(kept, its, return_indices=True)
        block[here] = rows[there]
        blocks.append(block)
    return np.hstack(blocks)


def _is_moving(positions: Rows, ends: Rows) -> bool:
    rows = np.vstack([positions[1], ends[1]])
    return bool((rows != rows[0]).any())
