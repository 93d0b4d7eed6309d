"""Every message survives the wire, and nothing else does."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tapeviz.model.explanation import SymbolicDerivative
from tapeviz.model.recording import (
    Assignment,
    Contribution,
    Finding,
    GradientCall,
    Inside,
    Invocation,
    LessonError,
    LessonSource,
    Op,
    OutputFigure,
    Recording,
    Series,
    Source,
    SourceRange,
    Tape,
    Tensor,
    Trace,
)
from tapeviz.model.tensor import value_of_array
from tapeviz.model.verification import LocalFactor, SourceCheck, Verification
from tapeviz.model.why_none import CutPlace, WhyNone
from tapeviz.protocol.codec import (
    REQUEST_TAGS,
    RESPONSE_TAGS,
    MessageError,
    decode_request,
    decode_response,
    encode_request,
    encode_response,
)
from tapeviz.protocol.requests import (
    CompleteName,
    DeriveSymbolic,
    FetchTensor,
    Interrupt,
    Request,
    RunLesson,
    Shutdown,
    VerifyCall,
)
from tapeviz.protocol.responses import (
    CallVerified,
    EngineReady,
    FigureShown,
    LessonRecorded,
    NamesCompleted,
    OutputPrinted,
    Response,
    SymbolicDerived,
    TensorFetched,
)
from tests.protocol.descent_messages import DESCENT_REQUESTS, DESCENT_RESPONSES
from tests.storage.recordings import looped

SMALL = value_of_array(np.array([[1.5, -np.inf], [np.nan, 3.0]], dtype=np.float32))
LARGE = value_of_array(np.arange(10_000, dtype=np.float64).reshape(100, 100))

RECORDING = Recording(
    source=LessonSource(name="lektion å.py", text="x = 1\nprint('∂')\n"),
    tapes=(
        Tape(
            id=0,
            persistent=True,
            watch_accessed_variables=False,
            parent=None,
            line=1,
            entered_at=0,
            exited_at=2,
            released_at=None,
            watched=(0,),
        ),
    ),
    ops=(
        Op(
            id=0,
            type="MatMul",
            inputs=(0, 0),
            outputs=(1,),
            attributes={"transpose_a": False, "N": 2, "alpha": 2.0, "T": "float", "strides": (1, 2), "none": None},
            place=SourceRange(line=1, column=0, end_line=2, end_column=7),
            scope="outer/inner",
            recorded_by=(0,),
            made_by=None,
            invocation=1,
        ),
    ),
    tensors=(
        Tensor(
            id=0, name="x", role="variable", trainable=True, dtype="float32", shape=(2, 2), value=SMALL, producer=None
        ),
        Tensor(
            id=1, name=None, role="intermediate", trainable=None, dtype="float64", shape=(), value=LARGE, producer=0
        ),
        Tensor(id=2, name="s", role="constant", trainable=None, dtype="string", shape=(), value=None, producer=None),
    ),
    gradient_calls=(
        GradientCall(
            id=0,
            tape=0,
            method="batch_jacobian",
            line=3,
            target=(1,),
            seed=(None,),
            unconnected_gradients="zero",
            sources=(
                Source(
                    tensor=0,
                    name="x",
                    path=("w", 0),
                    value=None,
                    why_none=WhyNone(
                        cause="stop_gradient",
                        message="cut",
                        cut_at=0,
                        fix="do not",
                        cuts=(CutPlace(cause="stop_gradient", op=0, tensor=None, line=3),),
                    ),
                ),
            ),
            contributions=(Contribution(op=0, output_cotangents=(1, None), input_index=1, tensor=0, value=None),),
            started_at=1,
            ended_at=1,
            checked=False,
            largest_error=0.5,
            defect="they differ",
        ),
    ),
    assignments=(Assignment(variable=0, op=None, line=4, value=SMALL),),
    series=(Series(id=0, tape_ids=(0,)),),
    output="∂\n",
    errors=(LessonError(cell=1, type="NameError", message="no y", line=2, hint=None, column=3, end_column=4),),
    findings=(
        Finding(
            kind="zero",
            cause="lost",
            title="∂y/∂x is 0",
            message="It lost.",
            fix="Let it win.",
            call=0,
            source=0,
            op=0,
            ops=(0,),
            line=5,
            is_backward=True,
            times=3,
        ),
    ),
    invocations=(
        Invocation(
            id=0, kind="function", title="f", parent=None, place=SourceRange(line=1, column=0, end_line=1, end_column=4)
        ),
        Invocation(id=1, kind="layer", title="Dense · hidden", parent=0, place=None),
    ),
    ended_by="timeout",
    duration=0.25,
    tensorflow_version="2.21.0",
    traces=(Trace(function="f", number=2, line=3, at=1, reason="the shape was new"),),
    notes=("fit ran eagerly",),
)
OPENED = replace(
    RECORDING,
    insides=(
        Inside(op=0, kind="function", title="f", recording=RECORDING, calls=(0,), note="the first 3"),
        Inside(op=0, kind="loop", title="while", recording=None, note="it draws random numbers"),
    ),
    figures=(OutputFigure(position=1, png=b"\x89PNG\0", width=8, height=6, title="∂"),),
)
REQUESTS: tuple[Request, ...] = (
    RunLesson(
        generation=7,
        name="a.py",
        text="x = 1",
        keep_going=True,
        overrides={"x": "[[1, 2]]"},
        seed=3,
        timeout=1.5,
        memory_limit=512,
        folder="/somewhere",
    ),
    Interrupt(generation=7),
    FetchTensor(generation=7, tensor=2),
    CompleteName(request_id=1, prefix="tf.keras.lay"),
    DeriveSymbolic(generation=7, call=0),
    VerifyCall(generation=7, call=0),
    Shutdown(),
    *DESCENT_REQUESTS,
)
RESPONSES: tuple[Response, ...] = (
    EngineReady(tensorflow_version="2.21.0", problem="no hooks"),
    OutputPrinted(generation=7, text="å\n"),
    LessonRecorded(generation=7, recording=OPENED),
    FigureShown(generation=7, figure=OPENED.figures[0]),
    LessonRecorded(generation=7, recording=RECORDING),
    TensorFetched(generation=7, tensor=1, value=LARGE),
    NamesCompleted(request_id=1, names=("layers",)),
    SymbolicDerived(
        generation=7,
        call=0,
        derivatives=(
            None,
            SymbolicDerivative(left="∂f/∂y", expression="3x", substituted="6", value=float("inf"), latex="3x"),
        ),
    ),
    CallVerified(
        generation=7,
        call=0,
        verification=Verification(
            call=0,
            verdict="kink",
            checks=(
                SourceCheck(
                    source=0,
                    verdict="kink",
                    element=(1, 2),
                    tested=64,
                    size=100,
                    tape=0.5,
                    central=float("inf"),
                    forward=None,
                    central_error=0.0,
                    left=-1.0,
                    right=1.0,
                ),
            ),
            sentences=("relu on line 5 stands at its kink.",),
            dtype="float64",
            factors=(LocalFactor(op=0, input_index=1, value=SMALL),),
        ),
    ),
    *DESCENT_RESPONSES,
)


def test_every_message_has_a_tag_of_its_own_and_a_round_trip_here() -> None:
    assert set(REQUEST_TAGS) == set(get_args(Request)) == {type(request) for request in REQUESTS}
    assert set(RESPONSE_TAGS) == set(get_args(Response)) == {type(response) for response in RESPONSES}
    assert len(set(REQUEST_TAGS.values())) == len(REQUEST_TAGS)
    assert len(set(RESPONSE_TAGS.values())) == len(RESPONSE_TAGS)


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda message: type(message).__name__)
def test_a_request_comes_back_as_it_was(request_: Request) -> None:
    assert decode_request(encode_request(request_)) == request_


@pytest.mark.parametrize("response", RESPONSES, ids=lambda message: type(message).__name__)
def test_a_response_comes_back_as_it_was(response: Response) -> None:
    decoded = decode_response(encode_response(response))
    assert decoded == response
    assert type(decoded) is type(response)


def test_the_numbers_of_a_tensor_come_back_bit_by_bit() -> None:
    decoded = decode_response(encode_response(TensorFetched(generation=1, tensor=0, value=SMALL)))
    assert isinstance(decoded, TensorFetched)
    assert decoded.value is not None
    np.testing.assert_array_equal(decoded.value.array, np.array([[1.5, -np.inf], [np.nan, 3.0]], dtype=np.float32))


def test_a_request_is_no_response() -> None:
    with pytest.raises(MessageError, match="no response called 'shutdown'"):
        decode_response(encode_request(Shutdown()))


def test_a_field_of_the_wrong_type_is_refused_by_name() -> None:
    wrong = encode_response(EngineReady(tensorflow_version=3))  # type: ignore[arg-type]
    with pytest.raises(MessageError, match=r"Expected `str`, got `int` - at `\$.tensorflow_version`"):
        decode_response(wrong)


def test_a_role_that_does_not_exist_is_refused() -> None:
    tensor = replace(RECORDING.tensors[0], role="weird")  # type: ignore[arg-type]
    wrong = encode_response(LessonRecorded(generation=1, recording=replace(RECORDING, tensors=(tensor,))))
    with pytest.raises(MessageError, match=r"Invalid enum value 'weird' - at `\$.recording.tensors\[0\].role`"):
        decode_response(wrong)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_garbage_is_refused_and_nothing_else_happens(garbage: bytes) -> None:
    with pytest.raises(MessageError):
        decode_response(garbage)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_message_is_refused_or_is_another_message(data: st.DataObject) -> None:
    payload = bytearray(encode_response(data.draw(st.sampled_from(RESPONSES))))
    for _ in range(data.draw(st.integers(1, 4))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    try:
        decoded = decode_response(bytes(payload))
    except MessageError:
        return
    assert type(decoded) in RESPONSE_TAGS


def test_text_that_no_encoding_can_carry_is_spelled_out() -> None:
    response = OutputPrinted(generation=1, text="lone \ud800 surrogate")
    assert decode_response(encode_response(response)) == OutputPrinted(generation=1, text="lone \\ud800 surrogate")


def test_folded_loops_travel_as_bytes() -> None:
    message = LessonRecorded(generation=3, recording=looped(100_000))
    packed = encode_response(message)
    assert decode_response(packed) == message
    assert len(packed) < 3 * 4 * 100_000 + 5_000
