"""Changing the lesson: form and script are two sides of one text."""

from __future__ import annotations

from dataclasses import replace

from tapeviz.commands.command import Command
from tapeviz.commands.outcome import Outcome
from tapeviz.commands.run import rerun_after_edit
from tapeviz.model.form import QuickForm
from tapeviz.model.script import edit_form as carry_edit
from tapeviz.model.script import form_of
from tapeviz.model.script import set_value as set_literal
from tapeviz.model.state import AppState, LessonState
from tapeviz.protocol.requests import CompleteName


def with_text(lesson: LessonState, text: str) -> LessonState:
    """The lesson with another text, and the form that this text still has the shape of."""
    form, note = form_of(text, lesson.form)
    return replace(lesson, text=text, form=form, form_note=note, problems=(), value_problems={})


def edit_text(state: AppState, *, text: str) -> Outcome:
    """Take what was typed in the script editor."""
    if text == state.lesson.text:
        return Outcome(state=state)
    return Outcome(state=replace(state, lesson=with_text(state.lesson, text), failure=None))


def edit_form(state: AppState, *, form: QuickForm) -> Outcome:
    """Take what was typed in the form; the script follows as soon as all of it can be read."""
    if state.lesson.form is None and state.lesson.text.strip():
        return Outcome(state=state)
    known = {row.name: row for row in form.variables}
    edit = carry_edit(state.lesson.text, form, state.lesson.form)
    recalled = tuple(known.get(row.name) or state.lesson.remembered.get(row.name, row) for row in edit.form.variables)
    if recalled != edit.form.variables:
        edit = carry_edit(edit.text, replace(edit.form, variables=recalled), edit.form)
    kept = {row.name for row in edit.form.variables}
    gone = {name: row for name, row in known.items() if name not in kept}
    lesson = replace(
        state.lesson,
        text=edit.text,
        form=edit.form,
        form_note="",
        problems=edit.problems,
        value_problems=edit.value_problems,
        remembered={**state.lesson.remembered, **gone},
    )
    return Outcome(state=replace(state, lesson=lesson, failure=None))


def set_value(state: AppState, *, name: str, value: str, is_dragging: bool = False) -> Outcome:
    """Give a variable another value and record again; while a slider is dragged every answer moves the numbers."""
    try:
        text = set_literal(state.lesson.text, name, value)
    except ValueError as problem:
        problems = {**state.lesson.value_problems, name: str(problem)}
        return Outcome(state=replace(state, lesson=replace(state.lesson, value_problems=problems)))
    if text == state.lesson.text:
        return Outcome(state=state) if is_dragging else rerun_if_stale(state)
    return rerun_after_edit(replace(state, lesson=with_text(state.lesson, text), failure=None))


def rerun_if_stale(state: AppState) -> Outcome:
    """Record again where the picture is older than the code."""
    return rerun_after_edit(state) if state.is_stale and state.requested_text is None else Outcome(state=state)


def complete(state: AppState, *, prefix: str, request_id: int = 0) -> Outcome:
    """Ask the live namespace what could follow `prefix`."""
    return Outcome(state=state, request=CompleteName(request_id=request_id, prefix=prefix))


COMMANDS = (
    Command(id="lesson.edit_text", title="Edit Script", tooltip="Change the script", function=edit_text),
    Command(id="lesson.edit_form", title="Edit Form", tooltip="Change the form", function=edit_form),
    Command(id="lesson.set_value", title="Set Value", tooltip="Give a variable another value", function=set_value),
    Command(id="lesson.complete", title="Complete", tooltip="Complete a name", function=complete),
)
