"""Which gradient is asked about, and what the tape that was asked saw of an op."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from tapeviz.model.connectivity.syntax import LessonSyntax, called_name
from tapeviz.model.facts import Rebinding, RunFacts, TapeReset
from tapeviz.model.recording import GradientCall, Recording, Tape, Tensor

DIFFERENTIABLE_DTYPES = ("float", "bfloat", "complex", "resource", "variant")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which gradient is asked about: source `source_index` of call `call_id`."""

    recording: Recording
    facts: RunFacts
    call_id: int
    source_index: int

    @property
    def call(self) -> GradientCall:
        """The gradient call."""
        return self.recording.gradient_calls[self.call_id]

    @property
    def tape(self) -> Tape:
        """The tape that was asked."""
        return self.recording.tapes[self.call.tape]

    @property
    def source(self) -> int:
        """The tensor by which was differentiated."""
        return self.call.sources[self.source_index].tensor

    @property
    def targets(self) -> tuple[int, ...]:
        """The tensors that were differentiated."""
        return self.call.target

    def is_in_block(self, op: int) -> bool:
        """Whether op `op` ran between the beginning and the end of the tape's block."""
        return self.tape.entered_at <= op and (self.tape.exited_at is None or op < self.tape.exited_at)

    def reset_after(self, op: int) -> TapeReset | None:
        """Return the reset of the tape that dropped op `op` before the call."""
        return next((reset for reset in self._resets() if op < reset.at), None)

    def reset_before(self, op: int) -> TapeReset | None:
        """Return the last reset of the tape before op `op` ran."""
        return next((reset for reset in reversed(self._resets()) if reset.at <= op), None)

    def tape_name(self, syntax: LessonSyntax) -> str:
        """Return what the lesson calls the tape."""
        line = self.tape.line
        return syntax.tape_name(line, sum(tape.line == line for tape in self.recording.tapes[: self.tape.id]))

    def rebinding(self, syntax: LessonSyntax) -> Rebinding | None:
        """Return how the source's name lost the variable it held, where it did.

        Where no op ran between the two bindings the engine never saw the variable under its name; the lesson's text
        and the op that made the variable tell it all the same.
        """
        for rebinding in self.facts.rebindings:
            if rebinding.tensor == self.source:
                return rebinding
        name = self.recording.tensors[self.source].name
        if name is None or self.recording.tensors[self.source].role == "variable":
            return None
        bindings = [bound for bound in syntax.bindings(name) if not syntax.runs_after(bound[0], self.call.line)]
        held = {line for line, value in bindings if isinstance(value, ast.Call) and called_name(value) == "Variable"}
        lost = [line for line, _ in bindings if line not in held and held and line > min(held)]
        if not lost:
            return None
        made = [op for op in self.recording.ops[: self.call.started_at] if op.type == "VarHandleOp" and op.line in held]
        if not made or not made[-1].outputs or lost[-1] <= (made[-1].line or 0):
            return None
        return Rebinding(name=name, variable=made[-1].outputs[0], tensor=self.source, line=lost[-1])

    def _resets(self) -> list[TapeReset]:
        return [r for r in self.facts.resets if r.tape == self.tape.id and r.at <= self.call.started_at]


def is_differentiable(tensor: Tensor) -> bool:
    """Whether TensorFlow takes derivatives of tensors of this dtype."""
    return tensor.dtype.startswith(DIFFERENTIABLE_DTYPES)
