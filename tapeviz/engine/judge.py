"""How a descent stands, read off its iterates as they come; TensorFlow says how the landscape is curved there."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tapeviz.engine.curvature import Hessians
from tapeviz.engine.objective import NoObjectiveError, Objective
from tapeviz.model import descent_status as rules
from tapeviz.model.descent import DescentSettings, DescentStatus, IterateBatch
from tapeviz.model.descent_status import Seen, Slopes
from tapeviz.model.trajectory import cut_off

_log = logging.getLogger(__name__)

_MOST_COORDINATES = 64
_MOST_EAGER = 8
"""So many coordinates an objective may have for its Hessian to be asked for by the way."""

_RUNNING = DescentStatus(kind="running")


class Terrain:
    """How an objective is curved, for all who descend on it.

    Parameters
    ----------
    objective : Objective
    """

    def __init__(self, objective: Objective) -> None:
        self.objective = objective
        self._hessians: Hessians | None = None
        most = _MOST_EAGER if objective.reason else _MOST_COORDINATES
        self._has_hessians = objective.dimension <= most

    def slopes(self, position: npt.NDArray[Any] | None, update: npt.NDArray[Any] | None = None) -> Slopes | None:
        """Ask how it is curved at a position; None where that would take too long or has no answer."""
        if not self._has_hessians or position is None or not np.isfinite(position).all():
            return None
        try:
            self._hessians = self._hessians or Hessians(self.objective)
            hessian = self._hessians.at(position.tolist()).hessian
        except NoObjectiveError as error:
            _log.info("no curvature: %s", error)
            return None
        eigenvalues = np.linalg.eigvalsh(hessian)
        along = None
        if update is not None and (length := float(np.linalg.norm(update))):
            direction = update / length
            along = float(direction @ hessian @ direction)
        return Slopes(smallest=float(eigenvalues[0]), largest=float(eigenvalues[-1]), along=along)


class Judge:
    """Looks at one descent, batch by batch.

    While it goes on, its status is ``running``, with a sentence where there is something to say.

    Parameters
    ----------
    terrain : Terrain
        Of its objective.
    settings : DescentSettings
    """

    def __init__(self, terrain: Terrain, settings: DescentSettings) -> None:
        self._terrain = terrain
        self._settings = settings
        self._epsilon = float(np.finfo(terrain.objective.dtype.as_numpy_dtype).eps)
        self._tail: Seen | None = None
        self._start = 0.0
        self._spread = (np.inf, -np.inf)
        self._onset: npt.NDArray[Any] | None = None
        self._latest: Slopes | None = None
        self._quiet_until = 0.0

    def judge(self, batch: IterateBatch) -> tuple[IterateBatch, DescentStatus]:
        """Say how it stands after a batch; what comes after its end is left out of the batch.

        Returns
        -------
        batch : IterateBatch
        status : DescentStatus
        """
        seen = self._seen(batch)
        is_finite = bool(np.isfinite(seen.losses[-1]) and np.isfinite(seen.norms[-1]))
        known = batch.first - seen.first
        place = rules.first_still(seen, known)
        if place is not None:
            seen, count = _until(seen, place + 1), place + 1 - known
            if count < len(batch.losses.array):
                batch = cut_off(batch, count)
            return batch, rules.settled(seen, self._settings, self._terrain.slopes(seen.positions[-1]))
        self._note(seen, batch)
        if not is_finite:
            return batch, self._broken(seen)
        self._tail = _until(seen, len(seen.losses), keep=rules.WINDOW + 1)
        return batch, self._standing(self._tail, is_last=seen.last >= self._settings.iterations)

    def _seen(self, batch: IterateBatch) -> Seen:
        """Put a batch behind the iterates before it; positions are only there where all of them travel."""
        tail = self._tail
        parts = batch.norms.array.astype(np.float64)
        norms = np.sqrt(np.einsum("ij,ij->i", parts, parts))
        positions = batch.positions.array.astype(np.float64)
        if len(positions) != len(norms):
            positions = positions[-1:]
        if tail is None:
            self._start = float(batch.losses.array[0])
        elif len(positions) == len(norms) and len(tail.positions) == len(tail.losses):
            positions = np.concatenate([tail.positions, positions])
        return Seen(
            first=batch.first if tail is None else tail.first,
            losses=_behind(tail.losses if tail else None, batch.losses.array),
            norms=_behind(tail.norms if tail else None, norms),
            rates=_behind(tail.rates if tail else None, batch.rates.array),
            positions=positions,
            epsilon=self._epsilon,
            largest=tail.largest if tail else 0.0,
        )

    def _note(self, seen: Seen, batch: IterateBatch) -> None:
        """Keep how far apart losses lie, and where the loss began to rise."""
        losses = batch.losses.array[np.isfinite(batch.losses.array)].astype(np.float64)
        if len(losses):
            self._spread = min(self._spread[0], losses.min()), max(self._spread[1], losses.max())
        falls = np.flatnonzero(~(np.diff(seen.losses) > 0)) + 1
        place = int(falls[-1]) if len(falls) and np.isfinite(seen.losses[falls[-1]]) else 0
        if len(seen.positions) == len(seen.losses) and (self._onset is None or len(falls)):
            self._onset = seen.positions[place]

    def _broken(self, seen: Seen) -> DescentStatus:
        slopes = self._terrain.slopes(self._onset) if len(seen.losses) > 1 else None
        return rules.broken(seen, self._start, self._settings, self._terrain.objective.parameters, slopes)

    def _standing(self, seen: Seen, *, is_last: bool) -> DescentStatus:
        """Say how a descent stands that has come to no end of its own."""
        if is_last:
            self._latest = None
        found = self._found(seen)
        if is_last:
            return found or rules.exhausted(seen, self._start)
        return DescentStatus(kind="running", sentence=found.sentence) if found else _RUNNING

    def _found(self, seen: Seen) -> DescentStatus | None:
        has_positions = len(seen.positions) == len(seen.losses)
        if rules.grows(seen, self._start):
            return rules.diverged(seen, self._start, self._settings, self._slopes(self._onset))
        if rules.is_near_critical(seen):
            slopes = self._slopes(seen.positions[-1])
            if slopes is not None and rules.is_saddle(slopes):
                return rules.near_saddle(seen, slopes)
        if has_positions and rules.turns_back(seen):
            update = seen.positions[-1] - seen.positions[-2]
            return rules.oscillating(seen, self._start, self._settings, self._slopes(seen.positions[-1], update))
        if rules.is_slow(seen, self._spread[1] - self._spread[0]):
            return rules.slow(seen, self._settings, self._slopes(seen.positions[-1]))
        return None

    def _slopes(self, position: npt.NDArray[Any] | None, update: npt.NDArray[Any] | None = None) -> Slopes | None:
        """Ask for slopes by the way, so seldom that a tenth of the time at most goes into it."""
        latest = self._latest
        if latest is not None and time.monotonic() < self._quiet_until and (update is None or latest.along is not None):
            return latest
        started = time.monotonic()
        self._latest = self._terrain.slopes(position, update)
        now = time.monotonic()
        self._quiet_until = now + 10 * (now - started)
        return self._latest


def _behind(before: npt.NDArray[np.float64] | None, new: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    numbers = new.astype(np.float64)
    return numbers if before is None else np.concatenate([before, numbers])


def _until(seen: Seen, count: int, keep: int | None = None) -> Seen:
    """Keep the first iterates, or the last of them."""
    first = 0 if keep is None else max(0, count - keep)
    has_positions = len(seen.positions) == len(seen.losses)
    return Seen(
        first=seen.first + first,
        losses=seen.losses[first:count],
        norms=seen.norms[first:count],
        rates=seen.rates[first : max(count - 1, 0)],
        positions=seen.positions[first:count] if has_positions else seen.positions[-1:],
        epsilon=seen.epsilon,
        largest=max(seen.largest, _largest(seen.norms[:count])),
    )


def _largest(norms: Sequence[float] | npt.NDArray[Any]) -> float:
    finite = np.asarray(norms)[np.isfinite(norms)]
    return float(finite.max()) if len(finite) else 0.0
