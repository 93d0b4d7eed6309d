"""What a good picture is, said without the code that draws it: plain geometry over every pair of parts."""

from __future__ import annotations

from itertools import combinations, pairwise

from tapeviz.layout.geometry import Box, GraphLayout
from tapeviz.layout.labels import LabelPlacement
from tapeviz.layout.sizes import Direction, PictureSizes
from tapeviz.model.graph import OpGraph

Area = tuple[float, float, float, float]
TOUCH = 0.6


def area(box: Box) -> Area:
    return box.x - box.width / 2, box.y - box.height / 2, box.x + box.width / 2, box.y + box.height / 2


def overlap(one: Area, other: Area, slack: float = TOUCH) -> bool:
    return (
        one[0] < other[2] - slack
        and other[0] < one[2] - slack
        and one[1] < other[3] - slack
        and other[1] < one[3] - slack
    )


def stretches(layout: GraphLayout, edge: str) -> list[Area]:
    return [(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)) for (x0, y0), (x1, y1) in pairwise(layout.edges[edge])]


def crosses(line: Area, box: Area) -> bool:
    """Whether a stretch runs through the inside of a box."""
    return (
        line[0] < box[2] - TOUCH and line[2] > box[0] + TOUCH and line[1] < box[3] - TOUCH and line[3] > box[1] + TOUCH
    )


def overlapping_nodes(layout: GraphLayout) -> list[tuple[str, str]]:
    boxes = {name: area(box) for name, box in layout.nodes.items()}
    return [(one, other) for one, other in combinations(boxes, 2) if overlap(boxes[one], boxes[other])]


def slanted_edges(layout: GraphLayout) -> list[str]:
    return [
        name
        for name, points in layout.edges.items()
        if any(min(abs(x0 - x1), abs(y0 - y1)) > 0.01 for (x0, y0), (x1, y1) in pairwise(points))
    ]


def edges_through_nodes(graph: OpGraph, layout: GraphLayout) -> list[tuple[str, str]]:
    return [
        (edge.id, name)
        for edge in graph.edges
        for name, box in layout.nodes.items()
        if name not in (edge.source, edge.target)
        and any(crosses(line, area(box)) for line in stretches(layout, edge.id))
    ]


def edges_on_edges(layout: GraphLayout) -> list[tuple[str, str]]:
    """Pairs of edges of which a stretch lies on, or within 3 px of, a parallel stretch of the other."""
    found = []
    for one, other in combinations(layout.edges, 2):
        for a in stretches(layout, one):
            for b in stretches(layout, other):
                is_level = a[1] == a[3]
                if is_level != (b[1] == b[3]):
                    continue
                along, across = (0, 1) if is_level else (1, 0)
                shared = min(a[along + 2], b[along + 2]) - max(a[along], b[along])
                if abs(a[across] - b[across]) < 3.0 and shared > 1.0:
                    found.append((one, other))
    return found


def loose_ends(graph: OpGraph, layout: GraphLayout) -> list[str]:
    """Edges that do not begin and end on (or, at a rounded corner, just inside) the boxes they link."""
    found = []
    for edge in graph.edges:
        for point, name in ((layout.edges[edge.id][0], edge.source), (layout.edges[edge.id][-1], edge.target)):
            x0, y0, x1, y1 = area(layout.nodes[name])
            inside = min(point[0] - x0, x1 - point[0], point[1] - y0, y1 - point[1])
            if not -0.01 <= inside <= 26.0:
                found.append(edge.id)
    return found


def near_ports(graph: OpGraph, layout: GraphLayout, direction: Direction, least: float = 40.0) -> list[tuple[str, str]]:
    """Edges that leave a variable less than `least` pixels apart."""
    axis = 1 if direction == "right" else 0
    variables = {node.id for node in graph.nodes if node.kind == "variable"}
    leaving = [edge for edge in graph.edges if edge.source in variables]
    return [
        (one.id, other.id)
        for one, other in combinations(leaving, 2)
        if one.source == other.source and abs(layout.edges[one.id][0][axis] - layout.edges[other.id][0][axis]) < least
    ]


def covered_labels(layout: GraphLayout, labels: LabelPlacement) -> list[tuple[str, str]]:
    """Numbers and chips that touch a node, each other, or any line."""
    placed: dict[str, Area] = {}
    for kind, boxes in (("value", labels.values), ("cotangent", labels.cotangents), ("chip", labels.chips)):
        placed.update({f"{kind} {name}": area(box) for name, box in boxes.items()})
    nodes = {f"node {name}": area(box) for name, box in layout.nodes.items()}
    found = [(one, other) for one, other in combinations(placed, 2) if overlap(placed[one], placed[other])]
    found += [(one, other) for one in placed for other in nodes if overlap(placed[one], nodes[other])]
    for one, box in placed.items():
        found += [
            (one, f"edge {edge}")
            for edge in layout.edges
            if any(crosses(line, box) for line in stretches(layout, edge))
        ]
    return found


def missing_numbers(sizes: PictureSizes, labels: LabelPlacement) -> list[str]:
    return [
        name
        for name, size in sizes.labels.items()
        if (size.value[0] and name not in labels.values) or (size.cotangent[0] and name not in labels.cotangents)
    ]
