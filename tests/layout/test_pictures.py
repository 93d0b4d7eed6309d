"""Every picture of a family of graphs, held to what a picture has to be."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from tapeviz.layout.graph_layout import layout_graph
from tapeviz.layout.labels import place_labels
from tapeviz.layout.layers import LayoutError
from tapeviz.layout.service import Arrangement, arrange
from tapeviz.layout.sizes import Direction, LabelSize, PictureSizes
from tapeviz.model.graph import OpGraph
from tests.layout import checks
from tests.layout.graphs import (
    build,
    chain,
    fan,
    hub,
    network,
    quadratic,
    shared_op,
    sizes_of,
    squared,
    strands,
    tangled,
)

FAMILY: dict[str, Callable[[], OpGraph]] = {
    "quadratic": quadratic,
    "network of two layers": lambda: network(2),
    "network of twelve layers": lambda: network(12),
    "chain of 20": lambda: chain(20),
    "fan-out of 6": lambda: fan(6),
    "shared op": shared_op,
    "hub of 12": lambda: hub(12),
    "x times x": squared,
    "four strands": lambda: strands(4, 30),
    "six strands": lambda: strands(6, 24),
    **{f"tangle {seed}": partial(tangled, seed) for seed in range(24)},
}


@pytest.fixture(params=FAMILY, ids=list(FAMILY))
def graph(request: pytest.FixtureRequest) -> OpGraph:
    return FAMILY[request.param]()


@pytest.fixture(params=["right", "down"])
def direction(request: pytest.FixtureRequest) -> Direction:
    return "right" if request.param == "right" else "down"


def test_nothing_lies_on_anything_else(graph: OpGraph, direction: Direction) -> None:
    sizes = sizes_of(graph)
    made = arrange(graph, sizes, direction)
    assert set(made.layout.nodes) == {node.id for node in graph.nodes}
    assert set(made.layout.edges) == {edge.id for edge in graph.edges}
    assert checks.overlapping_nodes(made.layout) == []
    assert checks.slanted_edges(made.layout) == []
    assert checks.edges_through_nodes(graph, made.layout) == []
    assert checks.edges_on_edges(made.layout) == []
    assert checks.loose_ends(graph, made.layout) == []
    assert checks.near_ports(graph, made.layout, direction) == []
    assert checks.covered_labels(made.layout, made.labels) == []
    assert checks.missing_numbers(sizes, made.labels) == []


def test_everything_lies_within_the_extent(graph: OpGraph, direction: Direction) -> None:
    made = arrange(graph, sizes_of(graph), direction)
    boxes = [*made.layout.nodes.values(), *made.labels.chips.values()]
    areas = [checks.area(box) for box in boxes]
    assert min(area[0] for area in areas) >= 0
    assert min(area[1] for area in areas) >= 0
    assert max(area[2] for area in areas) <= made.layout.width
    assert max(area[3] for area in areas) <= made.layout.height


def test_the_same_graph_is_always_laid_out_alike() -> None:
    for graph in (quadratic(), tangled(3), network(3)):
        first, second = (arrange(graph, sizes_of(graph), "right") for _ in range(2))
        assert first == second


def test_cards_of_matrices_find_room() -> None:
    graph = network(2)
    card = LabelSize(value=(150.0, 66.0), cotangent=(160.0, 66.0))
    plain = sizes_of(graph)
    sizes = PictureSizes(boxes=plain.boxes, chips=plain.chips, labels=dict.fromkeys(plain.labels, card))
    made = arrange(graph, sizes, "right")
    assert checks.covered_labels(made.layout, made.labels) == []
    assert checks.missing_numbers(sizes, made.labels) == []
    assert checks.edges_through_nodes(graph, made.layout) == []


def test_variables_stand_first_and_the_target_last() -> None:
    graph = quadratic()
    nodes = arrange(graph, sizes_of(graph), "right").layout.nodes
    assert nodes["x"].x == nodes["y"].x == min(box.x for box in nodes.values())
    assert nodes["f"].x == max(box.x for box in nodes.values())
    assert nodes["x"].y < nodes["y"].y, "variables read in the order of the lesson"


def test_values_stand_above_their_line_and_cotangents_below_it() -> None:
    graph = quadratic()
    made = arrange(graph, sizes_of(graph), "right")
    for edge, value in made.labels.values.items():
        lines = [line for line in checks.stretches(made.layout, edge) if line[0] <= value.x <= line[2]]
        heights = [line[1] for line in lines if line[1] == line[3]]
        assert any(value.y < height < made.labels.cotangents[edge].y for height in heights)


def test_inputs_keep_their_order_where_it_matters() -> None:
    graph = build(
        [("a", "variable", "a"), ("b", "variable", "b"), ("m", "op", "−"), ("y", "target", "y")],
        [("b", "m"), ("a", "m"), ("m", "y")],
    )
    edges = arrange(graph, sizes_of(graph), "right").layout.edges
    assert edges["b>m:0"][-1][1] < edges["a>m:1"][-1][1]


def test_a_long_chain_is_broken_into_rows_that_fit_a_wide_canvas() -> None:
    layout = layout_graph(chain(30), sizes_of(chain(30)))
    assert 0.8 < layout.width / layout.height < 3.0


def test_several_long_lines_are_broken_together_where_that_makes_them_larger() -> None:
    graph = strands(4, 40)
    assert layout_graph(graph, sizes_of(graph)).width < 4000


@pytest.mark.parametrize("width", [58.0, 65.0, 72.0])
def test_numbers_that_become_longer_shrink_before_they_are_left_out(width: float) -> None:
    graph = quadratic()
    layout = layout_graph(graph, sizes_of(graph, (51.0, 14.0)))
    sizes = sizes_of(graph, (width, 14.0))
    labels = place_labels(graph, layout, sizes)
    assert labels.crowded == frozenset()
    assert labels.scales
    assert all(0.7 < scale < 1 for scale in labels.scales.values())
    assert checks.missing_numbers(sizes, labels) == []
    assert checks.covered_labels(layout, labels) == []


def test_numbers_without_a_clear_place_are_named_and_never_written_over_anything() -> None:
    graph = quadratic()
    layout = layout_graph(graph, sizes_of(graph))
    labels = place_labels(graph, layout, sizes_of(graph, (140.0, 14.0)))
    assert labels.crowded
    assert labels.crowded.isdisjoint(labels.values)
    assert checks.covered_labels(layout, labels) == []


def test_an_empty_graph_has_an_empty_picture() -> None:
    empty = build([], [])
    assert arrange(empty, PictureSizes(boxes={}), "right") == Arrangement(
        layout=layout_graph(empty, PictureSizes(boxes={})),
        labels=place_labels(empty, layout_graph(empty, PictureSizes(boxes={})), PictureSizes(boxes={})),
    )
    assert layout_graph(empty, PictureSizes(boxes={})).nodes == {}


def test_a_cycle_is_refused_in_a_sentence() -> None:
    cycle = build([("a", "op", "+"), ("b", "op", "+")], [("a", "b"), ("b", "a")])
    with pytest.raises(LayoutError, match="cycle"):
        layout_graph(cycle, sizes_of(cycle))
