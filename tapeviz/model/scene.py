"""One thing to look at: a recording, what of it is drawn, and where the playhead stands."""

from __future__ import annotations

from dataclasses import dataclass

from tapeviz.model.folding import build_graph
from tapeviz.model.graph import OpGraph, Subject
from tapeviz.model.recording import Recording
from tapeviz.model.subjects import default_subject, row_position, subject_at_row
from tapeviz.model.timeline import Timeline, build_timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a window shows, and what a figure of it has to show."""

    recording: Recording
    graph: OpGraph
    timeline: Timeline
    playhead: int


def scene_of(
    recording: Recording, *, step: int | None = None, call: int | None = None, row: int | None = None
) -> Scene:
    """Find the scene of a step (None: the last) of a gradient call (None: the first), with its plumbing folded.

    `row` is the row of a Jacobian, from 0 (None: the first).

    Raises
    ------
    ValueError
        Where there is no such step or call; the message is a sentence.
    """
    if call is not None and not 0 <= call < len(recording.gradient_calls):
        raise ValueError(f"There is no gradient call {call}; the recording has {len(recording.gradient_calls)}.")
    subject = default_subject(recording) if call is None else Subject(call=call)
    if row is not None:
        subject = _at_row(recording, subject, row)
    graph = build_graph(recording, subject, is_folded=True)
    timeline = build_timeline(recording, graph)
    playhead = timeline.last if step is None else step
    if not 0 <= playhead <= timeline.last:
        raise ValueError(f"There is no step {playhead}; the steps run from 0 to {timeline.last}.")
    return Scene(recording=recording, graph=graph, timeline=timeline, playhead=playhead)


def _at_row(recording: Recording, subject: Subject, row: int) -> Subject:
    position = row_position(recording, subject)
    if position is None:
        raise ValueError("What is shown is no Jacobian whose rows can be stepped through, so it has no row to choose.")
    if not 0 <= row < position[1]:
        raise ValueError(f"There is no row {row}; the rows run from 0 to {position[1] - 1}.")
    return subject_at_row(recording, subject, row)
