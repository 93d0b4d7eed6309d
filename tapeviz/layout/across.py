"""Positions across the flow: lines as straight as the room allows, by sweeps over the layers.

Each layer is placed against its neighbour by isotonic regression: every slot wants the median of the ports it is
linked to, and the pool-adjacent-violators algorithm moves the slots as little as their order and distances permit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

SWEEPS = 6
NODE_WEIGHT = 1.0
PASSAGE_WEIGHT = 8.0
SIDE_WEIGHT = 0.05

SNAP_ROUNDS = 4
STRAIGHT = 1e-6
SMALL_BEND = 30.0
SMALL_BEND_COST = 30.0
BEND_COST = 14.0
LENGTH_COST = 0.15
SIDE_COST = 0.4
MAX_SNAPPED = 1500


@dataclass(slots=True, kw_only=True)
class Item:
    """A node or a passage of a long edge; it takes `before` and `after` of room on either side of `position`.

    Passages of one edge share their `chain` and are best kept in line.
    """

    key: str
    before: float
    after: float
    weight: float = NODE_WEIGHT
    chain: str | None = None
    position: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A stretch of an edge between neighbouring layers, with the port offsets at its two ends.

    `is_side` marks what feeds a parameter into the main flow: it follows its head and does not pull it aside.
    """

    tail: str
    head: str
    tail_offset: float
    head_offset: float
    is_side: bool = False


def straighten(layers: list[list[Item]], links: list[Link], gap: float) -> None:
    """Set the position of every item; the order within each layer stays."""
    earlier: dict[str, list[Link]] = defaultdict(list)
    later: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        if not link.is_side:
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
    if len(at) <= MAX_SNAPPED:
        _Snap(layers, links, gap).run()


class _Snap:
    """A last search that moves single items and chains to where fewer lines bend, small bends counting most."""

    def __init__(self, layers: list[list[Item]], links: list[Link], gap: float) -> None:
        self._gap = gap
        self._place = {item.key: (layer, k) for layer in layers for k, item in enumerate(layer)}
        self._at = {item.key: item for layer in layers for item in layer}
        self._linked: dict[str, list[Link]] = defaultdict(list)
        for link in links:
            self._linked[link.tail].append(link)
            self._linked[link.head].append(link)
        chains: dict[str, list[Item]] = defaultdict(list)
        for item in self._at.values():
            chains[item.chain or item.key].append(item)
        self._units = list(chains.values()) + [
            [item] for members in chains.values() if len(members) > 1 for item in members
        ]

    def run(self) -> None:
        """Move units as long as that straightens anything."""
        for _ in range(SNAP_ROUNDS):
            count = sum(self._improve(unit) for unit in self._units)
            count += sum(self._improve(unit) for unit in self._blocks())
            if not count:
                return

    def _blocks(self) -> Iterator[list[Item]]:
        """Whatever already lies in one line behind a bend, or before it."""
        seen: set[frozenset[str]] = set()
        for key, links in self._linked.items():
            if any(abs(self._bend(link)) > STRAIGHT for link in links):
                block = self._in_line_with(key)
                keys = frozenset(item.key for item in block)
                if keys not in seen:
                    seen.add(keys)
                    yield block

    def _in_line_with(self, key: str) -> list[Item]:
        found = {key}
        waiting = [key]
        while waiting:
            here = waiting.pop()
            for link in self._linked[here]:
                other = link.head if link.tail == here else link.tail
                if other not in found and abs(self._bend(link)) <= STRAIGHT:
                    found.add(other)
                    waiting.append(other)
        return [self._at[each] for each in sorted(found)]

    def _improve(self, unit: list[Item]) -> bool:
        keys = {item.key for item in unit}
        # A shift straightens an outer link where it equals the link's pull; inner links move along unchanged.
        pulls = [
            (-self._bend(link) if link.head in keys else self._bend(link), SIDE_COST if link.is_side else 1.0)
            for item in unit
            for link in self._linked[item.key]
            if (link.head in keys) != (link.tail in keys)
        ]
        low, high = self._room(unit, keys)
        best, least = 0.0, _bend_cost(pulls, 0.0)
        for option in sorted({min(max(pull, low), high) for pull, _ in pulls}):
            cost = _bend_cost(pulls, option)
            if cost < least - 0.01:
                best, least = option, cost
        for item in unit:
            item.position += best
        return best != 0.0

    def _bend(self, link: Link) -> float:
        tail, head = self._at[link.tail], self._at[link.head]
        return head.position + link.head_offset - tail.position - link.tail_offset

    def _room(self, unit: list[Item], keys: set[str]) -> tuple[float, float]:
        low, high = float("-inf"), float("inf")
        for item in unit:
            layer, k = self._place[item.key]
            if k and layer[k - 1].key not in keys:
                low = max(low, layer[k - 1].position + layer[k - 1].after + self._gap + item.before - item.position)
            if k + 1 < len(layer) and layer[k + 1].key not in keys:
                after = layer[k + 1]
                high = min(high, after.position - after.before - self._gap - item.after - item.position)
        return min(low, 0.0), max(high, 0.0)


def _bend_cost(pulls: list[tuple[float, float]], shift: float) -> float:
    cost = 0.0
    for pull, weight in pulls:
        bend = abs(pull - shift)
        if bend > STRAIGHT:
            cost += weight * ((SMALL_BEND_COST if bend < SMALL_BEND else BEND_COST) + LENGTH_COST * bend)
    return cost


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
        mean, weight, count = wish - moved, item.weight, 1
        while blocks and blocks[-1][0] > mean:
            other, other_weight, other_count = blocks.pop()
            mean = (mean * weight + other * other_weight) / (weight + other_weight)
            weight += other_weight
            count += other_count
        blocks.append((mean, weight, count))
    placed = [mean for mean, _, count in blocks for _ in range(count)]
    for item, mean, moved in zip(layer, placed, shifts, strict=True):
        item.position = mean + moved
