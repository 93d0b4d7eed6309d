"""What the picture shows at one playhead. A value that is not computed yet is not in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tapeviz.model.tensor import TensorValue
from tapeviz.model.timeline import Phase

Reached = Literal["waiting", "forward", "backward"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFrame:
    """One node at this playhead.

    `value` is its forward value once computed; `adjoint` the (running) sum of what came back, in TensorFlow's numbers;
    `is_running_sum` says that more contributions are still to come. `adjoint_label` is the left side of its chip
    (``∂f/∂y``), empty where the chip shows the number alone.
    """

    reached: Reached
    value: TensorValue | None
    adjoint: TensorValue | None
    adjoint_label: str
    is_running_sum: bool
    is_none: bool
    is_live: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeFrame:
    """One edge at this playhead: what flows forward on it, what came back on it, and whether it happens now."""

    reached: Reached
    value: TensorValue | None
    cotangent: TensorValue | None
    is_live: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The whole picture at one playhead, keyed by node and edge ids."""

    playhead: int
    phase: Phase
    nodes: dict[str, NodeFrame]
    edges: dict[str, EdgeFrame]
