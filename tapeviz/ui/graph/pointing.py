"""What is marked on the picture in a state of the program."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRectF

from tapeviz.model.cuts import trail_of
from tapeviz.model.path_state import shown_path
from tapeviz.model.paths import GradientPath
from tapeviz.model.state import AppState
from tapeviz.paint.graph_painter import GraphPainter, Marks
from tapeviz.paint.node_painter import rectangle


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


def area_of(painter: GraphPainter, path: GradientPath) -> QRectF:
    """Return the part of the picture that holds a path."""
    nodes = [rectangle(painter.layout.nodes[node]) for node in path.nodes if node in painter.layout.nodes]
    lines = [painter.path(edge).boundingRect() for edge in path.edges if edge in painter.layout.edges]
    return united([*nodes, *lines])


def united(areas: Iterable[QRectF]) -> QRectF:
    """Return the smallest area that holds all of them; an empty one where there are none."""
    whole = QRectF()
    for area in areas:
        whole = whole.united(area)
    return whole
