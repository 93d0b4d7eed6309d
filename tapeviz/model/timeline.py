"""The timeline: one integer, the playhead, walks over steps that were all recorded beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tapeviz.model.graph import Subject

Phase = Literal["start", "forward", "seed", "vjp", "result"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of playback.

    Step 0 has phase ``start``: nothing is computed yet. `op` is the op that runs forward or whose VJP is applied,
    None for start, seed and result. `hidden_ops` are folded plumbing ops that happen within this step.
    `nodes` and `edges` are the ids of what changes in it.
    """

    index: int
    phase: Phase
    op: int | None
    hidden_ops: tuple[int, ...]
    nodes: tuple[str, ...]
    edges: tuple[str, ...]
    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """All steps of one subject. `forward_count` and `backward_count` say how many of each there are."""

    subject: Subject
    steps: tuple[Step, ...]
    forward_count: int
    backward_count: int

    @property
    def last(self) -> int:
        """The index of the last step."""
        return len(self.steps) - 1
