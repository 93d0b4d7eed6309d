"""One iteration in its sub-steps: opened at the clock, and gone through one by one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tapeviz.commands.command import Command
from tapeviz.commands.descent_opening import looked_at
from tapeviz.commands.outcome import Outcome
from tapeviz.model.descent import Trajectory
from tapeviz.model.descent_state import DescentState, Explained
from tapeviz.model.iterate_rules import rules_of
from tapeviz.model.neighbourhood import neighbourhood
from tapeviz.model.optimizer_facts import OPTIMIZERS
from tapeviz.model.state import AppState
from tapeviz.protocol.requests import ExplainIterate
from tapeviz.protocol.responses import IterateExplained

ABOUT = "sub-steps"


def sub_steps_wanted(descent: DescentState, generation: int, call: int) -> tuple[str, ExplainIterate] | None:
    """Ask for the iteration that leaves the iterate at the clock, where its sub-steps are to be seen and it stands."""
    look = looked_at(descent)
    trajectory = descent.trajectory_of(look)
    is_still = descent.is_over or not descent.is_running
    if not descent.view.has_sub_steps or not is_still or trajectory is None or trajectory.settings is None:
        return None
    if not trajectory.count:
        return None
    iterate = min(descent.shown, trajectory.count - 1)
    request = ExplainIterate(
        generation=generation,
        call=call,
        race=descent.race,
        look=look,
        settings=trajectory.settings,
        iterate=iterate,
        steered=_steered(trajectory, iterate),
    )
    return ABOUT, request


def _steered(trajectory: Trajectory, iterate: int) -> tuple[tuple[int, float], ...]:
    """Read off a trajectory where its learning rate was changed by hand."""
    settings = trajectory.settings
    if settings is None or settings.schedule is not None or not OPTIMIZERS[settings.optimizer].is_rate_used:
        return ()
    rates = np.asarray(trajectory.rates[: iterate + 1], np.float32)  # as Keras keeps them
    changes = np.flatnonzero(np.diff(rates, prepend=np.float32(settings.learning_rate)))
    return tuple((int(place), float(rates[place])) for place in changes)


def iterate_explained(state: AppState, response: IterateExplained) -> Outcome:
    """Show an iteration; the sub-step that was looked at in another one of the same racer stays looked at."""
    descent = state.descent
    if response.race != descent.race:
        return Outcome(state=state)
    before = descent.explained
    place = 0
    if before is not None and before.opened is not None and response.opened is not None:
        old, new = (rules_of(each.settings, each.iterate) for each in (before.opened, response.opened))
        titles = [rule.title for rule in new]
        title = old[before.sub_step].title
        place = titles.index(title) if title in titles else 0
    explained = Explained(
        race=response.race,
        look=response.look,
        iterate=response.iterate,
        opened=response.opened,
        problem=response.problem,
        sub_step=place,
    )
    return Outcome(state=replace(state, descent=_zoomed_in(replace(descent, explained=explained))))


def _zoomed_in(descent: DescentState) -> DescentState:
    """Look at the neighbourhood of the iteration that is open."""
    wide = descent.zoomed_out()
    opened = descent.explained.opened if descent.explained is not None else None
    if opened is None or wide.plane is None or wide.extent is None or not descent.view.has_sub_steps:
        return wide
    near = neighbourhood(wide.plane, wide.extent, opened)
    return wide if near is None else replace(wide, extent=near, zoomed_from=(wide.plane, wide.extent))


def sub_step_count(state: AppState) -> int:
    """Count the sub-steps of the iteration that is open."""
    explained = state.descent.explained
    return 0 if explained is None or explained.opened is None else len(explained.opened.results)


def select_sub_step(state: AppState, *, place: int) -> Outcome:
    """Look at a sub-step: its arrow is drawn on the landscape."""
    explained = state.descent.explained
    if explained is None or not sub_step_count(state):
        return Outcome(state=state)
    place = max(0, min(place, sub_step_count(state) - 1))
    if place == explained.sub_step:
        return Outcome(state=state)
    return Outcome(state=replace(state, descent=replace(state.descent, explained=replace(explained, sub_step=place))))


def next_sub_step(state: AppState) -> Outcome:
    """Go on by one sub-step."""
    return _by(state, 1)


def previous_sub_step(state: AppState) -> Outcome:
    """Go back by one sub-step."""
    return _by(state, -1)


def _by(state: AppState, count: int) -> Outcome:
    explained = state.descent.explained
    return Outcome(state=state) if explained is None else select_sub_step(state, place=explained.sub_step + count)


def toggle_sub_steps(state: AppState) -> Outcome:
    """Show the sub-steps of the iteration at the clock, or no longer."""
    descent = state.descent
    view = replace(descent.view, has_sub_steps=not descent.view.has_sub_steps)
    asked = {about: request for about, request in descent.asked.items() if about != ABOUT}
    turned = replace(descent.zoomed_out(), view=view, asked=asked, explained=None)
    return Outcome(state=replace(state, descent=turned))


def has_sub_steps(state: AppState) -> bool:
    """Hold where the sub-steps of an iteration are on the screen."""
    is_shown = state.view.tab == "descent" and state.descent.view.has_sub_steps
    return is_shown and sub_step_count(state) > 0


def _has_raced(state: AppState) -> bool:
    return bool(state.descent.raced)


COMMANDS = (
    Command(
        id="descent.toggle_sub_steps",
        title="Sub-steps of the Iteration",
        tooltip="Open the iteration at the clock: gradient, momentum, bias correction, step, each with its numbers",
        menu="Descent",
        group=2,
        shortcuts=("Ctrl+Shift+I",),
        is_enabled=_has_raced,
        is_checked=lambda state: state.descent.view.has_sub_steps,
        function=toggle_sub_steps,
    ),
    Command(
        id="descent.next_sub_step",
        title="Next Sub-step",
        tooltip="Go on to the next sub-step of the iteration that is open",
        menu="Descent",
        group=2,
        shortcuts=("Ctrl+Down",),
        is_enabled=has_sub_steps,
        function=next_sub_step,
    ),
    Command(
        id="descent.previous_sub_step",
        title="Previous Sub-step",
        tooltip="Go back to the sub-step before",
        menu="Descent",
        group=2,
        shortcuts=("Ctrl+Up",),
        is_enabled=has_sub_steps,
        function=previous_sub_step,
    ),
    Command(
        id="descent.select_sub_step",
        title="Look at Sub-step",
        tooltip="Look at one sub-step of the iteration that is open",
        function=select_sub_step,
    ),
)
