"""The part of the tap that asks a C++ tape once more, and says beforehand whether that would have an effect."""

from __future__ import annotations

from types import FunctionType
from typing import Any

from tensorflow.python.eager import context, imperative_grad
from tensorflow.python.framework import op_def_registry

from tapeviz.engine import tap

_LIBRARIES = ("tensorflow", "keras", "tapeviz")
_TAPE_GRADIENT = imperative_grad.imperative_grad
_EFFECTLESS = frozenset(
    ("Assert", "PartitionedCall", "ReadVariableOp", "StatefulPartitionedCall", "VarHandleOp", "While", "If")
)


def row_gradient(
    tape: Any, target: Any, sources: list[Any], given: list[Any], seed: Any, unconnected_gradients: str
) -> list[Any]:
    """Ask a C++ tape for the gradient of one target, beginning with `seed`; nobody is told of it.

    `given` are the sources before variables were replaced by their handles.
    """
    return list(_TAPE_GRADIENT(tape, [target], sources, [seed], given, unconnected_gradients))


def is_variable(value: Any) -> bool:
    """Whether `value` is the handle of a variable."""
    return type(value) is tap.EagerTensor and value.dtype == tap.RESOURCE


def is_differentiable(value: Any) -> bool:
    """Whether `value` is an eager tensor of a dtype that gradients are taken of."""
    return type(value) is tap.EagerTensor and value.dtype in tap.TRAINABLE_DTYPES and value.dtype != tap.RESOURCE


def is_own_code(function: Any) -> bool:
    """Whether a gradient function is, or closes over, Python code that belongs neither to TensorFlow nor to Keras."""
    waiting, seen = [function], set()
    while waiting:
        found = waiting.pop()
        found = getattr(found, "__func__", getattr(found, "func", found))
        if not isinstance(found, FunctionType) or id(found) in seen:
            continue
        seen.add(id(found))
        if str(found.__globals__.get("__name__", "")).split(".", 1)[0] not in _LIBRARIES:
            return True
        waiting += [cell.cell_contents for cell in found.__closure__ or () if _is_filled(cell)]
    return False


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def has_effects(function: str) -> bool:
    """Whether running the backward pass of a compiled function could print, draw or change anything."""
    names, seen = [function], set()
    while names:
        name = names.pop()
        if name in seen or not context.context().has_function(name):
            continue
        seen.add(name)
        definition = context.context().get_function_def(name)
        names += [value.s.decode() for key, value in definition.attr.items() if key == "backward_function_name"]
        for node in definition.node_def:
            known = op_def_registry.get(node.op)
            if name != function and known is not None and known.is_stateful and node.op not in _EFFECTLESS:
                return True
            names += [value.func.name for value in node.attr.values() if value.HasField("func")]
    return False
