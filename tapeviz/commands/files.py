"""Lessons come and go. Reading and writing files is the window's; here is what it means for the state."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath

from tapeviz.commands.command import Command, has_recording
from tapeviz.commands.lesson import with_text
from tapeviz.commands.looking import looking_at
from tapeviz.commands.outcome import Outcome, Stop
from tapeviz.model.descent_state import DescentState
from tapeviz.model.form import QuickForm, VariableRow
from tapeviz.model.lesson import settings_of, with_settings
from tapeviz.model.recording import Recording
from tapeviz.model.script import script_of
from tapeviz.model.state import AppState, LessonState
from tapeviz.model.subjects import default_subject

FIRST_FORM = QuickForm(
    functions=("f(x) = x^2 + 2x + 1",),
    variables=(VariableRow(name="x", kind="Variable", value="3.0"),),
    target="f",
    sources=("x",),
    persistent=False,
)
"""What a new lesson begins with: the function of the first lesson."""


def _opened(state: AppState, lesson: LessonState) -> Outcome:
    """A fresh lesson: nothing runs, and no picture of the last one is left."""
    is_running = state.requested_text is not None
    engine = replace(
        state.engine, output="", figures=(), message="", phase="stopping" if is_running else state.engine.phase
    )
    fresh = AppState(
        lesson=lesson,
        view=replace(state.view, is_playing=False),
        engine=engine,
        generation=state.generation + 1,
        descent=_descent_anew(state.descent),
    )
    return Outcome(state=fresh, request=Stop() if is_running else None)


def _descent_anew(descent: DescentState) -> DescentState:
    """Nobody races on a fresh lesson; what is numbered counts on, so that no late answer is taken for a new one."""
    # How things are drawn stays; what was asked about the last landscape is asked anew about the next.
    view = replace(descent.view, has_field=False, has_basins=False, has_curvature=False, has_critical_points=False)
    view = replace(view, has_parabola=False, has_sub_steps=False)
    return DescentState(race=descent.race + 1, sketch=descent.sketch + 1, pace=descent.pace, view=view)


def new(state: AppState) -> Outcome:
    """Begin a new lesson."""
    text = script_of(FIRST_FORM)
    return _opened(state, with_text(LessonState(saved_text=text), text))


def open_text(state: AppState, *, text: str, name: str, path: str | None = None) -> Outcome:
    """Show a lesson that was read. Opening never runs it."""
    settings = settings_of(text)
    lesson = LessonState(path=path, name=name, saved_text=text, positions=settings.positions, folds=settings.folds)
    return _opened(state, with_text(lesson, text))


def restore(state: AppState, *, text: str, name: str, path: str | None, saved_text: str) -> Outcome:
    """Bring the last session back, with what was not saved; nothing runs."""
    opened = open_text(state, text=text, name=name, path=path).state
    return Outcome(state=replace(opened, lesson=replace(opened.lesson, saved_text=saved_text)))


def begin_reading(state: AppState, *, name: str) -> Outcome:
    """Say that a recording is being read; an empty name: it is read no more."""
    message = f"Reading {name}…" if name else ""
    return Outcome(state=replace(state, engine=replace(state.engine, message=message)))


def open_recording(state: AppState, *, recording: Recording) -> Outcome:
    """Show a recording that was read from a file, and the lesson it came from. Nothing is executed."""
    name = PurePath(recording.source.name).name
    opened = open_text(state, text=recording.source.text, name=name).state
    failure = recording.errors[0] if recording.errors else None
    shown = replace(
        opened,
        recorded_text=recording.source.text,
        failure=failure,
        engine=replace(opened.engine, output=recording.output, figures=recording.figures),
    )
    return Outcome(state=looking_at(shown, recording, default_subject(recording)))


def text_to_save(state: AppState) -> str:
    """The text as it is written to the file: the script, with places of nodes and folds of groups in its header."""
    settings = settings_of(state.lesson.text)
    lesson = state.lesson
    if (settings.positions, settings.folds) == (lesson.positions, lesson.folds):
        return lesson.text
    return with_settings(lesson.text, replace(settings, positions=lesson.positions, folds=lesson.folds))


def saved(state: AppState, *, path: str, text: str) -> Outcome:
    """The text stands in a file now."""
    lesson = with_text(state.lesson, text) if text != state.lesson.text else state.lesson
    recorded = text if state.recorded_text == state.lesson.text else state.recorded_text
    named = replace(lesson, path=path, name=PurePath(path).name, saved_text=text)
    return Outcome(state=replace(state, lesson=named, recorded_text=recorded))


def has_output_figure(state: AppState) -> bool:
    """Hold where the lesson drew a figure."""
    return bool(state.engine.figures)


COMMANDS = (
    Command(id="file.new", title="New", tooltip="Begin a new lesson", menu="File", shortcuts=("Ctrl+N",)),
    Command(
        id="file.open",
        title="Open…",
        tooltip="Open a lesson or a recording; opening never runs it",
        menu="File",
        shortcuts=("Ctrl+O",),
    ),
    Command(
        id="file.open_library",
        title="Lesson Library…",
        tooltip="Browse the lessons that come with tapeviz",
        menu="File",
        shortcuts=("Ctrl+L",),
    ),
    Command(id="file.save", title="Save", tooltip="Save the lesson", menu="File", group=1, shortcuts=("Ctrl+S",)),
    Command(
        id="file.save_as",
        title="Save As…",
        tooltip="Save the lesson under another name",
        menu="File",
        group=1,
        shortcuts=("Ctrl+Shift+S",),
    ),
    Command(
        id="file.save_recording",
        title="Save Recording…",
        tooltip="Keep what was recorded, to be looked at without running",
        menu="File",
        group=1,
        is_enabled=has_recording,
    ),
    Command(
        id="file.export_figure",
        title="Export Figure…",
        tooltip="A figure of this step, or of the race, as PNG, SVG or PDF",
        menu="File",
        group=2,
        shortcuts=("Ctrl+E",),
        is_enabled=has_recording,
    ),
    Command(
        id="file.copy_figure",
        title="Copy Figure",
        tooltip="Put a figure of this step, or of the race, on the clipboard",
        menu="File",
        group=2,
        shortcuts=("Ctrl+Shift+C",),
        is_enabled=has_recording,
    ),
    Command(
        id="file.copy_output_figure",
        title="Copy Output Figure",
        tooltip="Put the figure of the output that is in view on the clipboard",
        menu="File",
        group=3,
        is_enabled=has_output_figure,
    ),
    Command(
        id="file.save_output_figure",
        title="Save Output Figure…",
        tooltip="Keep the figure of the output that is in view as a PNG",
        menu="File",
        group=3,
        is_enabled=has_output_figure,
    ),
    Command(
        id="file.quit",
        title="Quit",
        tooltip="Leave tapeviz; the session comes back next time",
        menu="File",
        group=9,
        shortcuts=("Ctrl+Q",),
    ),
    Command(
        id="edit.undo", title="Undo", tooltip="Undo the last change of the lesson", menu="Edit", shortcuts=("Ctrl+Z",)
    ),
    Command(
        id="edit.redo", title="Redo", tooltip="Redo what was undone", menu="Edit", shortcuts=("Ctrl+Shift+Z", "Ctrl+Y")
    ),
    Command(id="edit.cut", title="Cut", tooltip="Cut the selected text", menu="Edit", group=1),
    Command(id="edit.copy", title="Copy", tooltip="Copy the selected text", menu="Edit", group=1),
    Command(id="edit.paste", title="Paste", tooltip="Paste text", menu="Edit", group=1),
    Command(
        id="edit.copy_latex",
        title="Copy LaTeX",
        tooltip="Put the formulas of the inspector on the clipboard: the rule, its numbers, the symbolic derivative",
        menu="Edit",
        group=1,
        shortcuts=("Ctrl+Alt+C",),
        is_enabled=has_recording,
    ),
    Command(id="edit.find", title="Find…", tooltip="Find in the script", menu="Edit", group=2, shortcuts=("Ctrl+F",)),
    Command(id="file.begin", title="Begin", tooltip="Begin a new lesson without asking", function=new),
    Command(id="file.open_text", title="Show Lesson", tooltip="Show a lesson that was read", function=open_text),
    Command(
        id="file.begin_reading",
        title="Read Recording",
        tooltip="Say that a recording is being read",
        function=begin_reading,
    ),
    Command(
        id="file.open_recording",
        title="Show Recording",
        tooltip="Show a recording that was read",
        function=open_recording,
    ),
    Command(id="file.restore", title="Restore", tooltip="Bring the last session back", function=restore),
    Command(id="file.saved", title="Saved", tooltip="The lesson stands in a file", function=saved),
)
