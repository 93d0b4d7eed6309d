"""The picture that belongs to a state: kept as long as the structure of the graph stays the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from tapeviz.layout.geometry import GraphLayout, Point
from tapeviz.layout.labels import LabelPlacement, place_labels
from tapeviz.layout.layers import LayoutError
from tapeviz.layout.moving import move_nodes, widen_nodes
from tapeviz.layout.service import Answer, Arrangement, LayoutService
from tapeviz.layout.sizes import Direction, PictureSizes, grown_sizes
from tapeviz.model.frame import Frame
from tapeviz.model.graph import OpGraph
from tapeviz.model.identity import Same
from tapeviz.paint.graph_painter import GraphPainter, Style
from tapeviz.paint.measure import measure
from tapeviz.paint.theme import Theme

MAX_PLACED_NODES = 400
"""In larger graphs numbers keep the places they came with; those of an edge that was led anew are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What has to be laid out; `key` tells one structure from another."""

    graph: OpGraph
    sizes: PictureSizes
    direction: Direction

    @property
    def key(self) -> tuple[str, Direction]:
        """What decides whether positions can be kept."""
        return self.graph.structure, self.direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """The answer to a request."""

    request: Request
    answer: Answer


class Picture:
    """Layout and painter of the graph that is shown.

    Parameters
    ----------
    arrived : callable
        Is called with the answer to each request that could not be answered from what is there; for a large graph
        from another thread.
    """

    def __init__(self, arrived: Callable[[Arrival], None]) -> None:
        self._service = LayoutService()
        self._arrived = arrived
        self._request: Request | None = None
        self._base: GraphLayout | None = None
        self._given: Arrangement | None = None
        self._placed_for: tuple[Same, dict[str, Point]] | None = None
        self.painter: GraphPainter | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether a layout is still being made."""
        return self._service.is_busy

    def ask(self, graph: OpGraph, last: Frame, direction: Direction) -> bool:
        """Take another graph; True where the nodes stay where they are and only their numbers are new."""
        request = Request(graph=graph, sizes=measure(graph, last), direction=direction)
        if self._request is not None and self._base is not None and request.key == self._request.key:
            grown = replace(request, sizes=grown_sizes(self._request.sizes, request.sizes))
            if grown.sizes is self._request.sizes:
                self._request = grown
                return True
            widened = widen_nodes(graph, self._base, grown.sizes.boxes, direction=direction)
            if widened is not None and not _is_crowded(grown, widened):
                self._request, self._base = grown, widened
                return True
        self._request, self._base, self._given, self.painter = request, None, None, None
        self._service.request(
            graph, request.sizes, direction, lambda answer: self._arrived(Arrival(request=request, answer=answer))
        )
        return False

    def take(self, arrival: Arrival) -> bool:
        """Keep a layout that has arrived; False where another graph is looked at by now.

        Raises
        ------
        LayoutError
            Where the graph could not be laid out.
        """
        if arrival.request is not self._request:
            return False
        if isinstance(arrival.answer, LayoutError):
            raise arrival.answer
        self._base, self._given = arrival.answer.layout, arrival.answer
        return True

    def compose(self, positions: Mapping[str, Point], theme: Theme, style: Style) -> None:
        """Make the painter: nodes that were dragged stand where they were put, and numbers find their places."""
        if self._request is None or self._base is None:
            return
        request, placed_for = self._request, (Same(self._base, self._request.sizes), dict(positions))
        if self.painter is not None and placed_for == self._placed_for:
            self.painter = GraphPainter(request.graph, self.painter.layout, self.painter.labels, theme, style)
            return
        self._placed_for = placed_for
        layout = move_nodes(request.graph, self._base, positions, direction=request.direction)
        self.painter = GraphPainter(request.graph, layout, self._labels(request, layout), theme, style)

    def _labels(self, request: Request, layout: GraphLayout) -> LabelPlacement:
        if self._given is None or len(request.graph.nodes) <= MAX_PLACED_NODES:
            return place_labels(request.graph, layout, request.sizes, direction=request.direction)
        given, labels = self._given.layout, self._given.labels
        still = {name for name, route in layout.edges.items() if given.edges.get(name) == route}
        return LabelPlacement(
            values={name: box for name, box in labels.values.items() if name in still},
            cotangents={name: box for name, box in labels.cotangents.items() if name in still},
            chips={name: box for name, box in labels.chips.items() if given.nodes[name] == layout.nodes[name]},
            scales=labels.scales,
        )

    def dress(self, theme: Theme, style: Style) -> None:
        """Take another theme or style; nothing moves."""
        if self.painter is not None:
            old = self.painter
            self.painter = GraphPainter(old.graph, old.layout, old.labels, theme, style)

    def clear(self) -> None:
        """Show nothing."""
        self._service.cancel()
        self._request, self._base, self._given, self.painter = None, None, None, None

    def close(self) -> None:
        """End a layout that is still being made."""
        self._service.close()


def _is_crowded(request: Request, layout: GraphLayout) -> bool:
    """Say whether numbers became so long that some would have to be left out."""
    if len(request.graph.nodes) > MAX_PLACED_NODES:
        return False
    return bool(place_labels(request.graph, layout, request.sizes, direction=request.direction).crowded)
