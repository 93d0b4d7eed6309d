"""What a command returns, and what it may ask of the world outside the state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tapeviz.model.state import AppState
from tapeviz.protocol.requests import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Ask the client to stop what runs: interrupt, then kill and promote the standby."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The next state, and at most one request that goes out with it."""

    state: AppState
    request: Request | Stop | None = None


CommandFunction = Callable[..., Outcome]
