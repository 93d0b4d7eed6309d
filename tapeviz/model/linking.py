"""A folded recording in which nothing hangs in the air: tensors from folded laps stand as those of the template."""

from __future__ import annotations

from dataclasses import replace

from tapeviz.model.laps import laps_of
from tapeviz.model.recording import Recording
from tapeviz.model.renumbering import renumbered_call, renumbered_op, renumbered_tape


def linked(recording: Recording) -> Recording:
    """Put for each tensor that a folded lap made the tensor of its template, wherever it is used.

    What led to it in that lap is what leads to it in the template, so paths and reasons can be followed back; its
    numbers are not to be read from here.
    """
    if not recording.origins:
        return recording
    links = _Links(recording)
    return replace(
        recording,
        ops=tuple([renumbered_op(op, links) for op in recording.ops]),
        tapes=tuple([renumbered_tape(tape, links) for tape in recording.tapes]),
        gradient_calls=tuple([renumbered_call(call, links) for call in recording.gradient_calls]),
    )


class _Links:
    """The numbering of a linked recording: only tensors change."""

    def __init__(self, recording: Recording) -> None:
        laps = laps_of(recording)
        self._tensors: dict[int, int] = {}
        for origin in recording.origins:
            made = laps.laps_at(origin.lap)
            if made is not None:
                self._tensors[origin.tensor] = recording.folds[made.fold].slots[origin.slot]

    def op(self, op: int) -> int:
        return op

    def tape(self, tape: int) -> int:
        return tape

    def call(self, call: int) -> int:
        return call

    def tensor(self, tensor: int) -> int:
        return self._tensors.get(tensor, tensor)

    def invocation(self, invocation: int) -> int:
        return invocation

    def moment(self, moment: int, **_owner: int) -> int:
        return moment
