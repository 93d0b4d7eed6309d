"""What is going on in each thread of a lesson: TensorFlow keeps tapes and accumulators by thread."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tapeviz.engine.events import ActiveTapes, RawCall
from tapeviz.engine.forward import RawAccumulator


@dataclass(slots=True, eq=False)
class ThreadState:
    """What is going on in one thread. `name` is the lesson's for it, empty for the main one."""

    name: str = ""
    active: ActiveTapes = ()
    paused: int = 0
    call: RawCall | None = None
    open_calls: list[RawCall] = field(default_factory=list)
    left_open: dict[int, Any] = field(default_factory=dict)
    accumulators: list[RawAccumulator] = field(default_factory=list)
    is_muted: bool = False

    @property
    def is_in_jacobian(self) -> bool:
        """Whether TensorFlow computes a Jacobian here."""
        return self.call is not None and self.call.method != "gradient"
