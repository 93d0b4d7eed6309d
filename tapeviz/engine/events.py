"""What is noted while a lesson runs, as raw as it comes: objects are held, nothing is computed from them yet."""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any, NamedTuple, Protocol

ActiveTapes = tuple["RawTape", ...]
Paths = tuple[tuple[int | str, ...], ...]


class HiddenRead(tuple[Any, ...]):
    """The attributes of a read that TensorFlow did inside another op: its VJP comes without attributes."""


CUSTOM_GRADIENT = ("custom_gradient", True)
"""The attributes of an op that the lesson gave a gradient of its own."""

MERGED = "(merged)"
"""The type of an op that is told as part of another one, and is left out of the recording."""


Place = tuple[CodeType | None, int, int | None]
"""Where an op stands: the code of the lesson's innermost frame, the instruction in it, and the invocation."""

NOWHERE: Place = (None, 0, None)


class Level(NamedTuple):
    """How far the notes of a run have come: how many there are of each kind."""

    ops: int
    tapes: int
    calls: int
    accesses: int
    departures: int
    resets: int
    assignments: int
    variables: int
    invocations: int
    accumulators: int
    weighed: tuple[int, int]


class LapListener(Protocol):
    """Who is told where loops begin anew."""

    def begin(self, frame: FrameType | None) -> bool:
        """Tell that an outermost tape begins in this frame of the lesson; the answer: whether a lap ended by that."""

    def end_lap(self) -> None:
        """Tell, once, that the next lap is about to be noted."""


class RawOp(NamedTuple):
    """One op that executed eagerly.

    `attributes` is the very object that TensorFlow hands to the op's gradient function later: its identity says
    which op a VJP belongs to. `code` and `instruction` are the innermost frame of the lesson, None outside of it;
    `invocation` is the index of the call of a function or layer that it ran in.
    `active` are the tapes that were recording; `is_held` says whether any of them holds the op. `thread` is the name
    of the lesson's thread, empty for the main one.
    """

    type: str | bytes
    inputs: Any
    attributes: Any
    outputs: Any
    code: CodeType | None
    instruction: int
    invocation: int | None
    scope: str
    active: ActiveTapes
    is_held: bool
    call: RawCall | None
    is_stopped: bool
    thread: str = ""


class RawVjp(NamedTuple):
    """One call of a gradient function: what came in, what went out.

    `op` is the index of the op where it is known (custom gradients, functions); otherwise it is found by the
    identity of `attributes`. `at` is the index of the first op that ran after the VJP was entered.
    """

    type: str
    attributes: Any
    inputs: Any
    cotangents: Any
    results: Any
    op: int | None
    recorded_outputs: Any


@dataclass(slots=True, eq=False)
class RawTape:
    """One ``tf.GradientTape``, from its first push on. The moments are indices of ops.

    `is_gone` says that nothing can use it any more, `is_cut` that its notes were cut out.
    """

    persistent: bool
    watch_accessed_variables: bool
    parent: RawTape | None
    line: int | None
    entered_at: int
    exited_at: int | None = None
    released_at: int | None = None
    watches: list[tuple[int, int]] = field(default_factory=list)
    resets: list[int] = field(default_factory=list)
    watched: dict[int, Any] = field(default_factory=dict)
    is_nested: bool = False
    is_gone: bool = False
    is_cut: bool = False

    def free(self, ops: Sized) -> None:
        """Note that a tape was let go: with ``del tape``, or because nothing names it any more."""
        self.is_gone = True
        if self.persistent and self.released_at is None:
            self.released_at = len(ops)


@dataclass(slots=True, eq=False)
class RawCall:
    """One call of ``tape.gradient``, ``jacobian`` or ``batch_jacobian``.

    `targets`, `sources`, `seeds` and `results` are the flat lists that TensorFlow's C++ tape was given and gave.
    `watched` are the ids of what the tape watched when it was asked; what ran before `since` it had forgotten.
    `backward` is what the call did, where that was worked out before the run was over; `rows` are a Jacobian's.
    """

    tape: RawTape
    method: str
    line: int | None
    started_at: int
    unconnected_gradients: str = "none"
    ended_at: int = -1
    paths: Paths = ()
    targets: list[Any] | None = None
    sources: list[Any] = field(default_factory=list)
    seeds: list[Any] | None = None
    results: list[Any] = field(default_factory=list)
    vjps: list[RawVjp] = field(default_factory=list)
    is_finished: bool = False
    watched: frozenset[int] = frozenset()
    since: int = 0
    backward: Any = None
    rows: Any = None


INNER = RawCall(
    tape=RawTape(persistent=False, watch_accessed_variables=False, parent=None, line=None, entered_at=0),
    method="inner",
    line=None,
    started_at=0,
)
"""Stands for a call that TensorFlow makes by itself inside another one, and that is part of it."""
