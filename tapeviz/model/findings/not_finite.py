"""Where a NaN or an infinity came from: the first op that made one of finite numbers, forward or backward."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tapeviz.model.findings.numbers import Array, Numbers
from tapeviz.model.findings.origins import Origin, backward_origin, forward_origin, given_origin
from tapeviz.model.findings.zero import Backward
from tapeviz.model.plumbing import IDENTITY_TYPES
from tapeviz.model.recording import Contribution, GradientCall, Op

READS = IDENTITY_TYPES | {"ReadVariableOp", "ResourceGather", "VarHandleOp", "Cast", "StopGradient"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """An op that made a NaN or an infinity; `worse` is the op that made a NaN of the infinity, where another did."""

    op: Op
    origin: Origin
    is_backward: bool
    is_nan: bool
    call: int | None
    worse: str = ""


def forward_troubles(numbers: Numbers) -> list[Trouble]:
    """Return the ops of the lesson that made a NaN or an infinity of finite numbers, in the order in which they ran."""
    found: list[Trouble] = []
    made_by: dict[int, int] = {}
    for op in numbers.recording.ops:
        if op.made_by is not None or op.type in READS or all(map(numbers.is_finite, op.outputs)):
            continue
        given = next((tensor for tensor in op.inputs if tensor not in made_by and _is_given(numbers, tensor)), None)
        if given is not None:
            made_by[given] = len(found)
            words = given_origin(numbers.name(given))
            found.append(Trouble(op=op, origin=words, is_backward=False, is_nan=True, call=None))
        spoiled = [tensor for tensor in op.inputs if not numbers.is_finite(tensor)]
        is_nan = any(map(numbers.has_nan, op.outputs))
        origin = next((made_by[tensor] for tensor in spoiled if tensor in made_by), None)
        if not spoiled or (is_nan and origin is None and not any(map(numbers.has_nan, spoiled))):
            origin = len(found)
            arrays = [numbers.array(tensor) for tensor in op.inputs]
            words = forward_origin(op, arrays, numbers.array(op.outputs[0]))
            found.append(Trouble(op=op, origin=words, is_backward=False, is_nan=is_nan, call=None))
        elif is_nan and origin is not None and not any(map(numbers.has_nan, spoiled)):
            found[origin] = worsened(found[origin], f"It becomes NaN in {numbers.quoted(op)}.")
        if origin is not None:
            made_by.update(dict.fromkeys(op.outputs, origin))
    return found


def _is_given(numbers: Numbers, tensor: int) -> bool:
    """Whether the lesson began with a NaN there: in a constant, or in a variable at its first value."""
    made_by = numbers.recording.tensors[tensor].producer
    if made_by is None or not numbers.has_nan(tensor):
        return made_by is None and numbers.has_nan(tensor)
    op = numbers.recording.ops[made_by]
    return op.type == "ReadVariableOp" and numbers.has_nan(op.inputs[0])


def worsened(trouble: Trouble, words: str) -> Trouble:
    """Add that an infinity became a NaN later; a trouble that is a NaN already stays as it is."""
    if trouble.worse or trouble.is_nan:
        return trouble
    return Trouble(
        op=trouble.op,
        origin=trouble.origin,
        is_backward=trouble.is_backward,
        is_nan=True,
        call=trouble.call,
        worse=words,
    )


def backward_trouble(numbers: Numbers, call: GradientCall) -> Trouble | None:
    """Return the first VJP of a call that made a NaN or an infinity of finite cotangents."""
    if all(source.value is None or numbers.is_finite(source.value) for source in call.sources):
        return None
    for contribution in call.contributions:
        if numbers.is_finite(contribution.value) or not all(map(numbers.is_finite, contribution.output_cotangents)):
            continue
        op = numbers.recording.ops[contribution.op]
        backward = Backward(call)
        upstream = numbers.array(contribution.output_cotangents[0]) if contribution.output_cotangents else None
        is_masked = _is_masked(numbers, backward, op)
        arrays = [numbers.array(tensor) for tensor in op.inputs]
        output = numbers.array(op.outputs[0]) if op.outputs else None
        value = numbers.array(contribution.value)
        element = _first_element(value, output)
        origin = backward_origin(op, contribution.input_index, arrays, upstream, element, is_masked=is_masked)
        is_nan = numbers.has_nan(contribution.value)
        trouble = Trouble(op=op, origin=origin, is_backward=True, is_nan=is_nan, call=call.id)
        worse = next(_worse(numbers, call, contribution), "")
        return worsened(trouble, worse) if worse else trouble
    return None


def _worse(numbers: Numbers, call: GradientCall, first: Contribution) -> Iterator[str]:
    """Say where the infinity that was sent became a NaN."""
    for contribution in call.contributions:
        came_finite = not any(map(numbers.has_nan, contribution.output_cotangents))
        if contribution is not first and came_finite and numbers.has_nan(contribution.value):
            op = numbers.recording.ops[contribution.op]
            yield f"It becomes NaN on its way back through {numbers.quoted(op)}: 0 × ∞."


def _is_masked(numbers: Numbers, backward: Backward, op: Op) -> bool:
    """Whether the zeros that came into the op's VJP come from the branch that a ``tf.where`` did not choose."""
    waiting, seen = list(op.outputs), set(op.outputs)
    while waiting:
        for share in backward.to[waiting.pop()]:
            giver = numbers.recording.ops[share.op]
            if giver.type in {"SelectV2", "Select"}:
                return True
            fresh = [tensor for tensor in giver.outputs if tensor not in seen]
            seen.update(fresh)
            waiting += fresh
    return False


def _first_element(value: Array | None, output: Array | None) -> int | None:
    """Return the place (in C order) of the first number that is not finite, where op and share have one shape."""
    if value is None or output is None or value.shape != output.shape:
        return None
    places = np.flatnonzero(~np.isfinite(value))
    return int(places[0]) if places.size else None
