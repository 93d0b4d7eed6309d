"""What is drawn over the iterations of a loop: the number that the shown call differentiates."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tapeviz.model.explanation import Tone
from tapeviz.model.graph import GraphNode, Subject
from tapeviz.model.identity import Same
from tapeviz.model.recording import Recording
from tapeviz.model.scrubbing import iteration_of, representative, scalar_over_iterations
from tapeviz.model.series import Loop
from tapeviz.model.subjects import call_of, name_of, source_name, whole_of


@dataclass(frozen=True, slots=True, eq=False)
class LoopCurve:
    """One number over the iterations of a loop.

    Parameters
    ----------
    title : str
        What the number is called in the lesson (``loss``; ``y[0]`` for the first element of a target with several).
    iterations, numbers : numpy arrays of shape (kept,)
        The iterations of which it was kept, from 0, and the number in each; not finite where it is none.
    count : int
        How many iterations the loop has.
    changes : tuple of int
        The iterations that recorded another graph than the one before.
    """

    title: str
    iterations: npt.NDArray[Any]
    numbers: npt.NDArray[Any]
    count: int
    changes: tuple[int, ...]


def curve_of(recording: Recording | None, subject: Subject | None, iteration: int | None) -> LoopCurve | None:
    """Find the curve of the first target over the loop of a subject; None outside of loops. The work is done once."""
    if recording is None or subject is None or iteration is None:
        return None
    found = iteration_of(recording, subject)
    if found is None:
        return None
    # As long as the loop records the same graph it is one curve, whichever iteration is looked at.
    first = representative(recording, whole_of(subject), found[0].part_at(iteration).first)
    return _curve(Same(recording, found[0]), first)


@functools.lru_cache(maxsize=8)
def _curve(same: Same, subject: Subject) -> LoopCurve:
    recording, loop = same.objects
    assert isinstance(recording, Recording)
    assert isinstance(loop, Loop)
    call = call_of(recording, subject)
    if call is None or not call.target:
        none = np.zeros(0)
        return LoopCurve("", none, none, loop.iterations, loop.changes)
    return _over(recording, loop, subject, call.target[0], name_of(recording, call.target[0]))


def node_curves(
    recording: Recording | None, subject: Subject | None, iteration: int | None, node: GraphNode | None
) -> tuple[tuple[Tone, LoopCurve], ...]:
    """Find the curves of a node over the loop of a subject: its value, and its gradient where it is a source."""
    found = None if recording is None or subject is None or iteration is None else iteration_of(recording, subject)
    if recording is None or subject is None or found is None or node is None or node.tensor is None:
        return ()
    return _node_curves(Same(recording, found[0], node), whole_of(subject))


@functools.lru_cache(maxsize=8)
def _node_curves(same: Same, subject: Subject) -> tuple[tuple[Tone, LoopCurve], ...]:
    recording, loop, node = same.objects
    name = name_of(recording, node.tensor)
    curves: list[tuple[Tone, LoopCurve]] = [("forward", _over(recording, loop, subject, node.tensor, name))]
    call = call_of(recording, subject)
    for source in call.sources if call is not None else ():
        if call is not None and source.tensor in node.values and source.value is not None:
            title = f"∂{name_of(recording, call.target[0])}/∂{source_name(recording, source)}"
            curves.append(("backward", _over(recording, loop, subject, source.value, title)))
    return tuple((tone, curve) for tone, curve in curves if len(curve.iterations) > 1)


def _over(recording: Recording, loop: Loop, subject: Subject, tensor: int, title: str) -> LoopCurve:
    numbers = scalar_over_iterations(recording, subject, tensor)
    shape = recording.tensors[tensor].shape
    element = f"[{', '.join('0' for _ in shape)}]" if shape else ""
    kept = np.flatnonzero(~np.isnan(numbers))
    return LoopCurve(title + element, kept, numbers[kept], loop.iterations, loop.changes)
