"""An iterate of a racer opened: the tape of that very moment on the canvas."""

from __future__ import annotations

from dataclasses import replace

from tapeviz.commands.command import Command
from tapeviz.commands.looking import entering
from tapeviz.commands.outcome import Outcome
from tapeviz.model.descent import DescentSettings
from tapeviz.model.descent_state import DescentState
from tapeviz.model.descent_words import racer_title
from tapeviz.model.state import AppState
from tapeviz.model.trajectory import iterate_at
from tapeviz.protocol.requests import OpenIterate
from tapeviz.protocol.responses import IterateOpened


def can_open_iterate(state: AppState) -> bool:
    """Hold where the racer that is looked at has begun, and the engine has time."""
    is_idle = state.requested_text is None and state.engine.phase == "ready"
    descent = state.descent
    return is_idle and descent.generation == state.generation and descent.iterate_of(looked_at(descent)) is not None


def looked_at(descent: DescentState) -> int:
    """Give the racer that is looked at; where it is not in the race that is shown, the first one that is."""
    looks = [racer.look for racer in descent.raced]
    return descent.selected if descent.selected in looks or not looks else looks[0]


def open_iterate(state: AppState, *, look: int | None = None, iterate: int | None = None) -> Outcome:
    """Ask for the tape of an iterate of a racer: of the one that is looked at, at the clock, where none is given.

    Of a function of very many coordinates not every position is kept: then it is the last one that is, up to it.
    """
    descent = state.descent
    chosen = looked_at(state.descent) if look is None else look
    trajectory = descent.trajectory_of(chosen)
    found = None if trajectory is None else iterate_at(trajectory, descent.shown if iterate is None else iterate)
    if trajectory is None or found is None or descent.call is None or trajectory.settings is None:
        return Outcome(state=state)
    request = OpenIterate(
        generation=state.generation,
        call=descent.call,
        look=chosen,
        iterate=found.kept,
        position=tuple(map(float, found.position)),
        settings=trajectory.settings,
    )
    return Outcome(state=state, request=request)


def iterate_opened(state: AppState, response: IterateOpened) -> Outcome:
    """Put the tape of an iterate on the canvas; the way back leads to where it was opened."""
    descent = state.descent
    trajectory = descent.trajectory_of(response.look)
    is_wanted = (response.generation, response.call) == (state.generation, descent.call)
    if not is_wanted or trajectory is None or trajectory.settings is None:
        return Outcome(state=state)
    if response.recording is None:
        return Outcome(state=replace(state, descent=replace(descent, problem=response.problem)))
    title = f"{racer_title(trajectory.settings)}: iterate {response.iterate:,}"
    return Outcome(
        state=entering(state, response.recording, title, _note(response.recording.tapes[0].line, trajectory.settings))
    )


def _note(line: int | None, settings: DescentSettings) -> str:
    told = [f"Line {line} run there once more"]
    if settings.batch_size is not None:
        told.append(f"on the {settings.batch_size} examples of its batch")
    noise = " The noise that was added to its gradient is not on the tape." if settings.noise else ""
    return " ".join(told) + "." + noise


COMMANDS = (
    Command(
        id="descent.open_iterate",
        title="Open Iterate",
        tooltip="Show the tape of the iterate at which the selected racer stands, step by step",
        menu="Descent",
        shortcuts=("Ctrl+Shift+O",),
        is_enabled=can_open_iterate,
        function=open_iterate,
    ),
)
