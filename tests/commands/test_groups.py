"""Folding as a command: it is kept with the lesson, keeps the moment, and nothing happens where nothing can."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tapeviz.commands import files, groups, opening, playback
from tapeviz.commands.looking import looking_at
from tapeviz.model.lesson import settings_of
from tapeviz.model.state import AppState, LessonState, Selection
from tapeviz.model.subjects import subjects
from tests.paint.recorded import recorded


@pytest.fixture
def state() -> AppState:
    recording = recorded("nested tape").recording
    lesson = LessonState(name="lesson.py", text=recording.source.text, saved_text=recording.source.text)
    return looking_at(AppState(lesson=lesson), recording, subjects(recording)[-1])


def group_in(state: AppState) -> str:
    assert state.graph is not None
    return state.graph.groups[0].id


def drawn(state: AppState) -> set[str]:
    assert state.graph is not None
    return {node.id for node in state.graph.nodes}


def test_the_group_around_the_selected_node_folds_and_comes_to_be_selected(state: AppState) -> None:
    assert state.graph is not None
    member = state.graph.groups[0].nodes[0]
    pointed = replace(state, selection=Selection(node=member))
    folded = groups.fold_group(pointed).state
    assert folded.selection.node == group_in(state)
    assert group_in(state) in drawn(folded)
    assert member not in drawn(folded)


def test_enter_and_plus_unfold_the_selected_group(state: AppState) -> None:
    folded = groups.fold_group(state, group=group_in(state)).state
    assert drawn(groups.unfold_group(folded).state) == drawn(state)
    assert opening.can_open(folded)
    assert drawn(opening.open_node(folded).state) == drawn(state)


def test_folds_are_written_into_the_lesson_and_read_from_it(state: AppState) -> None:
    folded = groups.fold_group(state, group=group_in(state)).state
    text = files.text_to_save(folded)
    assert settings_of(text).folds == {group_in(state): True}
    opened = files.open_text(AppState(), text=text, name="lesson.py").state
    recording = recorded("nested tape").recording
    assert group_in(state) in drawn(looking_at(opened, recording, subjects(recording)[-1]))


def test_fold_to_fit_forgets_what_was_chosen(state: AppState) -> None:
    folded = groups.fold_all(state).state
    assert folded.folds == {group_in(state): True}
    fitting = groups.fold_to_fit(folded).state
    assert fitting.folds == {}
    assert files.text_to_save(fitting) == fitting.lesson.text
    assert drawn(fitting) == drawn(state)


def test_the_playhead_keeps_its_moment(state: AppState) -> None:
    assert state.timeline is not None
    for playhead in range(state.timeline.last + 1):
        there = playback.go_to(state, playhead=playhead).state
        folded = groups.fold_all(there).state
        assert folded.timeline is not None
        assert there.timeline is not None
        phase = there.timeline.steps[playhead].phase
        assert folded.timeline.steps[folded.playhead].phase == phase
        again = groups.unfold_all(folded).state
        assert again.playhead >= playhead


def test_another_grouping_draws_the_graph_anew(state: AppState) -> None:
    assert state.graph is not None
    plain = groups.group_nothing(state).state
    assert plain.graph is not None
    assert plain.graph.groups == ()
    assert drawn(plain) == drawn(state)
    lines = groups.group_by_lines(plain).state
    assert lines.graph is not None
    assert any(group.kind == "line" for group in lines.graph.groups)
    assert groups.set_grouping(lines, grouping="lines").state is lines


def test_nothing_happens_where_nothing_is_there() -> None:
    empty = AppState()
    for command in (groups.fold_group, groups.unfold_group, groups.fold_all, groups.unfold_all, groups.fold_to_fit):
        assert command(empty).state == empty
    assert groups.toggle_group(empty, group="f").state == empty
    assert groups.reveal_node(empty, node="x").state == empty
    assert not groups.has_groups(empty)
