"""What things are called in a sentence: ops by the lesson's own text, tensors by their names, moments by lines."""

from __future__ import annotations

from collections.abc import Sequence

from tapeviz.model.connectivity.question import Question
from tapeviz.model.connectivity.syntax import LessonSyntax
from tapeviz.model.recording import Op, Tensor

MAX_EXPRESSION = 40
"""Characters of the lesson's text that are quoted at most."""

MAX_NAMED = 4
"""Paths or tensors that one message names at most."""


class Phrases:
    """Words for the parts of one question.

    Parameters
    ----------
    question : Question
    syntax : LessonSyntax
    """

    def __init__(self, question: Question, syntax: LessonSyntax) -> None:
        self._question = question
        self._recording = question.recording
        self._syntax = syntax
        self.tape_name = question.tape_name(syntax)

    def tape(self) -> str:
        """Name the tape by its line."""
        line = self._question.tape.line
        return f"the tape on line {line}" if line else "the tape"

    def when(self, op: Op) -> str:
        """Say when an op ran that ran outside of the tape's block."""
        tape = self._question.tape
        if op.id < tape.entered_at:
            return f"before {self.tape()} began"
        return f"after the block of the tape on line {tape.line} ended" if tape.line else "after the tape's block ended"

    def on_line(self, op: Op) -> str:
        """Say on which line an op stands."""
        return f" on line {op.line}" if op.line else ""

    def subject(self, op: Op) -> str:
        """Return what the op's line gave a name to, or else the op."""
        same_line = (
            self._recording.tensors[output]
            for later in self._recording.ops[op.id : self._question.call.started_at]
            if later.line == op.line and op.line is not None
            for output in later.outputs
        )
        return next((tensor.name for tensor in same_line if tensor.name), None) or self.quoted(op)

    def operation(self, op: Op) -> str:
        """Quote an op with its line; a backward op by its type and the call that ran it."""
        if op.made_by is None:
            return self.quoted(op) + self.on_line(op)
        return f"{op.type}, an op of the backward pass of {self.quoted(op)}{self.on_line(op)}"

    def quoted(self, op: Op) -> str:
        """Quote the lesson's own text for the op where it is short, or else the op's type."""
        text = self._syntax.expression(op.place) if op.place is not None else ""
        return f"`{text}`" if 0 < len(text) <= MAX_EXPRESSION else op.type

    def described(self, tensor: Tensor) -> str:
        """Name a tensor, or else what made it."""
        if tensor.name:
            return tensor.name
        if tensor.producer is not None:
            return self.operation(self._recording.ops[tensor.producer])
        if tensor.id in self._question.targets:
            return "the target"
        return "an unnamed variable" if tensor.role == "variable" else "an unnamed tensor"

    def named(self, tensors: Sequence[Tensor]) -> str:
        """List tensors by name."""
        return listed([self.described(tensor) for tensor in tensors])

    def state(self, op: Op, changed: int) -> str:
        """Name what an assignment changes."""
        if op.type == "MakeIterator":
            return "an iterator of a tf.data.Dataset"
        if op.type.startswith("QueueEnqueue"):
            return "a tf.queue"
        return f"the state of the variable {self.described(self._recording.tensors[changed])}"


def listed(names: Sequence[str]) -> str:
    """List a few names."""
    distinct = list(dict.fromkeys(names))
    return ", ".join(distinct[:MAX_NAMED]) + (" and others" if len(distinct) > MAX_NAMED else "")
