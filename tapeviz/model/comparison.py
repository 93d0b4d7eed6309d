"""Two calls, iterations, lessons or formulations of one function side by side, and where they first differ."""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tapeviz.model.alignment import Alignment, align, leading_to_target
from tapeviz.model.graph import GraphNode, OpGraph
from tapeviz.model.identity import Same
from tapeviz.model.recording import Recording
from tapeviz.model.story import Story, spoken, story_of
from tapeviz.model.subjects import source_name
from tapeviz.model.tensor import TensorValue
from tapeviz.model.timeline import Timeline
from tapeviz.model.titles import title_of

_ROUNDING = {2: 2e-2, 4: 1e-5, 8: 1e-12}
LONGEST_EXPRESSION = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where two sides first differ: the node on each side (None: it has none there), and the sentence about it."""

    left: str | None
    right: str | None
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two sides, laid beside each other. `forward` and `backward` are where they first differ, None where nowhere.

    `result` is a sentence that holds what comes out on the left against what comes out on the right.
    """

    alignment: Alignment
    forward: Difference | None
    backward: Difference | None
    result: str


def compare(left: tuple[Recording, OpGraph, Timeline], right: tuple[Recording, OpGraph, Timeline]) -> Comparison:
    """Compare what is looked at in two recordings, or twice in one; the last few comparisons are kept."""
    return _kept_comparison(Same(*left, *right))


@functools.lru_cache(maxsize=4)
def _kept_comparison(same: Same) -> Comparison:
    left, right = same.objects[:3], same.objects[3:]
    sides = _Sides(story_of(*left), story_of(*right), align(left[1], left[2], right[1], right[2]))
    return Comparison(
        alignment=sides.alignment,
        forward=sides.first_forward(),
        backward=sides.first_backward(),
        result=sides.result(),
    )


class _Sides:
    """Both sides at once, walked in the order in which they ran."""

    def __init__(self, left: Story, right: Story, alignment: Alignment) -> None:
        self.left = left
        self.right = right
        self.alignment = alignment

    def first_forward(self) -> Difference | None:
        """Find the first node that one side does not have, that takes something else, or makes another number."""
        for one, other in self._merged():
            is_pair = one is not None and other is not None and self.alignment.nodes.get(one.id) == other.id
            if one is None or other is None or not is_pair:
                return self._another_way(one, other)
            if not _is_same(self.left.node_value(one)[1], self.right.node_value(other)[1]):
                return self._another_number(one, other)
        return None

    def _merged(self) -> Iterator[tuple[GraphNode | None, GraphNode | None]]:
        """Walk the nodes of both sides; what stands between two pairs comes together, as two ways to do one thing."""
        rights = deque(node for node in self._walked(self.right) if node.ops)
        alone: list[GraphNode] = []
        for node in self._walked(self.left):
            twin = self.alignment.nodes.get(node.id)
            if twin is None:
                alone += [node] if node.ops else []
                continue
            other = self.right.nodes[twin]
            if other.ops:
                others = []
                while rights and rights[0].id != twin:
                    others.append(rights.popleft())
                if rights:
                    rights.popleft()
                is_same = _is_same(self.left.node_value(node)[1], self.right.node_value(other)[1])
                if is_same and (alone or others):
                    yield next(iter(alone), None), next(iter(others), None)
                elif not is_same and (alone or others or not self._is_fed_alike(node, other)):
                    yield (*alone, node)[0], (*others, other)[0]
                alone = []
            yield node, other
        if alone or rights:
            yield next(iter(alone), None), next(iter(rights), None)

    def _walked(self, story: Story) -> list[GraphNode]:
        within = leading_to_target(story.graph)
        return [node for node in story.graph.nodes if node.id in within and node.kind != "target"]

    def _is_fed_alike(self, one: GraphNode, other: GraphNode) -> bool:
        fed = [self._fed_by(self.left, edge.source) for edge in self.left.edges_into(one.id)]
        return fed == [self._fed_by(self.right, edge.source) for edge in self.right.edges_into(other.id)]

    def _fed_by(self, story: Story, node: str) -> str:
        found = story.nodes[node]
        if not found.ops and not found.symbol:
            return spoken(story.node_value(found)[1])
        return self.alignment.nodes.get(node, "") if story is self.left else node

    def _another_way(self, one: GraphNode | None, other: GraphNode | None) -> Difference:
        left = None if one is None else _does(self.left, one)
        right = None if other is None else _does(self.right, other)
        if left and right:
            sentence = f"the left takes {left}; the right takes {right}"
        elif left:
            sentence = f"the left takes {left}, the right goes without"
        else:
            sentence = f"the right takes {right}, the left goes without"
        places = [None if node is None else node.id for node in (one, other)]
        return Difference(left=places[0], right=places[1], sentence=f"First difference: {sentence}.")

    def _another_number(self, one: GraphNode, other: GraphNode) -> Difference:
        values = self.left.node_value(one)[1], self.right.node_value(other)[1]
        what = _expression(self.left, one)
        if _is_overflow(values[0]) and not _is_overflow(values[1]):
            sentence = f"{what} overflows to {spoken(values[0])} on the left{_on_line(one)}; it is {spoken(values[1])}"
            sentence += f" on the right{_on_line(other)}"
        elif _is_overflow(values[1]) and not _is_overflow(values[0]):
            sentence = f"{what} is {spoken(values[0])} on the left{_on_line(one)}; it overflows to {spoken(values[1])}"
            sentence += f" on the right{_on_line(other)}"
        else:
            sentence = f"{what} is {spoken(values[0])} on the left{_on_line(one)}"
            sentence += f" and {spoken(values[1])} on the right{_on_line(other)}"
        return Difference(left=one.id, right=other.id, sentence=f"First difference: {sentence}.")

    def first_backward(self) -> Difference | None:
        """Find the first share, in the order of the backward pass, that is another one on the other side."""
        edges = {(edge.target, edge.input_index): edge for edge in self.right.graph.edges}
        for step in self.left.timeline.steps:
            for name in step.edges if step.phase == "vjp" else ():
                edge = next(edge for edge in self.left.graph.edges if edge.id == name)
                twin = edges.get((self.alignment.nodes.get(edge.target, ""), edge.input_index))
                if twin is None:
                    continue
                sent = self.left.came_back(edge, step.index), self.right.came_back(twin, self.right.timeline.last)
                is_one_way = self.alignment.nodes.get(edge.source) == twin.source or None in sent
                if is_one_way and not _is_same(*sent):
                    giver, taker = self.left.name(edge.target), self.left.name(edge.source)
                    numbers = f"{_share(sent[0])} on the left and {_share(sent[1])} on the right"
                    sentence = f"Going back, they first differ where {giver} sends {numbers} to {taker}."
                    return Difference(left=edge.target, right=twin.target, sentence=sentence)
        return None

    def result(self) -> str:
        """Hold the gradients of both sides against each other, source by source."""
        if self.left.call is None or self.right.call is None:
            return ""
        there = {source_name(self.right.recording, source): source for source in self.right.call.sources}
        same, told = [], []
        for place, source in enumerate(self.left.call.sources):
            name = source_name(self.left.recording, source)
            twin = there.get(name)
            if twin is None and len(self.left.call.sources) == len(self.right.call.sources):
                twin = self.right.call.sources[place]
            if twin is None:
                continue
            values = self.left.value(source.value), self.right.value(twin.value)
            label = f"∂{self.left.target_name()}/∂{name}"
            if _is_same(*values):
                same.append(f"{label} is {_number(values[0])} on both sides")
            else:
                told.append(f"{label} is {_number(values[0])} on the left and {_number(values[1])} on the right")
        sentences = [f"{text}." for text in (told or same)[:2]]
        return " ".join(sentences)


def _does(story: Story, node: GraphNode) -> str:
    value = story.node_value(node)[1]
    made = f", which overflows to {spoken(value)}" if _is_overflow(value) else f" = {spoken(value)}"
    return f"{_expression(story, node)}{made}{_on_line(node)}"


def _expression(story: Story, node: GraphNode) -> str:
    if node.op is None:
        return story.name(node.id)
    title = title_of(story, story.op(node.op))
    return title if len(title) <= LONGEST_EXPRESSION else node.symbol


def _on_line(node: GraphNode) -> str:
    return "" if node.line is None else f" (line {node.line})"


def _number(value: TensorValue | None) -> str:
    return "None" if value is None else spoken(value)


def _share(value: TensorValue | None) -> str:
    return "nothing" if value is None else spoken(value)


def _is_overflow(value: TensorValue | None) -> bool:
    if value is None or not value.is_whole or not value.encoding or value.array.dtype.kind != "f":
        return False
    return bool(np.isinf(value.array).any())


def _is_same(one: TensorValue | None, other: TensorValue | None) -> bool:
    """Whether two values are equal but for rounding."""
    if one is None or other is None:
        return one is other
    if one == other:
        return True
    if not (one.is_whole and other.is_whole and one.encoding and other.encoding):
        return False
    if one.shape != other.shape:
        return False
    left, right = one.array, other.array
    if left.dtype.kind not in "fc" or right.dtype.kind not in "fc":
        return bool(np.array_equal(left, right))
    tolerance = max(_ROUNDING.get(array.dtype.itemsize, 1e-5) for array in (left, right))
    with np.errstate(all="ignore"):
        scale = float(np.max(np.abs(left[np.isfinite(left)]), initial=0.0))
        return bool(np.allclose(left, right, rtol=tolerance, atol=tolerance * scale, equal_nan=True))
