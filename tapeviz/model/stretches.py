"""Two iterations of a loop, laid beside each other: which tensor of the one is which of the other."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

from tapeviz.model.recording import GradientCall, Op, Recording, Tape


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What one iteration left in a recording: from the beginning of its outermost tape to the next one on that line."""

    tape: int
    ops: range
    tapes: tuple[int, ...]
    calls: tuple[int, ...]
    assignments: range


@dataclass(slots=True)
class Alignment:
    """Tensors and assignments of one iteration, by those of another that they stand for.

    `is_same` says whether both recorded the same graph. `asked` are the targets and the sources' gradients of their
    calls, which stand for one another also where the graphs differ.
    """

    tensors: dict[int, int] = field(default_factory=dict)
    asked: dict[int, int] = field(default_factory=dict)
    assignments: dict[int, int] = field(default_factory=dict)
    is_same: bool = True


def stretch_of(recording: Recording, tape: int, until: int | None) -> Stretch:
    """Say what belongs to the iteration of `tape`; the next one begins with tape `until`, or there is none."""
    start = recording.tapes[tape].entered_at
    end = len(recording.ops) if until is None else recording.tapes[until].entered_at
    inside = {tape}
    for each in recording.tapes[tape + 1 : until]:
        if each.parent is None or each.parent in inside:
            inside.add(each.id)
    made = [len(recording.ops) if given.op is None else given.op for given in recording.assignments]
    return Stretch(
        tape=tape,
        ops=range(start, end),
        tapes=tuple(sorted(inside)),
        calls=tuple(call.id for call in recording.gradient_calls if call.tape in inside),
        assignments=range(bisect_left(made, start), bisect_left(made, end)),
    )


def align(recording: Recording, mine: Stretch, its: Stretch) -> Alignment:
    """Lay two iterations beside each other: op by op as long as they are of one kind, then call by call."""
    found = Alignment()
    ops = recording.ops
    _pair_ops(found, [ops[op] for op in mine.ops], [ops[op] for op in its.ops])
    first_recorded, second_recorded = (
        [ops[op] for op in stretch.ops if stretch.tape in ops[op].recorded_by] for stretch in (mine, its)
    )
    count = _pair_ops(found, first_recorded, second_recorded)
    found.is_same = count == len(first_recorded) == len(second_recorded)
    for one, other in zip(mine.tapes, its.tapes, strict=False):
        _pair_tapes(found, recording.tapes[one], recording.tapes[other])
    for one, other in zip(mine.calls, its.calls, strict=False):
        _pair_calls(found, recording.gradient_calls[one], recording.gradient_calls[other])
    _pair_assignments(found, recording, mine, its)
    return found


def _pair(pairs: dict[int, int], mine: Iterable[int | None], its: Iterable[int | None]) -> None:
    for one, other in zip(mine, its, strict=False):
        if one is not None and other is not None:
            pairs.setdefault(one, other)


def _pair_ops(found: Alignment, mine: list[Op], its: list[Op]) -> int:
    """Pair what ops took and made, up to the first that differ; return how many were alike."""
    count = 0
    for one, other in zip(mine, its, strict=False):
        if (one.type, one.place, len(one.inputs)) != (other.type, other.place, len(other.inputs)):
            break
        _pair(found.tensors, (*one.inputs, *one.outputs), (*other.inputs, *other.outputs))
        count += 1
    return count


def _pair_tapes(found: Alignment, mine: Tape, its: Tape) -> None:
    if len(mine.watched) == len(its.watched):
        _pair(found.tensors, mine.watched, its.watched)


def _pair_calls(found: Alignment, mine: GradientCall, its: GradientCall) -> None:
    if (mine.line, len(mine.target), len(mine.sources)) != (its.line, len(its.target), len(its.sources)):
        return
    for pairs in (found.tensors, found.asked):
        _pair(pairs, (*mine.target, *mine.seed), (*its.target, *its.seed))
        _pair(pairs, (source.value for source in mine.sources), (source.value for source in its.sources))
    _pair(found.tensors, (source.tensor for source in mine.sources), (source.tensor for source in its.sources))
    if len(mine.contributions) != len(its.contributions):
        return
    for one, other in zip(mine.contributions, its.contributions, strict=True):
        _pair(found.tensors, (*one.output_cotangents, one.value), (*other.output_cotangents, other.value))


def _pair_assignments(found: Alignment, recording: Recording, mine: Stretch, its: Stretch) -> None:
    for one, other in zip(mine.assignments, its.assignments, strict=False):
        first, second = recording.assignments[one], recording.assignments[other]
        if first.line != second.line:
            break
        found.assignments[one] = other
