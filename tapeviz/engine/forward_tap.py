"""The part of the tap that sees forward mode: accumulators, the rules they apply, and the tangents they hold."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from tensorflow.python import pywrap_tfe
from tensorflow.python.eager import context, forwardprop
from tensorflow.python.framework import ops
from tensorflow.python.util import nest

Patch = tuple[Any, str, Callable[..., Any]]
Pairs = list[tuple[Any, Any]]


class ForwardListener(Protocol):
    """Who is told what forward mode does. No method may raise or execute an op."""

    def on_watch(self, accumulator: Any, pairs: Pairs) -> None:
        """Tell of primals (variables by their handles) and the tangents they begin with."""

    def on_push(self, accumulator: Any) -> None:
        """Tell that an accumulator was entered."""

    def on_pop(self, accumulator: Any) -> None:
        """Tell that it was left."""

    def on_asked(self, accumulator: Any, pairs: Pairs) -> None:
        """Tell what ``acc.jvp`` was asked for and what it returned."""

    def on_rule(self, inputs: Any, outputs: Any, tangents: Any, results: Any) -> None:
        """Tell of one op's forward rule: primals and tangents that went in, and the tangents that came out."""


def patches(listener: ForwardListener) -> Iterator[Patch]:
    """List what is put in the place of the accumulator's methods while a lesson runs."""
    kind = forwardprop.ForwardAccumulator
    yield kind, "_push_accumulator", _after(kind._push_accumulator, listener.on_push)
    yield kind, "_pop_accumulator", _after(kind._pop_accumulator, listener.on_pop)
    yield kind, "_watch", _seen_watch(listener)
    yield kind, "jvp", _seen_jvp(listener)


def register(listener: ForwardListener | None) -> None:
    """Let the listener be told of every forward rule; None puts TensorFlow's own dispatch back."""
    original = forwardprop._jvp_dispatch
    if listener is None:
        pywrap_tfe.TFE_Py_RegisterJVPFunction(original)
        return

    def dispatch(
        op_name: Any, attributes: Any, inputs: Any, outputs: Any, tangents: Any, use_batch: bool = False
    ) -> Any:
        results = original(op_name, attributes, inputs, outputs, tangents, use_batch)
        if outputs and type(outputs[0]) is ops.EagerTensor:
            listener.on_rule(tuple(inputs), tuple(outputs), tuple(tangents), tuple(results))
        return results

    pywrap_tfe.TFE_Py_RegisterJVPFunction(dispatch)


def tangent_of(accumulator: Any, tensor: Any) -> Any:
    """Look up the tangent that an accumulator holds for a tensor; None where it has none. Nothing is computed."""
    return pywrap_tfe.TFE_Py_ForwardAccumulatorJVP(accumulator, tensor)


def _after(original: Callable[..., Any], tell: Callable[[Any], None]) -> Callable[..., Any]:
    @functools.wraps(original)
    def wrapper(self: Any) -> Any:
        result = original(self)
        tell(self)
        return result

    return wrapper


def _seen_watch(listener: ForwardListener) -> Callable[..., Any]:
    original = forwardprop.ForwardAccumulator._watch

    @functools.wraps(original)
    def watch(self: Any, primals: Any, tangents: Any) -> Any:
        result = original(self, primals, tangents)
        if context.executing_eagerly():
            watched = [_handle(primal) for primal in nest.flatten(primals)]
            listener.on_watch(self, [(primal, tangent_of(self._accumulator, primal)) for primal in watched])
        return result

    return watch


def _seen_jvp(listener: ForwardListener) -> Callable[..., Any]:
    original = forwardprop.ForwardAccumulator.jvp

    @functools.wraps(original)
    def jvp(self: Any, primals: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(self, primals, *args, **kwargs)
        if context.executing_eagerly():
            asked = [_handle(primal) for primal in nest.flatten(primals)]
            listener.on_asked(self, list(zip(asked, nest.flatten(result), strict=False)))
        return result

    return jvp


def _handle(tensor: Any) -> Any:
    return getattr(tensor, "handle", tensor)
