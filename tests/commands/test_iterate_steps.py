"""The iteration at the clock is asked for when it is to be seen, and gone through sub-step by sub-step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tapeviz.commands import descent, descent_asking, responses
from tapeviz.commands.iterate_steps import (
    COMMANDS,
    next_sub_step,
    previous_sub_step,
    select_sub_step,
    sub_steps_wanted,
    toggle_sub_steps,
)
from tapeviz.model.descent import DescentSettings
from tapeviz.model.iterate_rules import rules_of
from tapeviz.model.iterate_story import OpenedIterate
from tapeviz.model.state import AppState
from tapeviz.model.tensor import value_of_array
from tapeviz.protocol.requests import ExplainIterate
from tapeviz.protocol.responses import IterateExplained
from tests.commands.descent_states import computed, described

PAIR = value_of_array(np.array([1.0, 2.0]))
ADAM = DescentSettings(optimizer="adam", start=(1.0, 2.0))


def raced(count: int = 6) -> AppState:
    """A race that has gone some iterates and waits at the last of them but one."""
    state = computed(descent.restart(described()).state, 0, 0, count)
    return descent.go_to(state, iterate=count - 2).state


def answered(state: AppState, settings: DescentSettings = ADAM, iterate: int = 4, race: int | None = None) -> AppState:
    opened = OpenedIterate(
        settings=settings,
        iterate=iterate,
        position=PAIR,
        following=PAIR,
        loss=1.0,
        numbers={},
        before={},
        results=(PAIR,) * len(rules_of(settings, iterate)),
    )
    of = state.descent.race if race is None else race
    return responses.respond(state, IterateExplained(race=of, look=0, iterate=iterate, opened=opened)).state


def asked(state: AppState) -> ExplainIterate | None:
    """What the tab asks of the engine about sub-steps, among all that it lacks."""
    while descent_asking.wants_more(state):
        outcome = descent_asking.catch_up(state)
        if isinstance(outcome.request, ExplainIterate):
            return outcome.request
        state = outcome.state
    return None


def place(state: AppState) -> int:
    assert state.descent.explained is not None
    return state.descent.explained.sub_step


def test_nothing_is_asked_until_sub_steps_are_to_be_seen() -> None:
    state = raced()
    assert asked(state) is None
    request = asked(toggle_sub_steps(state).state)
    assert request is not None
    assert (request.look, request.iterate, request.steered) == (0, 4, ())
    assert request.settings == state.descent.trajectories[0].settings


def test_the_clock_decides_which_iteration_and_it_is_asked_for_once() -> None:
    state = toggle_sub_steps(raced()).state
    while descent_asking.wants_more(state):
        state = descent_asking.catch_up(state).state
    moved = descent.go_to(state, iterate=2).state
    request = asked(moved)
    assert request is not None and request.iterate == 2


def test_nothing_is_asked_while_the_race_runs() -> None:
    running = computed(descent.restart(described()).state, 0, 0, 6)
    assert running.descent.is_running
    assert asked(toggle_sub_steps(running).state) is None


def test_rates_that_were_changed_by_hand_come_along() -> None:
    state = toggle_sub_steps(raced(10)).state
    trajectory = state.descent.trajectories[0]
    rates = np.array([0.1] * 3 + [0.5] * 4 + [0.2] * 2, np.float32)
    steered = replace(trajectory, rates=rates)
    request = sub_steps_wanted(replace(state.descent, trajectories=(steered,)), 1, 0)
    assert request is not None
    assert request[1].steered == ((3, 0.5), (7, float(np.float32(0.2))))


def test_sub_steps_are_gone_through_and_stop_at_both_ends() -> None:
    state = answered(toggle_sub_steps(raced()).state)
    assert place(state) == 0
    assert place(previous_sub_step(state).state) == 0
    for expected in (1, 2, 3, 4, 5, 5):
        state = next_sub_step(state).state
        assert place(state) == expected
    assert place(select_sub_step(state, place=2).state) == 2
    assert place(select_sub_step(state, place=99).state) == 5


def test_the_same_sub_step_stays_looked_at_in_the_next_iteration() -> None:
    state = select_sub_step(answered(toggle_sub_steps(raced()).state), place=2).state
    assert place(answered(state, iterate=5)) == 2
    momentum = DescentSettings(optimizer="momentum", start=(1.0, 2.0))
    assert place(answered(select_sub_step(state, place=5).state, momentum, 5)) == 3, "both have an update"
    assert place(answered(state, momentum, 5)) == 0, "momentum has no second moment"


def test_an_answer_about_another_race_changes_nothing() -> None:
    state = toggle_sub_steps(raced()).state
    assert answered(state, race=state.descent.race - 1).descent.explained is None


def test_what_cannot_be_opened_is_kept_as_a_sentence() -> None:
    state = toggle_sub_steps(raced()).state
    answer = IterateExplained(race=state.descent.race, look=0, iterate=4, opened=None, problem="It is singular.")
    explained = responses.respond(state, answer).state.descent.explained
    assert explained is not None and explained.problem == "It is singular."
    rows = {row.id: row for row in COMMANDS}
    assert not rows["descent.next_sub_step"].is_enabled(state)
    assert rows["descent.next_sub_step"].is_enabled(answered(state))


def test_the_landscape_is_zoomed_in_on_the_iteration_and_out_again() -> None:
    state = toggle_sub_steps(raced()).state
    wide = state.descent.extent
    assert wide is not None
    near = answered(state)
    extent = near.descent.extent
    assert extent is not None and near.descent.zoomed_from == (state.descent.plane, wide)
    # The iteration goes from (1, 2) to (1, 2), with arrows up to (2, 4).
    assert all(low < place < high for low, place, high in zip(extent.low, (1, 2), extent.high, strict=True))
    spans = [high - low for low, high in zip(extent.low, extent.high, strict=True)]
    before = [high - low for low, high in zip(wide.low, wide.high, strict=True)]
    assert spans[0] / before[0] == pytest.approx(spans[1] / before[1])
    assert extent != wide
    assert toggle_sub_steps(near).state.descent.extent == wide
    assert descent.restart(near).state.descent.extent == wide
    assert descent.toggle_run(near).state.descent.extent == wide


def test_closed_and_opened_again_it_is_asked_for_again() -> None:
    state = toggle_sub_steps(raced()).state
    while descent_asking.wants_more(state):
        state = descent_asking.catch_up(state).state
    state = answered(state)
    assert asked(state) is None
    again = toggle_sub_steps(toggle_sub_steps(state).state).state
    assert again.descent.explained is None
    assert asked(again) is not None
