"""What is pointed out in the script: the op that is at work, the one that is selected, and what went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from tapeviz.model.group_folding import group_of
from tapeviz.model.identity import Same
from tapeviz.model.mending import Mend, mends_of_error
from tapeviz.model.recording import LessonError, Recording, SourceRange
from tapeviz.model.state import AppState
from tapeviz.model.timeline import Phase

MarkTone = Literal["forward", "backward", "accent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceMark:
    """A place in the script and why it is marked. `place` covers whole lines where its columns are both 0."""

    place: SourceRange
    tone: MarkTone

    @property
    def is_whole_line(self) -> bool:
        """Whether there is a line to mark and no piece of it."""
        return self.place.column == self.place.end_column == 0


def step_mark(state: AppState) -> PlaceMark | None:
    """Find where in the script the current step happens; None at the start, and where the script has changed."""
    if state.timeline is None or state.shown is None or not state.timeline.steps:
        return None
    step = state.timeline.steps[min(state.playhead, state.timeline.last)]
    if step.phase == "start":
        return None
    last: MarkTone = "backward" if state.timeline.subject.accumulator is None else "forward"
    tones: dict[Phase, MarkTone] = {"forward": "forward", "tangents": "forward", "assign": "accent"}
    op = step.op if step.update is None else step.update.op
    place = state.shown.ops[op].place if op is not None else None
    return _still_there(state, PlaceMark(place=place or _line(step.line), tone=tones.get(step.phase, last)))


def pointed_mark(state: AppState) -> PlaceMark | None:
    """Find where in the script the node stands that is hovered, or else selected."""
    node_id = state.selection.hovered_node or state.selection.node
    if state.selection.line is not None and state.selection.hovered_node is None:
        return _still_there(state, PlaceMark(place=_line(state.selection.line), tone="accent"))
    if state.graph is None or state.shown is None:
        return None
    if node_id is None and state.selection.op is not None:
        place = state.shown.ops[state.selection.op].place
        return _still_there(state, PlaceMark(place=place, tone="accent")) if place is not None else None
    if node_id is None:
        return None
    node = next((node for node in state.graph.nodes if node.id == node_id), None)
    group = group_of(state.graph, node_id)
    if node is None:
        return None if group is None else _still_there(state, PlaceMark(place=_line(group.line), tone="accent"))
    place = state.shown.ops[node.op].place if node.op is not None else None
    return _still_there(state, PlaceMark(place=place or _line(node.line), tone="accent"))


def error_of(state: AppState) -> LessonError | None:
    """Find what went wrong in the last run, as long as the line where it did is still the same."""
    error = state.failure or _first_error(state.recording)
    if error is None or error.line is None:
        return error
    return error if state.failure is not None or _is_same_line(state, error.line) else None


def mends_of_failure(state: AppState) -> tuple[Mend, ...]:
    """List what mends the error of the last run; nothing where the script has changed since."""
    error, recording = error_of(state), state.recording
    if error is None or recording is None or recording.source.text != state.lesson.text:
        return ()
    return _mends(Same(recording), error)


@lru_cache(maxsize=2)
def _mends(same: Same, error: LessonError) -> tuple[Mend, ...]:
    (recording,) = same.objects
    return mends_of_error(recording, recording.source.text, error)


def _first_error(recording: Recording | None) -> LessonError | None:
    return recording.errors[0] if recording is not None and recording.errors else None


def _line(line: int | None) -> SourceRange:
    return SourceRange(line=line or 0, column=0, end_line=line or 0, end_column=0)


def _still_there(state: AppState, mark: PlaceMark) -> PlaceMark | None:
    lines = range(mark.place.line, mark.place.end_line + 1)
    return mark if mark.place.line > 0 and all(_is_same_line(state, line) for line in lines) else None


def _is_same_line(state: AppState, line: int) -> bool:
    """Whether a line reads as it did when it was recorded: while a slider moves, only the variables' lines differ."""
    if state.recorded_text is None or state.recorded_text == state.lesson.text:
        return True
    old, new = state.recorded_text.split("\n"), state.lesson.text.split("\n")
    return line <= len(old) and line <= len(new) and old[line - 1] == new[line - 1]
