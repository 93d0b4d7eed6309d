"""What is marked on the picture in a state of the program."""

from __future__ import annotations

from tapeviz.model.cuts import trail_of
from tapeviz.model.path_state import shown_path
from tapeviz.model.state import AppState
from tapeviz.paint.graph_painter import Marks


def marks_of(state: AppState | None, differing: frozenset[str]) -> Marks:
    """Collect what is pointed at: nodes, a path, and the nodes that differ from what stands beside the picture."""
    if state is None:
        return Marks()
    path = shown_path(state)
    selection = state.selection
    trail: frozenset[str] = frozenset()
    if state.shown is not None and state.graph is not None:
        lit = (trail_of(state.shown, state.graph, node) for node in (selection.hovered_node, selection.node))
        trail = next(filter(None, lit), trail)
    return Marks(
        trail=trail,
        selected=state.selection.node,
        hovered=state.selection.hovered_node,
        path=None if path is None else path[0].paths[path[1]],
        differing=differing,
    )
