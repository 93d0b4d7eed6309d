"""A compact way to write a recording down by hand, op by op, with the numbers TensorFlow gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tapeviz.model.recording import (
    Assignment,
    Contribution,
    GradientCall,
    LessonSource,
    Method,
    Op,
    Recording,
    Role,
    Series,
    Source,
    SourceRange,
    Tape,
    Tensor,
)
from tapeviz.model.tensor import TensorValue, value_of_array
from tapeviz.model.why_none import WhyNone

Number = float | Sequence[float] | Sequence[Sequence[float]]
Vjp = tuple[int, Number, Sequence[Number | None]]
"""An output of an op, the cotangent that came into the op there, and what it sent to each of its inputs."""


def packed(number: Number, dtype: str = "float32") -> TensorValue:
    return value_of_array(np.asarray(number, dtype=dtype))


class Builder:
    """Every method returns the id of what it added."""

    def __init__(self) -> None:
        self.tapes: list[Tape] = []
        self.ops: list[Op] = []
        self.tensors: list[Tensor] = []
        self.calls: list[GradientCall] = []
        self.assignments: list[Assignment] = []

    def tensor(
        self,
        number: Number | None,
        *,
        name: str | None = None,
        role: Role = "constant",
        dtype: str = "float32",
        trainable: bool | None = None,
        producer: int | None = None,
    ) -> int:
        value = None if number is None else packed(number, dtype)
        self.tensors.append(
            Tensor(
                id=len(self.tensors),
                name=name,
                role=role,
                trainable=trainable,
                dtype=dtype,
                shape=value.shape if value else (),
                value=value,
                producer=producer,
            )
        )
        return len(self.tensors) - 1

    def variable(self, name: str | None, number: Number, *, trainable: bool = True) -> int:
        return self.tensor(number, name=name, role="variable", trainable=trainable)

    def tape(
        self, line: int | None = 1, *, parent: int | None = None, watched: Sequence[int] = (), persistent: bool = False
    ) -> int:
        self.tapes.append(
            Tape(
                id=len(self.tapes),
                persistent=persistent,
                watch_accessed_variables=True,
                parent=parent,
                line=line,
                entered_at=len(self.ops),
                exited_at=None,
                released_at=None,
                watched=tuple(watched),
            )
        )
        return len(self.tapes) - 1

    def op(
        self,
        type: str,
        inputs: Sequence[int],
        number: Number | None,
        *,
        tapes: Sequence[int] = (),
        line: int = 1,
        name: str | None = None,
        made_by: int | None = None,
        dtype: str = "float32",
    ) -> int:
        """Add an op with one output; returns the output."""
        output = self.tensor(number, name=name, role="intermediate", producer=len(self.ops), dtype=dtype)
        self.ops.append(
            Op(
                id=len(self.ops),
                type=type,
                inputs=tuple(inputs),
                outputs=(output,),
                attributes={},
                place=SourceRange(line=line, column=0, end_line=line, end_column=1),
                scope="",
                recorded_by=tuple(tapes),
                made_by=made_by,
            )
        )
        return output

    def claim(self, tensor: int, op: int) -> None:
        """Make an op the producer of a tensor, as a custom gradient does with what came out of its function."""
        self.tensors[tensor] = replace(self.tensors[tensor], producer=op)
        self.ops[op] = replace(self.ops[op], outputs=(tensor,))

    def producer(self, tensor: int) -> int:
        made = self.tensors[tensor].producer
        assert made is not None
        return made

    def call(
        self,
        tape: int,
        target: int,
        sources: Sequence[tuple[int, Number | None]],
        *,
        line: int = 9,
        vjps: Sequence[Vjp] = (),
        seed: Number = 1.0,
        method: Method = "gradient",
        why_none: WhyNone | None = None,
    ) -> int:
        """Add a call; `vjps` stand in the order of the backward pass."""
        results = tuple(
            Source(
                tensor=tensor,
                name=self.tensors[tensor].name,
                path=(index,),
                value=None if number is None else self.tensor(number),
                why_none=why_none if number is None else None,
            )
            for index, (tensor, number) in enumerate(sources)
        )
        self.calls.append(
            GradientCall(
                id=len(self.calls),
                tape=tape,
                method=method,
                line=line,
                target=(target,),
                seed=(self.tensor(seed),),
                unconnected_gradients="none",
                sources=results,
                contributions=self._contributions(vjps),
                started_at=len(self.ops),
                ended_at=len(self.ops),
                checked=True,
            )
        )
        return len(self.calls) - 1

    def _contributions(self, vjps: Sequence[Vjp]) -> tuple[Contribution, ...]:
        contributions = []
        for output, cotangent, sent in vjps:
            op = self.ops[self.producer(output)]
            came_in = self.tensor(cotangent)
            for place, number in enumerate(sent):
                contributions.append(
                    Contribution(
                        op=op.id,
                        output_cotangents=(came_in,),
                        input_index=place,
                        tensor=op.inputs[place],
                        value=None if number is None else self.tensor(number),
                    )
                )
        return tuple(contributions)

    def also_target(self, tensor: int) -> None:
        """Give the last call one more target, which nothing connects to its sources."""
        call = self.calls[-1]
        self.calls[-1] = replace(call, target=(*call.target, tensor), seed=(*call.seed, None))

    def assign(self, variable: int, number: Number) -> None:
        self.ops.append(
            Op(
                id=len(self.ops),
                type="AssignVariableOp",
                inputs=(variable,),
                outputs=(),
                attributes={},
                place=None,
                scope="",
                recorded_by=(),
                made_by=None,
            )
        )
        self.assignments.append(Assignment(variable=variable, op=len(self.ops) - 1, line=None, value=packed(number)))

    def recording(self, series: tuple[Series, ...] = ()) -> Recording:
        return Recording(
            source=LessonSource(name="lesson.py", text=""),
            tapes=tuple(self.tapes),
            ops=tuple(self.ops),
            tensors=tuple(self.tensors),
            gradient_calls=tuple(self.calls),
            assignments=tuple(self.assignments),
            series=series,
            output="",
            errors=(),
        )


def quadratic_in_two_variables() -> Recording:
    """f = x² + 3xy + y³ at (2, 3), as TensorFlow records and differentiates it."""
    b = Builder()
    x, y = b.variable("x", 2.0), b.variable("y", 3.0)
    tape = b.tape(line=6, watched=(x, y))
    read_x = b.op("ReadVariableOp", [x], 2.0, tapes=[tape], line=7)
    square = b.op("Pow", [read_x, b.tensor(2.0)], 4.0, tapes=[tape], line=7)
    read_x2 = b.op("ReadVariableOp", [x], 2.0, tapes=[tape], line=7)
    triple = b.op("Mul", [b.tensor(3.0), read_x2], 6.0, tapes=[tape], line=7)
    read_y = b.op("ReadVariableOp", [y], 3.0, tapes=[tape], line=7)
    product = b.op("Mul", [triple, read_y], 18.0, tapes=[tape], line=7)
    left = b.op("AddV2", [square, product], 22.0, tapes=[tape], line=7)
    read_y2 = b.op("ReadVariableOp", [y], 3.0, tapes=[tape], line=7)
    cube = b.op("Pow", [read_y2, b.tensor(3.0)], 27.0, tapes=[tape], line=7)
    f = b.op("AddV2", [left, cube], 49.0, tapes=[tape], line=7, name="f")
    b.call(
        tape,
        f,
        [(x, 13.0), (y, 33.0)],
        vjps=[
            (f, 1.0, [1.0, 1.0]),
            (cube, 1.0, [27.0, None]),
            (read_y2, 27.0, [27.0]),
            (left, 1.0, [1.0, 1.0]),
            (product, 1.0, [3.0, 6.0]),
            (read_y, 6.0, [6.0]),
            (triple, 3.0, [None, 9.0]),
            (read_x2, 9.0, [9.0]),
            (square, 1.0, [4.0, None]),
            (read_x, 4.0, [4.0]),
        ],
    )
    return b.recording()
