"""What one VJP sends to whom, in words: ``× sends 1.000 · 6.000 = 6.000 back to y``."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

from tapeviz.model.graph import GraphEdge, GraphNode
from tapeviz.model.naming import names_of
from tapeviz.model.numbers import bracketed, format_number
from tapeviz.model.particulars import particulars
from tapeviz.model.reasons import GATES, reason_of
from tapeviz.model.recording import Op
from tapeviz.model.rules import KEEPS_ONE_ELEMENT, Rule
from tapeviz.model.rules.naming import derivative_text, local_text
from tapeviz.model.shapes_at_work import shapes_text
from tapeviz.model.story import Story, is_scalar, joined, spoken
from tapeviz.model.tensor import TensorValue
from tapeviz.model.titles import title_of

LONGEST_TITLE = 14
"""Characters of an expression that may stand for an op, where its symbol would not tell it from another."""


CONTROL = {"While": "Loop", "If": "Branch", "Case": "Branch", "Turn": "Turn of a loop"}
"""What compiled functions hold that consists of ops itself."""


def share_texts(story: Story, node: GraphNode, op: Op, rule: Rule | None, edges: Sequence[GraphEdge]) -> list[str]:
    """Say what the VJP of `op` sends along `edges`, without a full stop; the fullest text first, the shortest last."""
    return _Sending(story, node, op, rule, edges).texts()


def kind_of(op_type: str) -> str:
    """Say in a word or two what an op without a rule is: a compiled function, a gradient of the lesson's own, an op."""
    if op_type.startswith("__") or "PartitionedCall" in op_type:
        return "Function"
    if op_type in CONTROL:
        return CONTROL[op_type]
    return "Custom gradient" if op_type[:1].islower() else op_type


def whose_gradient(op_type: str) -> str:
    """Say whose gradient an op without a rule follows."""
    kind = kind_of(op_type)
    if op_type in CONTROL:
        return "By the backward pass of what is inside"
    if kind == "Function":
        return "By the function's own backward pass"
    return "By its custom gradient" if kind == "Custom gradient" else "By TensorFlow's registered gradient"


class _Sending:
    """One VJP and the edges along which it sends something."""

    def __init__(self, story: Story, node: GraphNode, op: Op, rule: Rule | None, edges: Sequence[GraphEdge]) -> None:
        self.story = story
        self.symbol = node.symbol
        self.op = op
        self.rule = rule
        self.edges = edges
        self.upstream = story.value(story.cotangent_of(op.id))

    def texts(self) -> list[str]:
        """Say it, the fullest text first."""
        nameless = f"{self.symbol} sends a share to each of {len(self.edges)} operands"
        return [*self._told(), nameless] if len(self.edges) > 1 else self._told()

    def _told(self) -> list[str]:
        shortest = f"{self.symbol} sends {self._sent()}"
        if self.rule is None:
            return [f"{whose_gradient(self.op.type)}, {shortest}", shortest]
        if self._is_handing_on(self.rule):
            return [*self._handing_on(), shortest]
        if self.rule.manner == "passing":
            return [shortest]
        if not self.rule.is_elementwise:
            return [*self._structural(self.rule), shortest]
        if all(self.story.is_conjugated(self.op, self.rule, edge.input_index) for edge in self.edges):
            return [*self._conjugated(self.rule), shortest]
        if not all(is_scalar(self.story.value(tensor)) for tensor in (*self.op.inputs, *self.op.outputs)):
            is_by_rule = all(self.story.local(self.op, self.rule, edge.input_index) is not None for edge in self.edges)
            return [self._field(self.rule), shortest] if is_by_rule else [shortest]
        if self.op.type in GATES:
            return [self._gate(self.rule), shortest]
        return [self._scalar(self.rule), shortest]

    def _conjugated(self, rule: Rule) -> list[str]:
        """Tell that TensorFlow multiplies by the conjugate where numbers are complex."""
        names = names_of(self.story, self.op, rule)
        by = "the other factor"
        if len(self.edges) == 1:
            by = local_text(rule, self.edges[0].input_index, names)
        short = f"{self.symbol} multiplies by the conjugate of {by}: {self._sent()}"
        return [f"{short} (TensorFlow's convention)", short]

    @functools.cached_property
    def receivers(self) -> list[str]:
        """Who gets the shares; ops that look alike are told apart by what they compute, where that is short."""
        names = [self.story.name(edge.source) for edge in self.edges]
        sources = [edge.source for edge in self.edges]
        told: list[str] = []
        for source, name in zip(sources, names, strict=True):
            alike = {other for other, its_name in zip(sources, names, strict=True) if its_name == name}
            op = self.story.nodes[source].op
            title = title_of(self.story, self.story.op(op)) if len(alike) > 1 and op is not None else name
            told.append(title if len(title) <= LONGEST_TITLE else name)
        return told

    @functools.cached_property
    def values(self) -> list[str]:
        """What is sent along each edge."""
        return [spoken(self.story.value(self.story.sent(edge))) for edge in self.edges]

    def _sent(self, amounts: Sequence[str] = ()) -> str:
        first, *rest = zip(amounts or self.values, self.receivers, strict=True)
        if rest == [first]:
            return f"{first[0]} back to {first[1]} twice"
        return joined([f"{first[0]} back to {first[1]}", *(f"{amount} to {name}" for amount, name in rest)])

    def _is_handing_on(self, rule: Rule) -> bool:
        shapes = [self.story.recording.tensors[tensor].shape for tensor in (self.op.inputs[0], *self.op.outputs)]
        is_of_one = self.op.type in KEEPS_ONE_ELEMENT and all(math.prod(shape) == 1 for shape in shapes)
        if any(value != spoken(self.upstream) for value in self.values):
            return False
        if rule.manner == "passing" or is_of_one:
            return True
        has_unit_locals = rule.is_elementwise and all(rule.local_of(edge.input_index) == "1" for edge in self.edges)
        return has_unit_locals and not any(self._spread(edge) for edge in self.edges)

    def _handing_on(self) -> list[str]:
        names = list(dict.fromkeys(self.receivers))
        count = len(self.edges)
        if len(names) < count:
            names = [f"{names[0]} twice" if count == 2 else f"{count} operands"]
        each = "both " if len(names) == 2 else "each of " if len(names) > 2 else ""
        return [
            f"{self.symbol} hands {self.values[0]} unchanged to {each}{joined(names)}",
            f"{self.symbol} hands {self.values[0]} unchanged to {count} operands",
        ]

    def _scalar(self, rule: Rule) -> str:
        amounts = []
        for edge, value in zip(self.edges, self.values, strict=True):
            local = self.story.local(self.op, rule, edge.input_index)
            product = "" if local is None else f"{spoken(self.upstream)} · {bracketed(format_number(local.item()))} = "
            amounts.append(product + value)
        return f"{self.symbol} sends {self._sent(amounts)}"

    def _gate(self, rule: Rule) -> str:
        primals = [_number(self.story.value(tensor)) for tensor in self.op.inputs]
        comes_in = spoken(self.upstream)
        clauses: list[str] = []
        for edge, value, name in zip(self.edges, self.values, self.receivers, strict=True):
            because = f" because {reason_of(self.op.type, primals, edge.input_index)}"
            if any(clause.endswith(because) for clause in clauses):
                because = ""
            local = self.story.local(self.op, rule, edge.input_index)
            slope = None if local is None else float(local.item())
            if slope == 1.0:
                clauses.append(f"lets {comes_in} through to {name}{because}")
            elif slope == 0.0:
                clauses.append(f"blocks {'it' if clauses else comes_in} on its way to {name}{because}")
            elif slope is not None:
                clauses.append(
                    f"sends {comes_in} · {bracketed(format_number(slope))} = {value} back to {name}{because}"
                )
            else:
                clauses.append(f"sends {value} back to {name}")
        return f"{self.symbol} {joined(clauses)}"

    def _field(self, rule: Rule) -> str:
        """Tell the step of an elementwise op on whole tensors."""
        spreads = [self._spread(edge) for edge in self.edges]
        amounts = [
            f"{value}, summed over {spread}," if spread else value
            for value, spread in zip(self.values, spreads, strict=True)
        ]
        sent = self._sent(amounts)
        locals_ = {rule.local_of(edge.input_index) for edge in self.edges}
        if locals_ == {"1"}:
            return f"{self.symbol} hands its cotangent on: {sent}"
        if self.op.type == "Mul":
            return f"{self.symbol} multiplies by the other factor, element by element: {sent}"
        if len(self.edges) == 1:
            by = local_text(rule, self.edges[0].input_index, names_of(self.story, self.op, rule))
            return f"{self.symbol} multiplies by {by}, element by element, and sends {sent}"
        return f"{self.symbol} sends, element by element, {sent}"

    def _spread(self, edge: GraphEdge) -> str:
        """Name what an operand was broadcast over: ``the 4 rows``; empty where it was not."""
        out = self.story.recording.tensors[self.op.outputs[0]].shape
        own = self.story.recording.tensors[self.op.inputs[edge.input_index]].shape
        if math.prod(own) == math.prod(out):
            return ""
        if math.prod(own) == 1:
            return f"the {math.prod(out)} elements"
        sides = (1,) * (len(out) - len(own)) + own
        copied = [side for side, kept in zip(out, sides, strict=True) if kept == 1 and side != 1]
        if len(out) == 2:
            return f"the {copied[0]} {'rows' if sides[0] == 1 else 'columns'}"
        return f"the {math.prod(copied)} copies"

    def _structural(self, rule: Rule) -> list[str]:
        general = f"{self.symbol} {rule.backward}: {self._sent()}"
        products = self._products(rule)
        if products:
            return [f"{self.symbol} sends {products}", general]
        told = [text for text in (self._particulars(), self._with_shapes(rule), general) if text]
        count = math.prod(self.story.recording.tensors[self.op.inputs[0]].shape)
        if len(self.edges) != 1 or not is_scalar(self.upstream):
            return told
        to_each = f"to each of the {count} elements of {self.receivers[0]}"
        if self.op.type == "Sum":
            return [f"{self.symbol} hands {spoken(self.upstream)} {to_each}", general]
        if self.op.type == "Mean":
            sent = self.story.value(self.story.sent(self.edges[0]))
            share = f" = {format_number(sent.array.flat[0])}" if sent is not None and sent.is_whole and count else ""
            return [f"{self.symbol} hands {spoken(self.upstream)} / {count}{share} {to_each}", general]
        return told

    def _particulars(self) -> str:
        """Point at what is particular to these numbers, where there is one receiver."""
        if len(self.edges) != 1:
            return ""
        sent = self.story.value(self.story.sent(self.edges[0]))
        return particulars(self.story, self.op, self.symbol, self.receivers[0], sent)

    def _with_shapes(self, rule: Rule) -> str:
        """Tell what the op does to the cotangent, and how its shape changes by that."""
        shapes = self._shapes(self.edges[0], rule) if len(self.edges) == 1 else ""
        change = shapes.rpartition(": ")[2] if "→" in shapes and "," not in shapes else ""
        return f"{self.symbol} {rule.backward}{', ' + change if change else ''}: {self._sent()}"

    def _shapes(self, edge: GraphEdge, rule: Rule) -> str:
        return shapes_text(self.story, self.op, rule, edge.input_index, names_of(self.story, self.op, rule))

    def _products(self, rule: Rule) -> str:
        """Write products of matrices with their shapes; empty where the rule is no such product."""
        names = names_of(self.story, self.op, rule)
        parts = []
        for edge, receiver in zip(self.edges, self.receivers, strict=True):
            shapes = self._shapes(edge, rule)
            if " = (" not in shapes:
                return ""
            parts.append(f"{derivative_text(rule, edge.input_index, names)}, {shapes}, to {receiver}")
        return joined(parts)


def _number(value: TensorValue | None) -> float:
    return math.nan if value is None else float(value.array.item())
