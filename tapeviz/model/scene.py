"""One thing to look at: a recording, what of it is drawn, and where the playhead stands."""

from __future__ import annotations

from dataclasses import dataclass

from tapeviz.model.folding import build_graph
from tapeviz.model.graph import OpGraph, Subject
from tapeviz.model.recording import Recording
from tapeviz.model.subjects import default_subject
from tapeviz.model.timeline import Timeline, build_timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a window shows, and what a figure of it has to show."""

    recording: Recording
    graph: OpGraph
    timeline: Timeline
    playhead: int


def scene_of(recording: Recording, *, step: int | None = None, call: int | None = None) -> Scene:
    """Find the scene of a step (None: the last) of a gradient call (None: the first), with its plumbing folded.

    Raises
    ------
    ValueError
        Where there is no such step or call; the message is a sentence.
    """
    if call is not None and not 0 <= call < len(recording.gradient_calls):
        raise ValueError(f"There is no gradient call {call}; the recording has {len(recording.gradient_calls)}.")
    subject = default_subject(recording) if call is None else Subject(call=call)
    graph = build_graph(recording, subject, is_folded=True)
    timeline = build_timeline(recording, graph)
    playhead = timeline.last if step is None else step
    if not 0 <= playhead <= timeline.last:
        raise ValueError(f"There is no step {playhead}; the steps run from 0 to {timeline.last}.")
    return Scene(recording=recording, graph=graph, timeline=timeline, playhead=playhead)
