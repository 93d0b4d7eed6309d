"""How the adjoint of each node grows, contribution by contribution, in TensorFlow's own numbers."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass

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


def cotangents(recording: Recording, graph: OpGraph, timeline: Timeline) -> dict[str, Share]:
    """Find when the contribution of each edge is sent, and which tensor it is; edges that get none are left out."""
    call = call_of(recording, graph.subject)
    if call is None:
        return {}
    edges = {edge.id: edge for edge in graph.edges}
    sent: dict[tuple[int | None, int], deque[int]] = defaultdict(deque)
    for contribution in call.contributions:
        if contribution.value is not None:
            sent[(contribution.op, contribution.input_index)].append(contribution.value)
    return {
        name: (step.index, sent[(step.op, edges[name].input_index)].popleft())
        for step in timeline.steps
        if step.phase == "vjp"
        for name in step.edges
    }


def adjoints(recording: Recording, graph: OpGraph, timeline: Timeline, flowing: dict[str, Share]) -> dict[str, Adjoint]:
    """Sum up what reaches the nodes whose sum is shown: variables, watched tensors, sources, targets, fan-outs."""
    call = call_of(recording, graph.subject)
    if call is None:
        return {}
    sources = _sources_by_node(graph, call)
    target = _target_name(graph) + target_element(recording, graph.subject)
    shares = _shares(graph, call, timeline, flowing, sources)
    given = {c.op: c.output_cotangents[0] for c in call.contributions if c.output_cotangents}
    shown: dict[str, Adjoint] = {}
    for node in graph.nodes:
        source = sources.get(node.id)
        incoming = shares[node.id]
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
    graph: OpGraph, call: GradientCall, timeline: Timeline, flowing: dict[str, Share], sources: dict[str, Source]
) -> dict[str, list[Share]]:
    """List what reaches each node, in the order of the backward pass, the seed of the target first.

    The outputs of one op are tensors of their own: of an op with several, only what reaches a source is listed.
    """
    seeding = next((step.index for step in timeline.steps if step.phase == "seed"), 0)
    edges = {edge.id: edge for edge in graph.edges}
    into_target = [edge for edge in graph.edges if edge.op is None]
    seeds = [(edge, seed) for edge, seed in zip(into_target, call.seed, strict=False) if seed is not None]
    arriving = [(edge, (seeding, seed)) for edge, seed in seeds]
    arriving += [(edges[name], share) for name, share in flowing.items()]
    shares: dict[str, list[Share]] = defaultdict(list)
    for edge, seed in seeds:
        shares[edge.target].append((seeding, seed))
    split = {node.id for node in graph.nodes if node.tensor is None}
    for edge, share in arriving:
        if edge.source not in split or (edge.source in sources and sources[edge.source].tensor == edge.tensor):
            shares[edge.source].append(share)
    return shares


def _unreached(recording: Recording, source: Source, label: str, timeline: Timeline) -> Adjoint:
    if source.value is None:
        return Adjoint(label=label, sums=(), is_none=True)
    return Adjoint(label=label, sums=((timeline.last, recording.tensors[source.value].value),))


def _total(
    recording: Recording, given: dict[int, int | None], node: GraphNode, source: Source | None
) -> TensorValue | None:
    """TensorFlow's own sum, where it was seen: what a source returned, or what came into the VJP of the op."""
    if source is not None and source.value is not None:
        return recording.tensors[source.value].value
    if node.op is None or node.tensor is None:
        return None
    cotangent = given.get(node.op)
    return None if cotangent is None else recording.tensors[cotangent].value


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
    return value_of_array(total.array + value.array)
