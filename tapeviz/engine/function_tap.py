"""The part of the tap that hears of compiled functions: when one runs, and when its Python code is traced."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, Protocol

from tensorflow.python.autograph.core import function_wrappers
from tensorflow.python.eager.polymorphic_function import concrete_function, tracing_compilation
from tensorflow.python.ops import custom_gradient

from tapeviz.engine.keras_tap import KerasListener

_Concrete: Any = concrete_function.ConcreteFunction
_Scope: Any = function_wrappers.FunctionScope
_tracing: Any = tracing_compilation
_custom: Any = custom_gradient

NEEDED: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (_Concrete, ("_call_flat",)),
    (_tracing, ("_create_concrete_function",)),
    (_Scope, ("ret",)),
    (_custom, ("_eager_mode_decorator",)),
)
"""What has to be there, by its owner."""


class FunctionListener(KerasListener, Protocol):
    """Who is told of compiled functions; see `Listener`."""

    def on_function(self, function: Any, inputs: list[Any]) -> Any:
        """Tell that one is about to run; the answer stands for the call, None where it is not to be recorded."""

    def on_function_ended(self, call: Any) -> None:
        """Tell that it returned."""

    def on_own_gradient(self, function: Any) -> Any:
        """Tell that a function with a gradient of its own begins; the answer stands for it, None: not recorded."""

    def on_own_gradient_ended(self, own: Any) -> None:
        """Tell that it returned."""

    def on_backward(self) -> int:
        """Tell that a gradient function in Python begins; the answer says when."""

    def on_backward_ended(self, op: int, begun_at: int) -> None:
        """Tell that the gradient function of an op returned."""

    def on_trace(self, function: Any, name: str, function_type: Any, graph: Any) -> None:
        """Tell that Python code was traced."""

    def sample(self, frame: FrameType | None) -> None:
        """Tell that a function that is being traced returns, from `frame`."""


def patches(listener: FunctionListener) -> list[tuple[Any, str, Callable[..., Any]]]:
    """List what to put in place of what, so that `listener` is told."""
    return [
        (_Concrete, "_call_flat", _seen_function(listener)),
        (_tracing, "_create_concrete_function", _seen_trace(listener)),
        (_Scope, "ret", _seen_return(listener)),
        (_custom, "_eager_mode_decorator", _seen_own_gradient(listener)),
    ]


def _seen_function(listener: FunctionListener) -> Callable[..., Any]:
    original = _Concrete._call_flat

    @functools.wraps(original)
    def call_flat(self: Any, tensor_inputs: Any, captured_inputs: Any) -> Any:
        call = listener.on_function(self, [*tensor_inputs, *captured_inputs])
        result = original(self, tensor_inputs, captured_inputs)
        if call is not None:
            listener.on_function_ended(call)
        return result

    return call_flat


def _seen_trace(listener: FunctionListener) -> Callable[..., Any]:
    original = _tracing._create_concrete_function

    @functools.wraps(original)
    def create(function_type: Any, type_context: Any, func_graph: Any, tracing_options: Any) -> Any:
        listener.on_trace(tracing_options.python_function, tracing_options.name, function_type, func_graph)
        return original(function_type, type_context, func_graph, tracing_options)

    return create


def _seen_return(listener: FunctionListener) -> Callable[..., Any]:
    original = _Scope.ret

    @functools.wraps(original)
    def ret(self: Any, value: Any, did_return: Any) -> Any:
        listener.sample(sys._getframe(1))
        return original(self, value, did_return)

    return ret


def _seen_own_gradient(listener: FunctionListener) -> Callable[..., Any]:
    original = _custom._eager_mode_decorator

    @functools.wraps(original)
    def decorator(function: Any, args: Any, kwargs: Any) -> Any:
        own = listener.on_own_gradient(function)
        result = original(function, args, kwargs)
        if own is not None:
            listener.on_own_gradient_ended(own)
        return result

    return decorator
