"""From a recording to what is looked at: the one place that derives graph and timeline."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from tapeviz.model.folding import build_graph
from tapeviz.model.frame import build_frame
from tapeviz.model.graph import OpGraph, Subject
from tapeviz.model.identity import Same
from tapeviz.model.recording import Recording
from tapeviz.model.state import AppState, Selection
from tapeviz.model.subjects import default_subject, subjects
from tapeviz.model.timeline import Timeline, build_timeline


@lru_cache(maxsize=4)
def _derived(same: Same, subject: Subject, is_folded: bool) -> tuple[OpGraph, Timeline]:
    (recording,) = same.objects
    graph = build_graph(recording, subject, is_folded=is_folded)
    return graph, build_timeline(recording, graph)


def prepare(state: AppState, recording: Recording) -> None:
    """Derive beforehand, on any thread, what `looking_at` will need, so that the window's thread need not."""
    subject = same_subject(state, recording)
    graph, timeline = _derived(Same(recording), subject, state.view.is_folded)
    build_frame(recording, graph, timeline, 0)


def looking_at(state: AppState, recording: Recording, subject: Subject) -> AppState:
    """The state with `subject` on the canvas: same structure keeps playhead and selection, another begins anew."""
    graph, timeline = _derived(Same(recording), subject, state.view.is_folded)
    is_same = state.graph is not None and state.graph.structure == graph.structure
    playhead = min(state.playhead, timeline.last) if is_same else 0
    known = {node.id for node in graph.nodes}
    selected = state.selection.node if state.selection.node in known else None
    return replace(
        state,
        recording=recording,
        shown=recording,
        subject=subject,
        graph=graph,
        timeline=timeline,
        playhead=playhead,
        selection=Selection(node=selected),
    )


def same_subject(state: AppState, recording: Recording) -> Subject:
    """The subject of a new recording that stands where the shown one stood, or else its first."""
    choices = subjects(recording)
    if state.subject is None or state.recording is None:
        return default_subject(recording)
    before = subjects(state.recording)
    place = before.index(state.subject) if state.subject in before else 0
    return choices[place] if place < len(choices) and len(choices) == len(before) else default_subject(recording)
