"""An iterate opened from the Descent tab, and the way back."""

from __future__ import annotations

from dataclasses import replace

from tapeviz.commands import descent, descent_opening, looking, opening, responses, run
from tapeviz.model.state import AppState
from tapeviz.protocol.requests import OpenIterate
from tapeviz.protocol.responses import IterateOpened, LessonRecorded
from tests.model.builder import quadratic_in_two_variables

from .descent_states import computed, described


def raced() -> AppState:
    state = descent.restart(described()).state
    return computed(state, 0, 0, 30)


def answered(state: AppState, request: OpenIterate) -> AppState:
    recording = replace(quadratic_in_two_variables(), notes=("another one",))
    answer = IterateOpened(
        generation=request.generation,
        call=request.call,
        look=request.look,
        iterate=request.iterate,
        recording=recording,
    )
    return responses.respond(state, answer).state


def asked(state: AppState, iterate: int | None) -> OpenIterate:
    request = descent_opening.open_iterate(state, iterate=iterate).request
    assert isinstance(request, OpenIterate)
    return request


def test_an_iterate_is_asked_for_by_its_position_and_settings() -> None:
    state = raced()
    request = asked(state, 12)
    assert (request.iterate, request.position) == (12, (12.0, -12.0))
    assert request.settings == state.descent.trajectories[0].settings
    assert asked(state, None).iterate == state.descent.shown


def test_nothing_is_asked_before_a_race() -> None:
    state = described()
    assert not descent_opening.can_open_iterate(state)
    assert descent_opening.open_iterate(state).request is None


def test_the_tape_of_an_iterate_comes_on_the_canvas_and_the_way_back_leads_to_the_tab() -> None:
    before = raced()
    state = answered(before, asked(before, 12))
    assert state.view.tab == "graph"
    assert state.shown is not None
    assert state.shown.notes == ("another one",)
    assert [place.title for place in state.opened] == ["Gradient descent, rate 0.1: iterate 12"]
    assert state.own_call is None
    assert descent_opening.open_iterate(state, iterate=3).request is not None
    other = answered(state, asked(state, 3))
    assert [place.title for place in other.opened] == ["Gradient descent, rate 0.1: iterate 3"]
    back = opening.close_opened(other).state
    assert back.view.tab == "descent"
    assert back.shown is before.shown
    assert (back.opened, back.playhead, back.descent) == ((), before.playhead, before.descent)


def test_nodes_of_an_iterate_lie_where_those_of_the_call_do() -> None:
    state = raced()
    state = replace(state, lesson=replace(state.lesson, positions={"variable:x": (3.0, 4.0)}))
    opened = answered(state, asked(state, 1))
    assert opened.positions == {"variable:x": (3.0, 4.0)}


def test_a_new_run_comes_out_of_the_iterate() -> None:
    state = raced()
    opened = run.run(answered(state, asked(state, 1))).state
    recording = quadratic_in_two_variables()
    again = responses.respond(opened, LessonRecorded(generation=opened.generation, recording=recording)).state
    assert again.opened == ()
    assert again.shown is recording


def test_an_answer_to_an_older_run_changes_nothing_and_a_problem_is_told() -> None:
    state = raced()
    request = asked(state, 1)
    older = IterateOpened(generation=request.generation - 1, call=0, look=0, iterate=1, recording=state.recording)
    assert responses.respond(state, older).state == state
    failed = IterateOpened(
        generation=request.generation, call=0, look=0, iterate=1, recording=None, problem="It raised."
    )
    told = responses.respond(state, failed).state
    assert told.descent.problem == "It raised."
    assert told.opened == ()
    assert looking.closing(told, 0) is told
