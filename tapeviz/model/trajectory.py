"""Trajectories as they grow, batch by batch, and what is read off them at one iterate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tapeviz.model.descent import DescentSettings, DescentStatus, IterateBatch, Trajectory, stride
from tapeviz.model.tensor import TensorValue

Numbers = npt.NDArray[Any]

SPARE = 2
"""So many times what is needed is set aside when memory runs out: then a million iterates are copied 20 times."""

FIRST_ROWS = 256
"""Rows that are set aside at first."""

_RUNNING = DescentStatus(kind="running")


@dataclass(frozen=True, slots=True, kw_only=True)
class Iterate:
    """One iterate of a trajectory, in numbers.

    Parameters
    ----------
    number : int
        Which one, from 0.
    loss : float
    rate : float
        With which it was left; NaN where it was not, yet.
    norm : float
        The Euclidean norm of the whole gradient.
    norms : array, shape (number of parameters,)
    position, gradient : array, shape (dimension,)
        Of the last iterate up to this one whose position travelled: its number is `kept`.
    """

    number: int
    loss: float
    rate: float
    norm: float
    norms: Numbers
    kept: int
    position: Numbers
    gradient: Numbers


class GrowingRows:
    """Memory that the trajectories of one descent share: what is added goes behind what older ones look at.

    Nothing that was handed out ever changes, so a trajectory stays the value it was.
    """

    __slots__ = ("_memory", "filled")

    def __init__(self, rows: Numbers) -> None:
        self._memory = np.empty((max(FIRST_ROWS, SPARE * len(rows)), *rows.shape[1:]), dtype=rows.dtype)
        self._memory[: len(rows)] = rows
        self.filled = len(rows)

    def after(self, count: int, rows: Numbers) -> GrowingRows:
        """Memory with `rows` behind the first `count` rows: this one, if it has room and nothing stands there yet."""
        if not len(rows):
            return self
        if not count:
            return GrowingRows(rows)
        end = count + len(rows)
        fits = count == self.filled and end <= len(self._memory) and rows.dtype == self._memory.dtype
        if not fits:
            return GrowingRows(np.concatenate((self._memory[:count], rows)))
        self._memory[count:end] = rows
        self.filled = end
        return self

    def first(self, count: int) -> Numbers:
        """Give the first `count` rows, read-only."""
        rows = self._memory[:count]
        rows.flags.writeable = False
        return rows


_COLUMNS = ("losses", "norms", "rates", "kept", "positions", "gradients")
_KEPT_COLUMNS = _COLUMNS[3:]


def begun(settings: DescentSettings, parameters: int) -> Trajectory:
    """Begin a trajectory that has no iterate yet; `parameters` is how many parameters the objective has."""
    dimension = len(settings.start)
    return Trajectory(
        settings=settings,
        losses=np.empty(0),
        norms=np.empty((0, parameters)),
        rates=np.empty(0),
        kept=np.empty(0, dtype=np.int64),
        positions=np.empty((0, dimension)),
        gradients=np.empty((0, dimension)),
        status=_RUNNING,
    )


def grown(trajectory: Trajectory, batch: IterateBatch, status: DescentStatus) -> Trajectory:
    """Put a batch of iterates behind those of a trajectory, in time proportional to the batch alone.

    A batch that begins before the end takes the place of what stood there; one that leaves a gap is passed over.
    Positions for which there is no room any more are left out.
    """
    if batch.first > trajectory.count:
        return trajectory
    memory = trajectory.memory or {}
    kept = int(np.searchsorted(trajectory.kept, batch.first))
    step = stride(batch.first + len(batch.losses.array) - 1, batch.positions.shape[1])
    if step > 1 and (is_superfluous := trajectory.kept[:kept] % step != 0).any():
        thinned = {name: getattr(trajectory, name)[:kept][~is_superfluous] for name in _KEPT_COLUMNS}
        memory = memory | {name: GrowingRows(rows) for name, rows in thinned.items()}
        kept -= int(is_superfluous.sum())
    firsts = {"losses": batch.first, "norms": batch.first, "rates": max(0, batch.first - 1)}
    columns: dict[str, Any] = {}
    grew: dict[str, GrowingRows] = {}
    for name in _COLUMNS:
        value: TensorValue = getattr(batch, name)
        before = firsts.get(name, kept)
        rows = value.array
        grew[name] = memory[name].after(before, rows) if name in memory else GrowingRows(rows)
        columns[name] = grew[name].first(before + len(rows))
    return Trajectory(settings=trajectory.settings, status=status, memory=grew, **columns)


def no_iterates(first: int, dimension: int, parameters: int) -> IterateBatch:
    """Make a batch of no iterate, for a trajectory of which there is only to say how it stands."""
    none, rows, norms = np.empty(0), np.empty((0, dimension)), np.empty((0, parameters))
    arrays = {"losses": none, "norms": norms, "rates": none, "positions": rows, "gradients": rows}
    packed = {name: _packed(array) for name, array in arrays.items()}
    return IterateBatch(first=first, kept=_packed(np.empty(0, np.int64)), **packed)


def merged(batches: Sequence[IterateBatch]) -> IterateBatch:
    """Join batches that follow on each other to one."""
    if len(batches) == 1:
        return batches[0]
    columns: dict[str, TensorValue] = {}
    for name in _COLUMNS:
        parts: list[TensorValue] = [getattr(batch, name) for batch in batches]
        shape = (sum(part.shape[0] for part in parts), *parts[0].shape[1:])
        data = b"".join(part.data or b"" for part in parts)
        columns[name] = TensorValue(encoding=parts[0].encoding, shape=shape, data=data)
    return IterateBatch(first=batches[0].first, **columns)


def cut_off(batch: IterateBatch, count: int) -> IterateBatch:
    """Leave out all but the first `count` iterates of a batch, of which every position is there."""
    updates = count - len(batch.losses.array) + len(batch.rates.array)
    counts = dict.fromkeys(_COLUMNS, count) | {"rates": updates}
    rows = {name: getattr(batch, name).array[: counts[name]] for name in _COLUMNS}
    return IterateBatch(first=batch.first, **{name: _packed(array) for name, array in rows.items()})


def _packed(array: Numbers) -> TensorValue:
    return TensorValue(encoding=array.dtype.str, shape=array.shape, data=array.tobytes())


def place_of(trajectory: Trajectory, number: int) -> int | None:
    """Find where the position of iterate `number` stands among those that travelled, or of the last one before it."""
    place = int(np.searchsorted(trajectory.kept, number, side="right")) - 1
    return place if place >= 0 else None


def iterate_at(trajectory: Trajectory, number: int) -> Iterate | None:
    """Read iterate `number` off a trajectory, its last one where it is shorter; None where it has none yet."""
    if not trajectory.count:
        return None
    number = max(0, min(number, trajectory.count - 1))
    place = place_of(trajectory, number)
    if place is None:
        return None
    return Iterate(
        number=number,
        loss=float(trajectory.losses[number]),
        rate=float(trajectory.rates[number]) if number < len(trajectory.rates) else math.nan,
        norm=math.hypot(*trajectory.norms[number].tolist()),
        norms=trajectory.norms[number],
        kept=int(trajectory.kept[place]),
        position=trajectory.positions[place],
        gradient=trajectory.gradients[place],
    )


def first_lost(trajectory: Trajectory) -> int | None:
    """Find the iterate at which numbers were lost: its loss or gradient is NaN or infinite, its position is not.

    None where every loss and gradient is finite. Where the update itself lost them it is the iterate before.
    """
    is_lost = ~(np.isfinite(trajectory.losses) & np.isfinite(trajectory.norms).all(axis=1))
    if not is_lost.any():
        return None
    number = int(is_lost.argmax())
    place = place_of(trajectory, number)
    is_there = place is not None and np.isfinite(trajectory.positions[place]).all()
    return number if is_there else max(0, number - 1)
