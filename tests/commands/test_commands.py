"""Commands are plain functions: a state in, an outcome out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tapeviz.commands import asking, files, lesson, opening, playback, responses, run, selection, view
from tapeviz.commands.outcome import Stop
from tapeviz.model.explanation import SymbolicDerivative
from tapeviz.model.recording import Inside, LessonError, Recording
from tapeviz.model.state import AppState
from tapeviz.protocol.requests import DeriveSymbolic, RunLesson
from tapeviz.protocol.responses import EngineReady, LessonRecorded, OutputPrinted, SymbolicDerived
from tests.model.builder import quadratic_in_two_variables

SCRIPT = """import tensorflow as tf

x = tf.Variable(2.0)
y = tf.Variable(3.0)

with tf.GradientTape() as tape:
    f = x**2 + 3*x*y + y**3

grads = tape.gradient(f, [x, y])
"""


@pytest.fixture
def opened() -> AppState:
    state = files.open_text(AppState(), text=SCRIPT, name="lesson.py").state
    return responses.respond(state, EngineReady(tensorflow_version="2.21.0")).state


def recording_of(text: str) -> Recording:
    recording = quadratic_in_two_variables()
    return replace(recording, source=replace(recording.source, text=text))


@pytest.fixture
def recorded(opened: AppState) -> AppState:
    started = run.run(opened).state
    answer = LessonRecorded(generation=started.generation, recording=recording_of(SCRIPT))
    return responses.respond(started, answer).state


def test_opening_runs_nothing() -> None:
    outcome = files.open_text(AppState(), text=SCRIPT, name="lesson.py")
    assert outcome.request is None
    assert outcome.state.recording is None


def test_run_sends_the_text_with_a_new_generation(opened: AppState) -> None:
    outcome = run.run(opened)
    assert isinstance(outcome.request, RunLesson)
    assert (outcome.request.text, outcome.request.generation) == (SCRIPT, opened.generation + 1)
    assert outcome.state.engine.phase == "running"


def test_a_recording_shows_the_graph_at_its_beginning_and_its_symbolic_twin_can_be_asked_for(opened: AppState) -> None:
    started = run.run(opened).state
    answer = LessonRecorded(generation=started.generation, recording=recording_of(SCRIPT))
    outcome = responses.respond(started, answer)
    assert outcome.state.playhead == 0
    assert outcome.state.graph is not None
    assert outcome.state.timeline is not None
    assert outcome.state.engine.phase == "ready"
    assert outcome.request is None
    asked = asking.derive_symbolic(outcome.state)
    assert asked.request == DeriveSymbolic(generation=started.generation, call=0)


def test_an_answer_of_an_older_run_changes_nothing(recorded: AppState) -> None:
    stale = recorded.generation - 1
    answers = (
        LessonRecorded(generation=stale, recording=recording_of("")),
        OutputPrinted(generation=stale, text="late"),
        SymbolicDerived(generation=stale, call=0, derivatives=()),
    )
    for answer in answers:
        assert responses.respond(recorded, answer).state is recorded


def test_a_failed_run_without_ops_keeps_the_last_good_graph(recorded: AppState) -> None:
    started = run.run(recorded).state
    error = LessonError(cell=0, type="SyntaxError", message="invalid syntax", line=3, hint="Close the bracket.")
    empty = replace(
        recording_of("x = ("), ops=(), tensors=(), tapes=(), gradient_calls=(), errors=(error,), ended_by="error"
    )
    after = responses.respond(started, LessonRecorded(generation=started.generation, recording=empty)).state
    assert after.recording is recorded.recording
    assert after.failure is error
    assert after.engine.phase == "ready"


def test_steps_stay_within_the_timeline(recorded: AppState) -> None:
    assert playback.step_back(recorded).state is recorded
    at_end = playback.last(recorded).state
    assert at_end.timeline is not None
    assert at_end.playhead == at_end.timeline.last
    assert playback.step_forward(at_end).state is at_end


def test_every_step_forward_is_taken_back_by_a_step_back(recorded: AppState) -> None:
    assert recorded.timeline is not None
    state, passed = recorded, []
    for _ in range(recorded.timeline.last):
        passed.append(state.playhead)
        state = playback.step_forward(state).state
    for expected in reversed(passed):
        state = playback.step_back(state).state
        assert state.playhead == expected


def test_playing_stops_at_the_last_step_and_begins_anew(recorded: AppState) -> None:
    assert recorded.timeline is not None
    state = playback.toggle_play(recorded).state
    assert state.view.is_playing
    for _ in range(recorded.timeline.last):
        state = playback.play_on(state).state
    assert state.playhead == recorded.timeline.last
    assert not state.view.is_playing
    again = playback.toggle_play(state).state
    assert (again.playhead, again.view.is_playing) == (0, True)


def test_a_dragged_value_runs_again_and_keeps_playhead_and_subject(recorded: AppState) -> None:
    at_end = playback.last(recorded).state
    outcome = lesson.set_value(at_end, name="x", value="2.5", is_dragging=True)
    assert isinstance(outcome.request, RunLesson)
    assert "tf.Variable(2.5)" in outcome.request.text
    answer = LessonRecorded(generation=outcome.request.generation, recording=recording_of(outcome.request.text))
    after = responses.respond(outcome.state, answer).state
    assert (after.playhead, after.subject) == (at_end.playhead, at_end.subject)
    assert not after.is_stale


def test_values_dragged_while_a_run_is_under_way_are_sent_once_it_answers(recorded: AppState) -> None:
    first = lesson.set_value(recorded, name="x", value="2.1", is_dragging=True)
    second = lesson.set_value(first.state, name="x", value="2.2", is_dragging=True)
    third = lesson.set_value(second.state, name="x", value="2.3", is_dragging=True)
    assert (second.request, third.request) == (None, None)
    answer = LessonRecorded(generation=first.state.generation, recording=recording_of("older"))
    outcome = responses.respond(third.state, answer)
    assert isinstance(outcome.request, RunLesson)
    assert "tf.Variable(2.3)" in outcome.request.text


def test_a_value_changed_before_the_first_run_only_changes_the_script(opened: AppState) -> None:
    outcome = lesson.set_value(opened, name="y", value="1.5")
    assert outcome.request is None
    assert "y = tf.Variable(1.5)" in outcome.state.lesson.text


def test_form_and_script_are_two_sides_of_one_text(opened: AppState) -> None:
    form = opened.lesson.form
    assert form is not None
    changed = lesson.edit_form(opened, form=replace(form, functions=("f(x, y) = x*y",))).state
    assert "f = x*y" in changed.lesson.text
    back = lesson.edit_text(changed, text=changed.lesson.text.replace("x*y", "x + y")).state
    assert back.lesson.form is not None
    assert "x + y" in back.lesson.form.functions[0]


def test_a_formula_that_cannot_be_read_stays_in_the_form_and_leaves_the_script(opened: AppState) -> None:
    form = opened.lesson.form
    assert form is not None
    broken = lesson.edit_form(opened, form=replace(form, functions=("f(x, y) = x*(y",))).state
    assert broken.lesson.form is not None
    assert broken.lesson.form.functions == ("f(x, y) = x*(y",)
    assert broken.lesson.problems
    assert broken.lesson.text == SCRIPT


def typed(state: AppState, formula: str) -> AppState:
    """Type a formula over the one that is there, letter by letter."""
    for end in range(1, len(formula) + 1):
        assert state.lesson.form is not None
        state = lesson.edit_form(state, form=replace(state.lesson.form, functions=(formula[:end],))).state
    return state


def test_a_variable_goes_with_its_parameter_and_comes_back_with_its_value(opened: AppState) -> None:
    other = typed(opened, "f(u) = u^2")
    assert other.lesson.form is not None
    assert [row.name for row in other.lesson.form.variables] == ["u"]
    assert "tf.Variable(3.0)" not in other.lesson.text
    back = typed(other, "f(u, y) = u*y")
    assert back.lesson.form is not None
    assert [(row.name, row.value) for row in back.lesson.form.variables][1] == ("y", "3.0")
    assert "y = tf.Variable(3.0)" in back.lesson.text


def test_a_script_of_another_shape_rests_the_form_and_says_why(opened: AppState) -> None:
    after = lesson.edit_text(opened, text="for i in range(3):\n    print(i)\n").state
    assert after.lesson.form is None
    assert after.lesson.form_note


def test_code_and_graph_point_at_each_other(recorded: AppState) -> None:
    assert recorded.graph is not None
    node = selection.node_at(recorded, 7, 0)
    assert node is not None
    chosen = selection.select_place(recorded, line=7, column=0).state
    assert chosen.selection.node == node


def test_stop_asks_for_stopping_only_while_something_runs(recorded: AppState) -> None:
    assert run.stop(recorded).request is None
    assert isinstance(run.stop(run.run(recorded).state).request, Stop)


def test_opening_another_lesson_stops_the_run_and_its_answer_frees_the_engine(recorded: AppState) -> None:
    started = run.run(recorded).state
    opened = files.open_text(started, text="x = 1\n", name="other.py")
    assert isinstance(opened.request, Stop)
    assert opened.state.engine.phase == "stopping"
    answer = LessonRecorded(generation=started.generation, recording=recording_of(SCRIPT))
    after = responses.respond(opened.state, answer).state
    assert after.engine.phase == "ready"
    assert after.recording is None


def test_a_lost_run_says_why_and_keeps_the_graph(recorded: AppState) -> None:
    started = run.run(recorded).state
    lost = responses.run_ended_early(started, message="The process ended.", generation=started.generation, line=3).state
    assert lost.recording is recorded.recording
    assert lost.failure is not None
    assert (lost.failure.message, lost.failure.line) == ("The process ended.", 3)
    assert responses.engine_restarted(lost).state.engine.phase == "ready"


def test_folding_changes_the_graph_and_nothing_of_the_recording(recorded: AppState) -> None:
    unfolded = view.toggle_folding(recorded).state
    assert unfolded.graph is not None
    assert recorded.graph is not None
    assert len(unfolded.graph.nodes) > len(recorded.graph.nodes)
    assert unfolded.recording is recorded.recording


def test_symbolic_twins_are_kept_by_call(recorded: AppState) -> None:
    twin = SymbolicDerivative(left="∂f/∂x", expression="2x + 3y", substituted="4 + 9", value=13.0, latex="2x + 3y")
    answer = SymbolicDerived(generation=recorded.generation, call=0, derivatives=(twin, None))
    assert responses.respond(recorded, answer).state.symbolic == {0: (twin, None)}


def test_places_of_dragged_nodes_are_saved_with_the_lesson(recorded: AppState) -> None:
    moved = view.place_node(recorded, node="variable:x", x=10.0, y=20.0).state
    text = files.text_to_save(moved)
    reopened = files.open_text(AppState(), text=text, name="lesson.py").state
    assert reopened.lesson.positions == {"variable:x": (10.0, 20.0)}
    assert files.text_to_save(recorded) == SCRIPT


def opening_recording() -> Recording:
    """The quadratic, whose last op opens into the quadratic, whose last op opens once more."""
    innermost = quadratic_in_two_variables()
    last = innermost.gradient_calls[0].started_at - 1
    inside = Inside(op=last, kind="function", title="inner", recording=innermost, calls=(0,))
    middle = replace(innermost, insides=(inside,))
    return replace(recording_of(SCRIPT), insides=(replace(inside, title="outer", recording=middle),))


@pytest.fixture
def with_insides(opened: AppState) -> AppState:
    started = run.run(opened).state
    answer = LessonRecorded(generation=started.generation, recording=opening_recording())
    return responses.respond(started, answer).state


def node_that_opens(state: AppState) -> str:
    assert state.graph is not None
    assert state.shown is not None
    return next(node.id for node in state.graph.nodes if node.op == state.shown.insides[0].op)


def test_an_op_opens_and_closes_again_to_where_it_was_opened(with_insides: AppState) -> None:
    state = playback.last(with_insides).state
    playhead = state.playhead
    node = node_that_opens(state)
    state = selection.select_node(state, node=node).state
    state = opening.open_node(state).state
    assert state.recording is not None
    assert state.shown is state.recording.insides[0].recording
    assert [place.title for place in state.opened] == ["outer"]
    state = opening.open_node(state, node=node_that_opens(state)).state
    assert [place.title for place in state.opened] == ["outer", "inner"]
    assert opening.open_node(state, node=node).state is state, "the innermost has no op that opens"
    state = playback.first(state).state
    state = opening.close_opened(state).state
    assert [place.title for place in state.opened] == ["outer"]
    state = opening.close_opened(state).state
    assert state.shown is state.recording
    assert (state.playhead, state.selection.node) == (playhead, node)
    assert opening.close_opened(state).state is state


def test_the_breadcrumb_closes_several_at_once(with_insides: AppState) -> None:
    state = with_insides
    for _ in range(2):
        state = opening.open_node(state, node=node_that_opens(state)).state
    state = opening.close_to(state, depth=0).state
    assert state.shown is state.recording
    assert state.opened == ()


def test_a_new_run_stays_inside_where_it_opens_as_before_and_comes_out_where_not(with_insides: AppState) -> None:
    state = opening.open_node(with_insides, node=node_that_opens(with_insides)).state
    state = playback.last(state).state
    again = run.run(state).state
    answered = responses.respond(again, LessonRecorded(generation=again.generation, recording=opening_recording()))
    assert [place.title for place in answered.state.opened] == ["outer"]
    assert answered.state.playhead == state.playhead
    without = responses.respond(again, LessonRecorded(generation=again.generation, recording=recording_of(SCRIPT)))
    assert without.state.opened == ()
    assert without.state.shown is without.state.recording


def test_nodes_within_an_op_have_places_of_their_own(with_insides: AppState) -> None:
    state = view.place_node(with_insides, node="variable:x", x=1.0, y=2.0).state
    state = opening.open_node(state, node=node_that_opens(state)).state
    assert state.positions == {}
    state = view.place_node(state, node="variable:x", x=5.0, y=6.0).state
    assert state.positions == {"variable:x": (5.0, 6.0)}
    assert opening.close_opened(state).state.positions["variable:x"] == (1.0, 2.0)


def test_the_symbolic_twin_is_of_the_lessons_calls_only(with_insides: AppState) -> None:
    assert asking.wants_symbolic(with_insides)
    state = opening.open_node(with_insides, node=node_that_opens(with_insides)).state
    assert not asking.wants_symbolic(state)
