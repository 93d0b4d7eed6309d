"""What is said of a recording at one playhead: the caption of the step, and the inspector's account of a node."""

from __future__ import annotations

from tapeviz.model.captions import caption_of
from tapeviz.model.explanation import Caption
from tapeviz.model.graph import OpGraph
from tapeviz.model.recording import Recording
from tapeviz.model.story import Story
from tapeviz.model.timeline import Timeline


def caption(recording: Recording, graph: OpGraph, timeline: Timeline, playhead: int) -> Caption:
    """Say what happens in the step under the playhead."""
    return caption_of(Story(recording, graph, timeline), playhead)


def captions(recording: Recording, graph: OpGraph, timeline: Timeline) -> tuple[Caption, ...]:
    """Say what happens in every step, for the step table."""
    story = Story(recording, graph, timeline)
    return tuple(caption_of(story, playhead) for playhead in range(len(timeline.steps)))
