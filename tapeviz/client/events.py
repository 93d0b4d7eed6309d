"""What befalls the worker process, as opposed to what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tapeviz.model.recording import EndedBy

EventKind = Literal["interrupted", "killed", "died", "restarted", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientEvent:
    """Something happened to the worker that a person should be told.

    ``interrupted``: run `generation` was stopped and what it recorded has arrived. ``killed``: it had to be ended by
    force, and nothing of it is left but what it printed. ``died``: the process ended on its own account. ``restarted``:
    another worker has taken over and is ready. ``failed``: no worker can be started.

    Parameters
    ----------
    message : str
        One sentence, or two, for a person.
    generation : int or None
        The run that was lost or stopped; None where none was going on.
    ended_by : EndedBy or None
        Why the run is over, where one is.
    line : int or None
        The line of the lesson at which the process died, where that is known.
    """

    kind: EventKind
    message: str
    generation: int | None = None
    ended_by: EndedBy | None = None
    line: int | None = None
