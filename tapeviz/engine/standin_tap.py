"""Lets values stand in for variables while a tape's block is traced as a function of its sources.

What is put in place of TensorFlow's own methods here stays there, and does what the original does in every thread that
is not within `standing_in`: a lesson may run in the main thread meanwhile.
"""

from __future__ import annotations

import contextlib
import functools
import random
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.autograph.core import ag_ctx
from tensorflow.python.eager import backprop, context, record
from tensorflow.python.eager.polymorphic_function import autograph_util, polymorphic_function
from tensorflow.python.ops import gen_resource_variable_ops, resource_variable_ops

_Variable: Any = resource_variable_ops.BaseResourceVariable
_Function: Any = polymorphic_function.Function


class _Here(threading.local):
    """What holds in this thread: the values that variables have, by the ids of handles; None outside of a block."""

    def __init__(self) -> None:
        self.values: dict[int, Any] | None = None
        self.is_within = False


_here = _Here()


@contextlib.contextmanager
def standing_in(values: Mapping[int, Any]) -> Iterator[None]:
    """Let variables have these values, by the ids of their handles, in what this thread traces.

    What is assigned to a variable meanwhile is what it holds until the block is left, and no longer: the variable
    itself stays as it is. Functions that the lesson compiled are traced anew, as part of what is traced.
    """
    before, _here.values = _here.values, dict(values)
    try:
        with within_block():
            yield
    finally:
        _here.values = before


@contextlib.contextmanager
def within_block() -> Iterator[None]:
    """Let ``tape.stop_recording()`` in this thread stop every tape: the lesson's own is not the one that counts."""
    before, _here.is_within = _here.is_within, True
    try:
        yield
    finally:
        _here.is_within = before


def converted(function: Callable[..., Any]) -> Any:
    """Let AutoGraph convert the control flow of a Python function, and of those that it calls, when it is called."""
    handler = autograph_util.py_func_from_autograph(function)

    @functools.wraps(handler)
    def call(*args: Any, **kwargs: Any) -> Any:
        with ag_ctx.ControlStatusCtx(status=ag_ctx.Status.ENABLED):
            return handler(*args, **kwargs)

    return call


def compiled(function: Callable[..., Any], given: Sequence[Any], *, is_jit: bool = False) -> Any:
    """Trace a function of tensors like those that are `given`, once.

    TensorFlow counts how often functions are traced anew, and warns the lesson of it; of those that are made for
    tapeviz it must not know.
    """
    specs = [tf.TensorSpec(tensor.shape, tensor.dtype) for tensor in given]
    return tf.function(function, jit_compile=is_jit, autograph=False).get_concrete_function(*specs)


def is_known_to_xla(function: Callable[..., Any], given: Any) -> bool:
    """Whether XLA knows all that a function of a tensor does: it is translated for it, but not compiled."""
    traced = tf.function(function, jit_compile=True, autograph=False)
    try:
        traced.experimental_get_compiler_ir(tf.TensorSpec(given.shape, given.dtype))(stage="hlo")
    except (ValueError, TypeError, NotImplementedError, LookupError, tf.errors.OpError):
        return False
    return True


def is_tracing() -> bool:
    """Whether ops become part of a graph here."""
    return not context.executing_eagerly()


def assign(handle: Any, value: Any) -> None:
    """Give the variable behind a handle a value; no tape notices."""
    with record.stop_recording():
        gen_resource_variable_ops.assign_variable_op(handle, value)


def recorded(results: list[Any], inputs: list[Any], backward: Callable[..., list[Any]]) -> list[Any]:
    """Hand on results for which tapes know nothing but `backward`: from their cotangents to those of the inputs."""
    with record.stop_recording():
        outputs = [tf.identity(result) for result in results]
    record.record_operation("LessonBlock", outputs, inputs, backward)
    return outputs


class Luck:
    """How far the random numbers of Python, NumPy and TensorFlow have come."""

    def __init__(self) -> None:
        self._python = random.getstate()
        self._numpy = np.random.get_state(legacy=False)
        # Without a seed TensorFlow has no such numbers.
        operations = getattr(context.context(), "_rng", None)
        self._operations = operations.getstate() if operations is not None else None

    def is_as_far_as(self, other: Luck) -> bool:
        """Whether no number was drawn between the two."""
        mine, theirs = self._numpy, other._numpy
        return (
            self._python == other._python
            and self._operations == other._operations
            and mine["state"]["pos"] == theirs["state"]["pos"]
            and mine["gauss"] == theirs["gauss"]
            and np.array_equal(mine["state"]["key"], theirs["state"]["key"])
        )

    def put_back(self) -> None:
        """Let the next numbers be those that would have come then."""
        random.setstate(self._python)
        np.random.set_state(self._numpy)
        if self._operations is not None:
            context.context()._rng.setstate(self._operations)


def _stands_for(variable: Any) -> tuple[dict[int, Any], int] | None:
    """Return the values that hold here with the key of the variable, None where it is the original that counts."""
    values = _here.values
    return None if values is None else (values, getattr(variable.handle, "_id", -1))


def _linked(variable: Any, value: Any) -> Any:
    """Let tapes see a read of the variable in a value that stands in for what it holds."""
    resource_variable_ops.variable_accessed(variable)
    with record.stop_recording():
        result = tf.identity(value)
    record.record_operation_backprop_only(
        "ReadVariableOp", [result], [variable.handle, value], lambda cotangent: [cotangent, cotangent]
    )
    record.record_operation_forwardprop_only("Identity", [result], [value], lambda cotangent: [cotangent], None)
    return result


def _reading(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def read(self: Any, *args: Any, **kwargs: Any) -> Any:
        found = _stands_for(self)
        if found is None or found[1] not in found[0]:
            return original(self, *args, **kwargs)
        return _linked(self, found[0][found[1]])

    return read


def _gathering(original: Callable[..., Any], gather: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def read(self: Any, indices: Any, *args: Any, **kwargs: Any) -> Any:
        found = _stands_for(self)
        if found is None or found[1] not in found[0]:
            return original(self, indices, *args, **kwargs)
        return gather(_linked(self, found[0][found[1]]), indices)

    return read


def _assigning(original: Callable[..., Any], change: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def write(self: Any, value: Any, *args: Any, **kwargs: Any) -> Any:
        found = _stands_for(self)
        if found is None or not is_tracing():
            return original(self, value, *args, **kwargs)
        values, key = found
        with record.stop_recording():
            values[key] = change(self, tf.cast(tf.convert_to_tensor(value, dtype_hint=self.dtype), self.dtype))
        return self

    return write


def _inlined(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if _here.values is None or not is_tracing():
            return original(self, *args, **kwargs)
        function = self.python_function
        return (converted(function) if self._autograph else function)(*args, **kwargs)

    return call


def _stopping(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    @contextlib.contextmanager
    def stop_recording(self: Any) -> Iterator[None]:
        with original(self), record.stop_recording() if _here.is_within else contextlib.nullcontext():
            yield

    return stop_recording


def _put_in_place() -> None:
    replacements: dict[str, Callable[..., Any]] = {
        "_read_variable_op": _reading,
        "sparse_read": functools.partial(_gathering, gather=tf.gather),
        "gather_nd": functools.partial(_gathering, gather=tf.gather_nd),
        "assign": functools.partial(_assigning, change=lambda _, value: value),
        "assign_add": functools.partial(_assigning, change=lambda variable, value: variable.value() + value),
        "assign_sub": functools.partial(_assigning, change=lambda variable, value: variable.value() - value),
    }
    for owner in (_Variable, resource_variable_ops.ResourceVariable):
        for name, replacement in replacements.items():
            if name in vars(owner):
                setattr(owner, name, replacement(vars(owner)[name]))
    _Function.__call__ = _inlined(_Function.__call__)
    backprop.GradientTape.stop_recording = _stopping(backprop.GradientTape.stop_recording)


_put_in_place()
