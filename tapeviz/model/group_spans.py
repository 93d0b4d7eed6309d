"""Stretches of the run that belong together: calls of functions and layers, name scopes, backward passes, lines.

All of them are stretches of the drawn ops in the order in which they ran. Calls, scopes and loops are entered and left
like brackets, so two stretches lie one within the other or apart; and a stretch of a run can be drawn as one node
without ever making a circle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from tapeviz.model.graph import Grouping, GroupKind
from tapeviz.model.iterations import iteration_runs
from tapeviz.model.recording import Invocation, Op, Recording, SourceRange
from tapeviz.model.subjects import call_title

LONGEST_LINE = 36
"""Characters of a line of the lesson that a frame's title shows."""

_PRECEDENCE: tuple[GroupKind, ...] = ("backward", "layer", "function", "scope", "iteration", "line")
"""Of groups around the very same ops the first of these is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Some drawn ops that follow each other: those at the places `first` to `last` of the run."""

    kind: GroupKind
    title: str
    first: int
    last: int
    line: int | None

    def holds(self, other: Span) -> bool:
        """Whether the other lies within this one."""
        return self.first <= other.first and other.last <= self.last


def find_spans(recording: Recording, ops: Sequence[Op], own_call: int | None, grouping: Grouping) -> list[Span]:
    """Find what belongs together among the drawn ops, outer ones first, each either within another or apart from it.

    Parameters
    ----------
    recording : Recording
    ops : sequence of Op
        The drawn ops in the order in which they ran.
    own_call : int or None
        The gradient call that is looked at; backward ops of any other were drawn by an inner tape.
    grouping : Grouping
    """
    if grouping == "none" or not ops:
        return []
    found = [*_backward_spans(recording, ops, own_call), *_invocation_spans(recording, ops)]
    found += _scope_spans(recording, ops)
    if grouping == "iterations":
        found += _iteration_spans(recording, ops)
    if grouping == "lines":
        found += _line_spans(recording, ops)
    return _nested([span for span in found if _says_something(span, len(ops))])


def _says_something(span: Span, count: int) -> bool:
    """A frame around one op, or around everything, says nothing that cannot be seen."""
    size = span.last - span.first + 1
    return span.kind == "backward" or 1 < size < count


def _nested(spans: Iterable[Span]) -> list[Span]:
    """Order the spans, outer ones first; of those around the same ops one is kept, and none that overlaps another."""
    ordered = sorted(spans, key=lambda span: (span.first, -span.last, _PRECEDENCE.index(span.kind)))
    kept: list[Span] = []
    around: list[Span] = []
    for span in ordered:
        while around and around[-1].last < span.first:
            around.pop()
        if around and (not around[-1].holds(span) or (around[-1].first, around[-1].last) == (span.first, span.last)):
            continue
        kept.append(span)
        around.append(span)
    return kept


def _runs(keys: Sequence[object]) -> Iterator[tuple[object, int, int]]:
    """List the runs of equal keys that are not None: key, first and last place."""
    place = 0
    for key, run in groupby(keys):
        length = sum(1 for _ in run)
        if key is not None:
            yield key, place, place + length - 1
        place += length


def _backward_spans(recording: Recording, ops: Sequence[Op], own_call: int | None) -> Iterator[Span]:
    made_by = [op.made_by if op.made_by != own_call else None for op in ops]
    for key, first, last in _runs(made_by):
        assert isinstance(key, int)
        call = recording.gradient_calls[key]
        title = f"backward pass of {call_title(recording, call)}"
        yield Span(kind="backward", title=title, first=first, last=last, line=call.line)


def chain_of(recording: Recording, op: Op) -> list[Invocation]:
    """List the invocations that an op ran in, the outer ones first."""
    chain = []
    index = op.invocation
    while index is not None:
        chain.append(recording.invocations[index])
        index = chain[-1].parent
    return chain[::-1]


def _invocation_spans(recording: Recording, ops: Sequence[Op]) -> Iterator[Span]:
    chains = [chain_of(recording, op) for op in ops]
    for depth in range(max(map(len, chains), default=0)):
        keys = [chain[depth].id if len(chain) > depth else None for chain in chains]
        for key, first, last in _runs(keys):
            assert isinstance(key, int)
            called = recording.invocations[key]
            title = called.title if called.kind == "layer" else f"{called.title}( )"
            yield Span(kind=called.kind, title=title, first=first, last=last, line=called.line)


def _scope_spans(recording: Recording, ops: Sequence[Op]) -> Iterator[Span]:
    paths = [_own_scopes(recording, op) for op in ops]
    for depth in range(max(map(len, paths), default=0)):
        keys = [path[: depth + 1] if len(path) > depth else None for path in paths]
        for key, first, last in _runs(keys):
            assert isinstance(key, tuple)
            # A scope that TensorFlow opens within one call has all its ops at one place of the lesson.
            if len({ops[place].place for place in range(first, last + 1)}) > 1:
                yield Span(kind="scope", title=key[-1], first=first, last=last, line=ops[first].line)


def _own_scopes(recording: Recording, op: Op) -> tuple[str, ...]:
    """List the name scopes around an op; those that Keras opens for its layers are groups as layers."""
    layers = {called.title.rpartition(" · ")[2] for called in chain_of(recording, op) if called.kind == "layer"}
    return tuple(name for name in op.scope.split("/") if name and name not in layers)


_MODULE = -1


def _frame_places(recording: Recording, op: Op) -> list[tuple[int, SourceRange]]:
    """List where an op stands in each of the lesson's frames around it, the outermost first."""
    places: list[tuple[int, SourceRange]] = []
    within = _MODULE
    for called in chain_of(recording, op):
        if called.kind != "function":
            continue
        if called.place is not None:
            places.append((within, called.place))
        within = called.id
    if op.place is not None:
        places.append((within, op.place))
    return places


def _line_spans(recording: Recording, ops: Sequence[Op]) -> Iterator[Span]:
    lines = recording.source.text.splitlines()
    stacks = [_frame_places(recording, op) for op in ops]
    for depth in range(max(map(len, stacks), default=0)):
        keys = [(stack[depth][0], stack[depth][1].line) if len(stack) > depth else None for stack in stacks]
        for key, first, last in _runs(keys):
            assert isinstance(key, tuple)
            line = key[1]
            text = lines[line - 1].strip() if line <= len(lines) else ""
            shown = text if len(text) <= LONGEST_LINE else f"{text[: LONGEST_LINE - 1].rstrip()}…"
            yield Span(kind="line", title=f"{line}: {shown}", first=first, last=last, line=line)


def _iteration_spans(recording: Recording, ops: Sequence[Op]) -> Iterator[Span]:
    stacks = [_frame_places(recording, op) for op in ops]
    for depth in range(max(map(len, stacks), default=0)):
        keys = [stack[depth][0] if len(stack) > depth else None for stack in stacks]
        for _, first, last in _runs(keys):
            places = [stacks[place][depth][1] for place in range(first, last + 1)]
            for run in iteration_runs(recording.source.text, places):
                title = f"iteration {run.number} of line {run.line}"
                yield Span(kind="iteration", title=title, first=first + run.first, last=first + run.last, line=run.line)
