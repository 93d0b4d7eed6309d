"""Which layer each node stands in and in what order: the part of the work that graphlay does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import graphlay
import networkx as nx

from tapeviz.layout.order import MAX_ITEMS, Wire, count_crossings, keeps_input_order, side_nodes, swept, uncross
from tapeviz.layout.ports import OPEN, Border
from tapeviz.layout.sizes import Size
from tapeviz.model.graph import GraphEdge, OpGraph

FIRST_LAYER_SLACK = 2
"""A variable stands in the first layer unless all its consumers are more layers away than this."""

MAX_DUMMIES = 10_000


class LayoutError(ValueError):
    """The graph cannot be laid out; the message is a sentence for the lecturer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One place in a layer: a node's, or (`edge` set) the one through which a long edge passes."""

    key: str
    node: str | None
    edge: str | None
    across: float


Layers = list[list[Slot]]


def passage_key(edge: str, rank: int) -> str:
    """Name the place at which a long edge passes a layer."""
    return f"{edge}|{rank}"


def find_layers(graph: OpGraph, sizes: Mapping[str, Size], border: Border = OPEN) -> Layers:
    """Order the connected nodes of `graph` into layers, long edges included.

    Parameters
    ----------
    graph : OpGraph
    sizes : mapping of node id to (extent along the flow, extent across it), pixels
    border : Border

    Raises
    ------
    LayoutError
        Where the graph is too entangled to be drawn.
    """
    linked = {end for edge in graph.edges for end in (edge.source, edge.target)}
    names = [node.id for node in graph.nodes if node.id in linked]
    if not names:
        return []
    drawing = _arrange(graph, names, sizes, border)
    layers: Layers = [[] for _ in range(1 + max(node["rank"] for node in drawing.nodes))]
    centres = [0.0] * len(layers)
    ranks = {}
    for name, node in zip(names, drawing.nodes, strict=True):
        ranks[name] = node["rank"]
        centres[node["rank"]] = node["center"]["x"]
        layers[node["rank"]].append(Slot(key=name, node=name, edge=None, across=node["center"]["y"]))
    for edge, route in zip(graph.edges, drawing.edges, strict=True):
        points = [(point["x"], point["y"]) for point in route["points"]]
        for rank in range(ranks[edge.source] + 1, ranks[edge.target]):
            key = passage_key(edge.id, rank)
            layers[rank].append(Slot(key=key, node=None, edge=edge.id, across=_across_at(points, centres[rank])))
    for layer in layers:
        layer.sort(key=lambda slot: slot.across)
    return _best_order(graph, layers, _wires(graph, ranks, border), side_nodes(graph, border.firsts))


def _best_order(graph: OpGraph, layers: Layers, wires: list[Wire], yielding: set[str]) -> Layers:
    """Remove crossings; of the drawing, its mirror image and the order of the lesson take the best."""
    slots = {slot.key: slot for layer in layers for slot in layer}
    order = [[slot.key for slot in layer] for layer in layers]
    if len(slots) > MAX_ITEMS:
        return layers
    turn = {node.id: k for k, node in enumerate(graph.nodes)}
    mirror = [layer[::-1] for layer in order]
    choices = [uncross(each, wires, yielding) for each in (order, mirror, swept(order, wires, turn))]
    best = min(choices, key=lambda choice: (count_crossings(choice, wires), _disorder(choice, turn)))
    mirrored = best is choices[1]
    return [[_mirrored(slots[key]) if mirrored else slots[key] for key in layer] for layer in best]


def _disorder(layers: list[list[str]], turn: Mapping[str, int]) -> int:
    count = 0
    for layer in layers:
        turns = [turn[key] for key in layer if key in turn]
        count += sum(one > other for k, one in enumerate(turns) for other in turns[k + 1 :])
    return count


def _mirrored(slot: Slot) -> Slot:
    return replace(slot, across=-slot.across)


def _wires(graph: OpGraph, ranks: Mapping[str, int], border: Border) -> list[Wire]:
    ordered = {node.id for node in graph.nodes if keeps_input_order(node)}
    entering = {name: k for k, name in enumerate(sorted(border.entering, key=border.entering.__getitem__))}
    leaving = {name: k for k, name in enumerate(sorted(border.leaving, key=border.leaving.__getitem__))}
    wires = []
    for edge in graph.edges:
        stops = stops_of(edge, ranks)
        into = entering.get(edge.id, edge.input_index if edge.target in ordered else 0)
        out_of = leaving.get(edge.id, 0)
        for tail, head in pairwise(stops):
            head_rank, tail_rank = into if head == edge.target else 0, out_of if tail == edge.source else 0
            wires.append(Wire(tail=tail, head=head, head_rank=head_rank, tail_rank=tail_rank))
    return wires


def stops_of(edge: GraphEdge, ranks: Mapping[str, int]) -> list[str]:
    """List the keys of the slots an edge runs through, from its source to its target."""
    passed = range(ranks[edge.source] + 1, ranks[edge.target])
    return [edge.source, *(passage_key(edge.id, rank) for rank in passed), edge.target]


def _arrange(graph: OpGraph, names: list[str], sizes: Mapping[str, Size], border: Border) -> Any:
    ranks = {**_rank_hints(graph), **dict.fromkeys(border.firsts, "first"), **dict.fromkeys(border.lasts, "last")}
    request = graphlay.Graph()
    for name in names:
        along, across = sizes[name]
        request.node(name, width=along, height=across, rank=ranks.get(name, "free"))
    for edge in graph.edges:
        request.edge(edge.source, edge.target)
    options = {
        "direction": "leftright",
        "spacing": {"node_gap": 24.0, "dummy_gap": 24.0, "layer_gap": 80.0},
        "routing": {"port_sides": "facing_only", "bundle_parallel": False},
        "limits": {"max_dummies": MAX_DUMMIES},
        "tuning": {"routing": {"port_relax_rounds": 0}},
    }
    try:
        return graphlay.layout(request, options=options)
    except graphlay.GraphlayError as error:
        raise LayoutError(
            f"This graph of {len(graph.nodes)} nodes is too entangled to draw; fold a group (-), or group lines too."
        ) from error


def depths(graph: OpGraph) -> dict[str, int]:
    """Count, for each linked node, the edges of the longest way that leads to it.

    Raises
    ------
    LayoutError
        Where the graph has a cycle.
    """
    flow = nx.DiGraph((edge.source, edge.target) for edge in graph.edges)
    if not nx.is_directed_acyclic_graph(flow):
        raise LayoutError("This graph has a cycle, which no tape can hold; the recording is damaged.")
    depth: dict[str, int] = {}
    for name in nx.topological_sort(flow):
        depth[name] = max((depth[before] + 1 for before in flow.predecessors(name)), default=0)
    return depth


def _rank_hints(graph: OpGraph) -> dict[str, str]:
    depth = depths(graph)
    nearest: dict[str, int] = {}
    for edge in graph.edges:
        nearest[edge.source] = min(nearest.get(edge.source, depth[edge.target]), depth[edge.target])
    hints = {}
    for node in graph.nodes:
        if node.id not in depth:
            continue
        if node.kind in ("variable", "watched") and not depth[node.id]:
            if nearest[node.id] - 1 <= FIRST_LAYER_SLACK:
                hints[node.id] = "first"
        elif node.kind == "target" and node.id not in nearest:
            hints[node.id] = "last"
    return hints


def _across_at(points: list[tuple[float, float]], along: float) -> float:
    for (x0, y0), (x1, y1) in pairwise(points):
        if min(x0, x1) <= along <= max(x0, x1):
            return (y0 + y1) / 2
    return points[-1][1]
