"""Where values leave TensorFlow for Python and NumPy, and take their gradient with them."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping, Sequence
from types import FrameType, ModuleType
from typing import Any

from tapeviz.engine.places import Places
from tapeviz.engine.tape_tap import DEPARTING_METHODS
from tapeviz.model.facts import Departure
from tapeviz.model.recording import Op, Tensor

Corners = tuple[int, int, int, int]

_LIBRARIES = ("tensorflow", "keras")
_TAPE_MODULES = frozenset(
    (
        *("tapeviz.engine.tape_tap", "tapeviz.engine.recorder", "tapeviz.engine.gradient_calls"),
        *("tensorflow.python.eager.backprop", "contextlib"),
    )
)
_DEPARTING_FUNCTIONS = frozenset((*DEPARTING_METHODS, "convert_to_numpy"))
_TAKERS = frozenset(("_constant_eager_impl", "py_func_common", "py_func", "numpy_function"))
"""What takes bare numbers for the lesson inside TensorFlow: what ``tf.constant`` runs, and ``tf.numpy_function``."""
_PACKAGES = frozenset(("numpy", "scipy", "math", "cmath", "sklearn", "pandas", "torch", "jax"))


def departure_line(frame: FrameType | None, filename: str) -> int | None:
    """Return the line of the lesson that takes a value out of TensorFlow, None where TensorFlow itself does.

    `frame` is the caller of the method that hands the value out. TensorFlow may stand between where it only passes
    on a method of the same kind (``Variable.numpy`` reads and calls ``Tensor.numpy``), or makes a constant of it, or
    hands it to a NumPy function of the lesson.
    """
    callee = ""
    is_inside_library = is_taken = False
    while frame is not None and frame.f_code.co_filename != filename:
        callee = frame.f_code.co_name
        is_taken = is_taken or callee in _TAKERS
        module = frame.f_globals.get("__name__", "")
        is_inside_library = is_inside_library or str(module).split(".", 1)[0] in _LIBRARIES
        frame = frame.f_back
    is_passed_on = callee in _DEPARTING_FUNCTIONS or is_taken
    if frame is None or (is_inside_library and not is_passed_on):
        return None
    return frame.f_lineno


def asked_by_library() -> bool:
    """Whether TensorFlow or Keras itself is using a tape, not the lesson."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__") in _TAPE_MODULES:
        frame = frame.f_back
    return frame is not None and str(frame.f_globals.get("__name__", "")).split(".", 1)[0] in _LIBRARIES


def silent_departures(
    tree: ast.Module, namespace: Mapping[str, Any], places: Places, ops: Sequence[Op], tensors: Sequence[Tensor]
) -> list[Departure]:
    """Find the tensors that the lesson hands to functions of numerical packages other than TensorFlow.

    NumPy takes an eager tensor by its memory, which no method of the tensor hears of, so this is read off the text:
    an argument is a tensor by its name, or by the op whose expression it is. A call that never ran hands out nothing:
    its tensors were never made.

    Parameters
    ----------
    tree : ast.Module
        The lesson.
    namespace : mapping of str to object
        Its top level after the run, which says what a function's name stands for.
    places : Places
    ops, tensors : sequences of the recording
    """
    made: dict[Corners, list[Op]] = {}
    for op in ops:
        if op.place is not None:
            made.setdefault((op.place.line, op.place.column, op.place.end_line, op.place.end_column), []).append(op)
    named: dict[str, list[Tensor]] = {}
    for tensor in tensors:
        if tensor.name is not None and tensor.role != "variable":
            named.setdefault(tensor.name, []).append(tensor)
    found = []
    for call in _foreign_calls(tree, namespace):
        for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
            if isinstance(argument, ast.Name):
                given = named.get(argument.id, [])
                found += [Departure(tensor=each.id, at=_moment(each, call, ops), line=call.lineno) for each in given]
            for op in made.get(_corners(argument, places), ()):
                found += [Departure(tensor=output, at=op.id + 1, line=call.lineno) for output in op.outputs]
    return found


def _foreign_calls(tree: ast.Module, namespace: Mapping[str, Any]) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            root = node.func
            while isinstance(root, ast.Attribute):
                root = root.value
            if isinstance(root, ast.Name) and root.id in namespace and _package(namespace[root.id]) in _PACKAGES:
                yield node


def _package(value: Any) -> str:
    name = (
        value.__name__
        if isinstance(value, ModuleType)
        else getattr(value, "__module__", None) or type(value).__module__
    )
    return str(name).partition(".")[0]


def _corners(node: ast.expr, places: Places) -> Corners:
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
    return (
        *(node.lineno, places.column(node.lineno, node.col_offset)),
        *(end_line, places.column(end_line, end_column)),
    )


def _moment(tensor: Tensor, call: ast.Call, ops: Sequence[Op]) -> int:
    """Return the id of the first op that ran after the call, as far as the lines tell: the first one from there on."""
    start = tensor.producer + 1 if tensor.producer is not None else 0
    later = (op.id for op in ops[start:] if op.line is not None and op.line >= call.lineno)
    return next(later, len(ops))
