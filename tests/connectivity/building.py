"""Recordings written by hand, so that each cause can be asked about without running TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tapeviz.model.connectivity import explain_none
from tapeviz.model.facts import RunFacts
from tapeviz.model.recording import GradientCall, LessonSource, Op, Recording, Role, Source, SourceRange, Tape, Tensor
from tapeviz.model.tensor import value_of_array
from tapeviz.model.why_none import WhyNone


class RecordingBuilder:
    """Writes down tensors, ops and one tape in the order in which they would have happened."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tensors: list[Tensor] = []
        self.ops: list[Op] = []
        self.tape: Tape | None = None
        self.call: GradientCall | None = None

    def tensor(
        self,
        name: str | None = None,
        *,
        role: Role = "constant",
        trainable: bool | None = None,
        dtype: str = "float32",
        producer: int | None = None,
    ) -> int:
        value = value_of_array(np.zeros((), np.float32))
        self.tensors.append(
            Tensor(
                id=len(self.tensors),
                name=name,
                role=role,
                trainable=trainable,
                dtype=dtype,
                shape=(),
                value=value,
                producer=producer,
            )
        )
        return len(self.tensors) - 1

    def variable(self, name: str, *, trainable: bool = True, dtype: str = "float32") -> int:
        return self.tensor(name, role="variable", trainable=trainable, dtype=dtype)

    def op(
        self,
        type_: str,
        inputs: Sequence[int],
        line: int,
        *,
        name: str | None = None,
        recorded: bool = True,
        dtype: str = "float32",
    ) -> int:
        """Run an op; a text that stands alone on its line is its place."""
        op_id = len(self.ops)
        output = self.tensor(name, role="intermediate", dtype=dtype, producer=op_id)
        self.ops.append(
            Op(
                id=op_id,
                type=type_,
                inputs=tuple(inputs),
                outputs=() if type_.startswith("Assign") else (output,),
                attributes={},
                place=self._place(line),
                scope="",
                recorded_by=(0,) if recorded else (),
                made_by=None,
            )
        )
        return output

    def read(self, variable: int, line: int, *, recorded: bool = True) -> int:
        return self.op("ReadVariableOp", [variable], line, recorded=recorded)

    def enter(self, line: int, *, watched: Sequence[int] = (), watch_accessed_variables: bool = True) -> None:
        self.tape = Tape(
            id=0,
            persistent=False,
            watch_accessed_variables=watch_accessed_variables,
            parent=None,
            line=line,
            entered_at=len(self.ops),
            exited_at=None,
            released_at=None,
            watched=tuple(watched),
        )

    def leave(self) -> None:
        assert self.tape is not None
        self.tape = replace(self.tape, exited_at=len(self.ops))

    def why(self, target: int, source: int, line: int, facts: RunFacts | None = None) -> WhyNone:
        """Ask for the gradient and say why it is None."""
        asked = Source(tensor=source, name=self.tensors[source].name, path=(), value=None)
        call = GradientCall(
            id=0,
            tape=0,
            method="gradient",
            line=line,
            target=(target,),
            seed=(None,),
            unconnected_gradients="none",
            sources=(asked,),
            contributions=(),
            started_at=len(self.ops),
            ended_at=len(self.ops),
            checked=True,
        )
        assert self.tape is not None
        recording = Recording(
            source=LessonSource(name="lesson.py", text=self.text),
            tapes=(self.tape,),
            ops=tuple(self.ops),
            tensors=tuple(self.tensors),
            gradient_calls=(call,),
            assignments=(),
            series=(),
            output="",
            errors=(),
        )
        return explain_none(recording, facts or RunFacts(), 0, 0)

    def _place(self, line: int) -> SourceRange:
        text = self.text.splitlines()[line - 1]
        start = text.index("=") + 2 if "=" in text else 0
        return SourceRange(line=line, column=start, end_line=line, end_column=len(text))
