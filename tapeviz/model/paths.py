"""The multivariable chain rule, path by path: each way from the target to a source, the product along it, their sum.

The factor of an edge is what the VJP at its head sent divided by what came into it, both as TensorFlow recorded them.
"""

from __future__ import annotations

import functools
import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from tapeviz.model.factors import Factors, Told, factor_of, numbers_of, quotient
from tapeviz.model.graph import GraphEdge, OpGraph
from tapeviz.model.identity import Same
from tapeviz.model.recording import Recording
from tapeviz.model.story import Story, story_of
from tapeviz.model.tensor import TensorValue, value_of_array
from tapeviz.model.timeline import Timeline
from tapeviz.model.verification import LocalFactor

LISTED = 12
"""How many paths are listed, the largest first; the others are counted and summed."""

_ZERO, _ENDLESS = -1e6, 1e6
_DIGITS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class GradientPath:
    """One path from the target to a source.

    `nodes` begin with the target and end with the source; `edges` lie between them, the seed's first. `factors` are
    those of the edges, `product` is all of them multiplied; None where an edge has no factor, or it is not told.
    `cotangents` are what came back on each edge, from all paths together.
    """

    nodes: tuple[str, ...]
    edges: tuple[str, ...]
    factors: tuple[TensorValue | None, ...]
    product: TensorValue | None
    cotangents: tuple[TensorValue | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePaths:
    """All paths from the target to one source.

    Parameters
    ----------
    source : str
        The node of the source.
    label : str
        What they sum to: ``∂f/∂x``.
    count : int
        How many there are.
    paths : tuple of GradientPath
        The largest ones, by the size of their product.
    total, rest : TensorValue or None
        The sum over all paths, and over those that are not listed; None where paths have no product.
    returned : TensorValue or None
        What ``tape.gradient`` returned.
    difference : float or None
        The largest difference of `total` to that, relative to its largest number.
    note : str
        Why paths have no product, as a sentence; empty where they have.
    """

    source: str
    label: str
    count: int
    paths: tuple[GradientPath, ...]
    total: TensorValue | None
    rest: TensorValue | None
    returned: TensorValue | None
    difference: float | None
    note: str


def paths_to(
    recording: Recording, graph: OpGraph, timeline: Timeline, source: str, factors: Sequence[LocalFactor] = ()
) -> SourcePaths | None:
    """Find the paths to a source of the call that is looked at; None for any other node, and where nothing came back.

    Parameters
    ----------
    source : str
        The id of a node.
    factors : sequence of LocalFactor
        TensorFlow's own VJPs, for the edges whose recorded shares do not tell their factor.
    """
    return _kept_paths(Same(recording, graph, timeline, factors), source)


def path_sources(recording: Recording, graph: OpGraph, timeline: Timeline) -> tuple[str, ...]:
    """List the nodes of the sources that something came back to, in the order of the call."""
    return _kept_sources(Same(recording, graph, timeline))


@functools.lru_cache(maxsize=4)
def _kept_sources(same: Same) -> tuple[str, ...]:
    story = story_of(*same.objects)
    places = {source.tensor: place for place, source in enumerate(story.call.sources)} if story.call else {}
    found: dict[int, str] = {}
    for node in story.graph.nodes:
        tensors = [tensor for tensor in (node.tensor, *node.values) if tensor in places]
        if node.kind != "target" and tensors and story.arrivals(node.id, story.timeline.last):
            found.setdefault(places[tensors[0]], node.id)
    return tuple(found[place] for place in sorted(found))


def is_complete(story: Story, source: str, playhead: int) -> bool:
    """Whether all that comes back to a node is there at a playhead, so that its paths may be shown."""
    return bool(story.arrivals(source, playhead)) and not story.is_pending(source, playhead)


@functools.lru_cache(maxsize=16)
def _kept_paths(same: Same, source: str) -> SourcePaths | None:
    recording, graph, timeline, factors = same.objects
    story = story_of(recording, graph, timeline)
    node = story.nodes.get(source)
    asked = None if node is None else story.source_of(node)
    if node is None or node.kind == "target" or asked is None or not story.arrivals(source, timeline.last):
        return None
    search = _Search(story, source, {(one.op, one.input_index): one.value for one in factors})
    listed = tuple(islice(search.largest(), LISTED))
    returned = story.value(asked.value)
    total = search.total if search.is_multiplied else None
    rest = None
    if total is not None and search.count > len(listed):
        shown = [path.product.array for path in listed if path.product is not None]
        rest = functools.reduce(_plus, [-product for product in shown], total)
    return SourcePaths(
        source=source,
        label=f"∂{story.target_name()}/∂{story.name(source)}",
        count=search.count,
        paths=listed,
        total=_packed(total),
        rest=_packed(rest),
        returned=returned,
        difference=None if total is None else _difference(total, numbers_of(returned)),
        note=search.note,
    )


class _Search:
    """The paths of one source: counted and summed without walking each of them, and walked from the largest on."""

    def __init__(self, story: Story, source: str, told: Mapping[tuple[int, int], TensorValue]) -> None:
        self._story = story
        self._source = source
        self._onward: defaultdict[str, list[GraphEdge]] = defaultdict(list)
        self._factors: dict[str, tuple[Factors, Told] | None] = {}
        self._bounds: dict[str, float] = {}
        counts: dict[str, int] = {}
        totals: dict[str, Factors] = {}
        self._sizes: dict[str, float] = {}
        for edge in story.graph.edges:
            if self._flow(edge) is not None:
                self._onward[edge.source].append(edge)
        for node in reversed(self._between()):
            is_target = story.nodes[node].kind == "target"
            counts[node], totals[node] = int(is_target), np.full((), float(is_target))
            self._bounds[node] = 0.0 if is_target else -math.inf
            for edge in self._onward[node]:
                factor = self._factors[edge.id] = self._factor(edge, told)
                self._sizes[edge.id] = self._size(edge, factor)
                self._bounds[node] = max(self._bounds[node], self._sizes[edge.id] + self._bounds[edge.target])
                counts[node] += counts[edge.target]
                if factor is not None:
                    totals[node] = _plus(totals[node], _times(factor[0], totals[edge.target]))
        self.count = counts[source]
        self.total = totals[source]

    @property
    def is_multiplied(self) -> bool:
        """Whether every path is a product of factors that are known."""
        return not self.note

    @functools.cached_property
    def note(self) -> str:
        """Why there are no products, if there are none."""
        if any(factor is None for factor in self._factors.values()):
            return (
                "Matrices lie on these paths: nothing is multiplied; of each edge stand here the shape and the norm of "
                "what came back along it."
            )
        if not all(factor is None or factor[1].all() for factor in self._factors.values()):
            return "Where 0 came into an op, its factor cannot be told from this recording, so nothing is summed."
        return ""

    def largest(self) -> Iterator[GradientPath]:
        """Walk the paths, those of the largest product first.

        Each partial path is ranked by what it may still come to: the largest product of the rest is known for every
        node, so that no path is walked that is not asked for. Among equals the longest partial path goes on.
        """
        waiting: list[tuple[float, int, int, str, tuple[GraphEdge, ...]]] = [(0.0, 0, 0, self._source, ())]
        number = 0
        while waiting:
            _, _, _, node, edges = heapq.heappop(waiting)
            if self._story.nodes[node].kind == "target":
                yield self._path(edges)
                continue
            size = sum(self._sizes[edge.id] for edge in edges)
            for edge in self._onward[node]:
                number += 1
                bound = round(size + self._sizes[edge.id] + self._bounds[edge.target], _DIGITS)
                heapq.heappush(waiting, (-bound, -len(edges) - 1, number, edge.target, (*edges, edge)))

    def _path(self, from_source: tuple[GraphEdge, ...]) -> GradientPath:
        edges = from_source[::-1]
        factors = [self._factors[edge.id] for edge in edges]
        product: Factors | None = np.ones(())
        for factor in factors:
            is_known = product is not None and factor is not None and factor[1].all()
            product = _times(product, factor[0]) if is_known and product is not None and factor is not None else None
        return GradientPath(
            nodes=(edges[0].target, *(edge.source for edge in edges)),
            edges=tuple(edge.id for edge in edges),
            factors=tuple(None if f is None or not f[1].all() else _packed(f[0]) for f in factors),
            product=_packed(product),
            cotangents=tuple(self._flow(edge) for edge in edges),
        )

    def _between(self) -> list[str]:
        """List the nodes between source and target, each before those that it leads to."""
        waiting, entering = [self._source], Counter[str]()
        seen = {self._source}
        while waiting:
            for edge in self._onward[waiting.pop()]:
                entering[edge.target] += 1
                if edge.target not in seen:
                    seen.add(edge.target)
                    waiting.append(edge.target)
        ready, ordered = [self._source], []
        while ready:
            ordered.append(ready.pop())
            for edge in self._onward[ordered[-1]]:
                entering[edge.target] -= 1
                if not entering[edge.target]:
                    ready.append(edge.target)
        return ordered

    def _flow(self, edge: GraphEdge) -> TensorValue | None:
        """Find what came back along an edge, all shares of a folded group together; at the target the seed."""
        if self._story.nodes[edge.target].kind != "target":
            return self._story.came_back(edge, self._story.timeline.last)
        call = self._story.call
        pairs = zip(call.target, call.seed, strict=False) if call is not None else ()
        return self._story.value(next((seed for target, seed in pairs if target == edge.tensor), None))

    def _factor(self, edge: GraphEdge, told: Mapping[tuple[int, int], TensorValue]) -> tuple[Factors, Told] | None:
        head = self._story.nodes[edge.target]
        if head.kind == "target":
            seed = numbers_of(self._flow(edge))
            return None if seed is None else (seed, np.ones(seed.shape, dtype=bool))
        if edge.op is None or head.members:
            return self._factor_of_group(edge)
        share = self._story.contributions.get((edge.op, edge.input_index))
        found = None if share is None else factor_of(self._story.recording, share)
        own = numbers_of(told.get((edge.op, edge.input_index)))
        if found is None or own is None or found[1].all():
            return found
        return np.where(found[1], found[0], own.reshape(found[0].shape)), np.ones_like(found[1])

    def _factor_of_group(self, edge: GraphEdge) -> tuple[Factors, Told] | None:
        """Divide what a folded group sent by what came into it, where all of that came to one number it made."""
        beyond = self._onward[edge.target]
        came, sent = [numbers_of(self._flow(other)) for other in beyond], numbers_of(self._flow(edge))
        shares = [share for share in came if share is not None and share.size == 1]
        if sent is None or len(shares) < len(beyond) or len({other.tensor for other in beyond}) != 1:
            return None
        return quotient(np.sum([share.reshape(()) for share in shares], axis=0), sent)

    def _size(self, edge: GraphEdge, factor: tuple[Factors, Told] | None) -> float:
        """The logarithm of how large a factor is; of an edge without one, of how much it lengthens a cotangent."""
        if factor is not None:
            size = float(np.linalg.norm(np.where(factor[1], factor[0], 1.0)))
        else:
            came = numbers_of(self._story.value(self._story.cotangent_of(edge.op))) if edge.op is not None else None
            sent = numbers_of(self._flow(edge))
            if came is None or sent is None or not came.any():
                return 0.0
            size = float(np.linalg.norm(sent) / np.linalg.norm(came))
        if not math.isfinite(size):
            return _ENDLESS
        return math.log(size) if size > 0 else _ZERO


def _times(first: Factors, second: Factors) -> Factors:
    with np.errstate(all="ignore"):
        return np.asarray(first * second)


def _plus(first: Factors, second: Factors) -> Factors:
    with np.errstate(all="ignore"):
        return np.asarray(first + second)


def _packed(numbers: Factors | None) -> TensorValue | None:
    return None if numbers is None else value_of_array(np.asarray(numbers, dtype=np.float64))


def _difference(total: Factors, returned: Factors | None) -> float | None:
    if returned is None or returned.size != total.size or not np.isfinite([returned.ravel(), total.ravel()]).all():
        return None
    largest = float(np.max(np.abs(returned), initial=0.0))
    gap = float(np.max(np.abs(returned.ravel() - total.ravel()), initial=0.0))
    return gap / largest if largest else gap
