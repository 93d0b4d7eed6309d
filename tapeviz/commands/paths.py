"""Going through the paths from the target to the sources, one after another."""

from __future__ import annotations

from dataclasses import replace

from tapeviz.commands.command import Command
from tapeviz.commands.outcome import Outcome
from tapeviz.model.path_state import selected_paths
from tapeviz.model.paths import path_sources
from tapeviz.model.state import AppState


def show_path(state: AppState, *, path: int | None) -> Outcome:
    """Mark a path to the selected source, counted from 0; None, or the one that is marked: none any more."""
    chosen = None if path == state.selection.path else path
    return Outcome(state=replace(state, selection=replace(state.selection, path=chosen, hovered_path=None)))


def hover_path(state: AppState, *, path: int | None) -> Outcome:
    """Light a path up, or none."""
    if path == state.selection.hovered_path:
        return Outcome(state=state)
    return Outcome(state=replace(state, selection=replace(state.selection, hovered_path=path)))


def next_path(state: AppState) -> Outcome:
    """Mark the next path; after the last one of a source the first of the next source, and at the end none."""
    return _move(state, 1)


def previous_path(state: AppState) -> Outcome:
    """Mark the path before."""
    return _move(state, -1)


def _move(state: AppState, by: int) -> Outcome:
    every = _every_path(state)
    if not every or state.timeline is None:
        return Outcome(state=state)
    here = (state.selection.node, state.selection.path)
    places = [node for node, _ in every]
    if here in every:
        place = every.index(here) + by
    elif here[0] in places:
        place = places.index(here[0])
    else:
        place = 0 if by > 0 else len(every) - 1
    node, path = every[place] if 0 <= place < len(every) else (None, None)
    pointed = replace(state, selection=replace(state.selection, node=node, path=path, hovered_path=None))
    if node is not None and selected_paths(pointed) is None:
        # What has not come back yet is not shown: the paths stand at the end of the backward pass.
        pointed = replace(pointed, playhead=state.timeline.last)
    return Outcome(state=pointed)


def _every_path(state: AppState) -> list[tuple[str | None, int | None]]:
    if state.shown is None or state.graph is None or state.timeline is None:
        return []
    over = replace(state, playhead=state.timeline.last)
    found: list[tuple[str | None, int | None]] = []
    for node in path_sources(state.shown, state.graph, state.timeline):
        paths = selected_paths(replace(over, selection=replace(state.selection, node=node)))
        found += [(node, path) for path in range(len(paths.paths))] if paths is not None else []
    return found


def has_paths(state: AppState) -> bool:
    """Hold where a gradient came back to some source."""
    if state.shown is None or state.graph is None or state.timeline is None:
        return False
    return bool(path_sources(state.shown, state.graph, state.timeline))


COMMANDS = (
    Command(
        id="paths.next",
        title="Next Path",
        tooltip="Mark the next path from the target to a source, with the product along it",
        menu="Step",
        group=4,
        shortcuts=("J",),
        is_single_key=True,
        is_enabled=has_paths,
        function=next_path,
    ),
    Command(
        id="paths.previous",
        title="Previous Path",
        tooltip="Mark the path before",
        menu="Step",
        group=4,
        shortcuts=("Shift+J",),
        is_single_key=True,
        is_enabled=has_paths,
        function=previous_path,
    ),
    Command(id="paths.show", title="Show Path", tooltip="Mark one path", function=show_path),
    Command(id="paths.hover", title="Light Up Path", tooltip="Light one path up", function=hover_path),
)
