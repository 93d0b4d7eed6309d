"""What is asked of a recording again and again, looked up once: the ops on each tape, the variables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

from tapeviz.model.identity import Same
from tapeviz.model.recording import Op, Recording


def ops_on(recording: Recording, tape: int) -> tuple[Op, ...]:
    """List the ops that a tape holds, in the order in which they ran."""
    return _by_tape(Same(recording.ops)).get(tape, ())


@lru_cache(maxsize=4)
def _by_tape(same: Same) -> Mapping[int, tuple[Op, ...]]:
    found: dict[int, list[Op]] = defaultdict(list)
    for op in same.objects[0]:
        for tape in op.recorded_by:
            found[tape].append(op)
    return {tape: tuple(ops) for tape, ops in found.items()}


def with_ancestors(recording: Recording, ops: Iterable[Op], tensors: Iterable[int]) -> tuple[Op, ...]:
    """List some ops and all that went before them and before some tensors, in the order in which they ran."""
    found = {op.id for op in ops}
    waiting = [*tensors, *(tensor for op in found for tensor in recording.ops[op].inputs)]
    while waiting:
        producer = recording.tensors[waiting.pop()].producer
        if producer is not None and producer not in found:
            found.add(producer)
            waiting.extend(recording.ops[producer].inputs)
    return tuple([recording.ops[op] for op in sorted(found)])


def variables_of(recording: Recording) -> frozenset[int]:
    """List the tensors that are variables."""
    return _variables(Same(recording.tensors))


@lru_cache(maxsize=4)
def _variables(same: Same) -> frozenset[int]:
    return frozenset(tensor.id for tensor in same.objects[0] if tensor.role == "variable")
