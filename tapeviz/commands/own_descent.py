"""From a point of the lesson's own descent to the tape of that very iteration."""

from __future__ import annotations

from dataclasses import replace

from tapeviz.commands.command import Command
from tapeviz.commands.looking import closing, turning_to
from tapeviz.commands.outcome import Outcome
from tapeviz.model.descent_scene import own_ways
from tapeviz.model.graph import Subject
from tapeviz.model.own_trajectory import followed, own_trajectories
from tapeviz.model.state import AppState
from tapeviz.protocol.responses import OwnIterates


def with_own(state: AppState, call: int | None) -> AppState:
    """Read the lesson's own descents off the recording, for the loop of a call of the whole run."""
    subject = None if call is None else Subject(call=call)
    own = own_trajectories(state.recording, subject)
    if own == state.descent.own:
        return state
    descent = replace(state.descent, own=own, own_number=state.descent.own_number + 1)
    return replace(state, descent=descent)


def own_iterates(state: AppState, response: OwnIterates) -> Outcome:
    """Go on with the trajectory of the loop that runs."""
    if response.generation != state.generation:
        return Outcome(state=state)
    descent, first = state.descent, response.iterates.batch.first
    own = followed(descent.own[0] if descent.is_live else None, response.iterates)
    number = descent.own_number + (not first)
    return Outcome(state=replace(state, descent=replace(descent, own=(own,), own_number=number)))


def has_own(state: AppState) -> bool:
    """Hold where the lesson itself descends, and its run is over."""
    return bool(state.descent.own) and not state.descent.is_live


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
    own = state.descent.own[which]
    if iterate is None:
        iterate = next((way.shown for way in own_ways(state.descent) if state.descent.own[way.own or 0] is own), 0)
    turned = turning_to(closing(state, 0), own.first + max(0, min(iterate, own.iterations - 1)))
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
