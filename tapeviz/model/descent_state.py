"""What the Descent tab shows, as one frozen value: the race, its clock, the landscape, and how they are looked at."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from tapeviz.model.descent import DescentSettings, ObjectiveFacts, Trajectory
from tapeviz.model.fit import Fit, FitFacts
from tapeviz.model.iterate_story import OpenedIterate
from tapeviz.model.landscape import Basins, Curvature, Extent, Landscape, Plane
from tapeviz.model.own_trajectory import OwnTrajectory
from tapeviz.model.trajectory import Iterate, iterate_at

PlaneKind = Literal["coordinates", "principal", "random", "line"]
CurveKind = Literal["loss", "parameters", "gradients", "rates", "terms", "weights"]

MAX_RACERS = 8
"""So many racers are told apart by colour, marker and line style."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Racer:
    """One who descends. `look` numbers colour, marker and line style, from 0; no two racers have the same."""

    look: int
    settings: DescentSettings = field(default_factory=DescentSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedEntry:
    """What stands in a field and could not be taken, with the sentence that says what mends it."""

    text: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaneChoice:
    """Which plane through the space of positions is looked at.

    Parameters
    ----------
    kind : PlaneKind
        Two coordinates, the first two principal directions of the selected trajectory, two random directions
        (filter-normalised), or the line from the start of the selected trajectory to its end.
    first, second : int
        Which coordinates.
    seed : int
        Of the random directions.
    """

    kind: PlaneKind = "coordinates"
    first: int = 0
    second: int = 1
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DescentView:
    """How landscape and curves are drawn.

    `levels` is how many level sets are drawn; `is_log_level` spaces them by the logarithm of the loss. The axes of
    the curves below are logarithmic where `is_log_iterates` and `is_log_values` say so. `is_surface` stands the
    landscape up in space, turned by `turn` and looked down on by `tilt`, in degrees.
    """

    is_filled: bool = True
    has_lines: bool = True
    is_log_level: bool = False
    levels: int = 16
    has_field: bool = False
    has_basins: bool = False
    has_curvature: bool = False
    has_critical_points: bool = False
    has_parabola: bool = False
    is_surface: bool = False
    turn: float = -35.0
    tilt: float = 32.0
    curve: CurveKind = "loss"
    is_log_iterates: bool = False
    is_log_values: bool = False
    has_sub_steps: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """The iteration that is open in its sub-steps.

    Parameters
    ----------
    race, look, iterate : int
        Whose iteration it is, and the iterate that it leaves.
    opened : OpenedIterate or None
        None where it cannot be had: `problem` then says why.
    sub_step : int
        The place of the sub-step that is looked at.
    """

    race: int
    look: int
    iterate: int
    opened: OpenedIterate | None = None
    problem: str = ""
    sub_step: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DescentState:
    """A race on the objective of a gradient call.

    Parameters
    ----------
    generation, call : int or None
        The run and the gradient call that `objective` was asked of, or is being asked of; None: of none yet.
    objective : ObjectiveFacts or None
        None while it is not known, or where there is none to descend on: `problem` then says why.
    racers : tuple of Racer
        Who is set up for the next race. `selected` is the `look` of the one that is looked at.
    iterations : int
        How far each racer goes at most.
    entries : dict
        What was typed and could not be taken, by the racer's look (-1: of no racer) and the field's name.
    race : int
        Numbers the races; an answer about an older one is dropped.
    raced : tuple of Racer
        Who runs in the race that is shown, as they were when it began, and `trajectories`, one for each.
    clock : int
        The iterate at which every racer is shown, from 0; a racer that ended before stands at its end. `is_following`:
        it goes with the newest iterate.
    is_running : bool
        Whether the race goes on, or is played from where the clock was turned back to.
    until : int or None
        The iterate at which the race pauses; None: none.
    pace : float or None
        Iterations per second; None: as fast as it goes.
    plane, extent : Plane and Extent or None
        What is looked at of the landscape, chosen by `choice`.
    sketch : int
        Numbers what is asked about the landscape; an answer to an older one is dropped.
    landscape, basins : of the newest sketch that came
    curvature : Curvature or None
        Where it was examined last, with a sentence in `curvature_problem` where it could not be.
    critical_points : tuple of Curvature or None
        None while they are not known.
    own : tuple of OwnTrajectory
        The descents of the lesson's own loop, or the one that runs at this moment; `own_number` numbers them: while it
        is the same they only grow.
    explained : Explained or None
        The iteration that was opened last; None: none yet.
    zoomed_from : tuple of Plane and Extent, or None
        What was looked at before an open iteration was zoomed in on.
    minima : tuple of positions
        Where the lesson says that minima are known to be.
    fit_facts : FitFacts or None
        The data in the objective; None where there are none, with a sentence in `fit_problem` where some were named.
    fit : Fit or None
        What the model said of them at the positions that were asked about last.
    asked : dict
        What the engine was asked last, by what it is about: nothing is asked for twice.
    """

    generation: int | None = None
    call: int | None = None
    objective: ObjectiveFacts | None = None
    problem: str = ""
    racers: tuple[Racer, ...] = (Racer(look=0),)
    selected: int = 0
    iterations: int = 1000
    entries: dict[tuple[int, str], TypedEntry] = field(default_factory=dict)
    race: int = 0
    raced: tuple[Racer, ...] = ()
    trajectories: tuple[Trajectory, ...] = ()
    clock: int = 0
    is_following: bool = True
    is_running: bool = False
    until: int | None = None
    pace: float | None = None
    choice: PlaneChoice = field(default_factory=PlaneChoice)
    plane: Plane | None = None
    extent: Extent | None = None
    sketch: int = 0
    landscape: Landscape | None = None
    is_landscape_final: bool = False
    basins: Basins | None = None
    curvature: Curvature | None = None
    curvature_problem: str = ""
    critical_points: tuple[Curvature, ...] | None = None
    critical_problem: str = ""
    minima: tuple[tuple[float, ...], ...] = ()
    asked: dict[str, object] = field(default_factory=dict)
    view: DescentView = field(default_factory=DescentView)
    own: tuple[OwnTrajectory, ...] = ()
    own_number: int = 0
    explained: Explained | None = None
    zoomed_from: tuple[Plane, Extent] | None = None
    fit_facts: FitFacts | None = None
    fit_problem: str = ""
    fit: Fit | None = None

    @property
    def is_live(self) -> bool:
        """Whether the lesson's own loop runs at this moment."""
        return any(own.trajectory.status.kind == "running" for own in self.own)

    @property
    def newest(self) -> int:
        """The number of the last iterate that any racer has reached."""
        return max((trajectory.count for trajectory in self.trajectories), default=0) - 1

    @property
    def shown(self) -> int:
        """The iterate at which the racers are shown: the clock, or the newest if that is followed or not there yet."""
        newest = max(0, self.newest)
        return newest if self.is_following else min(self.clock, newest)

    @property
    def is_over(self) -> bool:
        """Whether no racer of the race goes on."""
        return bool(self.trajectories) and all(path.status.kind != "running" for path in self.trajectories)

    @property
    def is_computing(self) -> bool:
        """Whether more iterates are still to come of the engine by itself: it does not wait, and is not at the end."""
        awaits = self.until is None or self.newest < self.until
        return bool(self.trajectories) and not self.is_over and awaits

    @property
    def is_shown_anew(self) -> bool:
        """Whether a race that was over is being computed again, to its end, for settings that were changed."""
        return bool(self.trajectories) and self.until is None and not (self.is_following or self.is_over)

    @property
    def racer(self) -> Racer:
        """The racer that is looked at."""
        return next((racer for racer in self.racers if racer.look == self.selected), self.racers[0])

    def trajectory_of(self, look: int) -> Trajectory | None:
        """Give what the racer of that look went through; None where it did not race."""
        pairs = zip(self.raced, self.trajectories, strict=True)
        return next((trajectory for racer, trajectory in pairs if racer.look == look), None)

    def iterate_of(self, look: int) -> Iterate | None:
        """Give where the racer of that look stands at the clock; None where it has not begun."""
        trajectory = self.trajectory_of(look)
        return None if trajectory is None else iterate_at(trajectory, self.shown)

    def zoomed_out(self) -> DescentState:
        """Look again at what was looked at before an iteration was zoomed in on."""
        if self.zoomed_from is None:
            return self
        plane, extent = self.zoomed_from
        return replace(self, zoomed_from=None, extent=extent if plane == self.plane else self.extent)

    def with_racer(self, racer: Racer) -> DescentState:
        """Set up the racer of the same look otherwise."""
        racers = tuple(racer if other.look == racer.look else other for other in self.racers)
        return replace(self, racers=racers)
