"""Nodes of a graph that consist of others: calls, branches, loops, and gradients that the code gave itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tapeviz.engine import graphs, op_tap, tap
from tapeviz.engine.rerun import GraphRerun, NotRerunError, Rerun, Surroundings

MAX_TURNS = 100
"""A loop within a function that takes more turns does not open, nor does the function."""


def run(rerun: GraphRerun, node: Any, inputs: Sequence[Any], gradient: Any) -> list[Any]:
    """Run one such node; return one output per output of the node, None where it is not needed."""
    if gradient is not None:
        return _run_own_gradient(rerun, node, inputs, gradient)
    if node.type in graphs.LOOPS:
        return _run_loop(rerun, node, inputs)
    if node.type in graphs.BRANCHES:
        return _run_branch(rerun, node, inputs)
    (graph,) = graphs.parts_of(node)
    name = graphs.function_name(node.get_attr("f").name)
    if name == graphs.WRAPPER:
        return rerun.inline(graph, inputs, rerun.needed_of(node, graph.outputs))
    part = GraphRerun(graph, inputs, rerun.needed_of(node, graph.outputs), rerun.around)
    return rerun.take_part(f"__inference_{name}", "function", name, part, range(len(inputs)), inputs)


def _run_branch(rerun: GraphRerun, node: Any, inputs: Sequence[Any]) -> list[Any]:
    branches = graphs.parts_of(node)
    chosen = inputs[0].numpy()
    if node.type in ("If", "StatelessIf"):
        op_type, graph, title = "If", branches[0 if chosen else 1], f"if: {bool(chosen)}"
    else:
        place = int(chosen) if 0 <= chosen < len(branches) else len(branches) - 1
        op_type, graph, title = "Case", branches[place], f"case {place}"
    part = GraphRerun(graph, inputs[1:], rerun.needed_of(node, graph.outputs), rerun.around)
    return rerun.take_part(op_type, "branch", title, part, range(1, len(inputs)), inputs)


def _run_loop(rerun: GraphRerun, node: Any, inputs: Sequence[Any]) -> list[Any]:
    count = graphs.loop_variables(node)
    loop = _Loop(node, inputs[:count], rerun.around)
    outputs = rerun.take_part("While", "loop", "while", loop, range(count), inputs[:count])
    turns = len(loop.parts)
    rerun.parts[-1].title = f"while · {turns} turn{'' if turns == 1 else 's'}"
    return outputs


class _Loop(Rerun):
    """A loop: its turns one after another, each an op that opens."""

    def __init__(self, node: Any, inputs: Sequence[Any], around: Surroundings) -> None:
        self._condition, self._body = graphs.parts_of(node)
        names = [around.name_of(tensor) for tensor in self._body.inputs[: len(inputs)]]
        super().__init__(inputs, names, around)
        self._names = names

    def play(self) -> list[Any]:
        """Run turn after turn, as long as the condition holds."""
        values = list(self.inputs)
        count = len(values)
        silent = {
            place
            for place, (name, value) in enumerate(zip(self._names, values, strict=True))
            if not name and value.dtype not in tap.TRAINABLE_DTYPES
        }
        while self._goes_on(values):
            if len(self.parts) == MAX_TURNS:
                raise NotRerunError(f"It does not open: a loop in it takes more than {MAX_TURNS} turns.")
            graph = self._body
            given = [*values, *[None] * (len(graph.inputs) - count)]
            turn = GraphRerun(graph, given, graph.outputs[:count], self.around)
            self.place.line = next(
                (line for node in graph.get_operations() if (line := graphs.line_of(node, self.around.filename))), None
            )
            title = f"turn {len(self.parts) + 1}"
            title = f"turn {len(self.parts) + 1}"
            values = self.take_part("Turn", "iteration", title, turn, range(count), values, silent)
            for name, value in zip(self._names, values, strict=True):
                if name and value.dtype != tap.RESOURCE:
                    self.recorder.names.give(value._id, name)
        return values

    def _goes_on(self, values: Sequence[Any]) -> bool:
        graph = self._condition
        given = [*values, *[None] * (len(graph.inputs) - len(values))]
        with tap.aside(self.tape):
            (answer,) = GraphRerun(graph, given, graph.outputs, self.around, frozenset()).forward()
        return bool(answer.numpy())


def _run_own_gradient(rerun: GraphRerun, node: Any, inputs: Sequence[Any], gradient: Any) -> list[Any]:
    """Hand the results on, and have the tape hold the gradient that the code gave them."""
    name = graphs.gradient_name(gradient)
    with tap.unseen():
        outputs = [tf.identity(given) for given in inputs]

    def backward(*cotangents: Any) -> list[Any]:
        with tap.unheard():
            graph = graphs.traced(gradient, node, list(cotangents))
        captured = [rerun.value_of(outer) for outer, _ in graph.captures]
        given = [cotangent for cotangent in cotangents if cotangent is not None]
        (*found,) = GraphRerun(graph, [*given, *captured], graph.outputs, rerun.around, frozenset()).forward()
        kept = iter(found)
        return [None if each is None else next(kept) for each in graph.structured_outputs]

    rerun.recorder.on_op(name, tuple(inputs), None, outputs)
    op_tap.record_whole(name, outputs, list(inputs), backward)
    return outputs
