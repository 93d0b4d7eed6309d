"""The terms of a loss that is a sum: what the lesson calls them, and their numbers in its own loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tapeviz.model.graph import Subject
from tapeviz.model.plumbing import IDENTITY_TYPES
from tapeviz.model.recording import Op, Recording
from tapeviz.model.rules import symbol_of
from tapeviz.model.scrubbing import scalar_over_iterations

MAX_TERMS = 6
"""A sum of more terms than this is not taken apart."""

_SUMS = frozenset(("AddV2", "Add", "AddN"))
_LONGEST = 24


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LossTerm:
    """One term over the iterations of a loop; NaN where it was not kept."""

    name: str
    numbers: npt.NDArray[Any]


def loss_terms(recording: Recording, call: int) -> tuple[LossTerm, ...]:
    """Take apart the target of a gradient call in a loop, where it is a sum of numbers; else there is nothing.

    The numbers are those that were recorded, over all iterations of the loop.
    """
    targets = recording.gradient_calls[call].target
    found = list(_terms(recording, targets[0])) if len(targets) == 1 else []
    if not 2 <= len(found) <= MAX_TERMS:
        return ()
    names = [_name(recording, tensor) for tensor in found]
    subject = Subject(call=call)
    return tuple(
        LossTerm(name=name, numbers=scalar_over_iterations(recording, subject, tensor))
        for name, tensor in zip(names, found, strict=True)
    )


def _terms(recording: Recording, tensor: int) -> Iterator[int]:
    """List the terms of a sum; a sum within it that has a name of its own is one term."""
    op = _maker(recording, tensor)
    if op is None or op.type not in _SUMS or recording.tensors[tensor].shape:
        return
    for each in op.inputs:
        inner = _maker(recording, each)
        is_unnamed_sum = inner is not None and inner.type in _SUMS and recording.tensors[each].name is None
        if recording.tensors[each].shape or inner is None:
            return
        if is_unnamed_sum:
            yield from _terms(recording, each)
        else:
            yield each


def _maker(recording: Recording, tensor: int) -> Op | None:
    producer = recording.tensors[tensor].producer
    while producer is not None and recording.ops[producer].type in IDENTITY_TYPES:
        producer = recording.tensors[recording.ops[producer].inputs[0]].producer
    return None if producer is None else recording.ops[producer]


def _name(recording: Recording, tensor: int) -> str:
    """Name a term as the lesson does, or by how it is written there."""
    name, op = recording.tensors[tensor].name, _maker(recording, tensor)
    if name or op is None:
        return name or "term"
    place = op.place
    lines = recording.source.text.splitlines()
    if place is not None and place.line == place.end_line and place.line <= len(lines):
        written = lines[place.line - 1][place.column : place.end_column]
        if 0 < len(written) <= _LONGEST:
            return written
    return symbol_of(op.type)


def between(terms: tuple[LossTerm, ...], first: int, last: int) -> tuple[LossTerm, ...]:
    """Give the numbers of some iterations in a row; none where nothing was kept of any term."""
    cut = tuple(LossTerm(name=term.name, numbers=term.numbers[first:last]) for term in terms)
    return cut if all(np.isfinite(term.numbers).any() for term in cut) else ()
