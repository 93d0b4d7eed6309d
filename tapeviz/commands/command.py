"""One row of the command table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tapeviz.commands.outcome import CommandFunction
from tapeviz.model.state import AppState

Menu = Literal["File", "Edit", "View", "Graph", "Run", "Step", "Descent", "Present", "Help", ""]


def always(_state: AppState) -> bool:
    """Hold for every state."""
    return True


def has_recording(state: AppState) -> bool:
    """Hold where there is a recording to look at."""
    return state.recording is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One thing the program can do, told once.

    Parameters
    ----------
    id : str
        ``area.verb_object``.
    title, tooltip : str
        What the menu says, and one sentence more.
    menu : Menu
        Where it stands; empty for a command that takes arguments and is fired by a view only.
    group : int
        Blocks within a menu, told apart by a line.
    shortcuts : tuple of str
        Portable key sequences. `is_single_key` marks those that act only where no text field has the focus.
    is_enabled, is_checked : callable
        Pure conditions on the state; `is_checked` is None for what is no switch.
    function : callable or None
        ``(state, **arguments) -> Outcome``; None for what the window does itself (a dialog, a zoom).
    """

    id: str
    title: str
    tooltip: str
    menu: Menu = ""
    group: int = 0
    shortcuts: tuple[str, ...] = ()
    is_single_key: bool = False
    is_enabled: Callable[[AppState], bool] = always
    is_checked: Callable[[AppState], bool] | None = None
    function: CommandFunction | None = None
