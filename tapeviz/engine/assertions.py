"""What a traced function asserts, as truth values in its graph: XLA drops assertions, and for many points they mix."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf

from tapeviz.engine import graphs

_ASSERTIONS = frozenset({"Assert", "CheckNumerics", "CheckNumericsV2"})
_GIVEN = frozenset({"Const", "Placeholder", "ReadVariableOp"})


def conditions(compute: Callable[[], Any]) -> list[Any]:
    """Trace what `compute` does into the graph that is being made, and return all that it asserts there."""
    graph = tf.compat.v1.get_default_graph()
    before = len(graph.get_operations())
    compute()
    return [condition for node in graph.get_operations()[before:] for condition in _asserted(node)]


def has_assertions(graph: Any) -> bool:
    """Whether a traced function asserts anything by itself."""
    return any(_is_assertion(node) for node in graph.get_operations())


def hides_assertions(graph: Any) -> bool:
    """Whether a function, a branch or a loop in a traced function asserts something: it is known in there only."""
    composites = [node for node in graph.get_operations() if node.type in graphs.COMPOSITES and not _is_guard(node)]
    return any(_is_assertion(inner) for node in composites for part in _parts(node) for inner in nodes_of(part))


def nodes_of(graph: Any) -> Iterator[Any]:
    """Go through the nodes of a traced function that compute something, those of functions in it too."""
    for node in graph.get_operations():
        if node.type not in _GIVEN:
            yield node
        if node.type in graphs.COMPOSITES:
            for part in _parts(node):
                yield from nodes_of(part)


def _parts(node: Any) -> list[Any]:
    try:
        return graphs.parts_of(node)
    except LookupError:  # a function within a function may be known to the outer one only
        return []


def _asserted(node: Any) -> Iterator[Any]:
    if node.type == "Assert" or _is_guard(node):
        yield node.inputs[0]
    elif _is_assertion(node):
        yield tf.reduce_all(tf.math.is_finite(node.inputs[0]))


def _is_assertion(node: Any) -> bool:
    return node.type in _ASSERTIONS or _is_guard(node)


def _is_guard(node: Any) -> bool:
    """Whether a node is the branch that TensorFlow puts around an assertion, so that its message is made only then."""
    return node.type in graphs.BRANCHES and "AssertGuard" in node.name
