"""From a point of the lesson's own descent to the tape of that very iteration."""

from __future__ import annotations

from dataclasses import replace

from tapeviz.commands.command import Command
from tapeviz.commands.looking import turning_to
from tapeviz.commands.outcome import Outcome
from tapeviz.model.own_ways import own_ways
from tapeviz.model.state import AppState


def has_own(state: AppState) -> bool:
    """Hold where the lesson itself descends, and its run is over."""
    return state.descent.live is None and bool(state.own_trajectories)


def open_own(state: AppState, *, which: int = -1, iterate: int | None = None) -> Outcome:
    """Show the graph of an iteration of the lesson's own loop, with its numbers.

    Parameters
    ----------
    which : int
        Which of the lesson's descents, from 0; the last one by default.
    iterate : int or None
        From 0; where the last iteration led to opens that iteration. None: the one at the clock.
    """
    if not has_own(state):
        return Outcome(state=state)
    own = state.own_trajectories[which]
    number = own_ways(state)[which].shown if iterate is None else iterate
    turned = turning_to(state, own.first + max(0, min(number, own.iterations - 1)))
    return Outcome(state=replace(turned, view=replace(turned.view, tab="graph")))


COMMANDS = (
    Command(
        id="descent.open_own",
        title="Open the Lesson's Iteration",
        tooltip="Show the graph of the lesson's own iteration at the clock, with its numbers",
        menu="Descent",
        group=5,
        is_enabled=has_own,
        function=open_own,
    ),
)
