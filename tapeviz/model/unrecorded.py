"""Why an op that ran within a tape's block is not on the tape, as far as the recording tells."""

from __future__ import annotations

from collections.abc import Iterator

from tapeviz.model.plumbing import IDENTITY_TYPES
from tapeviz.model.recording import Op, Recording, Tape, Tensor
from tapeviz.model.subjects import name_of

_FOLLOWED_DTYPES = ("float", "bfloat", "complex", "resource", "variant")
_MOST_CAUSES = 2


def reason_not_recorded(recording: Recording, tape: Tape, op: Op) -> str:
    """Say in a sentence why a tape does not hold an op; empty where it does."""
    if op.id < tape.entered_at:
        return f"It ran before the tape{_on_line(tape.line)} began."
    if tape.exited_at is not None and op.id >= tape.exited_at:
        return f"It ran after the block of the tape{_on_line(tape.line)} had ended."
    if tape.id in op.recorded_by:
        is_forgotten = any(op.id < reset for reset in tape.resets)
        return "It was recorded, and forgotten when tape.reset() was called." if is_forgotten else ""
    if op.is_stopped:
        return "It ran under tape.stop_recording()."
    if op.type == "StopGradient":
        return "TensorFlow never records stop_gradient: it is there to end a path."
    inputs = [recording.tensors[tensor] for tensor in dict.fromkeys(op.inputs)]
    if not inputs:
        return "It takes no tensor, so there is nothing to follow."
    followed = [tensor for tensor in inputs if tensor.dtype.startswith(_FOLLOWED_DTYPES)]
    if not followed:
        dtypes = ", ".join(dict.fromkeys(tensor.dtype for tensor in inputs))
        return f"It takes {dtypes} numbers; a tape follows floating-point and complex ones only."
    causes = list(dict.fromkeys(_causes(recording, tape, op, followed)))
    if not causes:
        return "It takes constants only, and nobody watched them."
    shown = [*causes[:_MOST_CAUSES], *(["…"] if len(causes) > _MOST_CAUSES else [])]
    return f"Nothing that goes into it is followed: {'; '.join(shown)}."


def _causes(recording: Recording, tape: Tape, op: Op, inputs: list[Tensor]) -> Iterator[str]:
    for given in inputs:
        tensor = recording.tensors[same_as(recording, given.id)]
        name = name_of(recording, tensor.id)
        if tensor.id in tape.watched:
            forgotten = any(reset <= op.id for reset in tape.resets)
            yield f"{name} was forgotten by tape.reset()" if forgotten else f"{name} was watched only later"
        elif tensor.role == "variable":
            yield _of_variable(tape, tensor, name)
        elif tensor.producer is None:
            if tensor.name:
                yield f"{name} is a constant that nobody watched"
        elif tensor.producer < tape.entered_at:
            yield f"{name} was computed before the tape began"
        elif any(tensor.producer < reset <= op.id for reset in tape.resets):
            yield f"{name} was computed before tape.reset()"
        else:
            yield f"{name} is not on the tape either"


def same_as(recording: Recording, tensor: int) -> int:
    """Find the tensor that another one was merely read from: the variable of a read."""
    producer = recording.tensors[tensor].producer
    if producer is None or recording.ops[producer].type not in IDENTITY_TYPES or recording.tensors[tensor].name:
        return tensor
    return same_as(recording, recording.ops[producer].inputs[0])


def _of_variable(tape: Tape, variable: Tensor, name: str) -> str:
    if not tape.watch_accessed_variables:
        return f"nobody watched {name}, and the tape has watch_accessed_variables=False"
    if variable.trainable is False:
        return f"{name} is a variable with trainable=False"
    return f"{name} is not watched"


def _on_line(line: int | None) -> str:
    return "" if line is None else f" on line {line}"
