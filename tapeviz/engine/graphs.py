"""The graphs that TensorFlow traces of functions, and running one of their nodes by itself, eagerly."""

from __future__ import annotations

import functools
import re
from collections.abc import Container, Iterable, Sequence
from typing import Any

import tensorflow as tf

from tapeviz.engine import op_tap

CALLS = frozenset({"PartitionedCall", "StatefulPartitionedCall"})
BRANCHES = frozenset({"If", "StatelessIf", "Case", "StatelessCase"})
LOOPS = frozenset({"While", "StatelessWhile"})
COMPOSITES = CALLS | BRANCHES | LOOPS

SILENT = frozenset({"PrintV2", "Print", "Assert", "NoOp", "Placeholder", "PlaceholderWithDefault"})
"""Nodes that no number comes out of: they are passed over, so that nothing is printed or complained of twice."""

_CHANGES = ("Assign", "ResourceApply", "ResourceSparseApply", "ResourceScatter", "ResourceStridedSliceAssign")
_READS = frozenset({"ReadVariableOp", "ResourceGather", "ResourceGatherNd", "VarIsInitializedOp", "VariableShape"})
_COUNTER = re.compile(r"(_\d+)+$")
_OWN_GRADIENT = "_gradient_op_type"


WRAPPER = "cflow_gradient_wrapper"
"""What TensorFlow calls a function that it puts around a branch or a loop, for tapes that are asked more than once."""


def changes_variable(op_type: str) -> bool:
    """Whether an op gives a variable another value."""
    return op_type.startswith(_CHANGES)


def has_effect(op_type: str) -> bool:
    """Whether running an op a second time may differ from the first, or do something twice.

    Variables are not counted: a rerun has its own.
    """
    if op_type in SILENT or op_type in COMPOSITES or op_type in _READS or changes_variable(op_type):
        return False
    return op_tap.is_stateful(op_type)


def parts_of(node: Any) -> list[Any]:
    """Return the graphs that a call, a branch or a loop runs: of a loop the condition and the body."""
    if node.type in CALLS:
        names = [node.get_attr("f").name]
    elif node.type in LOOPS:
        names = [node.get_attr("cond").name, node.get_attr("body").name]
    elif node.type in ("If", "StatelessIf"):
        names = [node.get_attr("then_branch").name, node.get_attr("else_branch").name]
    else:
        names = [branch.name for branch in node.get_attr("branches")]
    return [_function(node.graph, name).graph for name in names]


def loop_variables(node: Any) -> int:
    """Count the loop variables that are used: at their end TensorFlow keeps lists for a backward pass of its own."""
    count = len(node.outputs)
    while count and node.outputs[count - 1].dtype == tf.variant and not node.outputs[count - 1].consumers():
        count -= 1
    return count


def needed_nodes(outputs: Iterable[Any], nodes: Sequence[Any], known: Container[int]) -> list[Any]:
    """List the nodes that lead to `outputs`, and those that change variables, each after what it uses.

    As far as that goes the order is the one in which the code ran.

    Parameters
    ----------
    outputs : iterable of symbolic tensors
    nodes : sequence of operations
        All of the graph, in the order in which the code made them.
    known : container of int
        The ``id`` of each symbolic tensor whose value is there already.
    """
    place = {node.name: number for number, node in enumerate(nodes)}
    found: dict[str, Any] = {}
    roots = [node for node in nodes if changes_variable(node.type) or (node.type in CALLS and _is_stateful(node))]
    roots += [tensor.op for tensor in outputs if id(tensor) not in known]
    for root in roots:
        _visit(root, found, known)
    in_turn = sorted(found.values(), key=lambda node: place.get(node.name, 0))
    ordered = in_turn if _is_ordered(in_turn) else list(found.values())
    return [node for node in ordered if node.type not in SILENT]


def _is_ordered(nodes: Sequence[Any]) -> bool:
    """Whether no node uses what only a later one makes."""
    later = {node.name for node in nodes}
    for node in nodes:
        if any(tensor.op.name in later for tensor in used_inputs(node)):
            return False
        later.remove(node.name)
    return True


def _is_stateful(node: Any) -> bool:
    return bool(node.type == "StatefulPartitionedCall")


def _visit(root: Any, found: dict[str, Any], known: Container[int]) -> None:
    waiting = [(root, False)]
    while waiting:
        node, is_ready = waiting.pop()
        if node.name in found:
            continue
        if is_ready:
            found[node.name] = node
            continue
        waiting.append((node, True))
        waiting.extend((tensor.op, False) for tensor in reversed(used_inputs(node)) if id(tensor) not in known)


def used_inputs(node: Any) -> list[Any]:
    """List the inputs of a node that its outputs depend on; what a loop carries for its backward pass is left out."""
    inputs = list(node.inputs)
    return inputs[: loop_variables(node)] if node.type in LOOPS else inputs


def own_gradient(node: Any) -> Any:
    """Return the gradient that the code gave a node (``tf.custom_gradient``), None where it has TensorFlow's."""
    try:
        name = node.get_attr(_OWN_GRADIENT)
    except ValueError:
        return None
    name = name.decode() if isinstance(name, bytes) else name
    return None if name == node.type else op_tap.registered_gradient(name)


def constant_of(node: Any) -> Any:
    """Return the value of a ``Const`` node as an eager tensor."""
    return tf.constant(tf.make_ndarray(node.get_attr("value")), dtype=node.outputs[0].dtype)


def run_node(node: Any, inputs: list[Any]) -> list[Any]:
    """Run one node on eager tensors, seen by op callbacks and tapes as any other op is; return its outputs."""
    attributes = {name: _converted(node, name, kind) for name, kind in _attribute_kinds(node.type)}
    return op_tap.execute_op(node.type, inputs, attributes, len(node.outputs))


def traced(gradient: Any, node: Any, cotangents: list[Any]) -> Any:
    """Trace a gradient function of the code's own, which reads tensors of the graph that `node` stands in.

    Returns
    -------
    FuncGraph
        Its inputs are the cotangents (those that are not None), then what it captures of the node's graph; its
        outputs are the gradients; ``structured_outputs`` says where there are none.
    """
    graph = op_tap.FuncGraph("gradient")
    with node.graph.as_default(), graph.as_default():
        given = [None if each is None else tf.compat.v1.placeholder(each.dtype, each.shape) for each in cotangents]
        gradients = gradient(node, *given)
        gradients = list(gradients) if isinstance(gradients, list | tuple) else [gradients]
        kept = [None if each is None else graph.capture(tf.convert_to_tensor(each)) for each in gradients]
    graph.structured_outputs = kept
    graph.outputs = [each for each in kept if each is not None]
    graph.inputs = [each for each in given if each is not None] + [inner for _, inner in graph.captures]
    return graph


def line_of(node: Any, filename: str) -> int | None:
    """Return the innermost line of the lesson that a node was traced at."""
    lines = [frame.lineno for frame in node.traceback or () if frame.filename == filename]
    return int(lines[-1]) if lines else None


def given_name(node: Any) -> str:
    """Return what the code calls an argument of a function; empty where it has no name."""
    try:
        name = node.get_attr("_user_specified_name")
    except ValueError:
        return ""
    return name.decode() if isinstance(name, bytes) else str(name)


def function_name(name: str) -> str:
    """Return what the code calls a function of the graph: ``square_sum`` for ``__inference_square_sum_12``."""
    return _COUNTER.sub("", re.sub(r"^__(inference|forward|backward)_", "", name)) or name


def gradient_name(gradient: Any) -> str:
    """Return the name of the function that was given a gradient of its own."""
    cells = dict(zip(gradient.__code__.co_freevars, gradient.__closure__ or (), strict=True))
    inner = cells["tape_grad_fn"].cell_contents if "tape_grad_fn" in cells else gradient
    cells = dict(zip(inner.__code__.co_freevars, inner.__closure__ or (), strict=True))
    own = cells["grad_fn"].cell_contents if "grad_fn" in cells else None
    name = getattr(own, "__qualname__", "")
    return name.split(".<locals>")[0].rpartition(".")[2] if ".<locals>" in name else "custom_gradient"


def _function(graph: Any, name: str) -> Any:
    found = graph._get_function(name)
    if found is None:
        raise LookupError(f"the function {name} is gone")
    return found


@functools.cache
def _attribute_kinds(op_type: str) -> tuple[tuple[str, str], ...]:
    return tuple((op_tap.signature_of(op_type) or {}).items())


def _converted(node: Any, name: str, kind: str) -> Any:
    value = node.get_attr(name)
    if kind == "type":
        return value.as_datatype_enum
    if kind == "list(type)":
        return [each.as_datatype_enum for each in value]
    if kind == "shape":
        return tf.TensorShape(value)
    if kind == "list(shape)":
        return [tf.TensorShape(each) for each in value]
    return value
