"""Two graphs laid beside each other: which node of one is which of the other, and which steps belong together."""

from __future__ import annotations

import difflib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tapeviz.model.graph import GraphNode, OpGraph
from tapeviz.model.timeline import Timeline

MAX_CELLS = 1_000_000
"""Two graphs of so many ops times so many are compared op by op; larger ones by their runs of equal ops."""

_SAME_TYPE, _SAME_SYMBOL, _SAME_LINE, _SAME_INPUTS = 4, 2, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """Which nodes of the left graph stand for which of the right one, and the steps of both that belong together.

    `nodes` maps ids of the left graph to ids of the right one. `steps` holds, for every playhead of the left timeline,
    the playhead of the right one.
    """

    nodes: dict[str, str]
    steps: tuple[int, ...]


def align(left: OpGraph, left_timeline: Timeline, right: OpGraph, right_timeline: Timeline) -> Alignment:
    """Lay two graphs beside each other.

    What the lesson named goes by name, targets by their order; ops by the longest common subsequence of the order in
    which they ran, where ops of one type with the same symbol, inputs and line fit best.
    """
    within = leading_to_target(left), leading_to_target(right)
    nodes = _leaves(left, right)
    if left.structure == right.structure and within[0] == within[1]:
        nodes = {node: node for node in within[0]}
    else:
        lefts, rights = _ops(left, within[0]), _ops(right, within[1])
        for i, j in _common(_tokens(left, lefts), _tokens(right, rights)):
            nodes[lefts[i].id] = rights[j].id
    return Alignment(nodes=nodes, steps=_steps(nodes, left, left_timeline, right, right_timeline))


def leading_to_target(graph: OpGraph) -> frozenset[str]:
    """List the nodes that a target is made of: a tape may hold more than a call asks for."""
    makers: dict[str, list[str]] = {node.id: [] for node in graph.nodes}
    for edge in graph.edges:
        makers[edge.target].append(edge.source)
    waiting = [node.id for node in graph.nodes if node.kind == "target"] or list(makers)
    found = set(waiting)
    while waiting:
        for maker in makers[waiting.pop()]:
            if maker not in found:
                found.add(maker)
                waiting.append(maker)
    return frozenset(found)


def _leaves(left: OpGraph, right: OpGraph) -> dict[str, str]:
    targets = [[node.id for node in graph.nodes if node.kind == "target"] for graph in (left, right)]
    named = [{node.symbol: node.id for node in graph.nodes if _is_named(node)} for graph in (left, right)]
    by_name = {node: named[1][name] for name, node in named[0].items() if name in named[1]}
    return by_name | dict(zip(*targets, strict=False))


def _is_named(node: GraphNode) -> bool:
    return node.kind in ("variable", "watched", "constant") and bool(node.symbol)


def _ops(graph: OpGraph, within: frozenset[str]) -> list[GraphNode]:
    return [node for node in graph.nodes if node.ops and node.id in within]


_Token = tuple[str, str, tuple[str, ...], int | None]


def _tokens(graph: OpGraph, nodes: Sequence[GraphNode]) -> list[_Token]:
    symbols = {node.id: node.symbol for node in graph.nodes}
    inputs: dict[str, list[str]] = {node.id: [] for node in graph.nodes}
    for edge in graph.edges:
        inputs[edge.target].append(symbols[edge.source])
    return [
        (f"{node.title}/{len(inputs[node.id])}", node.symbol, tuple(sorted(inputs[node.id])), node.line)
        for node in nodes
    ]


def _common(left: list[_Token], right: list[_Token]) -> list[tuple[int, int]]:
    if len(left) * len(right) > MAX_CELLS:
        matcher = difflib.SequenceMatcher(None, [t[:2] for t in left], [t[:2] for t in right], autojunk=False)
        return [(block.a + k, block.b + k) for block in matcher.get_matching_blocks() for k in range(block.size)]
    best = np.zeros((len(left) + 1, len(right) + 1), dtype=np.int64)
    worth = [[_worth(one, other) for other in right] for one in left]
    for i in range(len(left) - 1, -1, -1):
        for j in range(len(right) - 1, -1, -1):
            taken = worth[i][j] + best[i + 1, j + 1] if worth[i][j] else 0
            best[i, j] = max(taken, best[i + 1, j], best[i, j + 1])
    pairs, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        if worth[i][j] and best[i, j] == worth[i][j] + best[i + 1, j + 1]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i, j] == best[i + 1, j]:
            i += 1
        else:
            j += 1
    return pairs


def _worth(one: _Token, other: _Token) -> int:
    if one[0] != other[0]:
        return 0
    worth = _SAME_TYPE + _SAME_SYMBOL * (one[1] == other[1]) + _SAME_INPUTS * (one[2] == other[2])
    return worth + _SAME_LINE * (one[3] == other[3])


def _steps(
    nodes: dict[str, str], left: OpGraph, left_timeline: Timeline, right: OpGraph, right_timeline: Timeline
) -> tuple[int, ...]:
    """Find for each left playhead the right one: steps that both have, and ends of phases, come together.

    What stands between is gone through at the pace of the left side.
    """
    owners = [{op: node.id for node in graph.nodes for op in node.ops} for graph in (left, right)]
    moments = {}
    for step in right_timeline.steps:
        node = owners[1].get(step.op) if step.op is not None else None
        moments[step.phase, node] = step.index
    ends = {step.phase: step.index for step in right_timeline.steps}
    left_ends = {step.phase: step.index for step in left_timeline.steps}
    known: list[tuple[int, int]] = []
    for step in left_timeline.steps:
        node = owners[0].get(step.op) if step.op is not None else None
        twin = None if node is None else moments.get((step.phase, nodes.get(node, "")))
        if step.index == left_ends[step.phase]:
            twin = ends.get(step.phase, twin)
        if twin is not None:
            known.append((step.index, max(twin, known[-1][1] if known else 0)))
    return tuple(_at(known, playhead) for playhead in range(left_timeline.last + 1))


def _at(known: Sequence[tuple[int, int]], playhead: int) -> int:
    place = bisect_right(known, playhead, key=lambda pair: pair[0]) - 1
    if place < 0:
        return 0
    here, there = known[place]
    if place + 1 == len(known):
        return there
    after_here, after_there = known[place + 1]
    return there + (playhead - here) * (after_there - there) // (after_here - here)
