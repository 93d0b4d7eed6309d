"""What the window asks of the worker, in one place. A request that is not listed here does not exist."""

from __future__ import annotations

from dataclasses import dataclass, field

from tapeviz.model.descent import DescentSettings
from tapeviz.model.fit import FitLine
from tapeviz.model.landscape import Extent, Plane
from tapeviz.model.tensor import TensorValue


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
class DescribeObjective:
    """Ask for the function that gradient call `call` of the last recording differentiates, to descend on."""

    generation: int
    call: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRace:
    """Descend on the objective of a call with several settings side by side; a race that runs is ended.

    Every racer goes up to iterate `until` (None: to its end) with `pace` iterations per second (None: as fast as it
    goes). What is computed comes in batches, 30 times a second or less.
    """

    generation: int
    call: int
    race: int
    racers: tuple[DescentSettings, ...]
    until: int | None = None
    pace: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SteerRace:
    """Change how a race goes on: how far and how fast, and each racer's learning rate (None: as it is)."""

    race: int
    until: int | None = None
    pace: float | None = None
    rates: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRace:
    """End a race where it is."""

    race: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainIterate:
    """Ask for one iteration of a racer in its sub-steps; a newer such request ends an older one.

    `settings` are those with which the racer began, `iterate` is the one that the iteration leaves. `steered` says
    from which iterate on it was left with which other learning rate.
    """

    generation: int
    call: int
    race: int
    look: int
    settings: DescentSettings
    iterate: int
    steered: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SketchLandscape:
    """Ask for the objective of a call over a plane, coarse first; a newer sketch ends an older one.

    `resolution` is how many points there are along each direction of the last and finest.
    """

    generation: int
    call: int
    sketch: int
    plane: Plane
    extent: Extent
    resolution: int
    with_gradients: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ColourBasins:
    """Ask in which minimum each start of a grid ends, with these settings (their start is not looked at)."""

    generation: int
    call: int
    sketch: int
    plane: Plane
    extent: Extent
    resolution: int
    settings: DescentSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamineCurvature:
    """Ask for the Hessian of the objective of a call at a position."""

    generation: int
    call: int
    position: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FindCriticalPoints:
    """Ask where the gradient of the objective of a call is 0, in a part of a plane."""

    generation: int
    call: int
    plane: Plane
    extent: Extent


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribeFit:
    """Ask for the data in the objective of a call, and what is fitted to them."""

    generation: int
    call: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateFit:
    """Ask what the model in the objective of a call predicts; of several that wait only the newest is answered.

    Parameters
    ----------
    positions : TensorValue, shape (m, dimension), float64
        Where the parameters stand.
    lines : tuple of FitLine
        Whose they are; the answer has them too.
    """

    generation: int
    call: int
    positions: TensorValue
    lines: tuple[FitLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIterate:
    """Ask for the tape of an iterate: the block of a call, run once with its sources at `position`, and recorded.

    `look` is the racer's, `settings` are what it descends by: they say which examples counted. It waits while a lesson
    runs; a newer one takes its place.
    """

    generation: int
    call: int
    look: int
    iterate: int
    position: tuple[float, ...]
    settings: DescentSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Shutdown:
    """Leave."""


Request = (
    RunLesson
    | Interrupt
    | FetchTensor
    | CompleteName
    | DeriveSymbolic
    | VerifyCall
    | DescribeObjective
    | StartRace
    | SteerRace
    | StopRace
    | ExplainIterate
    | SketchLandscape
    | ColourBasins
    | ExamineCurvature
    | FindCriticalPoints
    | DescribeFit
    | EvaluateFit
    | OpenIterate
    | Shutdown
)
