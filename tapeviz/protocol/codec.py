"""Messages as bytes and back: MessagePack, checked against `requests` and `responses` on the way in.

A message travels as the pair ``(tag, fields)``. Nothing is ever unpickled: bytes that do not follow the schema become
a `MessageError`, never an object.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from tapeviz.protocol.requests import (
    ColourBasins,
    CompleteName,
    DeriveSymbolic,
    DescribeFit,
    DescribeObjective,
    EvaluateFit,
    ExamineCurvature,
    ExplainIterate,
    FetchTensor,
    FindCriticalPoints,
    Interrupt,
    OpenIterate,
    Request,
    RunLesson,
    Shutdown,
    SketchLandscape,
    StartRace,
    SteerRace,
    StopRace,
    VerifyCall,
)
from tapeviz.protocol.responses import (
    BasinsColoured,
    CallVerified,
    CriticalPointsFound,
    CurvatureExamined,
    EngineReady,
    FigureShown,
    FitDescribed,
    FitEvaluated,
    IterateExplained,
    IterateOpened,
    IteratesComputed,
    LandscapeSketched,
    LessonRecorded,
    NamesCompleted,
    ObjectiveDescribed,
    OutputPrinted,
    OwnIterates,
    RaceEnded,
    Response,
    SymbolicDerived,
    TensorFetched,
)

M = TypeVar("M")

REQUEST_TAGS: Mapping[type[Request], str] = {
    RunLesson: "run_lesson",
    Interrupt: "interrupt",
    FetchTensor: "fetch_tensor",
    CompleteName: "complete_name",
    DeriveSymbolic: "derive_symbolic",
    VerifyCall: "verify_call",
    DescribeObjective: "describe_objective",
    StartRace: "start_race",
    SteerRace: "steer_race",
    StopRace: "stop_race",
    ExplainIterate: "explain_iterate",
    SketchLandscape: "sketch_landscape",
    ColourBasins: "colour_basins",
    ExamineCurvature: "examine_curvature",
    FindCriticalPoints: "find_critical_points",
    DescribeFit: "describe_fit",
    EvaluateFit: "evaluate_fit",
    OpenIterate: "open_iterate",
    Shutdown: "shutdown",
}
RESPONSE_TAGS: Mapping[type[Response], str] = {
    EngineReady: "engine_ready",
    OutputPrinted: "output_printed",
    OwnIterates: "own_iterates",
    FigureShown: "figure_shown",
    LessonRecorded: "lesson_recorded",
    TensorFetched: "tensor_fetched",
    NamesCompleted: "names_completed",
    SymbolicDerived: "symbolic_derived",
    CallVerified: "call_verified",
    ObjectiveDescribed: "objective_described",
    IteratesComputed: "iterates_computed",
    RaceEnded: "race_ended",
    IterateExplained: "iterate_explained",
    LandscapeSketched: "landscape_sketched",
    BasinsColoured: "basins_coloured",
    CurvatureExamined: "curvature_examined",
    CriticalPointsFound: "critical_points_found",
    FitDescribed: "fit_described",
    FitEvaluated: "fit_evaluated",
    IterateOpened: "iterate_opened",
}

_encoder = msgspec.msgpack.Encoder()
_envelope = msgspec.msgpack.Decoder(tuple[str, msgspec.Raw])
_requests = {tag: msgspec.msgpack.Decoder(kind) for kind, tag in REQUEST_TAGS.items()}
_responses = {tag: msgspec.msgpack.Decoder(kind) for kind, tag in RESPONSE_TAGS.items()}


class MessageError(ValueError):
    """Bytes that are no message of this version of tapeviz."""


def encode_request(request: Request) -> bytes:
    """Pack what the window asks of the worker."""
    return _encoder.encode((REQUEST_TAGS[type(request)], request))


def encode_response(response: Response) -> bytes:
    """Pack what the worker answers."""
    tag = RESPONSE_TAGS[type(response)]
    try:
        return _encoder.encode((tag, response))
    except UnicodeEncodeError:
        # A lesson may raise or name things with lone surrogates, which no encoding can carry.
        return _encoder.encode((tag, _writable(msgspec.to_builtins(response, builtin_types=(bytes,)))))


def decode_request(payload: bytes) -> Request:
    """Unpack what the window asks of the worker.

    Raises
    ------
    MessageError
        Where the bytes are no request.
    """
    return _decode(payload, _requests, "request")


def decode_response(payload: bytes) -> Response:
    """Unpack what the worker answers.

    Raises
    ------
    MessageError
        Where the bytes are no response.
    """
    return _decode(payload, _responses, "response")


def _decode(payload: bytes, decoders: Mapping[str, msgspec.msgpack.Decoder[M]], kind: str) -> M:
    try:
        tag, fields = _envelope.decode(payload)
        decoder = decoders.get(tag)
        if decoder is None:
            raise MessageError(f"there is no {kind} called {tag!r}")
        return decoder.decode(fields)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MessageError(f"these {len(payload)} bytes are no {kind}: {error}") from error


def _writable(part: Any) -> Any:
    """Spell out what cannot be written, wherever a text holds it."""
    match part:
        case str():
            return part.encode("utf-8", "backslashreplace").decode("utf-8")
        case dict():
            return {_writable(key): _writable(value) for key, value in part.items()}
        case list() | tuple():
            return [_writable(member) for member in part]
        case _:
            return part
