"""Which paths a state of the program shows."""

from __future__ import annotations

from tapeviz.model.paths import SourcePaths, is_complete, paths_to
from tapeviz.model.state import AppState
from tapeviz.model.story import story_of


def selected_paths(state: AppState) -> SourcePaths | None:
    """Find the paths to the selected source, once everything has come back to it; None before, and for other nodes."""
    node = state.selection.node
    if state.shown is None or state.graph is None or state.timeline is None or node is None:
        return None
    if not is_complete(story_of(state.shown, state.graph, state.timeline), node, state.playhead):
        return None
    verification = state.verification
    factors = verification.factors if verification is not None else ()
    return paths_to(state.shown, state.graph, state.timeline, node, factors)


def shown_path(state: AppState) -> tuple[SourcePaths, int] | None:
    """Find the path that is marked on the picture: the one under the pointer, or the chosen one."""
    hovered = state.selection.hovered_path
    chosen = state.selection.path if hovered is None else hovered
    paths = None if chosen is None else selected_paths(state)
    if paths is None or chosen is None or chosen >= len(paths.paths):
        return None
    return paths, chosen
