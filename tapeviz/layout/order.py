"""Fewer crossings, counted at the ports: graphlay orders nodes, but an op whose inputs keep their order crosses too."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Set
from dataclasses import dataclass
from statistics import mean

from tapeviz.model.graph import GraphNode, OpGraph

MAX_ITEMS = 600
"""Only in graphs of up to this many slots are crossings counted one by one."""

ROUNDS = 8
COMMUTATIVE = frozenset("+×·=∧∨") | {"max", "min"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """A stretch between neighbouring layers.

    `head_rank` orders the wires that end in one item, `tail_rank` those that begin in one (0 where they are free).
    """

    tail: str
    head: str
    head_rank: int
    tail_rank: int = 0


def keeps_input_order(node: GraphNode) -> bool:
    """Say whether a node's inputs are drawn as they are written, which matters for ops that do not commute."""
    return node.kind != "group" and node.symbol not in COMMUTATIVE


def side_nodes(graph: OpGraph, leading: Set[str] = frozenset()) -> set[str]:
    """Find the nodes that only feed parameters into a flow that comes from elsewhere: they yield to it.

    Parameters
    ----------
    graph : OpGraph
    leading : set of str
        Nodes that the flow comes from, though nothing in this graph leads to them.
    """
    inner = {edge.target for edge in graph.edges} | leading
    led = {edge.target for edge in graph.edges if edge.source in inner}
    starting = {edge.source for edge in graph.edges if edge.target not in led}
    return {edge.source for edge in graph.edges} - inner - starting


def swept(layers: list[list[str]], wires: list[Wire], turn: Mapping[str, int]) -> list[list[str]]:
    """Order the first layer by the `turn` of its nodes, and every other by the middle of what leads to it."""
    into: dict[str, list[str]] = defaultdict(list)
    for wire in wires:
        into[wire.head].append(wire.tail)
    place: dict[str, int] = {}
    ordered = []
    for layer in layers:
        ranks = [
            (mean(place[tail] for tail in into[key]) if into[key] else math.inf, turn.get(key, 0), key) for key in layer
        ]
        ordered.append([key for _, _, key in sorted(ranks)])
        place.update({key: k for k, key in enumerate(ordered[-1])})
    return ordered


def uncross(layers: list[list[str]], wires: list[Wire], yielding: Set[str] = frozenset()) -> list[list[str]]:
    """Swap neighbours within the layers while that removes crossings.

    Where it neither removes nor makes any, nodes that are `yielding` go below those that are not; all others keep
    their order.
    """
    layers = [list(layer) for layer in layers]
    into: dict[str, list[Wire]] = defaultdict(list)
    out: dict[str, list[Wire]] = defaultdict(list)
    for wire in wires:
        into[wire.head].append(wire)
        out[wire.tail].append(wire)
    place = {key: k for layer in layers for k, key in enumerate(layer)}
    for _ in range(ROUNDS):
        if not sum(_improve(layer, place, into, out, yielding) for layer in layers):
            break
    return layers


def count_crossings(layers: list[list[str]], wires: list[Wire]) -> int:
    """Count all crossings; wires that share an end do not cross there unless their order at it says so."""
    place = {key: k for layer in layers for k, key in enumerate(layer)}
    layer_of = {key: k for k, layer in enumerate(layers) for key in layer}
    gaps: dict[int, list[tuple[tuple[int, int], tuple[int, int]]]] = defaultdict(list)
    for wire in wires:
        ends = (place[wire.tail], wire.tail_rank), (place[wire.head], wire.head_rank)
        gaps[layer_of[wire.tail]].append(ends)
    count = 0
    for strands in gaps.values():
        for k, (tail, head) in enumerate(strands):
            for other_tail, other_head in strands[k + 1 :]:
                count += (tail < other_tail and head > other_head) or (tail > other_tail and head < other_head)
    return count


def _improve(
    layer: list[str],
    place: dict[str, int],
    into: dict[str, list[Wire]],
    out: dict[str, list[Wire]],
    yielding: Set[str],
) -> bool:
    is_better = False
    for k in range(len(layer) - 1):
        upper, lower = layer[k], layer[k + 1]
        now = _crossings(upper, lower, place, into, out)
        is_above = upper in yielding and lower not in yielding
        if (now or is_above) and _crossings(lower, upper, place, into, out) < now + is_above:
            layer[k], layer[k + 1] = lower, upper
            place[upper], place[lower] = k + 1, k
            is_better = True
    return is_better


def _crossings(
    upper: str, lower: str, place: dict[str, int], into: dict[str, list[Wire]], out: dict[str, list[Wire]]
) -> int:
    """Count the crossings between the wires of two neighbours, were `upper` the upper one."""
    count = 0
    for one in out[upper]:
        for other in out[lower]:
            count += (place[one.head], one.head_rank) > (place[other.head], other.head_rank)
    for one in into[upper]:
        for other in into[lower]:
            count += (place[one.tail], one.tail_rank) > (place[other.tail], other.tail_rank)
    return count
