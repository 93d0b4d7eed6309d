"""Walking the timeline. The playhead is one integer; nothing runs again to move it.

The same keys and buttons move the clock of a race while the Descent tab is in front.
"""

from __future__ import annotations

from dataclasses import replace

from tapeviz.commands import descent
from tapeviz.commands.command import Command
from tapeviz.commands.outcome import Outcome
from tapeviz.model.state import AppState
from tapeviz.model.timeline import next_line, previous_line

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""The speeds that the speed button goes through; 1 is one step in 1.2 seconds."""


def _moved(state: AppState, playhead: int, *, is_playing: bool = False) -> Outcome:
    if state.timeline is None:
        return Outcome(state=state)
    bounded = max(0, min(playhead, state.timeline.last))
    playing = is_playing and bounded < state.timeline.last
    if bounded == state.playhead and playing == state.view.is_playing:
        return Outcome(state=state)
    view = state.view if playing == state.view.is_playing else replace(state.view, is_playing=playing)
    return Outcome(state=replace(state, playhead=bounded, view=view))


def go_to(state: AppState, *, playhead: int) -> Outcome:
    """Show the given step."""
    return _moved(state, playhead)


def step_forward(state: AppState) -> Outcome:
    """Go one step on; the last step stays."""
    if descent.is_shown(state):
        return descent.step_forward(state)
    return _moved(state, state.playhead + 1)


def step_back(state: AppState) -> Outcome:
    """Go one step back; the first step stays."""
    if descent.is_shown(state):
        return descent.step_back(state)
    return _moved(state, state.playhead - 1)


def step_line_forward(state: AppState) -> Outcome:
    """Go on to the next line of the lesson."""
    if descent.is_shown(state):
        return descent.step_forward(state, count=descent.FEW)
    return _moved(state, next_line(state.timeline, state.playhead) if state.timeline else 0)


def step_line_back(state: AppState) -> Outcome:
    """Go back to the line before."""
    if descent.is_shown(state):
        return descent.step_back(state, count=descent.FEW)
    return _moved(state, previous_line(state.timeline, state.playhead) if state.timeline else 0)


def first(state: AppState) -> Outcome:
    """Show the graph before anything was computed."""
    if descent.is_shown(state):
        return descent.first(state)
    return _moved(state, 0)


def last(state: AppState) -> Outcome:
    """Show what ``tape.gradient`` returned."""
    if descent.is_shown(state):
        return descent.finish(state)
    return _moved(state, state.timeline.last if state.timeline else 0)


def toggle_play(state: AppState) -> Outcome:
    """Play the steps one after another, or pause; at the end begin anew."""
    if descent.is_shown(state):
        return descent.toggle_run(state)
    if state.timeline is None:
        return Outcome(state=state)
    if state.view.is_playing:
        return Outcome(state=replace(state, view=replace(state.view, is_playing=False)))
    start = 0 if state.playhead >= state.timeline.last else state.playhead
    return _moved(state, start, is_playing=True)


def replay(state: AppState) -> Outcome:
    """Play from the beginning."""
    if descent.is_shown(state):
        return descent.replay(state)
    return _moved(state, 0, is_playing=True)


def play_on(state: AppState) -> Outcome:
    """Go one step on while playing; stop playing at the last step."""
    return _moved(state, state.playhead + 1, is_playing=True)


def set_speed(state: AppState, *, speed: float) -> Outcome:
    """Play at another speed."""
    return Outcome(state=replace(state, view=replace(state.view, speed=speed)))


def change_speed(state: AppState) -> Outcome:
    """Take the next speed of the row, and after the fastest the slowest."""
    if descent.is_shown(state):
        return descent.change_pace(state)
    later = [speed for speed in SPEEDS if speed > state.view.speed]
    return set_speed(state, speed=later[0] if later else SPEEDS[0])


def has_timeline(state: AppState) -> bool:
    """Hold where there are steps to walk, or a race."""
    if descent.is_shown(state):
        return descent.can_race(state)
    return state.timeline is not None


def can_go_on(state: AppState) -> bool:
    """Hold where there is a step after this one."""
    if descent.is_shown(state):
        return descent.can_go_on(state)
    return state.timeline is not None and state.playhead < state.timeline.last


def can_go_back(state: AppState) -> bool:
    """Hold where there is a step before this one."""
    if descent.is_shown(state):
        return descent.can_go_back(state)
    return state.timeline is not None and state.playhead > 0


def is_playing(state: AppState) -> bool:
    """Hold while steps are played, or the race runs."""
    return state.descent.is_running if descent.is_shown(state) else state.view.is_playing


COMMANDS = (
    Command(
        id="playback.first",
        title="First Step",
        tooltip="Show the graph before anything was computed",
        menu="Step",
        shortcuts=("Home",),
        is_single_key=True,
        is_enabled=can_go_back,
        function=first,
    ),
    Command(
        id="playback.step_back",
        title="Step Back",
        tooltip="One step back",
        menu="Step",
        shortcuts=("Left", "PgUp", "P"),
        is_single_key=True,
        is_enabled=can_go_back,
        function=step_back,
    ),
    Command(
        id="playback.step_forward",
        title="Step Forward",
        tooltip="One step on",
        menu="Step",
        shortcuts=("Right", "PgDown", "N"),
        is_single_key=True,
        is_enabled=can_go_on,
        function=step_forward,
    ),
    Command(
        id="playback.last",
        title="Last Step",
        tooltip="Show what tape.gradient returned",
        menu="Step",
        shortcuts=("End",),
        is_single_key=True,
        is_enabled=can_go_on,
        function=last,
    ),
    Command(
        id="playback.step_line_back",
        title="Line Back",
        tooltip="Back to the line before",
        menu="Step",
        group=1,
        shortcuts=("Up",),
        is_single_key=True,
        is_enabled=can_go_back,
        function=step_line_back,
    ),
    Command(
        id="playback.step_line_forward",
        title="Line Forward",
        tooltip="On to the next line of the script",
        menu="Step",
        group=1,
        shortcuts=("Down",),
        is_single_key=True,
        is_enabled=can_go_on,
        function=step_line_forward,
    ),
    Command(
        id="playback.toggle_play",
        title="Play",
        tooltip="Play the steps one after another, or pause",
        menu="Step",
        group=2,
        shortcuts=("Space",),
        is_single_key=True,
        is_enabled=has_timeline,
        is_checked=is_playing,
        function=toggle_play,
    ),
    Command(
        id="playback.change_speed",
        title="Change Speed",
        tooltip="Play faster, and after the fastest slowly again",
        menu="Step",
        group=2,
        shortcuts=("Ctrl+Shift+R",),
        function=change_speed,
    ),
    Command(
        id="playback.replay",
        title="Replay",
        tooltip="Play from the beginning",
        menu="Step",
        group=2,
        shortcuts=("R",),
        is_single_key=True,
        is_enabled=has_timeline,
        function=replay,
    ),
    Command(
        id="playback.ask_step",
        title="Go to Step…",
        tooltip="Ask for the number of a step and show it",
        menu="Step",
        shortcuts=("G",),
        is_single_key=True,
        is_enabled=has_timeline,
    ),
    Command(id="playback.play_on", title="Play On", tooltip="The next step while playing", function=play_on),
    Command(id="playback.go_to", title="Go to Step", tooltip="Show a step by its number", function=go_to),
    Command(id="playback.set_speed", title="Set Speed", tooltip="Play at the given speed", function=set_speed),
)
