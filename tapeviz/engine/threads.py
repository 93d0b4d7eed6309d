"""What is going on in each thread of a lesson: TensorFlow keeps tapes and accumulators by thread."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tapeviz.engine import tap
from tapeviz.engine.events import INNER, ActiveTapes, RawCall
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

    def begin(self, call: RawCall) -> RawCall:
        """Note that a gradient call begins here."""
        self.open_calls.append(call)
        self.call = call if call is not INNER else self.call
        return call

    def end(self, call: RawCall) -> None:
        """Note that it is over."""
        if self.open_calls and self.open_calls[-1] is call:
            self.open_calls.pop()
            self.call = next((each for each in reversed(self.open_calls) if each is not INNER), None)

    @contextlib.contextmanager
    def muted(self) -> Iterator[None]:
        """Note nothing of what is done in the block."""
        self.is_muted = True
        try:
            yield
        finally:
            self.is_muted = False


class ThreadBook:
    """The threads of a lesson; the one it is made in is the first."""

    def __init__(self) -> None:
        self._states = {threading.get_ident(): ThreadState()}

    @property
    def is_single(self) -> bool:
        """Whether there are no threads but one."""
        return len(self._states) == 1

    @property
    def here(self) -> ThreadState:
        """What is going on in this thread, which is one of the lesson's."""
        return self._states[threading.get_ident()]

    def found(self) -> ThreadState | None:
        """Return what is going on in this thread, None where it is not one of the lesson's."""
        return self._states.get(threading.get_ident())

    def is_listening(self) -> bool:
        """Whether what happens now is the lesson's doing, op by op."""
        here = self.found()
        return here is not None and not here.is_muted and tap.is_executing_eagerly()

    def has_open_calls(self) -> bool:
        """Whether a gradient call runs in any of them."""
        return any(state.open_calls for state in self._states.values())

    def accumulators(self) -> list[RawAccumulator] | None:
        """Return the accumulators that this thread is within, None where nobody listens."""
        return self.here.accumulators if self.is_listening() else None

    def begin(self, name: str) -> None:
        """Follow this thread from here on."""
        self._states[threading.get_ident()] = ThreadState(name=name)

    def end(self) -> None:
        """Follow it no more: its number may come again."""
        self._states.pop(threading.get_ident(), None)

    def clear(self) -> None:
        """Follow none any more."""
        self._states.clear()
