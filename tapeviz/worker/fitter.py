"""What the models in the last run's objectives predict, in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from tapeviz.protocol.requests import DescribeFit, EvaluateFit
from tapeviz.protocol.responses import FitDescribed, FitEvaluated
from tapeviz.worker.desk import Desk
from tapeviz.worker.streams import Channel

if TYPE_CHECKING:
    from tapeviz.engine.fitting import Prediction
    from tapeviz.engine.objective import Objective
    from tapeviz.engine.runner import RunResult


class Fitter(Desk[DescribeFit | EvaluateFit]):
    """Describes and evaluates fits.

    Parameters
    ----------
    channel : Channel
    find : callable
        Gives the objective of a gradient call: ``find(generation, call)``.
    """

    def __init__(self, channel: Channel, find: Callable[[int, int], Objective]) -> None:
        super().__init__(channel, "tapeviz-fitter", (DescribeFit, EvaluateFit))
        self._find = find
        self._last: tuple[int, RunResult] | None = None
        self._made: dict[tuple[int, int], Prediction | None] = {}

    def keep(self, generation: int, result: RunResult) -> None:
        """Answer about this run from now on."""
        self._last = generation, result

    def answers(
        self, request: DescribeFit | EvaluateFit, _is_wanted: Callable[[], bool]
    ) -> Iterator[FitDescribed | FitEvaluated]:
        """Describe a fit, or evaluate it."""
        found = self._prediction(request.generation, request.call)
        if isinstance(request, DescribeFit):
            facts = found.facts if found is not None else None
            yield FitDescribed(generation=request.generation, call=request.call, facts=facts)
        elif found is None:
            yield self.nothing(request, "")
        else:
            fit = replace(found.at(request.positions.array), lines=request.lines)
            yield FitEvaluated(generation=request.generation, call=request.call, fit=fit)

    def nothing(self, request: DescribeFit | EvaluateFit, problem: str) -> FitDescribed | FitEvaluated:
        """Say that there is no fit; where parameters are such that the model raises, only that."""
        if isinstance(request, DescribeFit):
            return FitDescribed(generation=request.generation, call=request.call, facts=None, problem=problem)
        return FitEvaluated(generation=request.generation, call=request.call, fit=None)

    def _prediction(self, generation: int, call: int) -> Prediction | None:
        """Find the model of a call, once for each run.

        Raises
        ------
        ValueError
            Where the lesson names a fit that is none.
        """
        from tapeviz.engine.fitting import prediction_of
        from tapeviz.engine.objective import NoObjectiveError

        last = self._last
        if last is None or last[0] != generation:
            return None
        key = generation, call
        if key not in self._made:
            self._made = {known: made for known, made in self._made.items() if known[0] == generation}
            try:
                self._made[key] = prediction_of(last[1], call, self._find(generation, call))
            except NoObjectiveError:  # told where the objective is described
                self._made[key] = None
        return self._made[key]
