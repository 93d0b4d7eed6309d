"""The groups of a graph: which nodes stand within which frame."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from tapeviz.model.graph import GraphGroup, GraphNode, Grouping, OpGraph
from tapeviz.model.group_spans import Span, find_spans
from tapeviz.model.recording import Recording

OWNERS = frozenset({"layer", "scope"})
"""Groups of these kinds hold the variables that nothing else reads; to all others variables are given from outside."""


def with_groups(recording: Recording, graph: OpGraph, grouping: Grouping) -> OpGraph:
    """Give a graph its groups, all unfolded.

    Ops stand in the innermost group that they ran in. A number without a name stands beside the ops that use it, a
    variable in the layer or name scope that alone reads it; everything else that a group is given stays outside.
    """
    drawn = [node for node in graph.nodes if node.op is not None]
    ops = [recording.ops[node.op] for node in drawn if node.op is not None]
    spans = find_spans(recording, ops, graph.subject.call, grouping)
    if not spans:
        return graph
    ids = _ids(spans)
    parents = _parents(spans)
    home = _homes_of_ops(drawn, spans)
    home.update(_homes_of_leaves(graph, home, spans, parents))
    return replace(graph, groups=_groups(graph, drawn, spans, ids, parents, home))


def _ids(spans: Sequence[Span]) -> list[str]:
    seen: Counter[str] = Counter()
    ids = []
    for span in spans:
        # Lines and calls are told apart by what they are, so that an id outlives a line that was added above.
        title = span.title.partition(": ")[2] if span.kind == "line" else span.title.partition(" of line ")[0]
        stem = f"{span.kind}:{title}"
        seen[stem] += 1
        ids.append(stem if seen[stem] == 1 else f"{stem}:{seen[stem]}")
    return ids


def _parents(spans: Sequence[Span]) -> list[int | None]:
    parents: list[int | None] = []
    around: list[int] = []
    for place, span in enumerate(spans):
        while around and spans[around[-1]].last < span.first:
            around.pop()
        parents.append(around[-1] if around else None)
        around.append(place)
    return parents


def _homes_of_ops(drawn: Sequence[GraphNode], spans: Sequence[Span]) -> dict[str, int]:
    home: dict[str, int] = {}
    for place, span in enumerate(spans):  # inner spans come after those around them
        home.update((node.id, place) for node in drawn[span.first : span.last + 1])
    return home


def _homes_of_leaves(
    graph: OpGraph, home: Mapping[str, int], spans: Sequence[Span], parents: Sequence[int | None]
) -> dict[str, int]:
    consumers: dict[str, list[str]] = defaultdict(list)
    for edge in graph.edges:
        consumers[edge.source].append(edge.target)
    shown = Counter(node.tensor for node in graph.nodes if node.kind == "constant")
    found: dict[str, int] = {}
    for node in graph.nodes:
        if node.op is not None or node.kind in ("target", "watched") or not consumers[node.id]:
            continue
        around = _innermost_around([home.get(consumer) for consumer in consumers[node.id]], parents)
        if node.kind == "variable":
            while around is not None and spans[around].kind not in OWNERS:
                around = parents[around]
        elif node.symbol and shown[node.tensor] == 1:
            continue
        if around is not None:
            found[node.id] = around
    fed = _fed_groups(graph, {**home, **found}, parents)
    return {name: place for name, place in found.items() if place in fed or spans[place].kind == "layer"}


def _fed_groups(graph: OpGraph, home: Mapping[str, int], parents: Sequence[int | None]) -> set[int]:
    """Find the groups that something leads into from outside: one that only reads variables is fed by them."""
    fed: set[int] = set()
    for edge in graph.edges:
        source, target = home.get(edge.source), home.get(edge.target)
        if source != target:
            fed.update(set(_ancestry(target, parents)).difference(_ancestry(source, parents)))
    return fed


def _ancestry(group: int | None, parents: Sequence[int | None]) -> list[int]:
    found = []
    while group is not None:
        found.append(group)
        group = parents[group]
    return found


def _innermost_around(homes: Sequence[int | None], parents: Sequence[int | None]) -> int | None:
    """Find the innermost group that all of these lie in."""
    if None in homes:
        return None
    shared = _ancestry(homes[0], parents)
    for home in homes[1:]:
        others = set(_ancestry(home, parents))
        shared = [group for group in shared if group in others]
    return shared[0] if shared else None


def _groups(
    graph: OpGraph,
    drawn: Sequence[GraphNode],
    spans: Sequence[Span],
    ids: Sequence[str],
    parents: Sequence[int | None],
    home: Mapping[str, int],
) -> tuple[GraphGroup, ...]:
    members: dict[int, list[str]] = defaultdict(list)
    variables: dict[int, list[int]] = defaultdict(list)
    for node in graph.nodes:
        place = home.get(node.id)
        if place is None:
            continue
        members[place].append(node.id)
        if node.kind == "variable" and node.tensor is not None:
            for around in _ancestry(place, parents):
                variables[around].append(node.tensor)
    groups = []
    for place, span in enumerate(spans):
        parent = parents[place]
        groups.append(
            GraphGroup(
                id=ids[place],
                kind=span.kind,
                title=span.title,
                parent=None if parent is None else ids[parent],
                nodes=tuple(members[place]),
                ops=tuple(node.op for node in drawn[span.first : span.last + 1] if node.op is not None),
                variables=tuple(dict.fromkeys(variables[place])),
                line=span.line,
            )
        )
    return tuple(groups)
