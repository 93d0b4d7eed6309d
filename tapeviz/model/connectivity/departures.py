"""Values that leave TensorFlow inside a library call, where the engine sees them go but not for whom."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tapeviz.model.connectivity.syntax import LessonSyntax
from tapeviz.model.facts import Departure
from tapeviz.model.recording import Recording, Tensor

GIVES_NUMPY = frozenset({"predict", "predict_on_batch"})
"""Calls that hand back NumPy arrays by contract: ``model.predict``."""


def implied_departures(recording: Recording, syntax: LessonSyntax) -> list[Departure]:
    """Return what left TensorFlow in each such call that ran: its arguments, and the weights of the model it is of."""
    return [
        Departure(tensor=tensor.id, at=at, line=call.lineno)
        for call, names, owner in _calls(syntax)
        for at in _moments(recording, call, syntax)
        for tensor in recording.tensors
        if tensor.name and (tensor.name in names or _belongs(tensor, owner)) and _existed(tensor, at)
    ]


def _calls(syntax: LessonSyntax) -> Iterator[tuple[ast.Call, frozenset[str], str]]:
    """Yield each call, the names it is given, and the name of the object whose method it is."""
    for node in ast.walk(syntax.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in GIVES_NUMPY:
            given = [part for argument in node.args for part in ast.walk(argument)]
            names = frozenset(ast.unparse(part) for part in given if isinstance(part, ast.Name | ast.Attribute))
            yield node, names, ast.unparse(node.func.value)


def _moments(recording: Recording, call: ast.Call, syntax: LessonSyntax) -> list[int]:
    """Return the moments at which the ops of one run of `call` were over."""
    within = [op.place is not None and op.made_by is None and syntax.is_within(op.place, call) for op in recording.ops]
    return [index + 1 for index, is_within in enumerate(within) if is_within and not any(within[index + 1 : index + 2])]


def _belongs(tensor: Tensor, owner: str) -> bool:
    return tensor.role == "variable" and (tensor.name or "").startswith((f"{owner}.", f"{owner}["))


def _existed(tensor: Tensor, at: int) -> bool:
    return tensor.producer is None or tensor.producer < at
