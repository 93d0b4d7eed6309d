"""From a recording to what is looked at: the one place that puts graph and timeline into the state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tapeviz.model.drawing import drawn
from tapeviz.model.frame import build_frame
from tapeviz.model.graph import OpGraph, Subject
from tapeviz.model.own_trajectory import own_trajectories
from tapeviz.model.recording import Inside, Recording
from tapeviz.model.scrubbing import iteration_of, turned
from tapeviz.model.state import AppState, Opened, Selection
from tapeviz.model.subjects import default_subject, inside_of, subject_at_row, subjects, whole_of
from tapeviz.model.timeline import Timeline, build_timeline, same_moment


def _drawn(state: AppState, shown: Recording, subject: Subject) -> tuple[OpGraph, OpGraph, Timeline]:
    view = state.view
    return drawn(shown, subject, is_folded=view.is_folded, grouping=view.grouping, folds=state.folds)


def prepare(state: AppState, recording: Recording) -> None:
    """Derive beforehand, on any thread, what `looking_again` will need, so that the window's thread need not."""
    into, subject, opened = _same_place(state, recording)
    _, graph, timeline = _drawn(replace(state, opened=opened), into, subject)
    build_frame(into, graph, timeline, 0)
    own_trajectories(recording, opened[0].subject if opened else subject)


def looking_at(state: AppState, recording: Recording, subject: Subject) -> AppState:
    """The state with a call of the whole run on the canvas; whatever was opened is closed."""
    return _showing(replace(state, recording=recording, opened=()), recording, subject)


def looking_again(state: AppState, recording: Recording) -> AppState:
    """The state with a new run on the canvas, at the place that was shown of the last one."""
    into, subject, opened = _same_place(state, recording)
    again = _showing(replace(state, recording=recording, opened=opened), into, subject)
    return again if state.iteration is None else turning_to(again, state.iteration)


def showing(state: AppState, subject: Subject) -> AppState:
    """The state with another call of what is looked into on the canvas."""
    return state if state.looked_into is None else _showing(state, state.looked_into, subject)


def turning_to(state: AppState, iteration: int) -> AppState:
    """The state with another iteration of the shown call's loop on the canvas; as it was where there is no such."""
    into, subject = state.looked_into, state.subject
    found = None if into is None or subject is None else turned(into, subject, iteration)
    if into is None or found is None:
        return state
    shown, there = found
    turned_to = replace(_showing(state, into, there), shown=shown, iteration=iteration)
    if shown is into or turned_to.graph is None:
        return turned_to
    return replace(turned_to, timeline=build_timeline(shown, turned_to.graph))


def opening(state: AppState, node: str, inside: Inside) -> AppState:
    """The state with what the op of `node` opens into on the canvas, at the call that is looked at."""
    if inside.recording is None or state.subject is None:
        return state
    place = Opened(op=inside.op, node=node, title=inside.title, subject=state.subject, playhead=state.playhead)
    call = state.subject.call
    is_passed = call in inside.calls
    subject = Subject(call=inside.calls.index(call)) if is_passed else default_subject(inside.recording)
    return _showing(replace(state, opened=(*state.opened, place)), inside.recording, subject)


def entering(state: AppState, recording: Recording, title: str, note: str) -> AppState:
    """The state with a recording that belongs to the shown call on the canvas, such as that of an iterate.

    Its last gradient call is looked at. Whatever was open is closed.
    """
    closed = closing(state, 0)
    if closed.subject is None or not recording.gradient_calls:
        return state
    place = Opened(
        op=None,
        node="",
        title=title,
        subject=closed.subject,
        playhead=closed.playhead,
        recording=recording,
        note=note,
        tab=closed.view.tab,
    )
    entered = replace(closed, opened=(place,), view=replace(closed.view, tab="graph"))
    return _showing(entered, recording, Subject(call=recording.gradient_calls[-1].id))


def closing(state: AppState, depth: int) -> AppState:
    """The state with only the outermost `depth` ops still open, where it stood when the next one was opened."""
    if state.recording is None or depth >= len(state.opened):
        return state
    place = state.opened[depth]
    within = _within(state.recording, state.opened[:depth])
    if within is None:
        return state
    closed = _showing(replace(state, opened=state.opened[:depth]), within, place.subject)
    last = closed.timeline.last if closed.timeline is not None else 0
    view = closed.view if place.recording is None else replace(closed.view, tab=place.tab)
    return replace(closed, playhead=min(place.playhead, last), selection=Selection(node=place.node or None), view=view)


def _showing(state: AppState, into: Recording, subject: Subject) -> AppState:
    """Put `subject` of `into` on the canvas: same structure keeps playhead and selection, another begins anew.

    The same run of the same subject, drawn in another way, stays at its moment.
    """
    whole, graph, timeline = _drawn(state, into, subject)
    found = iteration_of(into, subject)
    playhead = 0
    if state.looked_into is into and state.subject == subject and state.timeline is not None:
        playhead = same_moment(state.timeline, state.playhead, timeline)
    elif state.graph is not None and state.graph.structure == graph.structure:
        playhead = min(state.playhead, timeline.last)
    known = {node.id for node in graph.nodes} | {group.id for group in graph.groups}
    selected = state.selection.node if state.selection.node in known else None
    return replace(
        state,
        looked_into=into,
        shown=into,
        iteration=found[1] if found is not None else None,
        subject=subject,
        whole=whole,
        graph=graph,
        timeline=timeline,
        playhead=playhead,
        selection=Selection(node=selected),
    )


def _within(recording: Recording, opened: Sequence[Opened]) -> Recording | None:
    """Walk from a recording into what is open; None where a part of it does not open."""
    within: Recording | None = recording
    for place in opened:
        inside = inside_of(within, place.op) if within is not None and place.op is not None else None
        within = inside.recording if inside is not None else place.recording
    return within


def _same_place(state: AppState, recording: Recording) -> tuple[Recording, Subject, tuple[Opened, ...]]:
    """Find in a new recording what was shown of the last one: as deep inside, if all of it still opens."""
    if not state.opened or state.recording is None or state.looked_into is None:
        return recording, _same_subject(state.subject, state.recording, recording), ()
    outermost = _same_subject(state.opened[0].subject, state.recording, recording)
    within = _within(recording, state.opened) if state.opened[0].recording is None else None
    if within is None or outermost != state.opened[0].subject:
        return recording, outermost, ()
    return within, _same_subject(state.subject, state.looked_into, within), state.opened


def _same_subject(subject: Subject | None, old: Recording | None, new: Recording) -> Subject:
    """The subject of a new recording that stands where the shown one stood, or else its first."""
    choices = subjects(new)
    if subject is None or old is None:
        return default_subject(new)
    before, listed = subjects(old), whole_of(subject)
    place = before.index(listed) if listed in before else 0
    if place >= len(choices) or len(choices) != len(before):
        return default_subject(new)
    return choices[place] if subject.row is None else subject_at_row(new, choices[place], subject.row)
