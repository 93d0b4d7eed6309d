"""Fewer crossings, counted at the ports: graphlay orders nodes, but an op whose inputs keep their order crosses too."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from tapeviz.model.graph import GraphNode

MAX_ITEMS = 600
"""Only in graphs of up to this many slots are crossings counted one by one."""

ROUNDS = 8
COMMUTATIVE = frozenset("+×·=∧∨") | {"max", "min"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """A stretch between neighbouring layers; `head_rank` orders the wires that end in one item (0 where free)."""

    tail: str
    head: str
    head_rank: int


def keeps_input_order(node: GraphNode) -> bool:
    """Say whether a node's inputs are drawn as they are written, which matters for all but commutative ops."""
    return node.symbol not in COMMUTATIVE


def uncross(layers: list[list[str]], wires: list[Wire]) -> list[list[str]]:
    """Swap neighbours within the layers while that removes crossings; the order is kept where it does not."""
    layers = [list(layer) for layer in layers]
    into: dict[str, list[Wire]] = defaultdict(list)
    out: dict[str, list[Wire]] = defaultdict(list)
    for wire in wires:
        into[wire.head].append(wire)
        out[wire.tail].append(wire)
    place = {key: k for layer in layers for k, key in enumerate(layer)}
    for _ in range(ROUNDS):
        if not sum(_improve(layer, place, into, out) for layer in layers):
            break
    return layers


def count_crossings(layers: list[list[str]], wires: list[Wire]) -> int:
    """Count all crossings; wires that share an end do not cross there unless their order at it says so."""
    place = {key: k for layer in layers for k, key in enumerate(layer)}
    layer_of = {key: k for k, layer in enumerate(layers) for key in layer}
    gaps: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for wire in wires:
        gaps[layer_of[wire.tail]].append((place[wire.tail], place[wire.head], wire.head_rank))
    count = 0
    for strands in gaps.values():
        for k, (tail, *head) in enumerate(strands):
            for other_tail, *other_head in strands[k + 1 :]:
                count += (tail < other_tail and head > other_head) or (tail > other_tail and head < other_head)
    return count


def _improve(layer: list[str], place: dict[str, int], into: dict[str, list[Wire]], out: dict[str, list[Wire]]) -> bool:
    is_better = False
    for k in range(len(layer) - 1):
        upper, lower = layer[k], layer[k + 1]
        now = _crossings(upper, lower, place, into, out)
        if now and _crossings(lower, upper, place, into, out) < now:
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
            count += place[one.tail] > place[other.tail]
    return count
