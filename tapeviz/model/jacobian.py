"""A Jacobian row by row: each row is a backward pass, and what it gave is one line of the matrix."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from tapeviz.model.identity import Same
from tapeviz.model.recording import GradientCall, Recording

ROWS_KEPT = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class JacobianMatrix:
    """The part of a Jacobian that is there at a playhead, for one source.

    `rows` are the elements of the target (``y[0, 2]``), `columns` those of the source (``x[1]``). `numbers` has a row
    for each; those of a row that is not finished are not shown: `finished` says which are. `current` is the one that is
    looked at.
    """

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    numbers: npt.NDArray[Any]
    finished: tuple[bool, ...]
    current: int


def as_row(call: GradientCall, row: int) -> GradientCall:
    """Give a Jacobian as the backward pass of one of its rows: with that row's seed, contributions and results.

    Raises
    ------
    IndexError
        Where there is no such row.
    """
    return _as_row(Same(call), row)


@functools.lru_cache(maxsize=ROWS_KEPT)
def _as_row(same: Same, row: int) -> GradientCall:
    call: GradientCall = same.objects[0]
    shown = call.rows[row]
    sources = tuple(replace(source, value=result) for source, result in zip(call.sources, shown.results, strict=True))
    return replace(call, seed=shown.seed, contributions=shown.contributions, sources=sources)


def element_text(call: GradientCall, row: int) -> str:
    """Write which element of the target a row belongs to: ``[0, 2]``, ``[:, 2]`` for one of every example."""
    if not call.rows:
        return ""
    places = [str(place) for place in call.rows[row].index]
    if call.method == "batch_jacobian":
        places = [":", *places]
    return f"[{', '.join(places)}]" if places else ""


def row_count(recording: Recording, call: GradientCall) -> int:
    """Count the rows that a Jacobian has, those too that are not kept."""
    (target,) = call.target
    shape = recording.tensors[target].shape
    return math.prod(shape[1:] if call.method == "batch_jacobian" else shape)


def matrix_of(
    recording: Recording, call: GradientCall, source: int, *, current: int, is_over: bool, names: tuple[str, str]
) -> JacobianMatrix | None:
    """Lay the rows that were run out as a matrix; None where no number of them is at hand.

    Parameters
    ----------
    source : int
        Which of the call's sources.
    current, is_over : int, bool
        The row that is looked at, and whether its backward pass is over: the rows before it are.
    names : (str, str)
        What the target and the source are called.
    """
    found = [row.results[source] for row in call.rows]
    values = [None if tensor is None else recording.tensors[tensor].value for tensor in found]
    arrays = [value.array for value in values if value is not None and value.is_whole]
    if not arrays or len(arrays) != len(values) or arrays[0].dtype.kind not in "fiuc":
        return None
    target, its_source = names
    return JacobianMatrix(
        title=f"∂{target} / ∂{its_source}",
        rows=tuple(f"{target}{element_text(call, row)}" for row in range(len(call.rows))),
        columns=tuple(f"{its_source}{_index_text(index)}" for index in np.ndindex(arrays[0].shape)),
        numbers=np.stack([array.reshape(-1) for array in arrays]),
        finished=tuple(row < current or (row == current and is_over) for row in range(len(call.rows))),
        current=current,
    )


def _index_text(index: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, index))}]" if index else ""
