"""What the models in the last run's objectives predict, in a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from tapeviz.protocol.messages import DescribeFit, EvaluateFit, FitDescribed, FitEvaluated
from tapeviz.worker.streams import Channel

if TYPE_CHECKING:
    from tapeviz.engine.fitting import Prediction
    from tapeviz.engine.objective import Objective
    from tapeviz.engine.runner import RunResult

_log = logging.getLogger(__name__)


class Fitter:
    """Describes and evaluates fits, of each kind of question the newest only.

    Parameters
    ----------
    channel : Channel
    find : callable
        Gives the objective of a gradient call: ``find(generation, call)``.
    """

    def __init__(self, channel: Channel, find: Callable[[int, int], Objective]) -> None:
        self._channel = channel
        self._find = find
        self._changed = threading.Condition()
        self._description: DescribeFit | None = None
        self._evaluation: EvaluateFit | None = None
        self._last: tuple[int, RunResult] | None = None
        self._made: dict[tuple[int, int], Prediction | None] = {}

    def start(self) -> None:
        """Begin to answer; what was asked before waits until now, because it needs the engine."""
        threading.Thread(target=self._work, name="tapeviz-fitter", daemon=True).start()

    def keep(self, generation: int, result: RunResult) -> None:
        """Answer about this run from now on."""
        with self._changed:
            self._last = generation, result

    def take(self, request: DescribeFit | EvaluateFit) -> None:
        """Have a question answered; an older one of its kind that waits is given up."""
        with self._changed:
            if isinstance(request, DescribeFit):
                self._description = request
            else:
                self._evaluation = request
            self._changed.notify()

    def _next(self) -> DescribeFit | EvaluateFit:
        with self._changed:
            while True:
                if self._description is not None:
                    described, self._description = self._description, None
                    return described
                if self._evaluation is not None:
                    evaluated, self._evaluation = self._evaluation, None
                    return evaluated
                self._changed.wait()

    def _work(self) -> None:
        while True:
            request = self._next()
            if isinstance(request, DescribeFit):
                self._channel.send(self._described(request))
            else:
                self._channel.send(self._evaluated(request))

    def _described(self, request: DescribeFit) -> FitDescribed:
        problem = ""
        found = None
        try:
            found = self._prediction(request.generation, request.call)
        except ValueError as error:  # the engine's word on a fit that the lesson names and that is none
            problem = str(error)
        except Exception as error:
            _log.exception("tapeviz could not answer %s", request)
            problem = f"tapeviz failed to look for data ({type(error).__name__}: {error}). Please report it."
        facts = found.facts if found is not None else None
        return FitDescribed(generation=request.generation, call=request.call, facts=facts, problem=problem)

    def _evaluated(self, request: EvaluateFit) -> FitEvaluated:
        fit = None
        try:
            found = self._prediction(request.generation, request.call)
            fit = replace(found.at(request.positions.array), lines=request.lines) if found is not None else None
        except Exception:  # the model is the lesson's own code, and may raise anything at other parameters
            _log.exception("tapeviz could not evaluate the fit of call %s", request.call)
        return FitEvaluated(generation=request.generation, call=request.call, fit=fit)

    def _prediction(self, generation: int, call: int) -> Prediction | None:
        """Find the model of a call, once for each run.

        Raises
        ------
        ValueError
            Where the lesson names a fit that is none.
        """
        from tapeviz.engine.fitting import prediction_of
        from tapeviz.engine.objective import NoObjectiveError

        with self._changed:
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
