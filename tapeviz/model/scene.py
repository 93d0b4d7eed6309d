"""One thing to look at: a recording, what of it is drawn, and where the playhead stands."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tapeviz.model.compare_state import Beside
from tapeviz.model.folding import build_graph
from tapeviz.model.graph import OpGraph, Subject
from tapeviz.model.group_folding import fold_groups, folded_groups
from tapeviz.model.groups import with_groups
from tapeviz.model.lesson import settings_of
from tapeviz.model.paths import SourcePaths, is_complete, path_sources, paths_to
from tapeviz.model.recording import Recording
from tapeviz.model.story import joined, story_of
from tapeviz.model.subjects import default_subject, row_position, subject_at_row
from tapeviz.model.timeline import Timeline, build_timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a window shows, and what a figure of it has to show.

    `path` holds the paths to a source and the number of the one that is marked, from 0; `beside` is what the picture is
    held against. None where none is.
    """

    recording: Recording
    graph: OpGraph
    timeline: Timeline
    playhead: int
    path: tuple[SourcePaths, int] | None = None
    beside: Beside | None = None


def scene_of(
    recording: Recording,
    *,
    step: int | None = None,
    call: int | None = None,
    row: int | None = None,
    accumulator: int | None = None,
    path: tuple[str, int] | None = None,
) -> Scene:
    """Find the scene of a step (None: the last) of a gradient call (None: the first), with its plumbing folded.

    Groups are folded as the lesson says, or else as many as the size of the graph asks.

    `row` is the row of a Jacobian, from 0 (None: the first). `accumulator` shows a forward mode in place of a call.
    `path` is the name of a source and the number of a path to it, from 1, largest first.

    Raises
    ------
    ValueError
        Where there is no such step or call; the message is a sentence.
    """
    if call is not None and not 0 <= call < len(recording.gradient_calls):
        raise ValueError(f"There is no gradient call {call}; the recording has {len(recording.gradient_calls)}.")
    subject = default_subject(recording) if call is None else Subject(call=call)
    if accumulator is not None:
        subject = _forward_subject(recording, accumulator, call)
    if row is not None:
        subject = _at_row(recording, subject, row)
    whole = with_groups(recording, build_graph(recording, subject, is_folded=True), "parts")
    graph = fold_groups(recording, whole, folded_groups(whole, settings_of(recording.source.text).folds))
    timeline = build_timeline(recording, graph)
    playhead = timeline.last if step is None else step
    if not 0 <= playhead <= timeline.last:
        raise ValueError(f"There is no step {playhead}; the steps run from 0 to {timeline.last}.")
    scene = Scene(recording=recording, graph=graph, timeline=timeline, playhead=playhead)
    return scene if path is None else replace(scene, path=_path_of(scene, *path))


def _path_of(scene: Scene, name: str, number: int) -> tuple[SourcePaths, int]:
    story = story_of(scene.recording, scene.graph, scene.timeline)
    sources = path_sources(scene.recording, scene.graph, scene.timeline)
    found = {story.name(node): node for node in sources}
    if name not in found:
        known = joined(list(found)) if found else "none"
        raise ValueError(f"There is no path to '{name}'; the sources that a gradient came back to: {known}.")
    if not is_complete(story, found[name], scene.playhead):
        raise ValueError(f"At step {scene.playhead} the gradient of '{name}' has not come back yet; leave --step out.")
    paths = paths_to(scene.recording, scene.graph, scene.timeline, found[name])
    if paths is None or not 1 <= number <= len(paths.paths):
        count = 0 if paths is None else len(paths.paths)
        raise ValueError(f"There is no path {number} to '{name}'; paths 1 to {count} are listed, the largest first.")
    return paths, number - 1


def _forward_subject(recording: Recording, accumulator: int, call: int | None) -> Subject:
    count = len(recording.accumulators)
    if call is not None:
        raise ValueError("A picture shows a gradient call or a ForwardAccumulator, not both; leave one of them out.")
    if not 0 <= accumulator < count:
        raise ValueError(f"There is no ForwardAccumulator {accumulator}; the recording has {count}.")
    return Subject(accumulator=accumulator)


def _at_row(recording: Recording, subject: Subject, row: int) -> Subject:
    position = row_position(recording, subject)
    if position is None:
        raise ValueError("What is shown is no Jacobian whose rows can be stepped through, so it has no row to choose.")
    if not 0 <= row < position[1]:
        raise ValueError(f"There is no row {row}; the rows run from 0 to {position[1] - 1}.")
    return subject_at_row(recording, subject, row)
