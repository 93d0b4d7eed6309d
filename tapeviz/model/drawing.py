"""From a recording to what is drawn of it: graph, groups and timeline, derived once and kept."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from tapeviz.model.folding import build_graph
from tapeviz.model.graph import Grouping, OpGraph, Subject
from tapeviz.model.group_folding import fold_groups, folded_groups, least_nodes
from tapeviz.model.groups import with_groups
from tapeviz.model.identity import Same
from tapeviz.model.recording import Recording
from tapeviz.model.timeline import Timeline, build_timeline

_KEPT = 6

MOST_DRAWN = 150
"""A picture that all groups folded leave larger than this is grouped more coarsely, where nobody chose otherwise."""

_COARSER: Mapping[Grouping, tuple[Grouping, ...]] = {"parts": ("parts", "iterations", "lines")}


def drawn(
    recording: Recording, subject: Subject, *, is_folded: bool, grouping: Grouping, folds: Mapping[str, bool]
) -> tuple[OpGraph, OpGraph, Timeline]:
    """Derive the whole graph of a subject, the one with its groups folded as they are, and the timeline of that."""
    whole = _whole(Same(recording), subject, is_folded, grouping)
    return whole, *_derived(Same(recording, whole), folded_groups(whole, folds))


@lru_cache(maxsize=_KEPT)
def _whole(same: Same, subject: Subject, is_folded: bool, grouping: Grouping) -> OpGraph:
    (recording,) = same.objects
    bare = build_graph(recording, subject, is_folded=is_folded)
    whole = bare
    for tried in _COARSER.get(grouping, (grouping,)):
        whole = with_groups(recording, bare, tried)
        if least_nodes(whole) <= MOST_DRAWN:
            break
    return whole


@lru_cache(maxsize=_KEPT)
def _derived(same: Same, folded: frozenset[str]) -> tuple[OpGraph, Timeline]:
    recording, whole = same.objects
    graph = fold_groups(recording, whole, folded)
    return graph, build_timeline(recording, graph)
