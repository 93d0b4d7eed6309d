"""How things are shown."""

from __future__ import annotations

from dataclasses import replace

from tapeviz.commands.command import Command, has_recording
from tapeviz.commands.looking import showing, turning_to
from tapeviz.commands.outcome import Outcome
from tapeviz.model.graph import Subject
from tapeviz.model.state import AppState, Tab, ThemeName
from tapeviz.model.subjects import row_position, subject_at_row


def show_subject(state: AppState, *, subject: Subject) -> Outcome:
    """Look at another gradient call."""
    if subject == state.subject:
        return Outcome(state=state)
    return Outcome(state=showing(state, subject))


def show_iteration(state: AppState, *, iteration: int) -> Outcome:
    """Look at the same call in another iteration of its loop; iterations count from 0."""
    return Outcome(state=state if iteration == state.iteration else turning_to(state, iteration))


def show_row(state: AppState, *, row: int) -> Outcome:
    """Look at another row of the same Jacobian, at the same step; rows count from 0."""
    if state.shown is None or state.subject is None:
        return Outcome(state=state)
    return show_subject(state, subject=subject_at_row(state.shown, state.subject, row))


def next_row(state: AppState) -> Outcome:
    """Go on to the next row of the Jacobian."""
    position = _row(state)
    return Outcome(state=state) if position is None else show_row(state, row=position[0] + 1)


def previous_row(state: AppState) -> Outcome:
    """Go back to the row before."""
    position = _row(state)
    return Outcome(state=state) if position is None else show_row(state, row=position[0] - 1)


def _row(state: AppState) -> tuple[int, int] | None:
    return None if state.shown is None or state.subject is None else row_position(state.shown, state.subject)


def has_next_row(state: AppState) -> bool:
    """Hold where the Jacobian that is looked at has a row after this one."""
    position = _row(state)
    return position is not None and position[0] + 1 < position[1]


def has_previous_row(state: AppState) -> bool:
    """Hold where it has a row before this one."""
    position = _row(state)
    return position is not None and position[0] > 0


def toggle_folding(state: AppState) -> Outcome:
    """Show the tape exactly as it is, or without its plumbing."""
    folded = replace(state, view=replace(state.view, is_folded=not state.view.is_folded))
    return Outcome(state=folded if folded.subject is None else showing(folded, folded.subject))


def set_tab(state: AppState, *, tab: Tab) -> Outcome:
    """Show the graph, the descent, the steps, the output or the tapes."""
    return Outcome(state=state if tab == state.view.tab else replace(state, view=replace(state.view, tab=tab)))


def show_graph(state: AppState) -> Outcome:
    """Show the graph."""
    return set_tab(state, tab="graph")


def show_descent(state: AppState) -> Outcome:
    """Show the race on the landscape."""
    return set_tab(state, tab="descent")


def show_steps(state: AppState) -> Outcome:
    """Show the table of steps."""
    return set_tab(state, tab="steps")


def show_output(state: AppState) -> Outcome:
    """Show what the lesson printed."""
    return set_tab(state, tab="output")


def show_tapes(state: AppState) -> Outcome:
    """Show what the tapes hold."""
    return set_tab(state, tab="tapes")


def set_theme(state: AppState, *, theme: ThemeName) -> Outcome:
    """Take another theme."""
    return Outcome(state=replace(state, view=replace(state.view, theme=theme)))


def toggle_theme(state: AppState) -> Outcome:
    """Change between light and dark."""
    return set_theme(state, theme="light" if state.view.theme == "dark" else "dark")


def toggle_projector(state: AppState) -> Outcome:
    """Change between the projector's strong lines and the light theme."""
    return set_theme(state, theme="light" if state.view.theme == "projector" else "projector")


def toggle_direction(state: AppState) -> Outcome:
    """Draw from left to right, or from top to bottom; nodes that were put somewhere go back into line."""
    turned = replace(state.view, direction="down" if state.view.direction == "right" else "right")
    return Outcome(state=replace(state, view=turned, lesson=replace(state.lesson, positions={})))


def toggle_animation(state: AppState) -> Outcome:
    """Let pulses travel, or jump from step to step."""
    return Outcome(state=replace(state, view=replace(state.view, is_animated=not state.view.is_animated)))


def toggle_lesson(state: AppState) -> Outcome:
    """Hide the lesson, so that picture and plots have its room, or show it again."""
    hidden = not state.view.is_lesson_hidden
    return Outcome(state=replace(state, view=replace(state.view, is_lesson_hidden=hidden)))


def toggle_widths(state: AppState) -> Outcome:
    """Draw edges the wider, the larger their cotangent."""
    wide = not state.view.is_width_by_cotangent
    return Outcome(state=replace(state, view=replace(state.view, is_width_by_cotangent=wide)))


def place_node(state: AppState, *, node: str, x: float, y: float) -> Outcome:
    """Leave a node where it was dragged to."""
    positions = {**state.lesson.positions, state.position_prefix + node: (x, y)}
    return Outcome(state=replace(state, lesson=replace(state.lesson, positions=positions)))


def reset_positions(state: AppState) -> Outcome:
    """Put every dragged node back into line."""
    return Outcome(state=replace(state, lesson=replace(state.lesson, positions={})))


COMMANDS = (
    Command(
        id="view.fit",
        title="Fit",
        tooltip="Show the whole graph",
        menu="View",
        shortcuts=("Ctrl+0",),
        is_enabled=has_recording,
    ),
    Command(
        id="view.zoom_in",
        title="Zoom In",
        tooltip="See the graph from nearer",
        menu="View",
        shortcuts=("Ctrl++", "Ctrl+="),
    ),
    Command(id="view.zoom_out", title="Zoom Out", tooltip="See more of the graph", menu="View", shortcuts=("Ctrl+-",)),
    Command(
        id="view.find_node",
        title="Find in Graph…",
        tooltip="Search a node by name, symbol or op type and centre on it",
        menu="Graph",
        shortcuts=("Ctrl+Shift+F",),
        is_enabled=has_recording,
    ),
    Command(
        id="view.toggle_folding",
        title="Fold Plumbing",
        tooltip="Hide variable reads, shapes and the like, or show the tape as it is",
        menu="Graph",
        group=3,
        shortcuts=("Ctrl+Shift+L",),
        is_checked=lambda state: state.view.is_folded,
        function=toggle_folding,
    ),
    Command(
        id="view.toggle_direction",
        title="Top to Bottom",
        tooltip="Draw the graph downwards instead of to the right",
        menu="Graph",
        group=3,
        is_checked=lambda state: state.view.direction == "down",
        function=toggle_direction,
    ),
    Command(
        id="view.toggle_widths",
        title="Width by Cotangent",
        tooltip="Draw edges the wider, the larger their cotangent",
        menu="Graph",
        group=3,
        is_checked=lambda state: state.view.is_width_by_cotangent,
        function=toggle_widths,
    ),
    Command(
        id="view.toggle_animation",
        title="Animate Pulses",
        tooltip="Let numbers travel along the edges",
        menu="Graph",
        group=3,
        is_checked=lambda state: state.view.is_animated,
        function=toggle_animation,
    ),
    Command(
        id="graph.reset_positions",
        title="Put Nodes Back",
        tooltip="Undo every dragging of nodes",
        menu="Graph",
        group=4,
        is_enabled=lambda state: bool(state.lesson.positions),
        function=reset_positions,
    ),
    Command(
        id="view.show_graph",
        title="Graph",
        tooltip="Show the graph",
        menu="View",
        group=1,
        shortcuts=("Alt+1",),
        is_checked=lambda state: state.view.tab == "graph",
        function=show_graph,
    ),
    Command(
        id="view.show_descent",
        title="Descent",
        tooltip="Show racers descending on the landscape of what the tape differentiates",
        menu="View",
        group=1,
        shortcuts=("Alt+2",),
        is_checked=lambda state: state.view.tab == "descent",
        function=show_descent,
    ),
    Command(
        id="view.show_steps",
        title="Steps",
        tooltip="Show the table of steps",
        menu="View",
        group=1,
        shortcuts=("Alt+3",),
        is_checked=lambda state: state.view.tab == "steps",
        function=show_steps,
    ),
    Command(
        id="view.show_output",
        title="Output",
        tooltip="Show what the lesson printed",
        menu="View",
        group=1,
        shortcuts=("Alt+4",),
        is_checked=lambda state: state.view.tab == "output",
        function=show_output,
    ),
    Command(
        id="view.show_tapes",
        title="Tapes",
        tooltip="Show what each tape holds, what it keeps in memory and what it left out",
        menu="View",
        group=1,
        shortcuts=("Alt+5",),
        is_checked=lambda state: state.view.tab == "tapes",
        function=show_tapes,
    ),
    Command(
        id="view.toggle_lesson",
        title="Hide Lesson",
        tooltip="Give picture and plots the room of the lesson's form and script",
        menu="View",
        group=1,
        shortcuts=("F9",),
        is_checked=lambda state: state.view.is_lesson_hidden,
        function=toggle_lesson,
    ),
    Command(
        id="view.toggle_theme",
        title="Dark Theme",
        tooltip="Change between light and dark",
        menu="View",
        group=2,
        shortcuts=("Ctrl+Shift+D",),
        is_checked=lambda state: state.view.theme == "dark",
        function=toggle_theme,
    ),
    Command(
        id="view.toggle_projector",
        title="Projector Theme",
        tooltip="Black on white with stronger lines",
        menu="View",
        group=2,
        is_checked=lambda state: state.view.theme == "projector",
        function=toggle_projector,
    ),
    Command(
        id="view.toggle_full_screen",
        title="Full Screen",
        tooltip="Fill the screen",
        menu="View",
        group=2,
        shortcuts=("F11",),
    ),
    Command(
        id="view.previous_row",
        title="Previous Row",
        tooltip="The row of the Jacobian before this one, at the same step",
        menu="Step",
        group=3,
        shortcuts=("Alt+PgUp",),
        is_enabled=has_previous_row,
        function=previous_row,
    ),
    Command(
        id="view.next_row",
        title="Next Row",
        tooltip="The next row of the Jacobian, at the same step",
        menu="Step",
        group=3,
        shortcuts=("Alt+PgDown",),
        is_enabled=has_next_row,
        function=next_row,
    ),
    Command(id="view.show_row", title="Show Row", tooltip="Look at another row of the Jacobian", function=show_row),
    Command(id="view.set_tab", title="Show Tab", tooltip="Show one of the tabs", function=set_tab),
    Command(id="view.set_theme", title="Set Theme", tooltip="Take another theme", function=set_theme),
    Command(id="view.show_subject", title="Show Call", tooltip="Look at another gradient call", function=show_subject),
    Command(
        id="view.show_iteration", title="Show Iteration", tooltip="Look at another iteration", function=show_iteration
    ),
    Command(
        id="graph.place_node", title="Place Node", tooltip="Leave a node where it was dragged", function=place_node
    ),
)
