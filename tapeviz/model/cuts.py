"""Where the picture shows that a path is cut: broken edges, and loose ends where no edge leads on."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from tapeviz.model.graph import GraphEdge, OpGraph
from tapeviz.model.identity import Same
from tapeviz.model.recording import GradientCall, Recording
from tapeviz.model.subjects import call_of
from tapeviz.model.why_none import Cause, CutPlace

WORDS: dict[Cause, str] = {
    "integer_dtype": "whole numbers",
    "not_trainable": "not trainable",
    "variable_became_tensor": "no longer a variable",
    "tape_reset": "reset",
    "recording_stopped": "not recorded",
    "stop_gradient": "stop_gradient",
    "left_tensorflow": "left TensorFlow",
    "stateful": "assigned",
    "not_differentiable": "no derivative",
    "computed_outside_tape": "outside the tape",
    "not_watched": "not watched",
    "branch_not_taken": "branch not taken",
    "not_connected": "not connected",
}
"""What is written at a cut, and behind the None of a source that nothing else shows to be cut."""

TRAILS_KEPT = 64

OF_SOURCE: frozenset[Cause] = frozenset({"not_trainable", "not_watched", "variable_became_tensor"})
"""Causes that lie in the source: all that leads away from it is cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """The words at each broken edge, by edge id, and at each loose end, by node id."""

    edges: dict[str, str] = field(default_factory=dict)
    ends: dict[str, str] = field(default_factory=dict)


def cuts_of(recording: Recording, graph: OpGraph) -> Cuts:
    """Find the broken edges and loose ends of a call."""
    call = call_of(recording, graph.subject)
    cuts = Cuts()
    for node, places, cause in [] if call is None else _lost_sources(graph, call):
        for place in places:
            words = WORDS[place.cause]
            broken = [edge.id for edge in _broken(graph, node, place)]
            if broken:
                cuts.edges.update(dict.fromkeys(broken, words))
            else:
                end = _node_of(graph, place.tensor) or node
                where = f", line {place.line}" if place.line else ""
                cuts.ends.setdefault(end, f"{words}{where}")
        if not places:
            cuts.ends.setdefault(node, WORDS[cause])
    return cuts


def trail_of(recording: Recording, graph: OpGraph, node: str | None) -> frozenset[str]:
    """Find the edges that lead from a source without a gradient to where its path is cut, the broken ones included."""
    if node is None:
        return frozenset()
    return _trail(Same(recording, graph), node)


@lru_cache(maxsize=TRAILS_KEPT)
def _trail(same: Same, node: str) -> frozenset[str]:
    recording, graph = same.objects
    call = call_of(recording, graph.subject)
    if call is None:
        return frozenset()
    broken = {
        edge.id
        for source, places, _ in _lost_sources(graph, call)
        if source == node
        for place in places
        for edge in _broken(graph, source, place)
    }
    return frozenset(_leading_to(graph, node, broken)) if broken else frozenset()


def _lost_sources(graph: OpGraph, call: GradientCall) -> Iterable[tuple[str, tuple[CutPlace, ...], Cause]]:
    """Yield each source without a gradient: its node, where it is cut, and why."""
    for source in call.sources:
        node = None if source.why_none is None else _node_of(graph, source.tensor)
        if source.why_none is not None and node is not None:
            yield node, source.why_none.cuts, source.why_none.cause


def _node_of(graph: OpGraph, tensor: int | None) -> str | None:
    shown = (node.id for node in graph.nodes if node.kind != "target" and tensor in node.values)
    return next(shown, None) if tensor is not None else None


def _broken(graph: OpGraph, node: str, place: CutPlace) -> list[GraphEdge]:
    """Return the edges at which a path from `node` is cut; none where no edge shows it."""
    folded = next((n.folded_ops for n in graph.nodes if n.id == node), ())
    if place.cause in OF_SOURCE or place.op in folded:
        return [edge for edge in graph.edges if edge.source == node]
    start = _node_of(graph, place.tensor)
    into = [edge for edge in graph.edges if any(op == place.op for op, _ in edge.consumers)]
    direct = [edge for edge in into if edge.source == start]
    if direct or place.cause == "left_tensorflow":
        return direct
    holders = {n.id for n in graph.nodes if place.op is not None and (place.op in n.ops or place.op in n.folded_ops)}
    ahead = _reached_from(graph, node)
    near = [edge for edge in graph.edges if edge.target in holders and edge.source in ahead]
    return into or near


def _reached_from(graph: OpGraph, node: str, broken: Collection[str] = ()) -> set[str]:
    """Return the nodes that edges lead to from `node`, itself included, without those behind a broken edge."""
    leaving: dict[str, list[GraphEdge]] = {}
    for edge in graph.edges:
        leaving.setdefault(edge.source, []).append(edge)
    found, waiting = {node}, [node]
    while waiting:
        edges = leaving.get(waiting.pop(), ())
        fresh = [edge.target for edge in edges if edge.id not in broken and edge.target not in found]
        found.update(fresh)
        waiting += fresh
    return found


def _leading_to(graph: OpGraph, node: str, broken: set[str]) -> set[str]:
    """Return the edges on paths from `node` to a broken edge, that edge too and nothing behind it."""
    ahead = _reached_from(graph, node, broken)
    arriving: dict[str, list[GraphEdge]] = {}
    for edge in graph.edges:
        if edge.source in ahead and edge.id not in broken:
            arriving.setdefault(edge.target, []).append(edge)
    cut = [edge for edge in graph.edges if edge.id in broken and edge.source in ahead]
    found = {edge.id for edge in cut}
    seen = {edge.source for edge in cut}
    waiting = list(seen)
    while waiting:
        for edge in arriving.get(waiting.pop(), ()):
            found.add(edge.id)
            if edge.source not in seen:
                seen.add(edge.source)
                waiting.append(edge.source)
    return found
