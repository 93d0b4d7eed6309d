"""A long loop, folded: of iterations that ran the same ops only the values are kept, stacked beside one of them.

A *lap* is what ran from one tape's beginning to the beginning of the next tape on the same line: one iteration of a
loop. Laps are numbered in the order in which they ran. A lap that is kept whole and stands for others is the template
of a `Fold`; of a folded lap there are only the values that differ from its template's.
"""

from __future__ import annotations

from dataclasses import dataclass

from tapeviz.model.tensor import TensorValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A place in time, as counts of what a recording holds from before it."""

    op: int
    tape: int
    call: int
    assignment: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """The values of one tensor of a template over the folded laps, in their order.

    Kept are those of the laps whose number `stride` divides. `tensor` is the template's tensor (in `Fold.assigned`: the
    place of its assignment). Values that lie alike are in `data`, one after the other, each with the layout
    `encoding` and the shape `shape`; others (summaries, texts) are in `values`.
    """

    tensor: int
    stride: int = 1
    encoding: str = ""
    shape: tuple[int, ...] = ()
    data: bytes = b""
    values: tuple[TensorValue, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A tensor that the template took over: the one in slot `slot` of the lap that ran `distance` laps before."""

    tensor: int
    distance: int
    slot: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """A lap that is kept whole (from `start` to `end`), and the values of the laps that ran the same ops.

    `slots` are the tensors that first come up in it, in a fixed order; each folded lap had one of its own for every
    slot. Tensors without a stack had the template's value each time. Every gradient call of every folded lap was
    checked; `largest_error` is the largest relative difference that was met.
    """

    id: int
    start: Moment
    end: Moment
    slots: tuple[int, ...]
    carried: tuple[Carried, ...] = ()
    stacks: tuple[Stack, ...] = ()
    assigned: tuple[Stack, ...] = ()
    largest_error: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Laps:
    """`count` laps in a row like the template of `fold`, the first of them lap number `first`.

    `at` is when they ran: after all that the recording holds from before it. None: it is the template itself.
    """

    fold: int
    first: int
    count: int
    at: Moment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a tensor that is used outside of its lap comes from: slot `slot` of folded lap `lap`."""

    tensor: int
    lap: int
    slot: int
