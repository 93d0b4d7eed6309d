"""The part of the tap that knows ops by their types, and runs one by itself as TensorFlow does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tensorflow.python.eager import context, execute, record
from tensorflow.python.framework import func_graph, op_def_registry, ops

FuncGraph: Any = func_graph.FuncGraph


def signature_of(op_type: str) -> dict[str, str] | None:
    """List the attributes of an op type with their kinds (``type``, ``list(int)``); None for what is no plain op."""
    definition = op_def_registry.get(op_type)
    return None if definition is None else {attribute.name: attribute.type for attribute in definition.attr}


def is_stateful(op_type: str) -> bool:
    """Whether an op does more than compute its outputs from its inputs, such as drawing random numbers."""
    definition = op_def_registry.get(op_type)
    return definition is None or bool(definition.is_stateful)


def execute_op(op_type: str, inputs: list[Any], attributes: dict[str, Any], output_count: int) -> list[Any]:
    """Execute an op by its type, as TensorFlow's own functions do: tapes and forward accumulators see it."""
    flat = tuple(part for pair in attributes.items() for part in pair)
    outputs = execute.execute(op_type.encode(), output_count, inputs=inputs, attrs=flat, ctx=context.context())
    outputs = list(outputs) if isinstance(outputs, list | tuple) else []
    if execute.must_record_gradient():
        execute.record_gradient(op_type, inputs, flat, outputs)
    return outputs


def record_whole(op_type: str, outputs: list[Any], inputs: list[Any], backward: Callable[..., Any]) -> None:
    """Have the tapes hold an op that consists of others, with the gradient that `backward` computes."""
    record.record_operation(op_type, outputs, inputs, backward)


def registered_gradient(name: str) -> Any:
    """Return the gradient function that stands in TensorFlow's registry by this name, None where there is none."""
    try:
        return ops.gradient_registry.lookup(name)
    except LookupError:
        return None
