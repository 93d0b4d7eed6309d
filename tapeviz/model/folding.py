"""From what a tape holds to the graph that a lecturer would draw on the board."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from tapeviz.model.graph import GraphEdge, GraphNode, NodeKind, OpGraph, Subject, structure_of
from tapeviz.model.reach import Reach, View, reach_of, view_of
from tapeviz.model.recording import Inside, Op, Recording
from tapeviz.model.rules import symbol_of
from tapeviz.model.subjects import short_name
from tapeviz.model.symbols import ABSORBING_TYPES, slice_symbol, symbol_with_constant

MAX_SHARED_CONSUMERS = 2
"""A constant that more ops than this read is drawn again beside each of them."""

LONGEST_TITLE = 18
"""The longest name of a function or a loop that is written out in its node."""

TARGET_NAMES = ("y", "z", "f", "g", "result")
"""What a target without a name is called: the first of these that nothing else in the picture is called."""

_SERIAL_NUMBER = re.compile(r"(?<=\D)_\d+\Z")


def build_graph(recording: Recording, subject: Subject, *, is_folded: bool) -> OpGraph:
    """Build the graph of a subject.

    Parameters
    ----------
    recording : Recording
    subject : Subject
        A gradient call, a tape without one, or all ops.
    is_folded : bool
        Leave the plumbing out and write scalar constants into the symbols of their ops; else the tape as it is.
    """
    view = view_of(recording, subject, is_folded=is_folded)
    reach = reach_of(view)
    board = _Board(view=view, reach=reach)
    board.draw()
    nodes, edges = tuple(board.nodes), tuple(board.edges)
    return OpGraph(
        subject=subject,
        is_folded=is_folded,
        nodes=nodes,
        edges=edges,
        hidden_ops=reach.hidden,
        structure=structure_of(nodes, edges),
    )


@dataclass(slots=True, kw_only=True)
class _Board:
    """The graph while it is being drawn; ids are handed out in the order in which the ops ran."""

    view: View
    reach: Reach
    nodes: list[GraphNode] = field(default_factory=list)
    edges: list[GraphEdge] = field(default_factory=list)
    op_nodes: dict[int, str] = field(default_factory=dict)
    leaf_nodes: dict[int, str] = field(default_factory=dict)
    ids: Counter[str] = field(default_factory=Counter)
    readers: Counter[int] = field(default_factory=Counter)
    reads: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    insides: dict[int, Inside] = field(default_factory=dict)

    def draw(self) -> None:
        """Draw ops with what they read, then sources that nothing reads, then the target."""
        self._note_reads()
        self.insides = {inside.op: inside for inside in self.view.recording.insides}
        for op_id in self.reach.drawn:
            self._draw_op(self.view.recording.ops[op_id])
        for tensor in self.view.sources:
            self._node_of(self._root(tensor), "source")
        for tensor in self.view.targets:
            self._draw_target(tensor)

    def _note_reads(self) -> None:
        recording, hidden = self.view.recording, set(self.reach.hidden)
        for output, root in self.reach.roots.items():
            if recording.tensors[output].producer in hidden:
                self.reads[root].append(output)
        for op_id in self.reach.drawn:
            op = recording.ops[op_id]
            self.readers.update({op.inputs[place] for place in self.view.inputs(op)})

    def _root(self, tensor: int) -> int:
        return self.reach.roots.get(tensor, tensor)

    def _draw_op(self, op: Op) -> None:
        node = self._new_id(f"op:{_SERIAL_NUMBER.sub('', op.type)}", is_counted=True)
        absorbed = self._absorbed(op)
        drawn_inputs = [place for place in self.view.inputs(op) if place != absorbed]
        sources = [self._source_node(op, place, node) for place in drawn_inputs]
        self.op_nodes[op.id] = node
        self.nodes.append(self._op_node(op, node, self._symbol(op, absorbed)))
        for place, source in zip(drawn_inputs, sources, strict=True):
            self._draw_edge(source, node, op.inputs[place], op.id, place)

    def _op_node(self, op: Op, node: str, symbol: str) -> GraphNode:
        reads = [read for output in op.outputs for read in self.reads.get(output, ())]
        return GraphNode(
            id=node,
            kind="op",
            symbol=symbol,
            title=op.type,
            op=op.id,
            tensor=op.outputs[0] if len(op.outputs) == 1 else None,
            values=(*op.outputs, *reads),
            folded_ops=self._producers(reads),
            line=op.line,
            is_recorded=op.id in self.reach.recorded or bool(self.view.recording.ends),
            opens=op.id in self.insides and self.insides[op.id].recording is not None,
        )

    def _symbol(self, op: Op, absorbed: int | None) -> str:
        if op.id in self.insides:
            return _in_short(self.insides[op.id].title)
        values = [self.view.recording.tensors[tensor].value for tensor in op.inputs]
        constant = None if absorbed is None else values[absorbed]
        if absorbed is not None and constant is not None:
            return symbol_with_constant(op.type, constant.array[()], absorbed)
        if self.view.is_folded and op.type == "StridedSlice":
            return slice_symbol(values[1:], op.attributes) or symbol_of(op.type)
        return symbol_of(op.type)

    def _absorbed(self, op: Op) -> int | None:
        """Find the input that is written into the op's symbol: its only unnamed scalar constant."""
        if not self.view.is_folded or op.type not in ABSORBING_TYPES or len(op.inputs) != 2:
            return None
        places = [place for place in (0, 1) if self._is_plain_number(op.inputs[place])]
        return places[0] if len(places) == 1 else None

    def _is_plain_number(self, tensor: int) -> bool:
        root = self._root(tensor)
        found = self.view.recording.tensors[root]
        is_drawn = found.producer is not None and found.producer in self.op_nodes
        if is_drawn or found.name or root in self.view.sources or self._leaf_kind(root) != "constant":
            return False
        return found.shape == () and found.value is not None and found.value.is_whole

    def _source_node(self, op: Op, place: int, consumer: str) -> str:
        tensor = self._root(op.inputs[place])
        is_shared = self.readers[op.inputs[place]] > MAX_SHARED_CONSUMERS or self._is_plain_number(tensor)
        if is_shared and tensor not in self.view.sources and self._is_constant(tensor):
            return self._new_leaf(tensor, f"{consumer.removeprefix('op:')}:{place}", is_copy=True)
        return self._node_of(tensor, f"{consumer.removeprefix('op:')}:{place}")

    def _is_constant(self, tensor: int) -> bool:
        producer = self.view.recording.tensors[tensor].producer
        return producer not in self.op_nodes and self._leaf_kind(tensor) == "constant"

    def _node_of(self, tensor: int, place: str) -> str:
        producer = self.view.recording.tensors[tensor].producer
        if producer is not None and producer in self.op_nodes:
            return self.op_nodes[producer]
        return self.leaf_nodes.get(tensor) or self._new_leaf(tensor, place)

    def _new_leaf(self, tensor: int, place: str, *, is_copy: bool = False) -> str:
        found = self.view.recording.tensors[tensor]
        kind = self._leaf_kind(tensor)
        name = self._leaf_name(tensor)
        node = self._new_id(f"{kind}:{name or place}", is_counted=is_copy and bool(name))
        if not is_copy:
            self.leaf_nodes[tensor] = node
        reads = self.reads.get(tensor, [])
        self.nodes.append(
            GraphNode(
                id=node,
                kind=kind,
                symbol=name,
                title=_role_in_words(kind, found.trainable),
                op=None,
                tensor=tensor,
                values=(tensor, *reads),
                folded_ops=self._producers(reads),
                line=None,
                is_recorded=True,
            )
        )
        return node

    def _leaf_kind(self, tensor: int) -> NodeKind:
        if self.view.recording.tensors[tensor].role == "variable":
            return "variable"
        return "watched" if tensor in self.view.watched else "constant"

    def _leaf_name(self, tensor: int) -> str:
        name = self.view.sources.get(tensor) or self.view.recording.tensors[tensor].name
        return short_name(self.view.recording, name) if name else ""

    def _draw_target(self, tensor: int) -> None:
        found = self.view.recording.tensors[tensor]
        name = found.name or self._leaf_name(self._root(tensor)) or self._free_name()
        node = self._new_id(f"target:{name}")
        source = self._node_of(self._root(tensor), node)
        op = found.producer if found.producer in self.op_nodes else None
        self.nodes.append(
            GraphNode(
                id=node,
                kind="target",
                symbol=name,
                title="target",
                op=None,
                tensor=tensor,
                values=(tensor,),
                folded_ops=(),
                line=None if op is None else self.view.recording.ops[op].line,
                is_recorded=True,
            )
        )
        self._draw_edge(source, node, tensor, None, 0)

    def _free_name(self) -> str:
        taken = {node.symbol for node in self.nodes}
        return next((name for name in TARGET_NAMES if name not in taken), TARGET_NAMES[0])

    def _draw_edge(self, source: str, target: str, tensor: int, op: int | None, place: int) -> None:
        edge = f"{source}->{target}:{place}"
        self.edges.append(GraphEdge(id=edge, source=source, target=target, tensor=tensor, op=op, input_index=place))

    def _producers(self, tensors: list[int]) -> tuple[int, ...]:
        producers = (self.view.recording.tensors[tensor].producer for tensor in tensors)
        return tuple(sorted({producer for producer in producers if producer is not None}))

    def _new_id(self, stem: str, *, is_counted: bool = False) -> str:
        self.ids[stem] += 1
        return f"{stem}:{self.ids[stem]}" if is_counted or self.ids[stem] > 1 else stem


def _in_short(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1] + "…"


def _role_in_words(kind: NodeKind, trainable: bool | None) -> str:
    if kind == "variable":
        return "frozen variable" if trainable is False else "variable"
    return "watched tensor" if kind == "watched" else "constant"
