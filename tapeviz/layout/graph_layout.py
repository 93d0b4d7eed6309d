"""From a graph and the sizes of its parts to a picture, that runs to the right or down.

Inside this room the flow always runs to the right; a picture that runs down is transposed at its two ends.
"""

from __future__ import annotations

from tapeviz.layout.geometry import Box, GraphLayout
from tapeviz.layout.levels import lay_out_level
from tapeviz.layout.nesting import lay_out_nested
from tapeviz.layout.sizes import Direction, LabelSize, PictureSizes, Size
from tapeviz.model.graph import OpGraph


def layout_graph(graph: OpGraph, sizes: PictureSizes, *, direction: Direction = "right") -> GraphLayout:
    """Lay out `graph` so that no line runs through a node and every number has room.

    Parameters
    ----------
    graph : OpGraph
    sizes : PictureSizes, pixels
    direction : ``"right"`` or ``"down"``

    Raises
    ------
    LayoutError
        Where the graph is too entangled to be drawn.
    """
    is_down = direction == "down"
    turned = _transposed(sizes) if is_down else sizes
    has_frames = any(not group.is_folded for group in graph.groups)
    layout = (lay_out_nested if has_frames else lay_out_level)(graph, turned, is_down)
    return layout if direction == "right" else _transposed_layout(layout)


def _flip(size: Size) -> Size:
    return size[1], size[0]


def _transposed(sizes: PictureSizes) -> PictureSizes:
    return PictureSizes(
        boxes={key: _flip(size) for key, size in sizes.boxes.items()},
        chips={key: _flip(size) for key, size in sizes.chips.items()},
        labels={
            key: LabelSize(value=_flip(label.value), cotangent=_flip(label.cotangent))
            for key, label in sizes.labels.items()
        },
        titles={key: _flip(size) for key, size in sizes.titles.items()},
    )


def _transposed_layout(layout: GraphLayout) -> GraphLayout:
    return GraphLayout(
        nodes={key: _turned(box) for key, box in layout.nodes.items()},
        edges={key: tuple((y, x) for x, y in points) for key, points in layout.edges.items()},
        width=layout.height,
        height=layout.width,
        frames={key: _turned(box) for key, box in layout.frames.items()},
    )


def _turned(box: Box) -> Box:
    return Box(x=box.y, y=box.x, width=box.height, height=box.width)
