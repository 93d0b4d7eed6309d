"""Everything the window shows, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tapeviz.model.descent_state import DescentState
from tapeviz.model.explanation import SymbolicDerivative
from tapeviz.model.form import FormulaProblem, QuickForm, VariableRow
from tapeviz.model.graph import Grouping, OpGraph, Subject
from tapeviz.model.recording import LessonError, OutputFigure, Recording
from tapeviz.model.tensor import TensorValue
from tapeviz.model.timeline import Timeline
from tapeviz.model.verification import Verification

EnginePhase = Literal["starting", "ready", "running", "stopping", "restarting", "failed"]
ThemeName = Literal["light", "dark", "projector"]
Direction = Literal["right", "down"]
Tab = Literal["graph", "descent", "steps", "output", "tapes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonState:
    """The lesson as it stands in the editor.

    `text` is the document. `form` is the quick form it still has the shape of, or None; `form_note` says why not.
    `problems` are the formulas of the form that cannot be read, `value_problems` the sentences about values that
    cannot, by variable. `positions` are nodes the user put somewhere (node id to scene coordinates), `folds` groups
    that the user folded (True) or unfolded. `remembered` are
    rows whose parameter went: should it come again, so does what was typed for it.
    """

    path: str | None = None
    name: str = "untitled.py"
    text: str = ""
    saved_text: str = ""
    form: QuickForm | None = None
    form_note: str = ""
    problems: tuple[FormulaProblem, ...] = ()
    value_problems: dict[str, str] = field(default_factory=dict)
    positions: dict[str, tuple[float, float]] = field(default_factory=dict)
    folds: dict[str, bool] = field(default_factory=dict)
    remembered: dict[str, VariableRow] = field(default_factory=dict)

    @property
    def is_modified(self) -> bool:
        """Whether there is something to save."""
        return self.text != self.saved_text


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineState:
    """The worker as the status bar tells it. `message` is one sentence, empty where there is nothing to say."""

    phase: EnginePhase = "starting"
    message: str = ""
    tensorflow_version: str = ""
    output: str = ""
    figures: tuple[OutputFigure, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is pointed at: `node` is selected, or `op` where no node stands for it; `hovered_node` lights up.

    `path` is the path to the selected source that is shown, counted from 0, `hovered_path` one that lights up.
    `line` is a line of the script that is pointed out, `finding` the finding that was gone to last, from 0.
    """

    node: str | None = None
    hovered_node: str | None = None
    op: int | None = None
    path: int | None = None
    hovered_path: int | None = None
    line: int | None = None
    finding: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What the picture is held against: another call of the same run, or one of another recording.

    `recording` is None for the same run, whose call it is also after the next run. `title` is what it is called.
    `iteration` is the one of its loop, from 0; None: the subject's own.
    """

    subject: Subject
    recording: Recording | None
    title: str
    iteration: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An op that was opened, and where one stood before: there one is again when it is closed.

    `op` is its id in the recording around it, `node` its node there, `title` what it is called; `subject` and
    `playhead` are what was looked at and how far it was played. An iterate of a descent is opened without an op and a
    node: it has a `recording` of its own, with a `note` on how that came about. `tab` is the one that was in front.
    """

    op: int | None
    node: str
    title: str
    subject: Subject
    playhead: int
    recording: Recording | None = None
    note: str = ""
    tab: Tab = "graph"


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewState:
    """How it is shown, apart from what is shown."""

    theme: ThemeName = "light"
    tab: Tab = "graph"
    is_folded: bool = True
    grouping: Grouping = "parts"
    direction: Direction = "right"
    is_playing: bool = False
    speed: float = 1.0
    is_width_by_cotangent: bool = False
    text_scale: float = 1.0
    is_presenting: bool = False
    is_blank: bool = False
    is_animated: bool = True
    is_lesson_hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AppState:
    """The state of the program.

    `recording` is all of the last run. `looked_into` is the same, or what a part of it opens into; `opened` is the way
    to it, from the outermost op on. `shown` is what is drawn and stepped through: `looked_into`, or that with the
    numbers of a folded iteration; `iteration` counts from 0 and is None outside of loops. `graph`, `timeline`,
    `subject` and `playhead` are those of `shown`; `whole` is the graph with all its groups unfolded.
    `recorded_text` is the text that `recording` came from: where it differs from the lesson's, the picture is stale.
    `requested_text` is the text of the run that is under way, or None; `is_rerun_wanted` says that values changed.
    `generation` numbers the runs; an answer to an older one is dropped. `fetched` holds large values that were asked
    for whole (None: it is gone), `symbolic` the symbolic twins by gradient call, `verifications` how each call that
    was looked at compares with finite differences and forward mode; `compared` is what stands beside the picture.
    `descent` is the race on the objective of a call.
    """

    lesson: LessonState = field(default_factory=LessonState)
    recording: Recording | None = None
    looked_into: Recording | None = None
    shown: Recording | None = None
    iteration: int | None = None
    opened: tuple[Opened, ...] = ()
    recorded_text: str | None = None
    requested_text: str | None = None
    is_rerun_wanted: bool = False
    fetched: dict[int, TensorValue | None] = field(default_factory=dict)
    failure: LessonError | None = None
    subject: Subject | None = None
    whole: OpGraph | None = None
    graph: OpGraph | None = None
    timeline: Timeline | None = None
    playhead: int = 0
    symbolic: dict[int, tuple[SymbolicDerivative | None, ...]] = field(default_factory=dict)
    verifications: dict[int, Verification] = field(default_factory=dict)
    compared: Compared | None = None
    descent: DescentState = field(default_factory=DescentState)
    selection: Selection = field(default_factory=Selection)
    view: ViewState = field(default_factory=ViewState)
    engine: EngineState = field(default_factory=EngineState)
    generation: int = 0

    @property
    def positions(self) -> dict[str, tuple[float, float]]:
        """Where nodes of what is shown were put."""
        prefix = self.position_prefix
        kept = self.lesson.positions.items()
        return {node.removeprefix(prefix): place for node, place in kept if node.startswith(prefix)}

    @property
    def folds(self) -> dict[str, bool]:
        """Which groups of what is shown were folded (True) or unfolded by hand."""
        prefix = self.position_prefix
        kept = self.lesson.folds.items()
        return {group.removeprefix(prefix): is_folded for group, is_folded in kept if group.startswith(prefix)}

    @property
    def position_prefix(self) -> str:
        """What goes before a node's id, among the lesson's positions and folds, where it lies within opened ops."""
        return "".join(f"{place.node}/" for place in self.opened if place.op is not None)

    @property
    def own_call(self) -> int | None:
        """The shown call, where what the engine is asked about it is true of it: its numbers are those that ran last.

        None for a call within an opened op, in a folded iteration, or where no call is shown.
        """
        return self.subject.call if self.subject is not None and self.shown is self.recording else None

    @property
    def verification(self) -> Verification | None:
        """How the shown call compares with finite differences and forward mode; None where that is not known."""
        return None if self.own_call is None else self.verifications.get(self.own_call)

    @property
    def is_stale(self) -> bool:
        """Whether the code is newer than the graph, and no run is on its way that will mend it."""
        is_mended_soon = self.is_rerun_wanted or self.requested_text == self.lesson.text
        return self.recorded_text is not None and self.recorded_text != self.lesson.text and not is_mended_soon
