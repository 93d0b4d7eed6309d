"""What stands behind a verdict: which op is at its kink, and why a tape may give something else than the derivative."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy.typing as npt

from tapeviz.model.kinks import kink_of
from tapeviz.model.numbers import format_number
from tapeviz.model.recording import Op, Recording
from tapeviz.model.rules import symbol_of
from tapeviz.model.verification import SourceCheck

Arrays = Mapping[int, npt.NDArray[Any]]

_NO_REASON = (
    "Nothing that tapeviz knows of explains the difference: the gradient that TensorFlow registers for one of these "
    "ops may not be its derivative."
)


def kink_sentence(
    recording: Recording, ops: Sequence[Op], arrays: Arrays, check: SourceCheck, name: str, places: str
) -> str:
    """Say which op stands at its kink, what the slopes of the two sides are, and which one TensorFlow takes.

    Parameters
    ----------
    ops : sequence of Op
        What lies between the source and the target.
    arrays : mapping of int to array
        The whole of the values that are only summarised in the recording.
    name : str
        What the lesson calls the source.
    places : str
        At how many of its elements, in words; may be empty.
    """
    sides = f"the slope for {name}{places} jumps from {_number(check.left)} to {_number(check.right)}"
    taken = f"tape.gradient says {_number(check.tape)}"
    for op in ops:
        found = _kink(recording, op, arrays)
        if found is not None:
            return f"{described(op)} stands at its kink ({found}): {sides}, and {taken}."
    return f"The function has a kink here: {sides}, and {taken}."


def disagreement_reasons(ops: Sequence[Op], tape: int) -> list[str]:
    """Say why the tape's number is not the derivative of what was computed: one sentence per cause."""
    custom = [op for op in ops if op.attributes.get("custom_gradient")]
    reasons = [
        f"The tape follows the lesson's own gradient of {op.type}{_on_line(op)}, which is not the derivative."
        for op in custom
    ]
    left = [op for op in ops if tape not in op.recorded_by and op.type != "ReadVariableOp"]
    stops = [op for op in left if op.type == "StopGradient"]
    reasons += [f"The tape stops at tf.stop_gradient{_on_line(op)}, as it was told to." for op in stops]
    others = [op for op in left if op.type != "StopGradient"]
    if others and not stops:
        reasons.append(f"{described(others[0])} ran, but the tape does not hold it: what it made counts as a constant.")
    return list(dict.fromkeys(reasons)) or [_NO_REASON]


def _kink(recording: Recording, op: Op, arrays: Arrays) -> str | None:
    values = []
    for tensor in op.inputs:
        value = recording.tensors[tensor].value
        if tensor in arrays:
            values.append(arrays[tensor])
        elif value is not None and value.is_whole and value.encoding:
            values.append(value.array)
        else:
            return None
    kind = recording.tensors[op.outputs[0]].value
    found = kink_of(op.type, values, "f4" if kind is None or not kind.encoding else kind.encoding, op.attributes)
    if found is None:
        return None
    count, words = found
    return words if count == 1 else f"{words}, {format_number(count)} times"


def described(op: Op) -> str:
    """Name an op within a sentence: ``relu on line 5``."""
    return f"{op.type if op.attributes.get('custom_gradient') else symbol_of(op.type)}{_on_line(op)}"


def _on_line(op: Op) -> str:
    return "" if op.line is None else f" on line {op.line}"


def _number(number: float | None) -> str:
    return "nothing" if number is None else format_number(number)
