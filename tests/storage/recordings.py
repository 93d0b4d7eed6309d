"""Recordings for the tests: one written out by hand, and any that hypothesis can think of."""

from __future__ import annotations

import math
import string
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tapeviz.model.accumulators import Accumulator, Jvp, JvpAnswer, Primal
from tapeviz.model.folds import Fold, Laps, Moment, Stack
from tapeviz.model.recording import (
    Assignment,
    Contribution,
    Finding,
    GradientCall,
    Inside,
    Invocation,
    JacobianRow,
    LessonError,
    LessonSource,
    Op,
    Recording,
    Series,
    Source,
    SourceRange,
    Tape,
    Tensor,
    Trace,
)
from tapeviz.model.tensor import TensorValue, TouchedRows, value_of_array
from tapeviz.model.why_none import CutPlace, WhyNone


def scalar(number: float) -> TensorValue:
    return value_of_array(np.array(number, dtype="<f4"))


def tensor(number: int, value: TensorValue | None, **facts: Any) -> Tensor:
    shape = value.shape if value is not None else ()
    defaults = {"name": None, "role": "intermediate", "trainable": None, "dtype": "float32", "producer": None}
    return Tensor(id=number, value=value, **{"shape": shape, **defaults, **facts})


def squared() -> Recording:
    """What ``y = x * x`` at x = 3 leaves, with its gradient 6 and a constant that nothing leads to."""
    place = SourceRange(line=5, column=8, end_line=5, end_column=13)
    return Recording(
        source=LessonSource(name="lesson.py", text="y = x * x  # ∂\n"),
        tapes=(
            Tape(
                id=0,
                persistent=False,
                watch_accessed_variables=True,
                parent=None,
                line=4,
                entered_at=0,
                exited_at=2,
                released_at=5,
                watched=(0,),
            ),
        ),
        ops=(
            _op(0, "ReadVariableOp", (0,), (1,), place, (0,), None),
            replace(_op(1, "Mul", (1, 1), (2,), place, (0,), None), invocation=1),
            _op(2, "Mul", (4, 1), (5,), None, (), 0),
            _op(3, "Mul", (4, 1), (6,), None, (), 0),
            _op(4, "AddN", (5, 6), (7,), None, (), 0),
        ),
        tensors=(
            tensor(0, scalar(3), name="x", role="variable", trainable=True),
            tensor(1, scalar(3), producer=0),
            tensor(2, scalar(9), name="y", producer=1),
            tensor(3, scalar(2), name="c", role="constant"),
            tensor(4, scalar(1), role="constant"),
            tensor(5, scalar(3), producer=2),
            tensor(
                6,
                replace(scalar(3), slices=TouchedRows(rows=10, touched=1, pieces=2, indices=(3,), values=scalar(3))),
                producer=3,
            ),
            tensor(7, scalar(6), producer=4),
        ),
        gradient_calls=(
            GradientCall(
                id=0,
                tape=0,
                method="gradient",
                line=6,
                target=(2,),
                seed=(4,),
                unconnected_gradients="none",
                sources=(
                    Source(tensor=0, name="x", path=("x",), value=7),
                    Source(
                        tensor=3,
                        name="c",
                        path=("c", 0),
                        value=None,
                        why_none=WhyNone(
                            cause="not_connected",
                            message="y never uses c.",
                            cut_at=None,
                            fix="Use it.",
                            cuts=(CutPlace(cause="not_connected", op=0, tensor=1, line=5),),
                        ),
                    ),
                ),
                contributions=(
                    Contribution(op=1, output_cotangents=(4,), input_index=0, tensor=1, value=5),
                    Contribution(op=1, output_cotangents=(4,), input_index=1, tensor=1, value=6),
                ),
                started_at=2,
                ended_at=5,
                checked=True,
                largest_error=1e-8,
                rows=(
                    JacobianRow(
                        index=(0, 2),
                        seed=(4,),
                        results=(7, None),
                        contributions=(Contribution(op=1, output_cotangents=(4,), input_index=0, tensor=1, value=5),),
                    ),
                ),
                note="1 of 2 rows is kept and checked.",
            ),
        ),
        accumulators=(
            Accumulator(
                id=0,
                parent=None,
                line=3,
                primals=(Primal(tensor=0, name="x", tangent=4),),
                jvps=(Jvp(op=1, input_tangents=(4, None), output_tangents=(7,)),),
                answers=(
                    JvpAnswer(tensor=2, name="y", value=7, line=7),
                    JvpAnswer(tensor=3, name=None, value=None, line=7),
                ),
                entered_at=0,
                exited_at=2,
                checked=True,
            ),
            Accumulator(
                id=1,
                parent=0,
                line=None,
                primals=(),
                jvps=(),
                answers=(),
                entered_at=0,
                exited_at=None,
                checked=False,
                defect="It does not add up.",
            ),
        ),
        assignments=(Assignment(variable=0, op=None, line=9, value=scalar(2.4)),),
        series=(Series(id=0, tape_ids=(0,)),),
        output="9.0\n",
        errors=(
            LessonError(cell=1, type="NameError", message="There is no z.", line=8, hint=None, column=2, end_column=3),
        ),
        findings=(
            Finding(
                kind="zero",
                cause="lost",
                title="∂y/∂x is 0",
                message="It lost.",
                fix="Let it win.",
                call=0,
                source=0,
                op=1,
                ops=(0,),
                line=5,
                is_backward=True,
                times=3,
            ),
        ),
        invocations=(
            Invocation(id=0, kind="function", title="f", parent=None, place=place),
            Invocation(id=1, kind="layer", title="Dense · hidden", parent=0, place=None),
        ),
        ended_by="error",
        duration=0.25,
        tensorflow_version="2.21.0",
    )


def looped(iterations: int = 6) -> Recording:
    """What ``y = x * x`` leaves in a loop over x = 1, 2, 3, …: the first iteration whole, the others folded, a note."""
    (tape, *_) = squared().tapes
    numbers = np.arange(2, iterations + 1, dtype="<f4")

    def stack(number: int, values: npt.NDArray[Any]) -> Stack:
        return Stack(tensor=number, encoding="<f4", shape=(), data=values.astype("<f4").tobytes())

    end = Moment(op=2, tape=1, call=1, assignment=0)
    return replace(
        squared(),
        tapes=(replace(tape, exited_at=1, released_at=2, watched=(0,)),),
        ops=(
            _op(0, "Mul", (0, 0), (1,), None, (0,), None),
            _op(1, "AddN", (0, 0), (3,), None, (), 0),
        ),
        tensors=(
            tensor(0, scalar(1), name="x", role="watched"),
            tensor(1, scalar(1), name="y", producer=0),
            tensor(2, scalar(1), role="constant"),
            tensor(3, scalar(2), producer=1),
        ),
        gradient_calls=(
            GradientCall(
                id=0,
                tape=0,
                method="gradient",
                line=6,
                target=(1,),
                seed=(2,),
                unconnected_gradients="none",
                sources=(Source(tensor=0, name="x", path=(), value=3),),
                contributions=(
                    Contribution(op=0, output_cotangents=(2,), input_index=0, tensor=0, value=None),
                    Contribution(op=0, output_cotangents=(2,), input_index=1, tensor=0, value=3),
                ),
                started_at=1,
                ended_at=2,
                checked=True,
            ),
        ),
        assignments=(),
        series=(Series(id=0, tape_ids=(0,), folded=iterations - 1),),
        findings=(),
        accumulators=(),
        insides=(),
        traces=(),
        invocations=(),
        notes=("Something was left out.",),
        folds=(
            Fold(
                id=0,
                start=Moment(op=0, tape=0, call=0, assignment=0),
                end=end,
                slots=(0, 1, 2, 3),
                stacks=(stack(0, numbers), stack(1, numbers**2), stack(3, 2 * numbers)),
                largest_error=1e-8,
            ),
        ),
        laps=(Laps(fold=0, first=0, count=1, at=None), Laps(fold=0, first=1, count=iterations - 1, at=end)),
    )


def _op(
    number: int,
    op_type: str,
    inputs: tuple[int, ...],
    outputs: tuple[int, ...],
    place: SourceRange | None,
    recorded_by: tuple[int, ...],
    made_by: int | None,
) -> Op:
    return Op(
        id=number,
        type=op_type,
        inputs=inputs,
        outputs=outputs,
        attributes={
            "T": "float32",
            "keep": True,
            "axes": (0, 1),
            "rate": 1.0,
            "limit": float("inf"),
            "n": 2,
            "x": None,
        },
        place=place,
        scope="layer/",
        recorded_by=recorded_by,
        made_by=made_by,
        thread="Thread-1" if number == 1 else "",
    )


_LAYOUTS = st.sampled_from(["<f4", "<f8", "<f2", "<i4", "<i8", "|u1", "<u8", "|b1", "<c8", "<c16"])
_WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_NAMES = st.none() | st.text(string.ascii_letters, min_size=1, max_size=5)
_LINES = st.none() | st.integers(1, 10**6)


@st.composite
def arrays(draw: st.DrawFn) -> npt.NDArray[Any]:
    """Any array of numbers: scalars, empty ones, NaNs with a payload, infinities, complex numbers."""
    layout = np.dtype(draw(_LAYOUTS))
    shape = draw(hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
    size = layout.itemsize * math.prod(shape)
    bits = draw(st.binary(min_size=size, max_size=size))
    if layout.kind == "b":
        bits = bytes(byte & 1 for byte in bits)
    return np.frombuffer(bits, dtype=layout).reshape(shape)


def values() -> st.SearchStrategy[TensorValue | None]:
    """Any value: of numbers, summarised, of strings, or none."""
    text = st.builds(lambda text: TensorValue(encoding="", shape=(), data=None, text=text), _WORDS)
    large = st.builds(lambda number: value_of_array(np.full((70, 70), number, "<f4")), st.floats(width=32))
    return st.none() | text | large | arrays().map(value_of_array)


@st.composite
def recordings(draw: st.DrawFn, depth: int = 2) -> Recording:
    """Any recording whose ops use tensors that are there already; some open, `depth` times over at most."""
    tensors = [
        tensor(number, draw(values()), name=draw(_NAMES), role=draw(st.sampled_from(["constant", "watched"])))
        for number in range(draw(st.integers(1, 4)))
    ]
    ops = []
    for number in range(draw(st.integers(0, 5))):
        inputs = draw(st.lists(st.integers(0, len(tensors) - 1), max_size=3))
        tensors.append(tensor(len(tensors), draw(values()), name=draw(_NAMES), producer=number))
        place = draw(st.none() | st.builds(SourceRange, **dict.fromkeys(_RANGE, st.integers(1, 500))))
        made = (len(tensors) - 1,)
        ops.append(_op(number, draw(st.text(min_size=1, max_size=9)), tuple(inputs), made, place, (), None))
    error = st.builds(
        LessonError,
        cell=st.integers(0, 99),
        type=_WORDS,
        message=_WORDS,
        line=_LINES,
        hint=st.none() | _WORDS,
        column=st.none() | st.integers(0, 99),
        end_column=st.none() | st.integers(0, 99),
    )
    opened = [draw(_insides(op.id, depth)) for op in ops if depth and draw(st.booleans())]
    trace = st.builds(
        Trace, function=_WORDS, number=st.integers(1, 9), line=_LINES, at=st.integers(0, 9), reason=_WORDS
    )
    return Recording(
        insides=tuple(opened),
        traces=tuple(draw(st.lists(trace, max_size=2))),
        notes=tuple(draw(st.lists(_WORDS, max_size=2))),
        source=LessonSource(name=draw(_WORDS), text=draw(_WORDS)),
        tapes=(),
        ops=tuple(ops),
        tensors=tuple(tensors),
        gradient_calls=(),
        assignments=(),
        series=(),
        output=draw(_WORDS),
        errors=tuple(draw(st.lists(error, max_size=2))),
        ended_by=draw(st.sampled_from(["finished", "error", "interrupted", "timeout", "memory", "died"])),
        duration=draw(st.floats(0, 1e6)),
        tensorflow_version="2.21.0",
    )


def _insides(op: int, depth: int) -> st.SearchStrategy[Inside]:
    kind = st.sampled_from(["function", "branch", "loop", "iteration", "custom_gradient", "recompute_grad"])
    shut = st.builds(Inside, op=st.just(op), kind=kind, title=_WORDS, recording=st.none(), note=st.just("why"))
    within = recordings(depth=depth - 1)
    return shut | st.builds(Inside, op=st.just(op), kind=kind, title=_WORDS, recording=within, note=_WORDS)


_RANGE = ("line", "column", "end_line", "end_column")
