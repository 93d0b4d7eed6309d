"""Going through the paths by key, in a lecture's order, and what is said of each."""

from __future__ import annotations

import pytest

from tapeviz.commands import paths, playback, selection
from tapeviz.commands.looking import looking_again
from tapeviz.model.path_state import selected_paths, shown_path
from tapeviz.model.path_words import factor_texts, heading_of, notes_of, path_caption, product_text, symbols_text
from tapeviz.model.state import AppState
from tests.model.builder import quadratic_in_two_variables


@pytest.fixture
def state() -> AppState:
    return looking_again(AppState(), quadratic_in_two_variables())


def here(state: AppState) -> tuple[str | None, int | None]:
    return state.selection.node, state.selection.path


def test_the_keys_go_through_the_paths_of_one_source_after_another(state: AppState) -> None:
    visited = []
    for _ in range(5):
        state = paths.next_path(state).state
        visited.append(here(state))
    assert visited == [("variable:x", 0), ("variable:x", 1), ("variable:y", 0), ("variable:y", 1), (None, None)]
    state = paths.previous_path(state).state
    assert here(state) == ("variable:y", 1)


def test_before_everything_came_back_the_keys_go_to_the_end_and_a_selection_shows_nothing(state: AppState) -> None:
    chosen = selection.select_node(state, node="variable:x").state
    assert selected_paths(chosen) is None
    moved = paths.next_path(chosen).state
    assert moved.timeline is not None
    assert (moved.playhead, here(moved)) == (moved.timeline.last, ("variable:x", 0))
    back = playback.first(moved).state
    assert shown_path(back) is None


def test_a_path_that_is_chosen_again_is_let_go_and_another_selection_drops_it(state: AppState) -> None:
    state = paths.next_path(state).state
    assert paths.show_path(state, path=0).state.selection.path is None
    assert paths.show_path(state, path=1).state.selection.path == 1
    assert here(selection.select_node(state, node="variable:y").state) == ("variable:y", None)


def test_a_path_under_the_pointer_is_shown_before_the_chosen_one(state: AppState) -> None:
    state = paths.hover_path(paths.next_path(state).state, path=1).state
    shown = shown_path(state)
    assert shown is not None
    assert shown[1] == 1
    shown = shown_path(paths.hover_path(state, path=None).state)
    assert shown is not None
    assert shown[1] == 0


def test_paths_are_told_in_the_numbers_of_the_chain_rule(state: AppState) -> None:
    state = paths.next_path(state).state
    found = selected_paths(state)
    assert found is not None
    assert state.graph is not None
    assert heading_of(found) == "2 paths, sum = 13.00"
    assert notes_of(found) == ("tape.gradient returned 13.00: the same.",)
    assert symbols_text(state.graph, found.paths[0]) == "f ← + ← + ← × ← 3× ← x"
    assert product_text(found.paths[0]) == "1 × 1 × 1 × 3 × 3 = 9.000"
    assert list(factor_texts(found.paths[1]).values()) == ["× 1", "× 1", "× 1", "× 4"]
    last = path_caption(state.graph, found, 1)
    assert last.heading == "Path 2 of 2"
    assert last.text.endswith("1 × 1 × 1 × 4 = 4.000; all 2 make ∂f/∂x = 13.00.")


def test_without_a_gradient_there_is_no_path() -> None:
    assert not paths.has_paths(AppState())
    assert paths.next_path(AppState()).state == AppState()
