"""All traffic between window and worker, in one place. A message that is not listed here does not exist."""

from __future__ import annotations

from dataclasses import dataclass, field

from tapeviz.model.explanation import SymbolicDerivative
from tapeviz.model.recording import OutputFigure, Recording
from tapeviz.model.tensor import TensorValue
from tapeviz.model.verification import Verification


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLesson:
    """Run `text` under the tape. `overrides` gives variables other values (``--set``, sliders); `seed` seeds first.

    `timeout` is in seconds and `memory_limit` in MiB; None means no limit. With `keep_going` cells after a failed one
    still run. `folder` is where the lesson lies and imports from; None: the folder of `name`, or where the program was
    started if that has none. It runs in `working_folder`, or in `folder` where that is None. A run that still waits
    when a newer one arrives is passed over.
    """

    generation: int
    name: str
    text: str
    keep_going: bool = False
    overrides: dict[str, str] = field(default_factory=dict)
    seed: int | None = None
    timeout: float | None = None
    memory_limit: int | None = None
    folder: str | None = None
    working_folder: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupt:
    """Stop run `generation` where it stands, as Ctrl+C would; what was recorded until then comes back."""

    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchTensor:
    """Ask for the whole of a value of the last recording that travelled summarised."""

    generation: int
    tensor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteName:
    """Ask what the text before the cursor (``tf.keras.lay``) could go on with, in the lesson's live namespace."""

    request_id: int
    prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeriveSymbolic:
    """Ask for the symbolic twin of gradient call `call` of the last recording."""

    generation: int
    call: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyCall:
    """Ask how gradient call `call` of the last recording compares with finite differences and with forward mode.

    A run that is asked for meanwhile comes first: the answer is then that nothing was compared.
    """

    generation: int
    call: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shutdown:
    """Leave."""


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


Request = RunLesson | Interrupt | FetchTensor | CompleteName | DeriveSymbolic | VerifyCall | Shutdown
Response = (
    EngineReady
    | OutputPrinted
    | FigureShown
    | LessonRecorded
    | TensorFetched
    | NamesCompleted
    | SymbolicDerived
    | CallVerified
)
