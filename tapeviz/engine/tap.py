"""Lets a listener see what the real tape does, and knows TensorFlow's private parts together with the ``*_tap`` files.

Nothing here changes what a lesson computes: every wrapper calls what it wraps with the same arguments, hands on the
same result or exception, and executes no op of its own. All of it is taken away again when the run is over.
"""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf
from tensorflow.python import pywrap_tfe
from tensorflow.python.eager import backprop, context, imperative_grad, record
from tensorflow.python.eager import tape as tape_stack
from tensorflow.python.framework import composite_tensor_gradient, indexed_slices, op_callbacks, ops
from tensorflow.python.ops import gen_resource_variable_ops, resource_variable_ops, script_ops
from tensorflow.python.platform import tf_logging
from tensorflow.python.util import nest, tf_decorator

from tapeviz.engine import forward_tap, function_tap, tape_tap
from tapeviz.engine.listener import Listener
from tapeviz.engine.saving_tap import register_gradient_function

EagerTensor: Any = ops.EagerTensor
SymbolicTensor: Any = ops.SymbolicTensor
IndexedSlices: Any = indexed_slices.IndexedSlices
RESOURCE: Any = tf.resource
VARIANT: Any = tf.variant
COMMON_DTYPES: frozenset[Any] = frozenset((tf.float32, tf.float64, tf.int32, tf.int64, tf.bool))
TRAINABLE_DTYPES: frozenset[Any] = frozenset(
    (
        *(tf.float16, tf.bfloat16, tf.float32, tf.float64),
        *(tf.complex64, tf.complex128, tf.resource, tf.variant),
    )
)
BaseVariable: Any = resource_variable_ops.BaseResourceVariable
is_executing_eagerly: Callable[[], bool] = context.executing_eagerly
should_record: Callable[[list[Any]], bool] = pywrap_tfe.TFE_Py_TapeSetShouldRecordBackprop
scope_name: Callable[[], str] = ops.get_name_scope


def problem() -> str | None:
    """Say in a sentence what is missing of the hooks, or None: a small tape is recorded and looked at."""
    missing = [
        name
        for owner, names in (
            (backprop.GradientTape, ("_push_tape", "_pop_tape", "watch", "reset", "gradient", "stop_recording")),
            (backprop, ("_gradient_function",)),
            (record, ("record_operation", "record_operation_backprop_only")),
            (imperative_grad, ("imperative_grad",)),
            (resource_variable_ops, ("variable_accessed",)),
            (script_ops, ("py_func_common",)),
            (ops, ("_EagerTensorBase",)),
            *function_tap.NEEDED,
        )
        for name in names
        if not hasattr(owner, name)
    ]
    if missing:
        return (
            f"This TensorFlow ({tf.__version__}) does not let its tape be seen: {', '.join(missing)} is missing. "
            "Install TensorFlow 2.21."
        )
    return None


@contextlib.contextmanager
def tapped(listener: Listener) -> Iterator[None]:
    """Let `listener` see everything until the block is left; then TensorFlow is as it was.

    Within another such block `listener` alone is told.
    """
    with _listening(_Wires(listener)):
        yield


@contextlib.contextmanager
def unseen() -> Iterator[None]:
    """Let nobody be told, and no tape record, of what is done in the block."""
    with _listening(None), record.stop_recording():
        yield


@contextlib.contextmanager
def unheard() -> Iterator[None]:
    """Let nobody be told of what is done in the block; tapes record as ever."""
    with _listening(None):
        yield


@contextlib.contextmanager
def aside(tape: Any) -> Iterator[None]:
    """Let one tape that records, and no other, miss what is done in the block."""
    tape_stack.pop_tape(tape._tape)
    try:
        yield
    finally:
        tape_stack.push_tape(tape._tape)


class _Wires:
    """What is put in place of TensorFlow's own functions, so that a listener is told."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._originals: list[tuple[Any, str, Any]] = []

    def connect(self) -> None:
        for owner, name, replacement in tape_tap.patches(self._listener):
            self._originals.append((owner, name, vars(owner)[name]))
            setattr(owner, name, replacement)
        register_gradient_function(tape_tap.gradient_function(self._listener))
        forward_tap.register(self._listener.forward)
        op_callbacks.add_op_callback(self._listener.on_op)

    def disconnect(self) -> None:
        with contextlib.suppress(KeyError):
            op_callbacks.remove_op_callback(self._listener.on_op)
        register_gradient_function(backprop._gradient_function)
        forward_tap.register(None)
        while self._originals:
            owner, name, original = self._originals.pop()
            setattr(owner, name, original)


_WIRES: list[_Wires | None] = []


@contextlib.contextmanager
def _listening(wires: _Wires | None) -> Iterator[None]:
    outer = _WIRES[-1] if _WIRES else None
    if outer is not None:
        outer.disconnect()
    _WIRES.append(wires)
    try:
        if wires is not None:
            wires.connect()
        yield
    finally:
        if wires is not None:
            wires.disconnect()
        _WIRES.pop()
        if outer is not None:
            outer.connect()


def read_variable(handle: Any, dtype: Any) -> Any:
    """Read a variable's present value without any tape noticing."""
    with record.stop_recording():
        return gen_resource_variable_ops.read_variable_op(handle, dtype)


def has_value(handle: Any) -> bool:
    """Whether the variable behind a handle was given a value yet."""
    with record.stop_recording():
        return bool(gen_resource_variable_ops.var_is_initialized_op(handle).numpy())


def is_symbolic(value: Any) -> bool:
    """Whether `value` is a tensor of a graph that is being traced."""
    return type(value) is SymbolicTensor


def held_value(variable: Any) -> Any:
    """Return what a variable holds, without anybody noticing."""
    with unseen():
        return gen_resource_variable_ops.read_variable_op(variable.handle, variable.dtype)


def leave(tape: Any) -> None:
    """Take the C++ tape that stands behind a ``GradientTape`` off the stack."""
    tape_stack.pop_tape(tape)


def source_paths(sources: Any) -> list[tuple[tuple[Any, ...], Any]]:
    """List the flat sources with where each stands in `sources`; a composite stands for its tensors."""
    found = []
    for path, source in nest.flatten_with_tuple_paths(sources):
        for tensor in composite_tensor_gradient.get_flat_tensors_for_gradients([handle_of(source)]):
            found.append((path, tensor))
    return found


def is_variable(value: Any) -> bool:
    """Whether `value` is a variable of TensorFlow or of Keras that stands on a resource."""
    return bool(resource_variable_ops.is_resource_variable(value))


def handle_of(value: Any) -> Any:
    """Return a variable's resource handle; anything else as it is."""
    return value.handle if is_variable(value) else value


def dtype_of(enumerated: int) -> Any:
    """Return TensorFlow's dtype object for its number in a protocol buffer."""
    return tf.dtypes.as_dtype(enumerated)


GradientTape: Any = backprop.GradientTape
_VARIABLE_TYPES: weakref.WeakKeyDictionary[type, bool] = weakref.WeakKeyDictionary()


def is_plain_variable(value: Any) -> bool:
    """Whether `value` is a variable, remembered by its type: quick enough to ask of every name."""
    kind = type(value)
    known = _VARIABLE_TYPES.get(kind)
    if known is None:
        known = issubclass(kind, BaseVariable) or hasattr(kind, "_should_act_as_resource_variable")
        _VARIABLE_TYPES[kind] = known
    return known


def is_tensor_or_variable(value: Any) -> bool:
    """Whether `value` has an id on the tape."""
    return type(value) is EagerTensor or is_plain_variable(value)


def shape_of(shape: Any) -> tuple[int, ...]:
    """Return a shape as plain numbers, -1 where a length is not known and empty where nothing is."""
    known = tf.TensorShape(shape)
    return tuple(-1 if length is None else length for length in known) if known.rank is not None else ()


def is_shape(value: Any) -> bool:
    """Whether `value` is a shape as TensorFlow has it."""
    return isinstance(value, tf.TensorShape)


def held_by(handle: Any) -> tuple[Any, tuple[int, ...]] | None:
    """Return dtype and shape of the variable that a resource handle stands for; None for any other tensor."""
    data = getattr(handle, "_handle_data", None)
    if data is None or not data.is_set or len(data.shape_and_type) != 1:
        return None
    (only,) = data.shape_and_type
    return dtype_of(only.dtype), tuple(dimension.size for dimension in only.shape.dim)


def unwrapped(function: Any) -> Any:
    """Return the Python function that a ``tf.function`` was made of."""
    _, target = tf_decorator.unwrap(function)
    return getattr(target, "__func__", target)


def forget_seed() -> None:
    """Forget a seed that the last lesson set, as in a fresh process."""
    current = context.context()
    if current._seed is not None:
        current._set_global_seed(None)


def forget_first_times() -> None:
    """Begin anew to count the warnings that TensorFlow limits to so many per process.

    The warning that an integer is watched comes five times; a worker that has run five lessons must still give it.
    """
    tf_logging._log_counter_per_token.clear()
