"""How a descent stands, read off its iterates as they come."""

from __future__ import annotations

import numpy as np

from tapeviz.engine.objective import Objective
from tapeviz.model.descent import DescentSettings, DescentStatus, IterateBatch


class Judge:
    """Looks at one descent, batch by batch.

    Parameters
    ----------
    objective : Objective
    settings : DescentSettings
    """

    def __init__(self, objective: Objective, settings: DescentSettings) -> None:
        self._objective = objective
        self._settings = settings

    def judge(self, batch: IterateBatch) -> tuple[IterateBatch, DescentStatus]:
        """Say how it stands after a batch; what comes after its end is left out of the batch."""
        losses, norms = batch.losses.array, batch.norms.array
        last = batch.first + len(losses) - 1
        if not (np.isfinite(losses[-1]) and np.isfinite(norms[-1]).all()):
            return batch, DescentStatus(kind="nan", sentence=f"NaN at iterate {last}.")
        if last >= self._settings.iterations:
            return batch, DescentStatus(kind="exhausted", sentence=f"All {last} iterations are used up.")
        return batch, DescentStatus(kind="running")
