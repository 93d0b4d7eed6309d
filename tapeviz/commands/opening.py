"""Ops that open: going into what ran within one, and back."""

from __future__ import annotations

from tapeviz.commands.command import Command
from tapeviz.commands.groups import selected_folded, unfold_group
from tapeviz.commands.looking import closing, opening
from tapeviz.commands.outcome import Outcome
from tapeviz.model.recording import Inside
from tapeviz.model.state import AppState
from tapeviz.model.subjects import inside_of


def inside_of_node(state: AppState, node: str | None) -> Inside | None:
    """Find what the op of a node opens into; None for a node that does not open."""
    if state.graph is None or state.shown is None or node is None:
        return None
    op = next((each.op for each in state.graph.nodes if each.id == node), None)
    inside = None if op is None else inside_of(state.shown, op)
    return inside if inside is not None and inside.recording is not None else None


def open_node(state: AppState, *, node: str | None = None) -> Outcome:
    """Go into an op: the one given, or the selected one; a folded group that is selected unfolds."""
    if node is None and selected_folded(state) is not None:
        return unfold_group(state)
    chosen = node or state.selection.node
    inside = inside_of_node(state, chosen)
    if inside is None or chosen is None:
        return Outcome(state=state)
    return Outcome(state=opening(state, chosen, inside))


def close_opened(state: AppState) -> Outcome:
    """Come out of the innermost op that is open."""
    return close_to(state, depth=max(len(state.opened) - 1, 0))


def close_to(state: AppState, *, depth: int) -> Outcome:
    """Come out until only the outermost `depth` ops are open."""
    return Outcome(state=closing(state, depth))


def can_open(state: AppState) -> bool:
    """Hold where an op that opens, or a folded group, is selected."""
    return selected_folded(state) is not None or inside_of_node(state, state.selection.node) is not None


COMMANDS = (
    Command(
        id="graph.open_node",
        title="Open Op",
        tooltip="Go into the selected op (a function, a custom gradient, a loop), or unfold the selected group",
        menu="Graph",
        shortcuts=("Return", "Enter"),
        is_single_key=True,
        is_enabled=can_open,
        function=open_node,
    ),
    Command(
        id="graph.close_opened",
        title="Close Opened Op",
        tooltip="Come out of the op that is open",
        menu="Graph",
        shortcuts=("Backspace", "Alt+Up"),
        is_single_key=True,
        is_enabled=lambda state: bool(state.opened),
        function=close_opened,
    ),
    Command(
        id="graph.close_to", title="Close Opened Ops", tooltip="Come out of several ops at once", function=close_to
    ),
)
