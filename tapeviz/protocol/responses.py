"""What the worker tells the window, in one place. A response that is not listed here does not exist."""

from __future__ import annotations

from dataclasses import dataclass

from tapeviz.model.descent import DescentStatus, IterateBatch, ObjectiveFacts
from tapeviz.model.explanation import SymbolicDerivative
from tapeviz.model.fit import Fit, FitFacts
from tapeviz.model.iterate_story import OpenedIterate
from tapeviz.model.landscape import Basins, Curvature, Landscape
from tapeviz.model.own_trajectory import LiveIterates
from tapeviz.model.recording import OutputFigure, Recording
from tapeviz.model.tensor import TensorValue
from tapeviz.model.verification import Verification


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineReady:
    """TensorFlow is imported and its tape can be seen. `problem` is a sentence where it cannot."""

    tensorflow_version: str
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputPrinted:
    """What the lesson printed since the last such message; sent 30 times a second or less."""

    generation: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureShown:
    """The lesson showed a figure; its position is where the output ends that was sent before it."""

    generation: int
    figure: OutputFigure


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnIterates:
    """What is new of a loop of the lesson that runs; sent 30 times a second or less."""

    generation: int
    iterates: LiveIterates


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonRecorded:
    """The run is over, well or not; here is everything it left."""

    generation: int
    recording: Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorFetched:
    """The whole value of a tensor; None where it is gone."""

    generation: int
    tensor: int
    value: TensorValue | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamesCompleted:
    """Completions, best first."""

    request_id: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolicDerived:
    """One symbolic derivative per source of the call; None where the graph is not scalar and elementwise."""

    generation: int
    call: int
    derivatives: tuple[SymbolicDerivative | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallVerified:
    """How a gradient call compares; None where the recording is gone, or another run came first."""

    generation: int
    call: int
    verification: Verification | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveDescribed:
    """The objective of a call; None with a sentence where there is none to descend on."""

    generation: int
    call: int
    objective: ObjectiveFacts | None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IteratesComputed:
    """More iterates of one racer, counted from 0 in the order they were started, and how it stands."""

    race: int
    racer: int
    batch: IterateBatch
    status: DescentStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class RaceEnded:
    """Nothing more comes of a race: all racers ended, it was stopped, or something newer came.

    Racers that had not ended stay where they were. `problem` is a sentence where the race itself met with one.
    """

    race: int
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IterateExplained:
    """One iteration in its sub-steps; None with a sentence where it cannot be had."""

    race: int
    look: int
    iterate: int
    opened: OpenedIterate | None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LandscapeSketched:
    """A landscape, first a coarse one; `is_last` says that no finer one follows."""

    generation: int
    sketch: int
    landscape: Landscape
    is_last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BasinsColoured:
    """Basins that were asked for."""

    generation: int
    sketch: int
    basins: Basins


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvatureExamined:
    """The curvature at a position; None with a sentence where it cannot be had."""

    generation: int
    call: int
    position: tuple[float, ...]
    curvature: Curvature | None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalPointsFound:
    """The critical points in a part of a plane, minima first."""

    generation: int
    call: int
    points: tuple[Curvature, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FitDescribed:
    """What a call's model is fitted to; None where there is no such data, with a sentence where some were named."""

    generation: int
    call: int
    facts: FitFacts | None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FitEvaluated:
    """What a model predicts; None where that cannot be computed."""

    generation: int
    call: int
    fit: Fit | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IterateOpened:
    """The tape of an iterate, as a recording of its own; None with a sentence where it cannot be had."""

    generation: int
    call: int
    look: int
    iterate: int
    recording: Recording | None
    problem: str = ""


Response = (
    EngineReady
    | OutputPrinted
    | FigureShown
    | OwnIterates
    | LessonRecorded
    | TensorFetched
    | NamesCompleted
    | SymbolicDerived
    | CallVerified
    | ObjectiveDescribed
    | IteratesComputed
    | RaceEnded
    | IterateExplained
    | LandscapeSketched
    | BasinsColoured
    | CurvatureExamined
    | CriticalPointsFound
    | FitDescribed
    | FitEvaluated
    | IterateOpened
)
