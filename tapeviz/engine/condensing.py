"""Keeps the memory of a long run in bounds: large values that are no longer needed whole are summarised early."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tapeviz.engine.calls import OpFinder, follow
from tapeviz.engine.events import RawCall
from tapeviz.engine.holding import holders
from tapeviz.engine.recorder import Recorder
from tapeviz.engine.values import condensed, is_large


def condense(recorder: Recorder) -> None:
    """Summarise every large value that a recorder holds.

    Gradient calls that are over are followed and checked first, while their numbers are there. To be called between
    gradient calls only.
    """
    recorder.forward.settle()
    finder = OpFinder(recorder.ops, holders(recorder))
    calls = [*recorder.calls, *(row.call for call in recorder.calls if call.rows for row in call.rows.rows)]
    for call in calls:
        if call.is_finished and call.method == "gradient" and call.backward is None:
            call.backward = follow(call, finder, recorder.title)
        call.vjps.clear()
    kept: dict[int, Any] = {}
    for index, raw in enumerate(recorder.ops):
        if any(map(is_large, raw.inputs)) or any(map(is_large, raw.outputs)):
            recorder.ops[index] = raw._replace(
                inputs=tuple(_all(raw.inputs, kept)), outputs=tuple(_all(raw.outputs, kept))
            )
    for call in calls:
        _condense_call(call, kept)
    for accumulator in recorder.forward.accumulators:
        accumulator.tangents = {key: _one(tangent, kept) for key, tangent in accumulator.tangents.items()}
        accumulator.primals = [(_one(primal, kept), _one(tangent, kept)) for primal, tangent in accumulator.primals]
        accumulator.answers = [
            answer._replace(tensor=_one(answer.tensor, kept), value=_one(answer.value, kept))
            for answer in accumulator.answers
        ]
    for seen in recorder.variables.seen.values():
        seen.value = _one(seen.value, kept)
    assignments = recorder.variables.assignments
    assignments[:] = [raw._replace(value=_one(raw.value, kept)) for raw in assignments]


def _condense_call(call: RawCall, kept: dict[int, Any]) -> None:
    call.targets = _all(call.targets, kept) if call.targets is not None else None
    call.seeds = _all(call.seeds, kept) if call.seeds is not None else None
    call.sources, call.results = _all(call.sources, kept), _all(call.results, kept)
    if call.backward is not None:
        call.backward.seeds = _all(call.backward.seeds, kept)
        call.backward.shares = [
            replace(
                share,
                cotangents=tuple(_all(share.cotangents, kept)),
                tensor=_one(share.tensor, kept),
                value=_one(share.value, kept),
            )
            for share in call.backward.shares
        ]


def _all(tensors: Iterable[Any], kept: dict[int, Any]) -> list[Any]:
    return [_one(tensor, kept) for tensor in tensors]


def _one(tensor: Any, kept: dict[int, Any]) -> Any:
    if not is_large(tensor):
        return tensor
    key = id(tensor)
    if key not in kept:
        # What is condensed is held beside it, so that no other object can take its place in memory meanwhile.
        kept[key] = (condensed(tensor), tensor)
    return kept[key][0]
