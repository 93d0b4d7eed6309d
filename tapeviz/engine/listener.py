"""Who is told what the tape does: the calls that the tap makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from tapeviz.engine.forward_tap import ForwardListener
from tapeviz.engine.function_tap import FunctionListener
from tapeviz.engine.thread_tap import ThreadListener


class CallListener(Protocol):
    """Who is told of gradient calls. No method may raise or execute an op that is recorded."""

    def on_call(self, tape: Any, method: str, unconnected_gradients: Any) -> Any:
        """Tell that a gradient call begins; the answer stands for it, None where it is not to be recorded."""

    def on_call_ended(self, call: Any, target: Any, sources: Any, result: Any, *, is_finished: bool) -> None:
        """Tell that it returned, or raised."""

    def on_jacobian(self, call: Any, tape: Any, sources: list[Any]) -> None:
        """Tell that a Jacobian was returned, whose C++ `tape` still holds what it recorded."""

    def on_backward(self, targets: list[Any], sources: list[Any], seeds: list[Any] | None) -> Any:
        """Tell what the C++ tape is given; the answer stands for it, None where it is not to be recorded."""

    def on_backward_ended(self, backward: Any, results: list[Any]) -> None:
        """Tell what the C++ tape gave."""

    def on_vjp(self, op_type: str, attributes: Any, inputs: Any, cotangents: Any, results: Any) -> None:
        """Tell of one gradient function that was applied."""

    def on_recorded_vjp(self, op: int, outputs: list[Any], inputs: list[Any], cotangents: Any, results: Any) -> None:
        """Tell that such a gradient was applied."""


class Listener(ThreadListener, Protocol):
    """Who is told what the tape does. No method may raise or execute an op that is recorded."""

    @property
    def forward(self) -> ForwardListener:
        """Who is told of forward mode."""

    @property
    def keeps_tapes(self) -> bool:
        """Whether what tapes recorded will be asked for again after TensorFlow is done with them."""

    @property
    def gradients(self) -> CallListener:
        """Who is told of gradient calls."""

    @property
    def functions(self) -> FunctionListener:
        """Who is told of compiled functions."""

    def on_op(
        self, op_type: Any, inputs: Any, attributes: Any, outputs: Any, op_name: Any = None, graph: Any = None
    ) -> None:
        """Tell of an op that executed eagerly (or, where `graph` is given, was traced)."""

    def on_push(self, tape: Any) -> None:
        """Tell that `tape` began to record, for the first time or again."""

    def on_pop(self, tape: Any) -> None:
        """Tell that `tape` stopped recording, for a while or for good."""

    def on_pause(self, is_paused: bool) -> None:
        """Tell that ``stop_recording`` was entered or left."""

    def on_reset(self, tape: Any) -> None:
        """Tell that ``tape.reset()`` is about to drop what was recorded."""

    def on_watch(self, tape: Any, tensors: list[Any]) -> None:
        """Tell of tensors and variables that are watched from here on."""

    def on_variable(self, variable: Any) -> None:
        """Tell that a variable is about to be read."""

    def on_recorded_operation(
        self, op_type: str, outputs: list[Any], inputs: list[Any], backward: Callable[..., Any]
    ) -> int | None:
        """Tell of an op with a Python gradient (custom gradients, functions); the answer is its index."""

    def on_departure(self, tensor: Any) -> None:
        """Tell that the value of a tensor is about to leave TensorFlow."""
