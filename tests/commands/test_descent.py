"""The race and its clock, as commands: what is asked of the engine, and what its answers make of the state."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tapeviz.commands import (
    descent,
    descent_asking,
    descent_landscape,
    descent_setup,
    files,
    playback,
    presenting,
    responses,
    run,
    view,
)
from tapeviz.model.descent import DescentSettings
from tapeviz.model.state import AppState
from tapeviz.protocol.requests import (
    DescribeFit,
    DescribeObjective,
    SketchLandscape,
    StartRace,
    SteerRace,
    StopRace,
)
from tapeviz.protocol.responses import IteratesComputed, LessonRecorded, ObjectiveDescribed, RaceEnded
from tests.commands.descent_states import BOWL, CURVE, SCRIPT, computed, described, parameter, recorded
from tests.model.builder import quadratic_in_two_variables

RACE = 2
"""The number of the first race: opening a lesson counts one on."""


def raced(kind: str = "running", count: int = 11) -> AppState:
    state = descent.restart(described()).state
    return computed(state, 0, 0, count, kind)  # type: ignore[arg-type]


def test_an_engine_that_computes_iterates_is_stopped_as_a_run_is() -> None:
    state = computed(descent.restart(described()).state, 0, 0, 1)
    assert run.can_stop(state)
    assert run.stop(state).request == StopRace(race=state.descent.race)
    assert not run.can_stop(computed(state, 0, 1, 1, "converged"))
    waiting = descent.step_forward(described()).state
    assert run.can_stop(waiting), "its first iterate may never come"
    assert not run.can_stop(computed(waiting, 0, 0, 2))


def test_another_lesson_is_not_asked_what_the_last_one_was() -> None:
    state = descent_landscape.set_view(described(), has_basins=True, has_critical_points=True, is_log_values=True).state
    view = files.open_text(state, text="import tensorflow as tf", name="other.py").state.descent.view
    assert not (view.has_basins or view.has_critical_points)
    assert view.is_log_values


def test_the_objective_of_the_shown_call_is_asked_for_once_and_only_on_its_tab() -> None:
    state = recorded()
    assert not descent_asking.wants_more(view.set_tab(state, tab="graph").state)
    outcome = descent_asking.catch_up(state)
    assert outcome.request == DescribeObjective(generation=state.generation, call=0)
    assert not descent_asking.wants_more(outcome.state)


def test_nothing_is_asked_for_while_a_lesson_runs() -> None:
    assert not descent_asking.wants_more(run.run(recorded()).state)


def test_an_objective_is_looked_at_over_its_domain_or_around_its_start() -> None:
    state = described()
    plane, extent = state.descent.plane, state.descent.extent
    assert plane is not None
    assert extent is not None
    assert plane.titles == ("x", "y")
    assert plane.origin == (0.0, 0.0)
    assert (extent.low, extent.high) == ((-10.0, -5.0), (10.0, 1.0))
    asked = descent_asking.catch_up(state)
    assert isinstance(asked.request, SketchLandscape)
    assert (asked.request.plane, asked.request.extent) == (plane, extent)
    asked = descent_asking.catch_up(asked.state)
    assert asked.request == DescribeFit(generation=state.generation, call=0)
    assert not descent_asking.wants_more(asked.state)


def test_an_objective_that_there_is_not_says_why() -> None:
    state = descent_asking.catch_up(recorded()).state
    answer = ObjectiveDescribed(generation=state.generation, call=0, objective=None, problem="It is no scalar.")
    state = responses.respond(state, answer).state
    assert state.descent.problem == "It is no scalar."
    assert not descent.can_race(state)
    assert descent.toggle_run(state).request is None


def test_a_race_begins_where_the_lesson_stands() -> None:
    outcome = descent.toggle_run(described())
    request = outcome.request
    assert isinstance(request, StartRace)
    assert request.racers == (DescentSettings(start=(-5.0, -2.0), iterations=1000),)
    assert (request.until, request.pace) == (None, None)
    assert outcome.state.descent.is_running


def test_the_clock_follows_the_newest_iterate_until_it_is_turned_back() -> None:
    state = raced()
    assert (state.descent.newest, state.descent.shown) == (10, 10)
    back = descent.step_back(state)
    assert back.state.descent.shown == 9
    assert back.request == SteerRace(race=RACE, until=10, pace=None, rates=(None,))
    later = computed(back.state, 0, 11, 5)
    assert (later.descent.newest, later.descent.shown) == (15, 9)


def test_one_iteration_is_computed_where_it_was_not_yet() -> None:
    state = descent.pause(raced()).state
    once = descent.step_forward(state)
    assert once.request == SteerRace(race=RACE, until=11, pace=None, rates=(None,))
    assert once.state.descent.shown == 10
    assert computed(once.state, 0, 11, 1).descent.shown == 11
    twice = descent.step_forward(once.state)
    assert isinstance(twice.request, SteerRace)
    assert twice.request.until == 12


def test_one_iteration_that_is_there_is_only_shown() -> None:
    state = descent.go_to(descent.pause(raced()).state, iterate=4).state
    outcome = descent.step_forward(state)
    assert (outcome.request, outcome.state.descent.shown) == (None, 5)


def test_the_first_iteration_begins_a_race_that_waits() -> None:
    outcome = descent.step_forward(described())
    assert isinstance(outcome.request, StartRace)
    assert outcome.request.until == 1
    assert not outcome.state.descent.is_running


def test_a_race_that_was_turned_back_is_played_from_there_and_goes_on() -> None:
    state = descent.go_to(descent.pause(raced(count=101)).state, iterate=50).state
    state = descent.set_pace(state, pace=100.0).state
    playing = descent.toggle_run(state)
    assert (playing.request, playing.state.descent.shown) == (None, 50)
    assert descent.play_on(playing.state, seconds=0.1).state.descent.shown == 60
    arrived = descent.play_on(playing.state, seconds=1.0)
    assert arrived.request == SteerRace(race=RACE, until=None, pace=100.0, rates=(None,))
    assert arrived.state.descent.is_following


def test_a_race_that_is_over_stops_running_and_begins_anew() -> None:
    state = raced("converged")
    assert state.descent.is_over
    assert not state.descent.is_running
    again = descent.toggle_run(state)
    assert isinstance(again.request, StartRace)
    assert again.request.race == RACE + 1
    assert again.state.descent.newest == -1


def test_a_race_without_a_pace_is_played_over_in_some_seconds() -> None:
    state = descent.replay(raced("converged", count=601)).state
    assert state.descent.shown == 0
    assert descent.play_on(state, seconds=1.0).state.descent.shown == 100
    ended = descent.play_on(state, seconds=7.0).state.descent
    assert (ended.shown, ended.is_running) == (600, False)


def test_iterates_of_an_older_race_change_nothing() -> None:
    state = raced()
    newer = descent.restart(state).state
    batch = computed(state, 0, 11, 3).descent.trajectories[0]
    assert batch.count == 14
    stale = IteratesComputed(race=RACE, racer=0, batch=None, status=batch.status)  # type: ignore[arg-type]
    assert responses.respond(newer, stale).state is newer


def test_all_racers_have_to_end() -> None:
    state = descent.restart(descent_setup.add_racer(described()).state).state
    state = computed(state, 0, 0, 5, "diverged")
    assert state.descent.is_running
    state = computed(state, 1, 0, 9, "converged")
    assert not state.descent.is_running
    assert state.descent.iterate_of(0) is not None
    assert state.descent.iterate_of(0).number == 4  # type: ignore[union-attr]
    assert state.descent.iterate_of(1).number == 8  # type: ignore[union-attr]


def test_a_new_run_with_other_numbers_is_raced_on_at_once() -> None:
    state = raced("converged")
    state = run.run(state).state
    recording = replace(quadratic_in_two_variables())
    state = responses.respond(state, LessonRecorded(generation=state.generation, recording=recording)).state
    asked = descent_asking.catch_up(state)
    assert isinstance(asked.request, DescribeObjective)
    moved = replace(BOWL, parameters=(parameter("x", 4.0, (-10.0, 10.0)), parameter("y", 1.0)))
    answer = ObjectiveDescribed(generation=state.generation, call=0, objective=moved)
    outcome = responses.respond(asked.state, answer)
    assert isinstance(outcome.request, StartRace)
    assert outcome.request.racers[0].start == (4.0, 1.0)
    assert outcome.state.descent.extent == state.descent.extent
    assert outcome.state.descent.newest == 10, "what was there stays until the new iterates come"
    assert computed(outcome.state, 0, 0, 3).descent.newest == 2


def test_another_objective_begins_with_nobody_on_the_way() -> None:
    state = raced("converged")
    state = replace(state, descent=replace(state.descent, call=7))
    asked = descent_asking.catch_up(state).state
    answer = ObjectiveDescribed(generation=state.generation, call=0, objective=CURVE)
    outcome = responses.respond(asked, answer)
    assert outcome.request is None
    assert outcome.state.descent.trajectories == ()
    assert outcome.state.descent.plane is not None
    assert outcome.state.descent.plane.titles == ("x",)


def test_a_fresh_lesson_has_no_race_and_takes_no_late_answer() -> None:
    state = raced()
    fresh = files.open_text(state, text=SCRIPT, name="other.py").state
    assert fresh.descent.trajectories == ()
    assert fresh.descent.race > state.descent.race


def test_the_lesson_says_who_races() -> None:
    text = (
        "# /// script\n# [tool.tapeviz.descent]\n# iterations = 50\n# log_levels = true\n"
        '# racers = [{optimizer = "adam", learning_rate = 0.2}, {optimizer = "newton"}]\n# ///\n'
    )
    state = described(text=text)
    assert [racer.settings.optimizer for racer in state.descent.racers] == ["adam", "newton"]
    assert state.descent.iterations == 50
    assert state.descent.view.is_log_level


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        (playback.step_back, 9),
        (playback.step_line_back, 0),
        (playback.first, 0),
        (playback.toggle_play, 10),
    ],
)
def test_the_keys_that_step_move_the_clock_on_this_tab(command, shown: int) -> None:  # type: ignore[no-untyped-def]
    state = raced()
    outcome = command(state)
    assert outcome.state.playhead == state.playhead
    assert outcome.state.descent.shown == shown
    assert not outcome.state.descent.is_running


def test_the_last_key_runs_to_the_end_as_fast_as_it_goes() -> None:
    state = descent.set_pace(descent.pause(raced()).state, pace=3.0).state
    assert playback.last(state).request == SteerRace(race=RACE, until=None, pace=None, rates=(None,))


def test_before_an_audience_the_landscape_stays_in_front() -> None:
    assert presenting.toggle_presenting(raced()).state.view.tab == "descent"


def test_trajectories_are_cleared_and_the_engine_is_told() -> None:
    outcome = descent.clear(raced())
    assert outcome.request == StopRace(race=RACE)
    assert outcome.state.descent.trajectories == ()


def test_a_race_that_ended_early_leaves_its_racers_where_they_are() -> None:
    state = responses.respond(raced(), RaceEnded(race=RACE, problem="The objective failed.")).state
    assert state.descent.is_over
    assert not state.descent.is_running
    assert state.descent.trajectories[0].status.kind == "stopped"
    assert state.descent.problem == "The objective failed."
    assert state.descent.newest == 10


def test_at_the_end_of_a_race_coordinates_of_a_model_go_through_where_it_came_to() -> None:
    model = replace(BOWL, parameters=tuple(parameter(name, 1.0) for name in "abc"))
    begun = descent_landscape.look_at(descent.restart(described(model)).state, low=(0.0, 0.0), high=(2.0, 3.0)).state
    under_way = computed(begun, 0, 0, 6)
    assert under_way.descent.plane is not None
    assert under_way.descent.plane.origin == (0.0, 0.0, 1.0)
    over = computed(under_way, 0, 6, 5, "converged").descent
    assert over.plane is not None
    assert over.plane.origin == (0.0, 0.0, 10.0), "iterate k of these is at (k, -k, k)"
    assert over.extent == under_way.descent.extent
    of_two = raced("converged").descent
    assert of_two.plane == raced().descent.plane
