"""The only file that touches TensorFlow's private hooks: it lets a listener see what the real tape does.

Nothing here changes what a lesson computes: every wrapper calls what it wraps with the same arguments, hands on the
same result or exception, and executes no op of its own. All of it is taken away again when the run is over.
"""

from __future__ import annotations

import contextlib
import functools
import weakref
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import tensorflow as tf
from tensorflow.python import pywrap_tfe
from tensorflow.python.eager import backprop, context, execute, imperative_grad, record
from tensorflow.python.eager import tape as tape_stack
from tensorflow.python.framework import composite_tensor_gradient, indexed_slices, op_callbacks, op_def_registry, ops
from tensorflow.python.ops import gen_resource_variable_ops, resource_variable_ops, script_ops
from tensorflow.python.util import nest

from tapeviz.engine import forward_tap, function_tap, keras_tap, thread_tap
from tapeviz.engine.forward_tap import ForwardListener, Patch
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

DEPARTING_METHODS = ("numpy", "__array__", "__float__", "__int__", "__index__", "__bool__", "__complex__")


class Listener(thread_tap.ThreadListener, Protocol):
    """Who is told what the tape does. No method may raise or execute an op that is recorded."""

    @property
    def forward(self) -> ForwardListener:
        """Who is told of forward mode."""

    @property
    def keeps_tapes(self) -> bool:
        """Whether what tapes recorded will be asked for again after TensorFlow is done with them."""

    @property
    def functions(self) -> function_tap.FunctionListener:
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

    def on_recorded_operation(
        self, op_type: str, outputs: list[Any], inputs: list[Any], backward: Callable[..., Any]
    ) -> int | None:
        """Tell of an op with a Python gradient (custom gradients, functions); the answer is its index."""

    def on_recorded_vjp(self, op: int, outputs: list[Any], inputs: list[Any], cotangents: Any, results: Any) -> None:
        """Tell that such a gradient was applied."""

    def on_departure(self, tensor: Any) -> None:
        """Tell that the value of a tensor is about to leave TensorFlow."""


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
        for owner, name, replacement in _patches(self._listener):
            self._originals.append((owner, name, vars(owner)[name]))
            setattr(owner, name, replacement)
        register_gradient_function(_seen_gradient_function(self._listener))
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


def _patches(listener: Listener) -> list[Patch]:
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
        if is_executing_eagerly():
            for given in map(handle_of, nest.flatten(inp)):
                if isinstance(given, EagerTensor):
                    listener.on_departure(given)
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
        if self._tape is not None or not listener.keeps_tapes or not is_executing_eagerly():
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
        call = listener.on_call(self, method, unconnected)
        if call is None:
            return original(self, *args, **kwargs)
        result, is_finished, held = None, False, self._tape
        try:
            result = original(self, *args, **kwargs)
            is_finished = True
        finally:
            listener.on_call_ended(call, target, sources, result, is_finished=is_finished)
        if method != "gradient":
            listener.on_jacobian(call, held, nest.flatten(sources))
        return result

    return wrapper


def _seen_backward(listener: Listener) -> Callable[..., Any]:
    original = imperative_grad.imperative_grad

    @functools.wraps(original)
    def wrapper(tape: Any, target: Any, sources: Any, output_gradients: Any = None, *args: Any, **kwargs: Any) -> Any:
        backward = listener.on_backward(target, sources, output_gradients)
        results = original(tape, target, sources, output_gradients, *args, **kwargs)
        if backward is not None:
            listener.on_backward_ended(backward, list(results))
        return results

    return wrapper


def _seen_gradient_function(listener: Listener) -> Callable[..., Any]:
    original = backprop._gradient_function
    tell = listener.on_vjp

    def gradient_function(
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

    return gradient_function


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
            listener.on_recorded_vjp(op, outputs, inputs, cotangents, results)
            return results

        return original(op_type, outputs, inputs, backward, *args, **kwargs)

    return wrapper


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


def type_attributes(op_type: str) -> list[str]:
    """List the attributes of an op that name dtypes."""
    definition = op_def_registry.get(op_type)
    return [attribute.name for attribute in definition.attr if attribute.type == "type"] if definition else []


def held_by(handle: Any) -> tuple[Any, tuple[int, ...]] | None:
    """Return dtype and shape of the variable that a resource handle stands for; None for any other tensor."""
    data = getattr(handle, "_handle_data", None)
    if data is None or not data.is_set or len(data.shape_and_type) != 1:
        return None
    (only,) = data.shape_and_type
    return dtype_of(only.dtype), tuple(dimension.size for dimension in only.shape.dim)


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
    if execute.must_record_gradient():
        execute.record_gradient(op_type, inputs, flat, outputs)
    return list(outputs)
