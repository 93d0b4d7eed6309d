"""What is said of a recording at one playhead: the caption of the step, and the inspector's account of a node."""

from __future__ import annotations

from dataclasses import replace

from tapeviz.model.captions import caption_of
from tapeviz.model.explanation import Caption, Inspection
from tapeviz.model.graph import GraphGroup, GraphNode, OpGraph
from tapeviz.model.group_folding import group_of
from tapeviz.model.group_words import inspection_of_group
from tapeviz.model.inspections import Symbolic, inspection_of, summary_of
from tapeviz.model.jacobian import JacobianMatrix, matrix_of
from tapeviz.model.recording import Recording
from tapeviz.model.story import Story, story_of
from tapeviz.model.subjects import row_position, source_name, subject_title
from tapeviz.model.timeline import Timeline


def caption(recording: Recording, graph: OpGraph, timeline: Timeline, playhead: int) -> Caption:
    """Say what happens in the step under the playhead."""
    return caption_of(story_of(recording, graph, timeline), playhead)


def captions(recording: Recording, graph: OpGraph, timeline: Timeline) -> tuple[Caption, ...]:
    """Say what happens in every step, for the step table."""
    story = story_of(recording, graph, timeline)
    return tuple(caption_of(story, playhead) for playhead in range(len(timeline.steps)))


def inspect(
    recording: Recording,
    graph: OpGraph,
    timeline: Timeline,
    playhead: int,
    node: str | None,
    symbolic: Symbolic | None,
) -> Inspection:
    """Account for a node as far as the playhead has come.

    Parameters
    ----------
    node : str or None
        The id of a node; None (or one that the graph does not have) means what the step is about: its op, the target
        at the seed, and the whole call at the start and at the result.
    symbolic : sequence of SymbolicDerivative or None, or None
        The symbolic twins of the call's sources, in their order, where they are known.
    """
    story = story_of(recording, graph, timeline)
    group = group_of(story.graph, node) or (None if node in story.nodes else _live_group(story, playhead))
    if group is not None:
        return inspection_of_group(story, playhead, group)
    found = story.nodes.get(node) if node is not None else None
    found = found or _live_node(story, playhead)
    if found is None:
        title = subject_title(recording, graph.subject).partition("   ")[0]
        inspection = summary_of(story, playhead, title, symbolic or ())
    else:
        inspection = inspection_of(story, playhead, found, symbolic or ())
    matrices = _matrices(recording, story, playhead)
    return replace(inspection, matrices=matrices) if matrices else inspection


def _matrices(recording: Recording, story: Story, playhead: int) -> tuple[JacobianMatrix, ...]:
    """Lay out a Jacobian by each of its sources, as far as its rows are done at this playhead."""
    subject, target = story.timeline.subject, story.whole_target_name()
    position = row_position(recording, subject)
    if position is None or subject.call is None:
        return ()
    call = recording.gradient_calls[subject.call]
    is_over = story.timeline.steps[playhead].phase == "result"
    found = [
        matrix_of(
            recording,
            call,
            place,
            current=position[0],
            is_over=is_over,
            names=(target, source_name(recording, source)),
        )
        for place, source in enumerate(call.sources)
    ]
    return tuple(matrix for matrix in found if matrix is not None)


def _live_group(story: Story, playhead: int) -> GraphGroup | None:
    return group_of(story.graph, story.timeline.steps[playhead].group)


def _live_node(story: Story, playhead: int) -> GraphNode | None:
    step = story.timeline.steps[playhead]
    if step.op is not None:
        return story.node_of_op.get(step.op)
    if step.update is not None:
        return story.nodes[step.nodes[0]]
    if step.phase != "seed":
        return None
    return next((node for node in story.graph.nodes if node.kind == "target"), None)
