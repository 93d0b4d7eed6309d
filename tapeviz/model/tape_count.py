"""How much of a tape is drawn, and how much stands behind what is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from tapeviz.model.forward_mode import accumulator_of
from tapeviz.model.graph import OpGraph, Subject
from tapeviz.model.identity import Same
from tapeviz.model.lookups import ops_on
from tapeviz.model.recording import Recording
from tapeviz.model.subjects import tape_of

READS = frozenset({"ReadVariableOp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TapeCount:
    """How many ops a tape holds that are drawn, and how many are not; `is_reads` says that those are variable reads."""

    shown: int
    hidden: int
    is_reads: bool


def count_ops(recording: Recording | None, subject: Subject | None, graph: OpGraph | None) -> TapeCount | None:
    """Count the recorded ops of what is looked at; None where nothing was recorded. The work is done once."""
    return None if recording is None else _count(Same(recording, graph), subject)


@lru_cache(maxsize=4)
def _count(same: Same, subject: Subject | None) -> TapeCount:
    recording, graph = same.objects
    accumulator = accumulator_of(recording, subject) if subject is not None else None
    if accumulator is not None:
        hidden_ops = set(graph.hidden_ops) if graph is not None else set()
        away = sum(jvp.op in hidden_ops for jvp in accumulator.jvps)
        return TapeCount(shown=len(accumulator.jvps) - away, hidden=away, is_reads=False)
    tape = tape_of(recording, subject) if subject is not None else None
    # The backward ops of an inner tape are forward ops of the outer one: only the call's own are left out.
    own = subject.call if subject is not None else None
    ops = ops_on(recording, tape) if tape is not None else [op for op in recording.ops if op.recorded_by]
    held = [op for op in ops if op.made_by is None or (own is not None and op.made_by != own)]
    folded = set(graph.hidden_ops) if graph is not None else set()
    hidden = [op for op in held if op.id in folded]
    return TapeCount(
        shown=len(held) - len(hidden), hidden=len(hidden), is_reads=bool(hidden) and {op.type for op in hidden} <= READS
    )
