"""Asks TensorFlow's own tape which inputs and outputs of an op it keeps for the backward pass.

What a gradient function does not need, TensorFlow drops when the op is recorded: it has a list of that, which it shows
to nobody. So an op of the same type is recorded on a tape of its own, with numbers that mean nothing, and what the tape
then hands to the gradient function is what it kept. No op is executed for it, and no tape of the lesson hears of it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf
from tensorflow.python import pywrap_tfe
from tensorflow.python.eager import backprop
from tensorflow.python.eager import tape as tape_stack

Places = tuple[tuple[int, ...], tuple[int, ...]]
GradientFunction = Callable[..., Any]

_registered: list[GradientFunction] = [backprop._gradient_function]
"""The one that TensorFlow calls now: it can be set but not asked for."""


def register_gradient_function(function: GradientFunction) -> GradientFunction:
    """Have TensorFlow's tapes call `function` for every VJP; return what they called before."""
    before = _registered.pop()
    _registered.append(function)
    pywrap_tfe.TFE_Py_RegisterGradientFunction(function)
    return before


@functools.cache
def kept_places(op_type: str, input_count: int, output_count: int) -> Places:
    """Return which inputs, and which outputs, of an op a tape keeps; both by position."""
    inputs, outputs = _stand_ins(input_count), _stand_ins(output_count)
    given: list[tuple[Any, Any]] = []

    def gradient_function(_type: Any, _attributes: Any, count: int, inputs: Any, outputs: Any, *_others: Any) -> Any:
        given.append((inputs, outputs))
        return [None] * count

    tape = tape_stack.push_new_tape(persistent=False, watch_accessed_variables=False)
    try:
        for tensor in inputs:
            tape_stack.watch(tape, tensor)
        pywrap_tfe.TFE_Py_RecordGradient(op_type, inputs, (), outputs, "")
    finally:
        tape_stack.pop_tape(tape)
    before = register_gradient_function(gradient_function)
    try:
        pywrap_tfe.TFE_Py_TapeGradient(tape._tape, outputs, inputs, _stand_ins(output_count), [], "none")
    finally:
        register_gradient_function(before)
    kept_inputs, kept_outputs = given[0] if given else ((), ())
    return _there(kept_inputs), _there(kept_outputs)


def _stand_ins(count: int) -> list[Any]:
    return [tf.constant(1.0) for _ in range(count)]


def _there(tensors: Sequence[Any] | None) -> tuple[int, ...]:
    return tuple(place for place, tensor in enumerate(tensors or ()) if tensor is not None)
