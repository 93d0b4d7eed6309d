"""Why the gradient of a source is None, as a recording keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Cause = Literal[
    "integer_dtype",
    "not_trainable",
    "variable_became_tensor",
    "tape_reset",
    "recording_stopped",
    "stop_gradient",
    "left_tensorflow",
    "stateful",
    "not_differentiable",
    "computed_outside_tape",
    "not_watched",
    "branch_not_taken",
    "not_connected",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CutPlace:
    """Where one path is cut: op `op` does not let the derivative through to its input `tensor`.

    `op` is None where no op is to blame; `line` is where the lesson has to change, which for numbers that leave
    TensorFlow is the line on which they do.
    """

    cause: Cause
    op: int | None
    tensor: int | None
    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyNone:
    """Why a source's gradient is None: the cause, a sentence in the lesson's names, where the path is cut, the mend.

    `cut_at` is the op of the first of `cuts`; there are several where several paths are cut.
    """

    cause: Cause
    message: str
    cut_at: int | None
    fix: str
    cuts: tuple[CutPlace, ...] = ()
