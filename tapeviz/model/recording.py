"""The immutable record of one run: what the tapes saw, and what every gradient call did.

Ids are positions: ``recording.ops[i].id == i`` and the same for tensors, tapes and calls. Ops are listed in the
order in which they ran, so an op's id is also its place in time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tapeviz.model.accumulators import Accumulator
from tapeviz.model.folds import Fold, Laps, Origin
from tapeviz.model.tensor import TensorValue
from tapeviz.model.why_none import WhyNone

Role = Literal["variable", "watched", "constant", "intermediate"]
Method = Literal["gradient", "jacobian", "batch_jacobian"]
Unconnected = Literal["none", "zero"]
EndedBy = Literal["finished", "error", "interrupted", "timeout", "memory", "died"]
FindingKind = Literal["none", "zero", "not_finite", "warning"]
InsideKind = Literal["function", "branch", "loop", "iteration", "custom_gradient", "recompute_grad"]
InvocationKind = Literal["function", "layer"]
AttributeValue = bool | int | float | str | tuple[int, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRange:
    """A place in the lesson's text: lines from 1, columns from 0 in characters, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tensor:
    """One tensor of the run.

    A ``tf.Variable`` is one tensor with role ``variable`` (its resource handle), whose `value` is the one it held when
    it was first seen; what it held later stands in `Recording.assignments` and in the outputs of its reads.
    `name` is what the lesson calls it, or None. `producer` is the op that made it, or None.
    """

    id: int
    name: str | None
    role: Role
    trainable: bool | None
    dtype: str
    shape: tuple[int, ...]
    value: TensorValue | None
    producer: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Op:
    """One op that executed.

    `recorded_by` lists the tapes that hold it (none: it ran but was not recorded). `made_by` is the gradient call
    that executed it, where it is a backward op. `place` is where in the lesson it stands; None outside the lesson.
    `thread` is the name of the lesson's thread that ran it, empty for the main one.
    `invocation` is the innermost call of a function of the lesson or of a Keras layer that it ran in.
    `saved` are those of its inputs and outputs that a tape keeps for its VJP, as TensorFlow itself says; what an op
    with a gradient function of its own (a custom gradient, a ``tf.function``) keeps is not known. `is_stopped` says
    that it ran under ``stop_recording``.
    """

    id: int
    type: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    attributes: dict[str, AttributeValue]
    place: SourceRange | None
    scope: str
    recorded_by: tuple[int, ...]
    made_by: int | None
    thread: str = ""
    invocation: int | None = None
    saved: tuple[int, ...] = ()
    is_stopped: bool = False

    @property
    def line(self) -> int | None:
        """The line of the lesson on which the op stands."""
        return self.place.line if self.place else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One call of a function of the lesson, or of a Keras layer, in which ops ran.

    `title` is the function's name, or class and name of the layer (``Dense · hidden``). `parent` is the invocation
    that it was made in, which has a smaller id; `place` is the call in the lesson's text.
    """

    id: int
    kind: InvocationKind
    title: str
    parent: int | None
    place: SourceRange | None

    @property
    def line(self) -> int | None:
        """The line of the lesson that made the call."""
        return self.place.line if self.place else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tape:
    """One ``tf.GradientTape``. The moments are op ids: the id of the first op that ran after them.

    `resets` are those at which it was told to forget what it had recorded.
    """

    id: int
    persistent: bool
    watch_accessed_variables: bool
    parent: int | None
    line: int | None
    entered_at: int
    exited_at: int | None
    released_at: int | None
    watched: tuple[int, ...] = ()
    resets: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One source of a gradient call and what came back for it.

    `path` is where it stands in the structure that was given (``("w", 0)`` for ``{"w": [w0]}["w"][0]``; empty for a
    bare tensor). `value` is the id of the tensor that ``tape.gradient`` returned, or None where it returned None.
    """

    tensor: int
    name: str | None
    path: tuple[int | str, ...]
    value: int | None
    why_none: WhyNone | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """One VJP's share on one edge of the graph; all values are ids of recorded tensors.

    `output_cotangents` came into the op, one per output, None where nothing came. `value` is what the op's VJP
    sent to its input `input_index`, which is `tensor`; None where it sent nothing.
    """

    op: int
    output_cotangents: tuple[int | None, ...]
    input_index: int
    tensor: int
    value: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JacobianRow:
    """One row of a Jacobian: a backward pass of its own, that begins with a one at one element of the target.

    `index` is that element (of ``batch_jacobian``: within each example). `seed` holds, per target, the id of the
    cotangent that the row began with, `results` what the tape gave for each source: of the source's own shape.
    """

    index: tuple[int, ...]
    seed: tuple[int | None, ...]
    contributions: tuple[Contribution, ...]
    results: tuple[int | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GradientCall:
    """One call of ``tape.gradient`` (or ``jacobian``), with the true order of its backward pass.

    `seed` holds, per target, the id of the cotangent it began with (ones unless ``output_gradients`` was given).
    `checked` says whether the sum of contributions of every source equals what TensorFlow returned, within
    float rounding; `largest_error` is the largest relative difference that was met, `defect` the sentence if not.
    `started_at` is the id of the first op that ran in it, `ended_at` of the first one that ran after it.
    A Jacobian has no contributions of its own but `rows`, the first ones in the order of the target's elements; `note`
    is a sentence that says how many of them are kept and checked, or why there are none. Empty where all are.
    """

    id: int
    tape: int
    method: Method
    line: int | None
    target: tuple[int, ...]
    seed: tuple[int | None, ...]
    unconnected_gradients: Unconnected
    sources: tuple[Source, ...]
    contributions: tuple[Contribution, ...]
    started_at: int
    ended_at: int
    checked: bool
    largest_error: float = 0.0
    defect: str | None = None
    rows: tuple[JacobianRow, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A variable was given a new value. `op` ran it, where an op did."""

    variable: int
    op: int | None
    line: int | None
    value: TensorValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A loop that recorded the same graph again and again: one tape per iteration, in order.

    `folded` counts the iterations beside those of `tape_ids`, of which only the values are kept (`Recording.folds`).
    """

    id: int
    tape_ids: tuple[int, ...]
    folded: int = 0

    @property
    def iterations(self) -> int:
        """How many times the graph was recorded."""
        return len(self.tape_ids) + self.folded


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something about a run that a lecturer should know of: a gradient that is None or zero, a NaN, a warning.

    `cause` is one word for it (``dead_relu``), `title` what is the matter, `message` why, `fix` what mends it. `op` is
    the op where it happened first, in its VJP where `is_backward`; `ops` are all that are marked. `call` and `source`
    (its index) say which gradient it is about. `times` counts the runs of the same line that had it too. In
    `folded_iteration` (of the loop, from 0) it happened, where that is not the one that `op` itself ran in.
    """

    kind: FindingKind
    cause: str
    title: str
    message: str
    fix: str
    call: int | None
    source: int | None
    op: int | None
    ops: tuple[int, ...]
    line: int | None
    is_backward: bool = False
    times: int = 1
    folded_iteration: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """What one op opens into: the ops that ran within it, as a small recording of their own.

    Its gradient calls go from the op's outputs to its inputs and begin with the very cotangents that came into the op;
    `calls` says, for each of them, which gradient call of the recording around it brought those. `recording` is None
    where the op cannot be opened; then `note` says why, else what there is to say of how it was opened. `ops` are those
    of the recording around it that are told inside and not beside it.
    """

    op: int
    kind: InsideKind
    title: str
    recording: Recording | None
    calls: tuple[int, ...] = ()
    note: str = ""
    ops: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One tracing of a ``tf.function``: TensorFlow ran its Python code to build a graph of it.

    `number` counts the traces of the function from 1. `at` is the id of the first op that ran after it, `line` the
    line of the lesson that caused it. `reason` is a sentence that says what was new.
    """

    function: str
    number: int
    line: int | None
    at: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonError:
    """What went wrong in the lesson, in a sentence, where, and what mends it. Columns count from 0."""

    cell: int
    type: str
    message: str
    line: int | None
    hint: str | None
    column: int | None = None
    end_column: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonSource:
    """The text that ran, and what it is called."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFigure:
    """A matplotlib figure that the lesson showed, as a picture in its output.

    `position` is the place in `Recording.output`, in characters, before which it stands. `width` and `height` are those
    of the picture `png` in pixels; it is meant to be seen at half that size, so that it stays crisp when enlarged.
    `title` is what the figure says of itself: its title, or what its axes are called; empty where it says nothing.
    """

    position: int
    png: bytes
    width: int
    height: int
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Everything one run of a lesson left behind. Nothing in it is ever executed again.

    `insides` are the ops that open, by the order of the ops; `ends` are the tensors that the picture of a part without
    a tape ends with. `notes` are sentences about the run as a whole.
    `duration` is in seconds and covers the run with its recording. `ended_by` says how the run came to its end.
    `findings` are the zeros, infinities, NaNs and warnings; each None is told in its `Source`.
    Of a long loop only some iterations are here whole: `folds` holds the values of the others, `laps` in which order
    they ran, `origins` where tensors come from that were made in them and used elsewhere. `figures` stand in `output`.
    """

    source: LessonSource
    tapes: tuple[Tape, ...]
    ops: tuple[Op, ...]
    tensors: tuple[Tensor, ...]
    gradient_calls: tuple[GradientCall, ...]
    assignments: tuple[Assignment, ...]
    series: tuple[Series, ...]
    output: str
    errors: tuple[LessonError, ...]
    findings: tuple[Finding, ...] = ()
    accumulators: tuple[Accumulator, ...] = ()
    invocations: tuple[Invocation, ...] = ()
    ended_by: EndedBy = "finished"
    duration: float = 0.0
    tensorflow_version: str = ""
    insides: tuple[Inside, ...] = ()
    traces: tuple[Trace, ...] = ()
    ends: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    folds: tuple[Fold, ...] = ()
    laps: tuple[Laps, ...] = ()
    origins: tuple[Origin, ...] = ()
    figures: tuple[OutputFigure, ...] = ()
