"""Pointing at things: code and graph answer each other through one selection."""

from __future__ import annotations

from dataclasses import replace

from tapeviz.commands.command import Command
from tapeviz.commands.looking import showing
from tapeviz.commands.outcome import Outcome
from tapeviz.model.graph import GraphNode
from tapeviz.model.recording import SourceRange
from tapeviz.model.state import AppState, Selection
from tapeviz.model.subjects import subjects, tape_of


def select_node(state: AppState, *, node: str | None) -> Outcome:
    """Select a node of the picture, or nothing."""
    if node == state.selection.node and state.selection.op is None:
        return Outcome(state=state)
    selection = replace(state.selection, node=node, op=None, path=None, hovered_path=None)
    return Outcome(state=replace(state, selection=selection))


def select_op(state: AppState, *, tape: int | None, op: int | None, tensor: int | None) -> Outcome:
    """Select what stands for a tensor or an op on a tape, and look at that tape; where nothing does, its line alone."""
    if state.shown is None or state.subject is None:
        return Outcome(state=state)
    if tape is not None and tape != tape_of(state.shown, state.subject):
        state = showing(state, next(each for each in subjects(state.shown) if tape_of(state.shown, each) == tape))
    nodes = state.graph.nodes if state.graph is not None else ()
    node = next((node for node in nodes if node.op is None and tensor is not None and tensor in node.values), None)
    node = node or next((node for node in nodes if op is not None and op in (*node.ops, *node.folded_ops)), None)
    selection = Selection(node=node.id if node else None, op=None if node else op)
    return Outcome(state=replace(state, selection=selection))


def show_line(state: AppState, *, line: int) -> Outcome:
    """Point out a line of the script."""
    return Outcome(state=replace(state, selection=replace(state.selection, line=line)))


def hover_node(state: AppState, *, node: str | None) -> Outcome:
    """Light up a node and its place in the code, or nothing."""
    if node == state.selection.hovered_node:
        return Outcome(state=state)
    return Outcome(state=replace(state, selection=replace(state.selection, hovered_node=node)))


def select_place(state: AppState, *, line: int, column: int) -> Outcome:
    """Select what was made at a place of the code: the innermost op there."""
    return select_node(state, node=node_at(state, line, column) or state.selection.node)


def hover_place(state: AppState, *, line: int | None, column: int = 0) -> Outcome:
    """Light up what was made at a place of the code."""
    return hover_node(state, node=None if line is None else node_at(state, line, column))


def node_at(state: AppState, line: int, column: int) -> str | None:
    """The node whose source range is the smallest that holds the place, or None."""
    if state.graph is None or state.shown is None or state.is_stale:
        return None
    ops = state.shown.ops
    held = [
        (_extent(place), node.id)
        for node in state.graph.nodes
        for op in node.ops
        if (place := ops[op].place) and _holds(place, line, column)
    ]
    return min(held)[1] if held else _variable_on(state.graph.nodes, line)


def _variable_on(nodes: tuple[GraphNode, ...], line: int) -> str | None:
    return next((node.id for node in nodes if not node.ops and node.line == line), None)


def _holds(place: SourceRange, line: int, column: int) -> bool:
    return (place.line, place.column) <= (line, column) < (place.end_line, place.end_column)


def _extent(place: SourceRange) -> tuple[int, int]:
    return place.end_line - place.line, place.end_column - place.column


COMMANDS = (
    Command(id="selection.select_node", title="Select", tooltip="Select a node", function=select_node),
    Command(id="selection.select_op", title="Select Op", tooltip="Select an op of a tape", function=select_op),
    Command(id="selection.show_line", title="Show Line", tooltip="Point out a line of the script", function=show_line),
    Command(id="selection.hover_node", title="Light Up", tooltip="Light a node up", function=hover_node),
    Command(
        id="selection.select_place", title="Select in Code", tooltip="Select what a place made", function=select_place
    ),
    Command(
        id="selection.hover_place", title="Light Up in Code", tooltip="Light up what a place made", function=hover_place
    ),
)
