"""Forward mode as it was recorded: what accumulators began with, the tangents of each op, and what they answered."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Primal:
    """What a ``ForwardAccumulator`` begins at: a tensor, and the tangent that was given for it."""

    tensor: int
    name: str | None
    tangent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Jvp:
    """One op in forward mode: the tangents of its inputs and of its outputs, None where there is none."""

    op: int
    input_tangents: tuple[int | None, ...]
    output_tangents: tuple[int | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JvpAnswer:
    """What ``acc.jvp(tensor)`` returned on `line`: the id of a tangent, or None where it returned None."""

    tensor: int
    name: str | None
    value: int | None
    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accumulator:
    """One ``tf.autodiff.ForwardAccumulator``: forward mode, tangents computed beside the primals as the ops run.

    `jvps` are the ops that got a tangent, in the order in which they ran. `parent` is the accumulator that it lies
    within. `checked` says that each tangent that came out of a rule is the one that went into the next, and that
    ``acc.jvp`` returned the last of them; `defect` is the sentence if not.
    """

    id: int
    parent: int | None
    line: int | None
    primals: tuple[Primal, ...]
    jvps: tuple[Jvp, ...]
    answers: tuple[JvpAnswer, ...]
    entered_at: int
    exited_at: int | None
    checked: bool
    defect: str | None = None
