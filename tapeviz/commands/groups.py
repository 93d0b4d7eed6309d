"""Groups that fold into one node and unfold into a frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tapeviz.commands.command import Command
from tapeviz.commands.looking import showing
from tapeviz.commands.outcome import Outcome
from tapeviz.model.graph import Grouping
from tapeviz.model.group_folding import folded_groups, group_of, path_to
from tapeviz.model.state import AppState, Selection


def fold_group(state: AppState, *, group: str | None = None) -> Outcome:
    """Fold a group into one node: the one given, or the one that the selected node lies in."""
    chosen = group or _unfolded_around(state)
    if chosen is None:
        return Outcome(state=state)
    return _with_folds(state, {**state.folds, chosen: True}, select=chosen)


def unfold_group(state: AppState, *, group: str | None = None) -> Outcome:
    """Unfold a group into a frame around what it holds: the one given, or the selected one."""
    chosen = group or selected_folded(state)
    if chosen is None:
        return Outcome(state=state)
    return _with_folds(state, {**state.folds, chosen: False}, select=chosen)


def toggle_group(state: AppState, *, group: str) -> Outcome:
    """Fold an unfolded group, and the other way round."""
    found = group_of(state.graph, group) if state.graph is not None else None
    if found is None:
        return Outcome(state=state)
    return unfold_group(state, group=group) if found.is_folded else fold_group(state, group=group)


def fold_all(state: AppState) -> Outcome:
    """Fold every group."""
    return _with_folds(state, _every_group(state, is_folded=True))


def unfold_all(state: AppState) -> Outcome:
    """Unfold every group."""
    return _with_folds(state, _every_group(state, is_folded=False))


def fold_to_fit(state: AppState) -> Outcome:
    """Fold as many groups as the size of the graph asks."""
    return _with_folds(state, {})


def reveal_node(state: AppState, *, node: str) -> Outcome:
    """Select a node of the whole graph; groups that it is folded into are unfolded."""
    if state.whole is None:
        return Outcome(state=state)
    folded = folded_groups(state.whole, state.folds)
    closed = [group for group in path_to(state.whole, node) if group in folded]
    if not closed:
        return Outcome(state=replace(state, selection=replace(state.selection, node=node)))
    return _with_folds(state, {**state.folds, **dict.fromkeys(closed, False)}, select=node)


def set_grouping(state: AppState, *, grouping: Grouping) -> Outcome:
    """Group by something else."""
    if grouping == state.view.grouping:
        return Outcome(state=state)
    return _redrawn(replace(state, view=replace(state.view, grouping=grouping)))


def group_by_parts(state: AppState) -> Outcome:
    """Group layers, scopes, functions and inner backward passes."""
    return set_grouping(state, grouping="parts")


def group_by_iterations(state: AppState) -> Outcome:
    """Group the turns of loops too."""
    return set_grouping(state, grouping="iterations")


def group_by_lines(state: AppState) -> Outcome:
    """Group by source line too."""
    return set_grouping(state, grouping="lines")


def group_nothing(state: AppState) -> Outcome:
    """Draw every op by itself."""
    return set_grouping(state, grouping="none")


def selected_folded(state: AppState) -> str | None:
    """Find the folded group that is selected, if one is."""
    found = group_of(state.graph, state.selection.node) if state.graph is not None else None
    return found.id if found is not None and found.is_folded else None


def _every_group(state: AppState, *, is_folded: bool) -> dict[str, bool]:
    return dict.fromkeys((group.id for group in state.whole.groups), is_folded) if state.whole is not None else {}


def _with_folds(state: AppState, folds: Mapping[str, bool], *, select: str | None = None) -> Outcome:
    prefix = state.position_prefix
    others = {name: fold for name, fold in state.lesson.folds.items() if prefix and not name.startswith(prefix)}
    kept = {**others, **{prefix + name: fold for name, fold in folds.items()}}
    redrawn = _redrawn(replace(state, lesson=replace(state.lesson, folds=kept))).state
    return Outcome(state=redrawn if select is None else replace(redrawn, selection=Selection(node=select)))


def _redrawn(state: AppState) -> Outcome:
    return Outcome(state=state if state.subject is None else showing(state, state.subject))


def _unfolded_around(state: AppState) -> str | None:
    """The frame that is selected, or the innermost one around the selected node."""
    if state.graph is None or state.selection.node is None:
        return None
    found = group_of(state.graph, state.selection.node)
    if found is not None and not found.is_folded:
        return found.id
    return next((group.id for group in state.graph.groups if state.selection.node in group.nodes), None)


def has_groups(state: AppState) -> bool:
    """Hold where something can be folded."""
    return state.whole is not None and bool(state.whole.groups)


COMMANDS = (
    Command(
        id="graph.fold_group",
        title="Fold Group",
        tooltip="Fold the group around the selected node into one node",
        menu="Graph",
        group=1,
        shortcuts=("-",),
        is_single_key=True,
        is_enabled=lambda state: _unfolded_around(state) is not None,
        function=fold_group,
    ),
    Command(
        id="graph.unfold_group",
        title="Unfold Group",
        tooltip="Unfold the selected group into a frame around what it holds",
        menu="Graph",
        group=1,
        shortcuts=("+", "Shift++", "="),
        is_single_key=True,
        is_enabled=lambda state: selected_folded(state) is not None,
        function=unfold_group,
    ),
    Command(
        id="graph.fold_all",
        title="Fold All",
        tooltip="Fold every group into one node",
        menu="Graph",
        group=1,
        shortcuts=("Ctrl+Shift+-",),
        is_enabled=has_groups,
        function=fold_all,
    ),
    Command(
        id="graph.unfold_all",
        title="Unfold All",
        tooltip="Unfold every group",
        menu="Graph",
        group=1,
        shortcuts=("Ctrl+Shift++",),
        is_enabled=has_groups,
        function=unfold_all,
    ),
    Command(
        id="graph.fold_to_fit",
        title="Fold to Fit",
        tooltip="Fold as many groups as the size of the graph asks",
        menu="Graph",
        group=1,
        is_enabled=lambda state: bool(state.folds),
        function=fold_to_fit,
    ),
    Command(
        id="view.group_by_parts",
        title="Group Layers and Functions",
        tooltip="Group layers, name scopes, functions and inner backward passes; lines too where that is not enough",
        menu="Graph",
        group=2,
        is_checked=lambda state: state.view.grouping == "parts",
        function=group_by_parts,
    ),
    Command(
        id="view.group_by_iterations",
        title="Group Iterations Too",
        tooltip="Group the turns of loops as well",
        menu="Graph",
        group=2,
        is_checked=lambda state: state.view.grouping == "iterations",
        function=group_by_iterations,
    ),
    Command(
        id="view.group_by_lines",
        title="Group Lines Too",
        tooltip="Group the ops of each source line as well",
        menu="Graph",
        group=2,
        is_checked=lambda state: state.view.grouping == "lines",
        function=group_by_lines,
    ),
    Command(
        id="view.group_nothing",
        title="No Groups",
        tooltip="Draw every op by itself",
        menu="Graph",
        group=2,
        is_checked=lambda state: state.view.grouping == "none",
        function=group_nothing,
    ),
    Command(id="graph.toggle_group", title="Fold or Unfold", tooltip="Fold or unfold a group", function=toggle_group),
    Command(id="graph.reveal_node", title="Show Node", tooltip="Unfold to a node and select it", function=reveal_node),
    Command(id="view.set_grouping", title="Group By", tooltip="Group by something else", function=set_grouping),
)
