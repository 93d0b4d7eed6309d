from __future__ import annotations

from itertools import pairwise

import pytest

from tapeviz.layout.graph_layout import layout_graph
from tapeviz.layout.moving import move_nodes, widen_nodes
from tapeviz.layout.sizes import Direction
from tests.layout import checks
from tests.layout.graphs import network, quadratic, sizes_of

PLACES = [("cu", (430.0, 420.0)), ("x", (60.0, 330.0)), ("mul", (700.0, 330.0)), ("f", (300.0, 480.0))]


@pytest.mark.parametrize(("name", "place"), PLACES)
def test_a_moved_node_takes_its_edges_along_and_everything_else_stays(name: str, place: tuple[float, float]) -> None:
    graph = quadratic()
    before = layout_graph(graph, sizes_of(graph))
    after = move_nodes(graph, before, {name: place})
    assert (after.nodes[name].x, after.nodes[name].y) == place
    assert {k: box for k, box in after.nodes.items() if k != name} == {
        k: box for k, box in before.nodes.items() if k != name
    }
    assert checks.slanted_edges(after) == []
    assert checks.loose_ends(graph, after) == []
    assert checks.edges_through_nodes(graph, after) == []


def test_edges_give_way_to_a_node_that_is_put_onto_them() -> None:
    graph = network(2)
    before = layout_graph(graph, sizes_of(graph))
    route = max(before.edges.values(), key=lambda points: max(abs(a[0] - b[0]) for a, b in pairwise(points)))
    (x0, y0), (x1, _) = max(pairwise(route), key=lambda line: abs(line[0][0] - line[1][0]))
    after = move_nodes(graph, before, {"L": ((x0 + x1) / 2, y0)})
    assert checks.edges_through_nodes(graph, after) == []


def test_unknown_nodes_and_old_places_change_nothing() -> None:
    graph = quadratic()
    before = layout_graph(graph, sizes_of(graph))
    assert move_nodes(graph, before, {"gone": (1.0, 2.0)}) is before
    assert move_nodes(graph, before, {"x": (before.nodes["x"].x, before.nodes["x"].y)}) is before


@pytest.mark.parametrize("direction", ["right", "down"])
def test_longer_numbers_widen_a_box_about_its_middle(direction: Direction) -> None:
    graph = quadratic()
    before = layout_graph(graph, sizes_of(graph), direction=direction)
    boxes = {name: (box.width, box.height) for name, box in before.nodes.items()}
    boxes["x"] = (boxes["x"][0] + 16, boxes["x"][1])
    after = widen_nodes(graph, before, boxes, direction=direction)
    assert after is not None
    assert after.nodes["x"].width == before.nodes["x"].width + 16
    assert {name: (box.x, box.y) for name, box in after.nodes.items()} == {
        name: (box.x, box.y) for name, box in before.nodes.items()
    }
    assert checks.loose_ends(graph, after) == []


def test_a_box_that_needs_much_more_room_is_laid_out_anew() -> None:
    graph = quadratic()
    before = layout_graph(graph, sizes_of(graph))
    boxes = {name: (box.width, box.height) for name, box in before.nodes.items()}
    assert widen_nodes(graph, before, {**boxes, "x": (300.0, 72.0)}) is None
    assert widen_nodes(graph, before, {**boxes, "x": (104.0, 140.0)}) is None
