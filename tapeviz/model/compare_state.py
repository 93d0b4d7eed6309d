"""What stands beside the picture in a state of the program."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tapeviz.model.comparison import Comparison, compare
from tapeviz.model.drawing import drawn
from tapeviz.model.explanation import Caption
from tapeviz.model.graph import OpGraph, Subject
from tapeviz.model.recording import Recording
from tapeviz.model.scrubbing import iteration_of, turned
from tapeviz.model.state import AppState, Selection
from tapeviz.model.subjects import iteration_title, subject_title, subjects, whole_of
from tapeviz.model.timeline import Timeline, build_timeline

SAME = "Both sides compute the same numbers."


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The right side: what it shows, its playhead, and how it compares with the left."""

    recording: Recording
    graph: OpGraph
    timeline: Timeline
    playhead: int
    left_title: str
    right_title: str
    comparison: Comparison


def beside(state: AppState) -> Beside | None:
    """Find what stands beside the picture; None where nothing is compared, or what was is there no more."""
    compared = state.compared
    if compared is None or state.shown is None or state.graph is None or state.timeline is None or state.opened:
        return None
    into = compared.recording or state.looked_into
    if into is None or state.subject is None or whole_of(compared.subject) not in subjects(into):
        return None
    found = None if compared.iteration is None else turned(into, compared.subject, compared.iteration)
    recording, subject = found or (into, compared.subject)
    view = state.view
    _, graph, timeline = drawn(into, subject, is_folded=view.is_folded, grouping=view.grouping, folds=state.folds)
    if recording is not into:
        timeline = build_timeline(recording, graph)
    comparison = compare((state.shown, state.graph, state.timeline), (recording, graph, timeline))
    return Beside(
        recording=recording,
        graph=graph,
        timeline=timeline,
        playhead=comparison.alignment.steps[state.playhead],
        left_title=_title(state.shown, state.looked_into, state.subject, state.iteration),
        right_title=compared.title or _title(recording, into, subject, compared.iteration),
        comparison=comparison,
    )


def _title(shown: Recording, into: Recording | None, subject: Subject, iteration: int | None) -> str:
    title = subject_title(shown, subject)
    found = None if into is None or iteration is None else iteration_of(into, subject)
    return title if found is None else f"{title}   {iteration_title(iteration or 0, found[0].iterations)}"


def comparison_caption(right: Beside) -> Caption:
    """Say where the sides first differ and what comes out, as one caption."""
    found = right.comparison
    first = found.forward.sentence if found.forward is not None else SAME
    parts = [first, found.backward.sentence if found.backward is not None else "", found.result]
    return Caption(heading="Comparison", text=" ".join(part for part in parts if part), tone="accent")


def differing(right: Beside, *, is_left: bool) -> frozenset[str]:
    """List the nodes of one side that are marked: where the sides first differ, forward and backward."""
    found = (right.comparison.forward, right.comparison.backward)
    nodes = (each.left if is_left else each.right for each in found if each is not None)
    return frozenset(node for node in nodes if node is not None)


def right_state(state: AppState, right: Beside) -> AppState:
    """Make the state that the right canvas shows: the other recording, what is pointed at carried over."""
    nodes = right.comparison.alignment.nodes
    pointed = Selection(
        node=nodes.get(state.selection.node or ""), hovered_node=nodes.get(state.selection.hovered_node or "")
    )
    return replace(
        state,
        looked_into=right.recording,
        shown=right.recording,
        whole=None,
        graph=right.graph,
        timeline=right.timeline,
        subject=right.graph.subject,
        playhead=right.playhead,
        compared=None,
        selection=pointed,
        lesson=replace(state.lesson, positions={}),
    )
