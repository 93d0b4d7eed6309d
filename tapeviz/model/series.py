"""Loops that record the same graph again and again: one graph to look at, and a slider over its iterations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tapeviz.model.recording import Op, Series, Tape

Reference = tuple[int, int]
"""What an op reads: (position of its producer on the tape, output) or (-1, order in which it was first read)."""


def find_series(tapes: Sequence[Tape], ops: Sequence[Op]) -> tuple[Series, ...]:
    """Find the runs of two or more consecutive tapes of one line and one parent that hold the same graph.

    Two tapes hold the same graph where the same op types, at the same lines, read from one another in the same way;
    the numbers may differ.
    """
    recorded = _ops_by_tape(len(tapes), ops)
    siblings: dict[int | None, list[Tape]] = {}
    for tape in tapes:
        siblings.setdefault(tape.parent, []).append(tape)
    runs = [run for family in siblings.values() for run in _runs(family, recorded)]
    runs.sort(key=lambda run: run[0])
    return tuple(Series(id=index, tape_ids=run) for index, run in enumerate(runs))


def _ops_by_tape(count: int, ops: Iterable[Op]) -> list[list[Op]]:
    recorded: list[list[Op]] = [[] for _ in range(count)]
    for op in ops:
        for tape in op.recorded_by:
            recorded[tape].append(op)
    return recorded


def _runs(family: list[Tape], recorded: list[list[Op]]) -> list[tuple[int, ...]]:
    runs: list[list[int]] = []
    previous: tuple[object, ...] | None = None
    for tape in family:
        graph = (tape.line, _structure(recorded[tape.id]))
        if graph == previous and tape.line is not None and recorded[tape.id]:
            runs[-1].append(tape.id)
        else:
            runs.append([tape.id])
        previous = graph
    return [tuple(run) for run in runs if len(run) > 1]


def _structure(ops: list[Op]) -> tuple[tuple[str, int | None, tuple[Reference, ...]], ...]:
    references: dict[int, Reference] = {}
    rows = []
    outside = 0
    for position, op in enumerate(ops):
        for tensor in op.inputs:
            if tensor not in references:
                references[tensor] = (-1, outside)
                outside += 1
        rows.append((op.type, op.line, tuple(references[tensor] for tensor in op.inputs)))
        references.update((tensor, (position, output)) for output, tensor in enumerate(op.outputs))
    return tuple(rows)
