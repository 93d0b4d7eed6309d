"""Graphs with frames: any graph, its ops grouped as calls are, in stretches that lie within each other or apart."""

from __future__ import annotations

import random
from dataclasses import replace

from tapeviz.model.graph import GraphGroup, OpGraph

Stretch = tuple[int, int]


def framed(graph: OpGraph, seed: int, depth: int = 2) -> OpGraph:
    """Put random stretches of the ops of a graph into frames, and frames into those."""
    ops = [node for node in graph.nodes if node.op is not None]
    dice = random.Random(seed)
    groups: list[GraphGroup] = []
    home: dict[str, str] = {}

    def group(first: int, last: int, parent: str | None, level: int) -> None:
        place = first
        while place <= last:
            length = dice.randint(1, 6)
            end = min(place + length - 1, last)
            if dice.random() < 0.7 and (parent is None or (place, end) != (first, last)):
                name = f"group {len(groups)}"
                groups.append(
                    GraphGroup(
                        id=name, kind="function", title=name, parent=parent, nodes=(), ops=(), variables=(), line=None
                    )
                )
                home.update((node.id, name) for node in ops[place : end + 1])
                if level > 1 and end > place:
                    group(place, end, name, level - 1)
            place = end + 1

    group(0, len(ops) - 1, None, depth)
    members = {each.id: tuple(node for node, its in home.items() if its == each.id) for each in groups}
    return replace(graph, groups=tuple(replace(each, nodes=members[each.id]) for each in groups))
