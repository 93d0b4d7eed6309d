"""What the engine noticed beside the ops: needed to say why a gradient is None, and kept with no recording."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TapeReset:
    """``tape.reset()`` was called before op `at` ran."""

    tape: int
    at: int
    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """The value of `tensor` left TensorFlow (``.numpy()``, ``float()``, NumPy) before op `at` ran."""

    tensor: int
    at: int
    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebinding:
    """A name that held variable `variable` came to hold `tensor`, which is none (``x = x + 1``)."""

    name: str
    variable: int
    tensor: int
    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """Facts of one run. `stopped_ops` ran under ``tape.stop_recording()``."""

    stopped_ops: frozenset[int] = frozenset()
    resets: tuple[TapeReset, ...] = ()
    departures: tuple[Departure, ...] = ()
    rebindings: tuple[Rebinding, ...] = ()
