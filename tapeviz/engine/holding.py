"""Which tapes hold an op: TensorFlow says whether any does; where tapes are nested, each one is followed by itself."""

from __future__ import annotations

from tapeviz.engine import tap
from tapeviz.engine.events import ActiveTapes, RawTape
from tapeviz.engine.recorder import Recorder


def holders(recorder: Recorder, first_op: int = 0, first_tape: int = 0) -> list[ActiveTapes]:
    """Return, for every raw op from `first_op` on, the tapes that hold it; none of those before `first_tape` may."""
    held: list[ActiveTapes] = [raw.active if raw.is_held else () for raw in recorder.ops[first_op:]]
    nested = [tape for tape in recorder.tapes[first_tape:] if tape.is_nested]
    if nested:
        kept = {id(tape): _followed(tape, recorder, first_op) for tape in nested}
        for index, tapes in enumerate(held, start=first_op):
            if len(tapes) > 1:
                held[index - first_op] = tuple(tape for tape in tapes if index in kept[id(tape)])
    return held


def _followed(tape: RawTape, recorder: Recorder, first: int) -> set[int]:
    """Follow one tape as TensorFlow does: it holds an op that has an input it watches, and then watches its outputs."""
    watches: dict[int, list[int]] = {}
    for at, key in tape.watches:
        watches.setdefault(at, []).append(key)
    if tape.watch_accessed_variables:
        for at, key, active in recorder.accesses:
            if tape in active:
                watches.setdefault(at, []).append(key)
    moments = sorted({*watches, *tape.resets})
    tracked: set[int] = set()
    kept: set[int] = set()
    next_moment = 0
    for index, raw in enumerate(recorder.ops[first:], start=first):
        while next_moment < len(moments) and moments[next_moment] <= index:
            if moments[next_moment] in tape.resets:
                tracked.clear()
            tracked.update(watches.get(moments[next_moment], ()))
            next_moment += 1
        if not raw.is_held or tape not in raw.active:
            continue
        is_only = len(raw.active) == 1
        if is_only or any(tensor._id in tracked and tensor.dtype in tap.TRAINABLE_DTYPES for tensor in raw.inputs):
            kept.add(index)
            tracked.update(tensor._id for tensor in raw.outputs)
            if is_only:
                tracked.update(tensor._id for tensor in raw.inputs if tensor.dtype == tap.RESOURCE)
    return kept
