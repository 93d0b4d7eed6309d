"""How the adjoint of each node grows, contribution by contribution, in TensorFlow's own numbers."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tapeviz.model.graph import GraphNode, OpGraph
from tapeviz.model.recording import GradientCall, Recording, Source
from tapeviz.model.subjects import call_of, source_name, target_element
from tapeviz.model.tensor import TensorValue, value_of_array
from tapeviz.model.timeline import Timeline

Share = tuple[int, int]
"""What reaches a node: (index of the step, id of the tensor that is added)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjoint:
    """The growing sum at one node.

    `sums` holds (index of a step, the sum from that step on); None where it cannot be told from summaries. `label`
    is the left side of the equation that holds once all is in (``∂f/∂y``). `is_none` says that ``tape.gradient``
    returned None for it.
    """

    label: str
    sums: tuple[tuple[int, TensorValue | None], ...]
    is_none: bool = False


def cotangents(recording: Recording, graph: OpGraph, timeline: Timeline) -> dict[str, tuple[Share, ...]]:
    """Find when the contributions of each edge are sent, and which tensors they are, in true order.

    An edge into a folded group may get several; edges that get none are left out.
    """
    call = call_of(recording, graph.subject)
    if call is None:
        return {}
    edges = {edge.id: edge for edge in graph.edges}
    sent: dict[tuple[int, int], deque[int]] = defaultdict(deque)
    for contribution in call.contributions:
        if contribution.value is not None:
            sent[(contribution.op, contribution.input_index)].append(contribution.value)
    flowing: dict[str, list[Share]] = defaultdict(list)
    for step in timeline.steps:
        if step.phase != "vjp":
            continue
        inputs: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for name in step.edges:
            for op, place in edges[name].consumers:
                inputs[op].append((place, name))
        for op in step.ops:
            for place, name in inputs[op]:
                if sent[(op, place)]:
                    flowing[name].append((step.index, sent[(op, place)].popleft()))
    return {name: tuple(shares) for name, shares in flowing.items()}


def adjoints(
    recording: Recording, graph: OpGraph, timeline: Timeline, flowing: dict[str, tuple[Share, ...]]
) -> dict[str, Adjoint]:
    """Sum up what reaches the nodes whose sum is shown: variables, watched tensors, sources, targets, fan-outs."""
    call = call_of(recording, graph.subject)
    if call is None:
        return {}
    sources = _sources_by_node(graph, call)
    target = _target_name(graph) + target_element(recording, graph.subject)
    shares = _shares(graph, call, timeline, flowing, sources)
    given = _given(call)
    shown: dict[str, Adjoint] = {}
    for node in graph.nodes:
        source = sources.get(node.id)
        incoming = shares.get(node.id, [])
        is_named = source is not None or node.kind in ("variable", "watched")
        if source is not None and not incoming:
            shown[node.id] = _unreached(recording, source, _label(recording, target, node, source), timeline)
        elif incoming and (is_named or node.kind == "target" or len(incoming) > 1):
            total = _total(recording, given, node, source)
            label = _label(recording, target, node, source) if is_named else ""
            shown[node.id] = Adjoint(label=label, sums=_running_sums(recording, incoming, total))
    return shown


def _sources_by_node(graph: OpGraph, call: GradientCall) -> dict[str, Source]:
    shown = {tensor: node.id for node in graph.nodes if node.kind != "target" for tensor in node.values}
    found: dict[str, Source] = {}
    for source in call.sources:
        if source.tensor in shown:
            found.setdefault(shown[source.tensor], source)
    return found


def _target_name(graph: OpGraph) -> str:
    names = [node.symbol for node in graph.nodes if node.kind == "target"]
    return names[0] if len(names) == 1 else f"({' + '.join(names)})"


def _label(recording: Recording, target: str, node: GraphNode, source: Source | None) -> str:
    if source is None:
        return f"∂{target}/∂{node.symbol}"
    name = source_name(recording, source)
    is_named = source.name or recording.tensors[source.tensor].name
    return f"∂{target}/∂{name if is_named else f'({name})'}"


def _shares(
    graph: OpGraph,
    call: GradientCall,
    timeline: Timeline,
    flowing: dict[str, tuple[Share, ...]],
    sources: dict[str, Source],
) -> dict[str, list[Share]]:
    """List what reaches each node, in the order of the backward pass, the seed of the target first.

    The outputs of one op are tensors of their own: of an op with several, only what reaches a source is listed.
    """
    seeding = next((step.index for step in timeline.steps if step.phase == "seed"), 0)
    edges = {edge.id: edge for edge in graph.edges}
    into_target = [edge for edge in graph.edges if edge.op is None]
    seeds = [(edge, seed) for edge, seed in zip(into_target, call.seed, strict=False) if seed is not None]
    arriving = [(edge, (seeding, seed)) for edge, seed in seeds]
    arriving += [(edges[name], share) for name, shares in flowing.items() for share in shares]
    shares: dict[str, list[Share]] = defaultdict(list)
    for edge, seed in seeds:
        shares[edge.target].append((seeding, seed))
    split = {node.id for node in graph.nodes if node.tensor is None}
    for edge, share in arriving:
        if edge.source not in split or (edge.source in sources and sources[edge.source].tensor == edge.tensor):
            shares[edge.source].append(share)
    return {name: sorted(arrived, key=lambda share: share[0]) for name, arrived in shares.items()}


def _unreached(recording: Recording, source: Source, label: str, timeline: Timeline) -> Adjoint:
    if source.value is None:
        return Adjoint(label=label, sums=(), is_none=True)
    return Adjoint(label=label, sums=((timeline.result, recording.tensors[source.value].value),))


def _total(
    recording: Recording, given: dict[int, tuple[int | None, ...]], node: GraphNode, source: Source | None
) -> TensorValue | None:
    """TensorFlow's own sum, where it was seen: what a source returned, or what came into the VJP of the op."""
    if source is not None and source.value is not None:
        return recording.tensors[source.value].value
    if node.tensor is None:
        return None
    producer = recording.tensors[node.tensor].producer
    if producer is None or producer not in node.ops or producer not in given:
        return None
    cotangent = given[producer][recording.ops[producer].outputs.index(node.tensor)]
    return None if cotangent is None else recording.tensors[cotangent].value


def _given(call: GradientCall) -> dict[int, tuple[int | None, ...]]:
    """Find what came into the VJP of each op, in TensorFlow's sums."""
    return {share.op: share.output_cotangents for share in call.contributions if share.output_cotangents}


def sums_on_edges(
    recording: Recording, graph: OpGraph, flowing: dict[str, tuple[Share, ...]]
) -> dict[str, tuple[tuple[int, TensorValue | None], ...]]:
    """Say what has come back along each edge from which step on.

    Several contributions along one edge are added; where they are all that reaches a tensor, the last sum is
    TensorFlow's own.
    """
    call = call_of(recording, graph.subject)
    sums: dict[str, tuple[tuple[int, TensorValue | None], ...]] = {}
    if call is None:
        return sums
    given, sources = _given(call), _sources_by_node(graph, call)
    nodes = {node.id: node for node in graph.nodes}
    used = Counter(edge.source for edge in graph.edges if edge.id in flowing or edge.op is None)
    source_of = {edge.id: edge.source for edge in graph.edges}
    for name, shares in flowing.items():
        source = source_of[name]
        is_all = len(shares) > 1 and used[source] == 1
        total = _total(recording, given, nodes[source], sources.get(source)) if is_all else None
        sums[name] = _running_sums(recording, list(shares), total)
    return sums


def _running_sums(
    recording: Recording, incoming: list[Share], total: TensorValue | None
) -> tuple[tuple[int, TensorValue | None], ...]:
    values = [recording.tensors[tensor].value for _, tensor in incoming]
    sums = list(_accumulated(values))
    if total is not None:
        sums[-1] = total
    return tuple((step, value) for (step, _), value in zip(incoming, sums, strict=True))


def _accumulated(values: list[TensorValue | None]) -> Iterable[TensorValue | None]:
    total = values[0]
    yield total
    for value in values[1:]:
        total = _added(total, value)
        yield total


def _added(total: TensorValue | None, value: TensorValue | None) -> TensorValue | None:
    if total is None or value is None or not (total.is_whole and value.is_whole) or total.shape != value.shape:
        return None
    with np.errstate(all="ignore"):
        return value_of_array(total.array + value.array)
