"""A recording looked up by what a lecturer asks: who sent what to whom, when, and what it is called."""

from __future__ import annotations

import functools
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tapeviz.model.accumulators import Accumulator
from tapeviz.model.adjoints import Adjoint, adjoints, cotangents, sums_on_edges
from tapeviz.model.forward_mode import accumulator_of
from tapeviz.model.graph import GraphEdge, GraphNode, OpGraph
from tapeviz.model.identity import Same
from tapeviz.model.numbers import format_number, format_value, touched_words
from tapeviz.model.recording import Contribution, GradientCall, Op, Recording, Source
from tapeviz.model.rules import Rule, rule_of
from tapeviz.model.rules.local import local_derivative, power_rule
from tapeviz.model.subjects import call_of, name_of, target_element
from tapeviz.model.tensor import TensorValue
from tapeviz.model.timeline import Step, Timeline

MAX_NAMED_TARGETS = 3
STORIES_KEPT = 4


class Arrival(NamedTuple):
    """A share that came back to a node: in which step, which tensor, and from whom."""

    step: int
    tensor: int
    giver: str


class Story:
    """One subject of a recording, indexed once and asked many times.

    Parameters
    ----------
    recording : Recording
    graph : OpGraph
        What is drawn; names of givers and receivers are the symbols of its nodes.
    timeline : Timeline
        When each op runs forward and when its VJP is applied.
    """

    def __init__(self, recording: Recording, graph: OpGraph, timeline: Timeline) -> None:
        self.recording = recording
        self.graph = graph
        self.timeline = timeline
        self.nodes: Mapping[str, GraphNode] = {node.id: node for node in graph.nodes}
        self.node_of_op: Mapping[int, GraphNode] = {op: node for node in graph.nodes for op in node.ops}
        into: defaultdict[str, list[GraphEdge]] = defaultdict(list)
        out_of: defaultdict[str, list[GraphEdge]] = defaultdict(list)
        for edge in sorted(graph.edges, key=lambda edge: edge.input_index):
            into[edge.target].append(edge)
            out_of[edge.source].append(edge)
        self._into, self._out_of = into, out_of
        self.forward_at = self._moments("forward")
        self.backward_at = self._moments("vjp")
        self._first_of = {step.phase: step.index for step in reversed(timeline.steps)}
        self._arrivals: dict[str, list[Arrival]] = {}
        self._flowing = cotangents(recording, graph, timeline)

    @property
    def call(self) -> GradientCall | None:
        """The gradient call that is looked at, if it is one."""
        return call_of(self.recording, self.timeline.subject)

    @property
    def accumulator(self) -> Accumulator | None:
        """The forward mode that is looked at, if it is one."""
        return accumulator_of(self.recording, self.timeline.subject)

    @functools.cached_property
    def contributions(self) -> Mapping[tuple[int, int], Contribution]:
        """Every VJP's share, by op and input index."""
        shares = self.call.contributions if self.call else ()
        return {(share.op, share.input_index): share for share in shares}

    @functools.cached_property
    def _adjoints(self) -> Mapping[str, Adjoint]:
        return adjoints(self.recording, self.graph, self.timeline, self._flowing)

    @functools.cached_property
    def _seeds(self) -> Mapping[int, int]:
        pairs = zip(self.call.target, self.call.seed, strict=False) if self.call else ()
        return {tensor: seed for tensor, seed in pairs if seed is not None}

    @property
    def seed_step(self) -> int | None:
        """The step in which the backward pass begins; None where there is none."""
        return self._first_of.get("seed")

    @functools.cached_property
    def _cotangents(self) -> Mapping[int, tuple[int | None, ...]]:
        return {op: share.output_cotangents for (op, _), share in self.contributions.items()}

    def _moments(self, phase: str) -> dict[int, int]:
        moments: dict[int, int] = {}
        for step in self.timeline.steps:
            if step.phase == phase:
                for op in (*step.hidden_ops, *step.ops):
                    moments.setdefault(op, step.index)
        return moments

    def op(self, index: int) -> Op:
        """Look an op up."""
        return self.recording.ops[index]

    def value(self, tensor: int | None) -> TensorValue | None:
        """Look up the numbers of a tensor; None where there is none."""
        return None if tensor is None else self.recording.tensors[tensor].value

    def node_value(self, node: GraphNode) -> tuple[int | None, TensorValue | None]:
        """Find the tensor whose numbers are this node's, and its value; a variable shows what was read of it."""
        for tensor in (*node.values[1:], *node.values[:1], *(() if node.tensor is None else (node.tensor,))):
            value = self.value(tensor)
            if value is not None and value.text is None:
                return tensor, value
        return node.tensor, self.value(node.tensor)

    def name(self, node: str) -> str:
        """Name a node within a sentence: its symbol, or the number of a constant that has none."""
        found = self.nodes[node]
        return found.symbol or spoken(self.node_value(found)[1])

    @functools.cached_property
    def _leaf_names(self) -> Mapping[int, str]:
        leaves = [node for node in self.graph.nodes if node.kind not in {"op", "target", "group"} and node.symbol]
        return {tensor: node.symbol for node in leaves for tensor in node.values}

    def lesson_name(self, tensor: int) -> str:
        """Name a tensor as the lesson does; a name that a variable bears already (within a function) says nothing."""
        if tensor in self._leaf_names:
            return self._leaf_names[tensor]
        name = self.recording.tensors[tensor].name or ""
        return "" if name in self._taken_names else name

    @functools.cached_property
    def _taken_names(self) -> frozenset[str]:
        return frozenset(self._leaf_names.values())

    def results(self, op: Op) -> Sequence[int]:
        """List the outputs of an op that something drawn goes on with; all of them where nothing does."""
        node = self.node_of_op.get(op.id)
        used = {edge.tensor for edge in self.edges_out_of(node.id)} if node is not None else set()
        return [tensor for tensor in op.outputs if tensor in used] or op.outputs

    def place_of(self, step: Step) -> int:
        """Count a step among those of its phase, from 1."""
        return step.index - self._first_of[step.phase] + 1

    def rule(self, op: Op) -> Rule | None:
        """Find the rule of an op, made simpler where its exponent is a constant."""
        rule = rule_of(op.type, op.attributes)
        if rule is None or op.type != "Pow" or len(op.inputs) != 2:
            return rule
        exponent = self.scalar_constant(op.inputs[1])
        return rule if exponent is None or isinstance(exponent, complex) else power_rule(rule, float(exponent))

    def scalar_constant(self, tensor: int) -> Any:
        """Give the number of an unnamed constant scalar, or None where it is anything else."""
        found = self.recording.tensors[tensor]
        if found.producer is not None or found.role != "constant" or found.name or found.value is None:
            return None
        if found.value.shape or not found.value.is_whole or found.value.array.dtype.kind not in "iuf":
            return None
        return found.value.array.item()

    def edges_into(self, node: str) -> Sequence[GraphEdge]:
        """List the edges into a node by input index."""
        return self._into[node]

    def edges_out_of(self, node: str) -> Sequence[GraphEdge]:
        """List the edges by which a node's value is used."""
        return self._out_of[node]

    def sent(self, edge: GraphEdge) -> int | None:
        """Find the tensor that the VJP at the head of `edge` sent back along it; None where it sent nothing."""
        return self._flowing[edge.id][-1][1] if edge.id in self._flowing else None

    def came_back(self, edge: GraphEdge, playhead: int) -> TensorValue | None:
        """Give what has come back along an edge so far: into a folded group leads more than one share, added up."""
        sums = self._edge_sums.get(edge.id, ())
        count = bisect_right(sums, playhead, key=lambda moment: moment[0])
        return sums[count - 1][1] if count else None

    @functools.cached_property
    def _edge_sums(self) -> Mapping[str, Sequence[tuple[int, TensorValue | None]]]:
        return sums_on_edges(self.recording, self.graph, self._flowing)

    def arrivals(self, node: str, playhead: int) -> Sequence[Arrival]:
        """List what came back to a node up to a playhead, in the order it came; at a target the seed comes first."""
        every = self._every_arrival(node)
        return every[: bisect_right(every, playhead, key=lambda arrival: arrival.step)]

    def _every_arrival(self, node: str) -> Sequence[Arrival]:
        if node not in self._arrivals:
            came: list[Arrival] = []
            for edge in self._out_of[node]:
                if edge.id in self._flowing:
                    giver = self.name(edge.target)
                    came += [Arrival(step, tensor, giver) for step, tensor in self._flowing[edge.id]]
                elif edge.op is None and edge.tensor in self._seeds and self.seed_step is not None:
                    came.append(Arrival(self.seed_step, self._seeds[edge.tensor], "the seed"))
            self._arrivals[node] = sorted(came, key=lambda arrival: arrival.step)
        return self._arrivals[node]

    def cotangent_of(self, op: int) -> int | None:
        """Find the first cotangent that came into an op; None where nothing came."""
        return next((tensor for tensor in self._cotangents.get(op, ()) if tensor is not None), None)

    def source_of(self, node: GraphNode) -> Source | None:
        """Find the source of the call that a node stands for."""
        if self.call is None:
            return None
        tensors = {node.tensor, *node.values}
        return next((source for source in self.call.sources if source.tensor in tensors), None)

    def adjoint(self, node: str, playhead: int) -> TensorValue | None:
        """Give the sum of what came back to a node so far; where it is complete, it is TensorFlow's own sum."""
        if node not in self._adjoints:
            return None
        sums = self._adjoints[node].sums
        count = bisect_right(sums, playhead, key=lambda moment: moment[0])
        return sums[count - 1][1] if count else None

    def is_pending(self, node: str, playhead: int) -> bool:
        """Whether more will come back to a node after this playhead."""
        every = self._every_arrival(node)
        return bool(every) and every[-1].step > playhead

    def local(self, op: Op, rule: Rule, input_index: int) -> npt.NDArray[Any] | None:
        """Evaluate a local derivative from TensorFlow's primals, where it agrees with what TensorFlow sent.

        Returns None where the rule has none, where a value is only summarised, and where local derivative times
        cotangent is not the recorded contribution: then the recorded numbers speak alone.
        """
        local, is_agreed = self._local_and_agreement(op, rule, input_index)
        return local if is_agreed else None

    def is_other_than_rule(self, op: Op, rule: Rule, input_index: int) -> bool:
        """Whether TensorFlow sent something else than the rule says, as it may at a singular or a complex point."""
        return not self._local_and_agreement(op, rule, input_index)[1]

    def is_conjugated(self, op: Op, rule: Rule, input_index: int) -> bool:
        """Whether TensorFlow multiplied by the conjugate of the local derivative, as it does for complex numbers."""
        share = self.contributions.get((op.id, input_index))
        values = [self.value(tensor) for tensor in (*op.inputs, op.outputs[0])]
        upstream, sent = self.value(self.cotangent_of(op.id)), self.value(share.value if share else None)
        arrays = [value.array for value in (*values, upstream, sent) if value is not None and value.is_whole]
        if not rule.is_elementwise or len(arrays) != len(values) + 2 or not np.iscomplexobj(arrays[-1]):
            return False
        *inputs, output, came, went = arrays
        local = local_derivative(rule, input_index, inputs, output, op.attributes)
        if local is None or not np.any(np.imag(local)):
            return False
        with np.errstate(all="ignore"):
            return _agrees(np.conj(local) * came, went)

    def _local_and_agreement(self, op: Op, rule: Rule, input_index: int) -> tuple[npt.NDArray[Any] | None, bool]:
        values = [self.value(tensor) for tensor in (*op.inputs, op.outputs[0])]
        arrays = [value.array for value in values if value is not None and value.is_whole]
        if not rule.is_elementwise or len(arrays) != len(values):
            return None, True
        local = local_derivative(rule, input_index, arrays[:-1], arrays[-1], op.attributes)
        share = self.contributions.get((op.id, input_index))
        if share is None:
            return local, True
        upstream, sent = self.value(self.cotangent_of(op.id)), self.value(share.value)
        if upstream is None or sent is None or not upstream.is_whole or not sent.is_whole:
            return local, True
        if local is None:
            return _quotient(rule.local_of(input_index), sent.array, upstream.array), True
        with np.errstate(all="ignore"):
            return local, _agrees(local * upstream.array, sent.array)

    def target_name(self) -> str:
        """Name what is differentiated: ``f``, ``(f + g)`` where there are several targets, ``f[2]`` in a Jacobian."""
        return self.whole_target_name() + target_element(self.recording, self.timeline.subject)

    def whole_target_name(self) -> str:
        """Name the target, of a Jacobian with all its elements."""
        if self.call is None:
            return ""
        symbols = {node.tensor: node.symbol for node in self.graph.nodes if node.kind == "target"}
        names = [symbols.get(tensor) or name_of(self.recording, tensor) for tensor in self.call.target]
        if len(names) == 1:
            return names[0]
        return f"({' + '.join([*names[:MAX_NAMED_TARGETS], *(['…'] if len(names) > MAX_NAMED_TARGETS else [])])})"


def story_of(recording: Recording, graph: OpGraph, timeline: Timeline) -> Story:
    """Make the story of a subject; the last few are kept, since every step asks for one."""
    return _kept_story(Same(recording, graph, timeline))


@functools.lru_cache(maxsize=STORIES_KEPT)
def _kept_story(same: Same) -> Story:
    return Story(*same.objects)


def joined(words: Sequence[str]) -> str:
    """List words as a sentence does: ``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def spoken(value: TensorValue | None) -> str:
    """Write a value within a sentence: numbers where there are few, otherwise shape and norm."""
    if value is None:
        return "a value that was not kept"
    text = format_value(value)
    if value.slices is not None:
        return f"{text} ({touched_words(value.slices)})"
    shape, separator, norm = text.partition(" · ")
    if len(value.shape) == 1 and separator:
        shape = f"{format_number(value.shape[0])} numbers"
    return f"{shape} ({norm})" if separator else text


def called(name: str, value: TensorValue | None) -> str:
    """Write a name with its value: ``x = 2.000``, ``W (3×2, norm 1.225)``."""
    text = spoken(value)
    if value is not None and value.slices is not None:
        return f"{name} ({format_value(value)}: {touched_words(value.slices)})"
    shape, bracket, norm = text.partition(" (norm ")
    return f"{name} ({shape}, norm {norm}" if bracket else f"{name} = {text}"


def is_scalar(value: TensorValue | None) -> bool:
    """Whether a value is one real number that is at hand."""
    return value is not None and value.is_whole and value.size == 1 and value.array.dtype.kind in "iufb"


def _quotient(expression: str, sent: npt.NDArray[Any], upstream: npt.NDArray[Any]) -> npt.NDArray[Any] | None:
    """Read a local derivative off TensorFlow's numbers: what was sent by what came in, where neither was broadcast."""
    if not expression or sent.shape != upstream.shape or not np.all(upstream):
        return None
    return np.asarray(sent.astype(np.float64) / upstream) if sent.dtype.kind == "f" else None


def _agrees(product: npt.NDArray[Any], sent: npt.NDArray[Any]) -> bool:
    if product.shape != sent.shape:
        spread = product.ndim - sent.ndim
        if spread < 0:
            return False
        sides = (1,) * spread + sent.shape
        axes = tuple(axis for axis, side in enumerate(product.shape) if sides[axis] == 1 and side != 1)
        product = product.sum(axis=axes, keepdims=True)
        if product.size != sent.size:
            return False
        product = product.reshape(sent.shape)
    tolerance = {2: 2e-2, 4: 1e-4}.get(sent.dtype.itemsize, 1e-9)
    scale = float(np.max(np.abs(sent[np.isfinite(sent)]), initial=0.0))
    return bool(np.allclose(product, sent, rtol=tolerance, atol=tolerance * scale + 1e-30, equal_nan=True))
