"""Putting something beside the picture, and taking it away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tapeviz.commands import comparing, playback
from tapeviz.commands.looking import looking_again
from tapeviz.model.compare_state import beside, differing, right_state
from tapeviz.model.graph import Subject
from tapeviz.model.recording import Recording
from tapeviz.model.state import AppState, Selection
from tests.model.builder import quadratic_in_two_variables


@pytest.fixture
def twice() -> Recording:
    """The quadratic with its call made twice."""
    recording = quadratic_in_two_variables()
    (call,) = recording.gradient_calls
    return replace(recording, gradient_calls=(call, replace(call, id=1, line=11)))


@pytest.fixture
def state(twice: Recording) -> AppState:
    return looking_again(AppState(), twice)


def test_the_other_calls_of_the_run_are_offered(state: AppState) -> None:
    assert [choice.title for choice in comparing.choices(state)] == ["∂f / ∂(x, y)   line 11"]


def test_what_stands_beside_follows_the_playhead(state: AppState) -> None:
    state = comparing.compare_with(state, subject=Subject(call=1)).state
    right = beside(state)
    assert right is not None
    assert right.comparison.forward is None
    assert right.playhead == 0
    ended = playback.last(state).state
    right = beside(ended)
    assert right is not None
    assert right.playhead == right.timeline.last
    assert differing(right, is_left=True) == frozenset()


def test_a_selection_is_carried_over(state: AppState) -> None:
    state = comparing.compare_with(state, subject=Subject(call=1)).state
    state = replace(state, selection=Selection(node="op:Mul:1"))
    right = beside(state)
    assert right is not None
    shown = right_state(state, right)
    assert (shown.selection.node, shown.subject, shown.compared) == ("op:Mul:1", Subject(call=1), None)


def test_another_recording_is_compared_at_the_call_in_the_same_place(state: AppState, twice: Recording) -> None:
    state = comparing.compare_with(state, recording=twice, title="other.tape").state
    right = beside(state)
    assert right is not None
    assert (right.right_title, right.graph.subject) == ("other.tape", Subject(call=0))
    assert not next(row for row in comparing.COMMANDS if row.id == "compare.swap").is_enabled(state)


def test_sides_are_changed_and_the_comparison_is_left(state: AppState) -> None:
    state = comparing.compare_with(state, subject=Subject(call=1)).state
    swapped = comparing.swap(state).state
    assert swapped.subject == Subject(call=1)
    assert swapped.compared is not None
    assert swapped.compared.subject == Subject(call=0)
    assert comparing.leave(swapped).state.compared is None


def test_a_call_that_is_there_no_more_after_a_run_ends_the_comparison(state: AppState) -> None:
    state = comparing.compare_with(state, subject=Subject(call=1)).state
    again = looking_again(state, quadratic_in_two_variables())
    assert beside(again) is None
