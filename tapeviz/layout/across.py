"""Positions across the flow: lines as straight as the room allows, by sweeps over the layers.

Each layer is placed against its neighbour by isotonic regression: every slot wants the median of the ports it is
linked to, and the pool-adjacent-violators algorithm moves the slots as little as their order and distances permit.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import median

SWEEPS = 6
NODE_WEIGHT = 1.0
PASSAGE_WEIGHT = 8.0


@dataclass(slots=True, kw_only=True)
class Item:
    """A node or a passage of a long edge; it takes `before` and `after` of room on either side of `position`."""

    key: str
    before: float
    after: float
    is_passage: bool
    position: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A stretch of an edge between neighbouring layers, with the port offsets at its two ends."""

    tail: str
    head: str
    tail_offset: float
    head_offset: float
    weight: float = 1.0


def straighten(layers: list[list[Item]], links: list[Link], gap: float) -> None:
    """Set the position of every item; the order within each layer stays."""
    earlier: dict[str, list[Link]] = defaultdict(list)
    later: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        earlier[link.head].append(link)
        later[link.tail].append(link)
    at = {item.key: item for layer in layers for item in layer}
    for layer in layers:
        _separate(layer, [item.position for item in layer], gap)
    for sweep in range(SWEEPS):
        is_down = sweep % 2 == 1
        for layer in layers if is_down else reversed(layers):
            wishes = []
            for item in layer:
                linked = earlier[item.key] if is_down else later[item.key]
                linked = linked or (later[item.key] if is_down else earlier[item.key])
                wishes.append(_wish(item, linked, at))
            _separate(layer, wishes, gap)


def _wish(item: Item, links: list[Link], at: dict[str, Item]) -> float:
    wanted = []
    for link in links:
        if link.tail == item.key:
            wanted.append(at[link.head].position + link.head_offset - link.tail_offset)
        else:
            wanted.append(at[link.tail].position + link.tail_offset - link.head_offset)
    return median(wanted) if wanted else item.position


def _separate(layer: list[Item], wishes: list[float], gap: float) -> None:
    """Move the items to their wishes, or as near as their order and distances permit (least weighted squares)."""
    shift = 0.0
    shifts = []
    for k, item in enumerate(layer):
        if k:
            shift += layer[k - 1].after + gap + item.before
        shifts.append(shift)
    blocks: list[tuple[float, float, int]] = []
    for item, wish, moved in zip(layer, wishes, shifts, strict=True):
        mean, weight, count = wish - moved, PASSAGE_WEIGHT if item.is_passage else NODE_WEIGHT, 1
        while blocks and blocks[-1][0] > mean:
            other, other_weight, other_count = blocks.pop()
            mean = (mean * weight + other * other_weight) / (weight + other_weight)
            weight += other_weight
            count += other_count
        blocks.append((mean, weight, count))
    placed = [mean for mean, _, count in blocks for _ in range(count)]
    for item, mean, moved in zip(layer, placed, shifts, strict=True):
        item.position = mean + moved
