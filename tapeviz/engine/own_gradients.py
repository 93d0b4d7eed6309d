"""Ops whose gradient the lesson's code gives itself open into what ran in them, forward and backward."""

from __future__ import annotations

from tapeviz.engine.assembly import Assembly
from tapeviz.engine.events import MERGED
from tapeviz.engine.functions import RawOwnGradient
from tapeviz.engine.recorder import Recorder
from tapeviz.model.parts import part_of
from tapeviz.model.recording import Inside, Recording

CUSTOM = "Forward, and the lesson's own backward function: it turns what comes in into what is sent on."
RECOMPUTED = (
    "Nothing of the forward pass was kept: the backward function computed it again and then went back through it."
)
FORWARD = "Only forward: no gradient call came through it."


def open_own_gradients(recorder: Recorder, assembly: Assembly, recording: Recording) -> tuple[Inside, ...]:
    """Open each of these ops; what ran in it is told there and no more beside it."""
    kept = [own for own in recorder.functions.own_gradients.values() if recorder.ops[own.op].type is not MERGED]
    return tuple(_opened(own, recorder, assembly, recording) for own in kept)


def _opened(own: RawOwnGradient, recorder: Recorder, assembly: Assembly, recording: Recording) -> Inside:
    op = recording.ops[assembly.op_id(own.op)]
    forward, results = _forward(own, recorder, assembly)
    passages = assembly.passages(own.op)
    names = {
        result: recording.tensors[output].name or "result" for result, output in zip(results, op.outputs, strict=False)
    }
    ends = list(results)
    backward: list[int] = []
    if own.backward is not None and passages:
        backward = _ids(range(*own.backward), recorder, assembly)
        for place, value in enumerate(passages[0].values):
            sent = assembly.tensor_id(value)
            if sent is not None:
                ends.append(sent)
                names[sent] = _sent_to(recording, op.inputs[place])
        for cotangent in passages[0].cotangents:
            came = assembly.tensor_id(cotangent)
            if came is not None:
                names[came] = "upstream"
    is_recomputed = own.kind == "recompute_grad"
    note = FORWARD if not backward else RECOMPUTED if is_recomputed else CUSTOM
    shown = backward if is_recomputed and backward else [*forward, *backward]
    if is_recomputed and backward:
        ends = [end for end in ends if end not in results]
    return Inside(
        op=op.id,
        kind=own.kind,
        title=own.title,
        recording=part_of(recording, shown, list(dict.fromkeys(ends)), names) if shown else None,
        note=note if shown else "It does not open: nothing ran in it.",
        ops=tuple(forward),
    )


def _forward(own: RawOwnGradient, recorder: Recorder, assembly: Assembly) -> tuple[list[int], list[int]]:
    """List the ops that ran in it forward, and the tensors that it returned: its results were copies of them."""
    places = range(own.started_at, own.op)
    returned = [recorder.ops[place].inputs[0] for place in places if recorder.ops[place].type is MERGED]
    results = [tensor for tensor in map(assembly.tensor_id, returned) if tensor is not None]
    return _ids(places, recorder, assembly), results


def _ids(places: range, recorder: Recorder, assembly: Assembly) -> list[int]:
    return sorted(assembly.op_id(place) for place in places if recorder.ops[place].type is not MERGED)


def _sent_to(recording: Recording, tensor: int) -> str:
    """Name what is sent back to an input: ``x̄``."""
    name = recording.tensors[tensor].name
    return f"{name}\u0304" if name and len(name) == 1 else f"to {name or 'the input'}"
