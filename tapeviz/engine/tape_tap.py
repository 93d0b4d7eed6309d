"""The part of the tap that stands in the place of ``tf.GradientTape``'s own methods and of what they rest on."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

from tensorflow.python.eager import backprop, context, imperative_grad, record
from tensorflow.python.framework import ops
from tensorflow.python.ops import resource_variable_ops, script_ops
from tensorflow.python.util import nest

from tapeviz.engine import forward_tap, function_tap, keras_tap, thread_tap
from tapeviz.engine.forward_tap import Patch
from tapeviz.engine.listener import Listener

DEPARTING_METHODS = ("numpy", "__array__", "__float__", "__int__", "__index__", "__bool__", "__complex__")


def patches(listener: Listener) -> list[Patch]:
    """List what stands in the place of TensorFlow's own functions while `listener` listens."""
    tape = backprop.GradientTape
    return [
        (tape, "_push_tape", _after(_lasting(listener, tape._push_tape), listener.on_push)),
        (tape, "_pop_tape", _after(tape._pop_tape, listener.on_pop)),
        (tape, "reset", _before(tape.reset, listener.on_reset)),
        (tape, "watch", _seen_watch(listener)),
        (tape, "stop_recording", _seen_pause(listener)),
        *((tape, method, _seen_call(listener, method)) for method in ("gradient", "jacobian", "batch_jacobian")),
        (imperative_grad, "imperative_grad", _seen_backward(listener)),
        *forward_tap.patches(listener.forward),
        thread_tap.patch(listener),
        (record, "record_operation", _seen_operation(listener, record.record_operation)),
        (
            record,
            "record_operation_backprop_only",
            _seen_operation(listener, record.record_operation_backprop_only),
        ),
        (
            resource_variable_ops,
            "variable_accessed",
            _before(resource_variable_ops.variable_accessed, listener.on_variable),
        ),
        *function_tap.patches(listener.functions),
        *keras_tap.patches(listener.functions),
        *(
            (ops._EagerTensorBase, name, _before(vars(ops._EagerTensorBase)[name], listener.on_departure))
            for name in DEPARTING_METHODS
        ),
        (script_ops, "py_func_common", _seen_numpy_function(listener)),
    ]


def _before(original: Callable[..., Any], tell: Callable[[Any], None]) -> Callable[..., Any]:
    @functools.wraps(original)
    def wrapper(subject: Any, *args: Any, **kwargs: Any) -> Any:
        tell(subject)
        return original(subject, *args, **kwargs)

    return wrapper


def _seen_numpy_function(listener: Listener) -> Callable[..., Any]:
    """Tell of what ``tf.numpy_function`` hands to NumPy, which takes eager tensors by their memory."""
    original = script_ops.py_func_common

    @functools.wraps(original)
    def wrapper(func: Any, inp: Any, *args: Any, **kwargs: Any) -> Any:
        if context.executing_eagerly():
            for given in nest.flatten(inp):
                tensor = given.handle if resource_variable_ops.is_resource_variable(given) else given
                if isinstance(tensor, ops.EagerTensor):
                    listener.on_departure(tensor)
        return original(func, inp, *args, **kwargs)

    return wrapper


def _after(original: Callable[..., Any], tell: Callable[[Any], None]) -> Callable[..., Any]:
    @functools.wraps(original)
    def wrapper(subject: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(subject, *args, **kwargs)
        tell(subject)
        return result

    return wrapper


def _lasting(listener: Listener, original: Callable[..., Any]) -> Callable[..., Any]:
    """Let the C++ tape keep what it recorded as long as it lives; whether Python may ask it twice is as it was.

    A Jacobian's rows are asked of it one by one after TensorFlow is done with it. Without Jacobians it stays as it is:
    functions are compiled in another way under a lasting tape.
    """

    @functools.wraps(original)
    def push(self: Any) -> Any:
        if self._tape is not None or not listener.keeps_tapes or not context.executing_eagerly():
            return original(self)
        persistent, self._persistent = self._persistent, True
        try:
            return original(self)
        finally:
            self._persistent = persistent

    return push


def _seen_watch(listener: Listener) -> Callable[..., Any]:
    original = backprop.GradientTape.watch

    @functools.wraps(original)
    def watch(self: Any, tensor: Any) -> Any:
        result = original(self, tensor)
        listener.on_watch(self, list(backprop._extract_tensors_and_variables(tensor)))
        return result

    return watch


def _seen_pause(listener: Listener) -> Callable[..., Any]:
    original = backprop.GradientTape.stop_recording

    @functools.wraps(original)
    @contextlib.contextmanager
    def stop_recording(self: Any) -> Iterator[None]:
        with original(self):
            listener.on_pause(True)
            try:
                yield
            finally:
                listener.on_pause(False)

    return stop_recording


def _seen_call(listener: Listener, method: str) -> Callable[..., Any]:
    original = vars(backprop.GradientTape)[method]

    @functools.wraps(original)
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        unconnected = kwargs.get("unconnected_gradients", args[3] if len(args) > 3 else "none")
        if method != "gradient" and len(args) > 2:
            unconnected = args[2]
        target = args[0] if args else kwargs.get("target")
        sources = args[1] if len(args) > 1 else kwargs.get("sources", kwargs.get("source"))
        call = listener.gradients.on_call(self, method, unconnected)
        if call is None:
            return original(self, *args, **kwargs)
        result, is_finished, held = None, False, self._tape
        try:
            result = original(self, *args, **kwargs)
            is_finished = True
        finally:
            listener.gradients.on_call_ended(call, target, sources, result, is_finished=is_finished)
        if method != "gradient":
            listener.gradients.on_jacobian(call, held, nest.flatten(sources))
        return result

    return wrapper


def _seen_backward(listener: Listener) -> Callable[..., Any]:
    original = imperative_grad.imperative_grad

    @functools.wraps(original)
    def wrapper(tape: Any, target: Any, sources: Any, output_gradients: Any = None, *args: Any, **kwargs: Any) -> Any:
        backward = listener.gradients.on_backward(target, sources, output_gradients)
        results = original(tape, target, sources, output_gradients, *args, **kwargs)
        if backward is not None:
            listener.gradients.on_backward_ended(backward, list(results))
        return results

    return wrapper


def gradient_function(listener: Listener) -> Callable[..., Any]:
    """Give what TensorFlow is to apply as the VJP of an op: its own, and `listener` is told."""
    original = backprop._gradient_function
    tell = listener.gradients.on_vjp

    def wrapper(
        op_type: Any,
        attributes: Any,
        num_inputs: Any,
        inputs: Any,
        outputs: Any,
        cotangents: Any,
        skipped: Any,
        scope: Any,
    ) -> Any:
        results = original(op_type, attributes, num_inputs, inputs, outputs, cotangents, skipped, scope)
        tell(op_type, attributes, inputs, cotangents, results)
        return results

    return wrapper


def _seen_operation(listener: Listener, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def wrapper(op_type: Any, outputs: Any, inputs: Any, backward_function: Any, *args: Any, **kwargs: Any) -> Any:
        op = listener.on_recorded_operation(op_type, outputs, inputs, backward_function)
        if op is None:
            return original(op_type, outputs, inputs, backward_function, *args, **kwargs)

        def backward(*cotangents: Any) -> Any:
            begun_at = listener.functions.on_backward()
            results = backward_function(*cotangents)
            listener.functions.on_backward_ended(op, begun_at)
            listener.gradients.on_recorded_vjp(op, outputs, inputs, cotangents, results)
            return results

        return original(op_type, outputs, inputs, backward, *args, **kwargs)

    return wrapper
