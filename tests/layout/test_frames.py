"""Frames hold their own nodes and nothing else, whatever the graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from tapeviz.layout.geometry import Box, GraphLayout
from tapeviz.layout.labels import title_boxes
from tapeviz.layout.moving import move_nodes
from tapeviz.layout.service import arrange
from tapeviz.layout.sizes import Direction, PictureSizes
from tapeviz.model.graph import OpGraph
from tapeviz.model.group_folding import nodes_within
from tests.layout import checks
from tests.layout.framed import framed
from tests.layout.graphs import chain, fan, hub, network, quadratic, sizes_of, tangled

TITLE = (90.0, 24.0)
FAMILY: dict[str, Callable[[], OpGraph]] = {
    **{f"quadratic {seed}": partial(lambda seed: framed(quadratic(), seed), seed) for seed in range(3)},
    "network": lambda: framed(network(6), 1),
    "chain": lambda: framed(chain(24), 2, depth=3),
    "fan-out": lambda: framed(fan(6), 4),
    "hub": lambda: framed(hub(8), 5),
    **{f"tangle {seed}": partial(lambda seed: framed(tangled(seed), seed), seed) for seed in range(16)},
}


@pytest.fixture(params=FAMILY, ids=list(FAMILY))
def graph(request: pytest.FixtureRequest) -> OpGraph:
    return FAMILY[request.param]()


@pytest.fixture(params=["right", "down"])
def direction(request: pytest.FixtureRequest) -> Direction:
    return "right" if request.param == "right" else "down"


def titled(graph: OpGraph) -> PictureSizes:
    return replace(sizes_of(graph), titles={group.id: TITLE for group in graph.groups})


def holds(frame: Box, box: Box) -> bool:
    outer, inner = checks.area(frame), checks.area(box)
    return outer[0] < inner[0] and outer[1] < inner[1] and inner[2] < outer[2] and inner[3] < outer[3]


def foreign_in_frames(graph: OpGraph, layout: GraphLayout) -> list[tuple[str, str]]:
    return [
        (group.id, name)
        for group in graph.groups
        for name, box in layout.nodes.items()
        if name not in nodes_within(graph, group)
        and checks.overlap(checks.area(layout.frames[group.id]), checks.area(box))
    ]


def overlapping_frames(graph: OpGraph, layout: GraphLayout) -> list[tuple[str, str]]:
    parents = {group.id: group.parent for group in graph.groups}

    def around(name: str) -> list[str]:
        parent = parents[name]
        return [] if parent is None else [parent, *around(parent)]

    return [
        (one, other)
        for one in layout.frames
        for other in layout.frames
        if one < other
        and one not in around(other)
        and other not in around(one)
        and checks.overlap(checks.area(layout.frames[one]), checks.area(layout.frames[other]))
    ]


def test_nothing_lies_on_anything_else(graph: OpGraph, direction: Direction) -> None:
    assert graph.groups
    sizes = titled(graph)
    made = arrange(graph, sizes, direction)
    assert set(made.layout.nodes) == {node.id for node in graph.nodes}
    assert set(made.layout.edges) == {edge.id for edge in graph.edges}
    assert checks.overlapping_nodes(made.layout) == []
    assert checks.slanted_edges(made.layout) == []
    assert checks.edges_through_nodes(graph, made.layout) == []
    assert checks.edges_on_edges(made.layout) == []
    assert checks.loose_ends(graph, made.layout) == []
    assert checks.covered_labels(made.layout, made.labels) == []
    assert checks.missing_numbers(sizes, made.labels) == []


def test_frames_hold_their_own_and_nothing_else(graph: OpGraph, direction: Direction) -> None:
    layout = arrange(graph, titled(graph), direction).layout
    assert set(layout.frames) == {group.id for group in graph.groups}
    for group in graph.groups:
        assert all(holds(layout.frames[group.id], layout.nodes[node]) for node in group.nodes)
        assert group.parent is None or holds(layout.frames[group.parent], layout.frames[group.id])
    assert foreign_in_frames(graph, layout) == []
    assert overlapping_frames(graph, layout) == []


def test_titles_stand_clear_of_nodes_and_numbers(graph: OpGraph, direction: Direction) -> None:
    sizes = titled(graph)
    made = arrange(graph, sizes, direction)
    others = [*made.layout.nodes.values(), *made.labels.values.values(), *made.labels.cotangents.values()]
    titles = title_boxes(made.layout, sizes)
    for name, title in titles.items():
        assert checks.area(title)[2] <= checks.area(made.layout.frames[name])[2]
        assert not any(checks.overlap(checks.area(title), checks.area(box)) for box in others)
    assert len(titles) == len(graph.groups)


def test_no_line_runs_along_the_border_of_a_frame(graph: OpGraph, direction: Direction) -> None:
    layout = arrange(graph, titled(graph), direction).layout
    for frame in layout.frames.values():
        x0, y0, x1, y1 = checks.area(frame)
        for edge in layout.edges:
            for line in checks.stretches(layout, edge):
                is_upright = line[0] == line[2]
                borders = (x0, x1) if is_upright else (y0, y1)
                along, low, high = (line[0], y0, y1) if is_upright else (line[1], x0, x1)
                start, end = (line[1], line[3]) if is_upright else (line[0], line[2])
                shared = min(end, high) - max(start, low)
                assert shared <= 0 or all(abs(along - border) > 2 for border in borders)


def test_the_same_graph_is_always_laid_out_alike() -> None:
    graph = framed(tangled(3), 3)
    first, second = (arrange(graph, titled(graph), "right") for _ in range(2))
    assert first == second


def test_a_frame_reaches_as_far_as_a_node_of_it_was_dragged() -> None:
    graph = framed(quadratic(), 0)
    layout = arrange(graph, titled(graph), "right").layout
    group = graph.groups[0]
    node = group.nodes[0]
    moved = move_nodes(graph, layout, {node: (layout.nodes[node].x, layout.nodes[node].y + 300)})
    assert holds(moved.frames[group.id], moved.nodes[node])
    others = [
        name for name in layout.frames if node not in nodes_within(graph, next(g for g in graph.groups if g.id == name))
    ]
    assert all(moved.frames[name] == layout.frames[name] for name in others)
