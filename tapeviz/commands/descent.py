"""The race down an objective, and its clock: start, pause, go on by one iterate, go back, to the end."""

from __future__ import annotations

from dataclasses import replace

from tapeviz.commands.command import Command
from tapeviz.commands.outcome import Outcome
from tapeviz.model.descent import DescentSettings, ObjectiveFacts, Trajectory
from tapeviz.model.descent_state import DescentState, Racer
from tapeviz.model.state import AppState
from tapeviz.model.trajectory import begun
from tapeviz.protocol.requests import StartRace, SteerRace, StopRace

PACES = (None, 1000.0, 100.0, 30.0, 10.0, 3.0, 1.0)
"""The paces that are offered, in iterations per second; None is as fast as it goes."""

REPLAY_SECONDS = 6.0
"""In about so many seconds a race without a pace is played over again."""

SLOWEST_REPLAY = 5.0
"""Iterates per second at which a race without a pace is played at least."""

FEW = 10
"""So many iterates the longer step of the clock goes."""


def settings_to_run(descent: DescentState, racer: Racer) -> DescentSettings:
    """Write out how a racer goes: with the iterations of the race, and from where the lesson stands by default."""
    start = racer.settings.start or (lesson_start(descent.objective) if descent.objective is not None else ())
    return replace(racer.settings, start=start, iterations=descent.iterations)


def lesson_start(objective: ObjectiveFacts) -> tuple[float, ...]:
    """Give the position at which the lesson stood; empty where it is too large to have travelled."""
    if not all(parameter.start.is_whole for parameter in objective.parameters):
        return ()
    # By way of the shortest digits of its own dtype: 0.4, not 0.4000000059604645, which is the same in float32.
    return tuple(float(str(number)) for each in objective.parameters for number in each.start.array.reshape(-1))


def starting(state: AppState, descent: DescentState, *, until: int | None = None) -> Outcome:
    """Begin a race of those who are set up, from their starts."""
    if descent.objective is None or descent.call is None or descent.generation is None:
        return Outcome(state=replace(state, descent=descent))
    settings = tuple(settings_to_run(descent, racer) for racer in descent.racers)
    count = len(descent.objective.parameters)
    trajectories = tuple(
        _kept(descent.trajectory_of(racer.look), own) or begun(own, count)
        for racer, own in zip(descent.racers, settings, strict=True)
    )
    race = descent.race + 1
    started = replace(descent.zoomed_out(), race=race, raced=descent.racers, trajectories=trajectories, until=until)
    request = StartRace(
        generation=descent.generation,
        call=descent.call,
        race=race,
        racers=settings,
        until=until,
        pace=descent.pace if descent.is_running else None,
    )
    return Outcome(state=replace(state, descent=started), request=request)


def _kept(trajectory: Trajectory | None, settings: DescentSettings) -> Trajectory | None:
    """What was there stays on the screen until the new race's first iterates come, which take its place."""
    if trajectory is None or not trajectory.count:
        return None
    status = replace(trajectory.status, kind="running", sentence="")
    return replace(trajectory, settings=settings, status=status)


def restart(state: AppState) -> Outcome:
    """Begin anew from the starts, with the settings as they stand."""
    descent = replace(state.descent, raced=(), trajectories=(), clock=0, is_following=True, is_running=True)
    return starting(state, descent)


def again(state: AppState, descent: DescentState) -> Outcome:
    """Show at once what the race would be with other settings: as far as it was, with the clock where it is."""
    if not descent.trajectories:
        return Outcome(state=replace(state, descent=descent))
    if descent.is_running and descent.is_following:
        return starting(state, replace(descent, clock=0))
    until = None if descent.is_over or descent.is_shown_anew else max(descent.newest, 1)
    return starting(state, replace(descent, clock=descent.shown, is_following=False, is_running=False), until=until)


def toggle_run(state: AppState) -> Outcome:
    """Let the race run, or pause it. Turned back, it is played from there; over, it begins anew."""
    descent = state.descent
    if descent.is_running:
        return pause(state)
    if not descent.trajectories or (descent.is_over and descent.shown >= descent.newest):
        return restart(state)
    if descent.shown < descent.newest:
        played = replace(descent.zoomed_out(), clock=descent.shown, is_following=False, is_running=True)
        return Outcome(state=replace(state, descent=played))
    return _going_on(state)


def _going_on(state: AppState) -> Outcome:
    descent = replace(state.descent.zoomed_out(), is_running=True, is_following=True, until=None)
    return Outcome(state=replace(state, descent=descent), request=steering(descent))


def steering(descent: DescentState, rates: tuple[float | None, ...] = ()) -> SteerRace:
    """Tell the engine how the race goes on."""
    none: tuple[float | None, ...] = (None,) * len(descent.raced)
    return SteerRace(race=descent.race, until=descent.until, pace=descent.pace, rates=rates or none)


def _with(state: AppState, **changes: object) -> AppState:
    return replace(state, descent=replace(state.descent, **changes))  # type: ignore[arg-type]


def pause(state: AppState) -> Outcome:
    """Let the race wait where it is."""
    descent = state.descent
    if not descent.is_running:
        return Outcome(state=state)
    return _standing(state, descent.shown)


def _standing(state: AppState, clock: int) -> Outcome:
    """Turn the clock to an iterate, and let the engine wait there if it has not gone further."""
    descent = state.descent
    is_computing = descent.until is None and not descent.is_over and bool(descent.trajectories)
    until = max(clock, descent.newest, 0) if is_computing else descent.until
    stood = replace(descent, clock=clock, is_following=False, is_running=False, until=until)
    return Outcome(state=replace(state, descent=stood), request=steering(stood) if is_computing else None)


def go_to(state: AppState, *, iterate: int) -> Outcome:
    """Show every racer at an iterate; the race waits meanwhile."""
    clock = max(0, min(iterate, max(state.descent.newest, 0)))
    if clock == state.descent.shown and not state.descent.is_running:
        return Outcome(state=state)
    return _standing(state, clock)


def step_forward(state: AppState, *, count: int = 1) -> Outcome:
    """Go on by one iterate, or by `count`; it is computed if it was not yet."""
    descent = state.descent
    # What was asked for and is not there yet counts: a key that is pressed three times goes three iterates.
    shown = descent.shown if descent.is_following or descent.is_over else descent.clock
    clock = min(shown + count, descent.iterations)
    if not descent.trajectories:
        begin = replace(descent, clock=clock, is_following=False)
        return starting(state, begin, until=clock)
    if clock <= descent.newest or descent.is_over:
        return _standing(state, min(clock, descent.newest))
    ahead = replace(descent, clock=clock, is_following=False, is_running=False, until=clock)
    return Outcome(state=replace(state, descent=ahead), request=steering(ahead))


def step_back(state: AppState, *, count: int = 1) -> Outcome:
    """Go back by one iterate, or by `count`."""
    return go_to(state, iterate=state.descent.shown - count)


def first(state: AppState) -> Outcome:
    """Go back to the start."""
    return go_to(state, iterate=0)


def finish(state: AppState) -> Outcome:
    """Run to the end, as fast as it goes."""
    descent = replace(state.descent, is_following=True, until=None)
    if not descent.trajectories:
        return starting(state, replace(descent, clock=0, is_running=True, pace=None))
    if descent.is_over:
        return Outcome(state=replace(state, descent=replace(descent, is_running=False)))
    hurried = replace(descent, is_running=True, pace=None)
    return Outcome(state=replace(state, descent=hurried), request=steering(hurried))


def replay(state: AppState) -> Outcome:
    """Play the race over again from its start, as it went."""
    if state.descent.newest < 1:
        return toggle_run(state)
    return Outcome(state=_with(state, clock=0, is_following=False, is_running=True))


def play_on(state: AppState, *, seconds: float) -> Outcome:
    """Move the clock of a race that is played over by what `seconds` are worth; at the newest iterate it goes on."""
    descent = state.descent
    if not descent.is_running or descent.is_following:
        return Outcome(state=state)
    pace = descent.pace or max(SLOWEST_REPLAY, descent.newest / REPLAY_SECONDS)
    clock = descent.shown + max(1, round(pace * seconds))
    if clock < descent.newest:
        return Outcome(state=_with(state, clock=clock))
    if descent.is_over:
        return Outcome(state=_with(state, clock=descent.newest, is_following=True, is_running=False))
    return _going_on(state)


def set_pace(state: AppState, *, pace: float | None) -> Outcome:
    """Go at another pace; None is as fast as it goes."""
    descent = replace(state.descent, pace=pace)
    is_computing = descent.is_running and descent.is_following and not descent.is_over
    return Outcome(state=replace(state, descent=descent), request=steering(descent) if is_computing else None)


def clear(state: AppState) -> Outcome:
    """Take the trajectories away; those who are set up stay."""
    descent = state.descent
    request = StopRace(race=descent.race) if descent.trajectories and not descent.is_over else None
    cleared = replace(descent, raced=(), trajectories=(), clock=0, is_following=True, is_running=False, until=None)
    return Outcome(state=replace(state, descent=replace(cleared, race=descent.race + 1)), request=request)


def change_pace(state: AppState) -> Outcome:
    """Take the next slower pace, and after the slowest as fast as it goes."""
    place = PACES.index(state.descent.pace) if state.descent.pace in PACES else 0
    return set_pace(state, pace=PACES[(place + 1) % len(PACES)])


def is_shown(state: AppState) -> bool:
    """Hold where the Descent tab is in front: the keys that step move its clock."""
    return state.view.tab == "descent"


def can_race(state: AppState) -> bool:
    """Hold where the Descent tab is in front and there is an objective to descend on."""
    return is_shown(state) and state.descent.objective is not None


def can_go_on(state: AppState) -> bool:
    """Hold where there is an iterate after this one, or one to be computed."""
    descent = state.descent
    return can_race(state) and (descent.shown < descent.newest or not descent.is_over)


def can_go_back(state: AppState) -> bool:
    """Hold where there is an iterate before this one."""
    return can_race(state) and state.descent.shown > 0


def has_trajectories(state: AppState) -> bool:
    """Hold where there is a race to look at."""
    return can_race(state) and bool(state.descent.trajectories)


COMMANDS = (
    Command(
        id="descent.toggle_run",
        title="Run Race",
        tooltip="Let every racer descend, or pause",
        menu="Descent",
        shortcuts=("Ctrl+D",),
        is_enabled=can_race,
        is_checked=lambda state: state.descent.is_running,
        function=toggle_run,
    ),
    Command(
        id="descent.restart",
        title="Restart Race",
        tooltip="Begin anew from the starts, with the settings as they stand",
        menu="Descent",
        shortcuts=("Ctrl+R",),
        is_enabled=can_race,
        function=restart,
    ),
    Command(
        id="descent.finish",
        title="Run to the End",
        tooltip="Go on until every racer has converged or used up its iterations, as fast as it goes",
        menu="Descent",
        shortcuts=("Ctrl+Shift+E",),
        is_enabled=can_race,
        function=finish,
    ),
    Command(
        id="descent.clear",
        title="Clear Trajectories",
        tooltip="Take the trajectories away; the racers stay as they are set up",
        menu="Descent",
        is_enabled=has_trajectories,
        function=clear,
    ),
    Command(id="descent.go_to", title="Go to Iterate", tooltip="Show an iterate by its number", function=go_to),
    Command(id="descent.play_on", title="Play On", tooltip="Move the clock while playing", function=play_on),
    Command(id="descent.set_pace", title="Set Pace", tooltip="Go at the given pace", function=set_pace),
)
