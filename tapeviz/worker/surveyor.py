"""Landscapes, basins, curvature and critical points of the last run's objectives, in a thread of their own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, assert_never

import numpy as np

from tapeviz.model.landscape import Basins, Landscape, Plane
from tapeviz.model.tensor import TensorValue, whole_value
from tapeviz.protocol.messages import (
    BasinsColoured,
    ColourBasins,
    CriticalPointsFound,
    CurvatureExamined,
    ExamineCurvature,
    FindCriticalPoints,
    LandscapeSketched,
    SketchLandscape,
)
from tapeviz.worker.streams import Channel

if TYPE_CHECKING:
    from tapeviz.engine.basins import BasinSearch
    from tapeviz.engine.critical_points import CriticalPoints
    from tapeviz.engine.curvature import Hessians
    from tapeviz.engine.landscape import Relief
    from tapeviz.engine.objective import Objective

Survey = SketchLandscape | ExamineCurvature | FindCriticalPoints | ColourBasins
Findings = LandscapeSketched | CurvatureExamined | CriticalPointsFound | BasinsColoured

_TURN: tuple[type[Survey], ...] = (SketchLandscape, ExamineCurvature, FindCriticalPoints, ColourBasins)
"""What comes before what: the picture first, and last what takes longest."""

_log = logging.getLogger(__name__)


class Surveyor:
    """Answers one survey at a time, of each kind the newest only.

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
        self._newest = -1
        self._waiting: dict[type[Survey], Survey] = {}
        self._instruments: _Instruments | None = None

    def start(self) -> None:
        """Begin to answer; what was asked before waits until now, because it needs the engine."""
        threading.Thread(target=self._work, name="tapeviz-surveyor", daemon=True).start()

    def take(self, survey: Survey) -> None:
        """Have `survey` answered; an older one of its kind is given up."""
        with self._changed:
            self._waiting[type(survey)] = survey
            self._changed.notify()

    def give_way(self, generation: int) -> None:
        """Leave off: a run is asked for, and comes first."""
        with self._changed:
            self._newest = generation
            self._waiting = {kind: each for kind, each in self._waiting.items() if each.generation >= generation}

    def _work(self) -> None:
        from tapeviz.engine.replay import GivenUpError

        while True:
            survey = self._next()
            try:
                for findings in self._answers(survey):
                    self._channel.send(findings)
            except GivenUpError:
                self._put_back(survey)
            except ValueError as error:  # the engine's word on what cannot be found
                self._channel.send(_nothing(survey, str(error)))
            except Exception as error:
                _log.exception("tapeviz could not answer %s", survey)
                what = f"{type(error).__name__}: {error}"
                self._channel.send(_nothing(survey, f"tapeviz failed to compute this ({what}). Please report it."))

    def _next(self) -> Survey:
        with self._changed:
            while not self._waiting:
                self._changed.wait()
            return self._waiting.pop(next(kind for kind in _TURN if kind in self._waiting))

    def _put_back(self, survey: Survey) -> None:
        """Have a survey that another one came before answered later, where it is still wanted."""
        with self._changed:
            if survey.generation >= self._newest:
                self._waiting.setdefault(type(survey), survey)

    def _is_first(self, survey: Survey) -> bool:
        if self._newest > survey.generation:
            return False
        return not any(kind in self._waiting for kind in _TURN[: _TURN.index(type(survey)) + 1])

    def _answers(self, survey: Survey) -> Iterator[Findings]:
        objective = self._find(survey.generation, survey.call)
        if self._instruments is None or self._instruments.objective is not objective:
            self._instruments = _Instruments(objective)
        instruments = self._instruments

        def is_wanted() -> bool:
            return self._is_first(survey)

        match survey:
            case SketchLandscape():
                sketched = instruments.relief.landscapes(
                    survey.plane,
                    survey.extent,
                    survey.resolution,
                    with_gradients=survey.with_gradients,
                    is_wanted=is_wanted,
                )
                for landscape, is_last in sketched:
                    yield LandscapeSketched(
                        generation=survey.generation, sketch=survey.sketch, landscape=landscape, is_last=is_last
                    )
            case ExamineCurvature():
                from tapeviz.engine.curvature import curvature_of

                curvature = curvature_of(survey.position, instruments.hessians.at(survey.position, is_wanted))
                yield CurvatureExamined(
                    generation=survey.generation, call=survey.call, position=survey.position, curvature=curvature
                )
            case FindCriticalPoints():
                points = instruments.critical_points.within(survey.plane, survey.extent, is_wanted)
                yield CriticalPointsFound(generation=survey.generation, call=survey.call, points=points)
            case ColourBasins():
                basins = instruments.basins.coloured(
                    survey.plane, survey.extent, survey.resolution, survey.settings, is_wanted
                )
                yield BasinsColoured(generation=survey.generation, sketch=survey.sketch, basins=basins)
            case _:
                assert_never(survey)


class _Instruments:
    """What surveys an objective, with what was compiled for it."""

    def __init__(self, objective: Objective) -> None:
        self.objective = objective

    @cached_property
    def relief(self) -> Relief:
        """For landscapes."""
        from tapeviz.engine.landscape import Relief

        return Relief(self.objective)

    @cached_property
    def hessians(self) -> Hessians:
        """For curvature."""
        from tapeviz.engine.curvature import Hessians

        return Hessians(self.objective)

    @cached_property
    def critical_points(self) -> CriticalPoints:
        """For critical points."""
        from tapeviz.engine.critical_points import CriticalPoints

        return CriticalPoints(self.objective)

    @cached_property
    def basins(self) -> BasinSearch:
        """For basins."""
        from tapeviz.engine.basins import BasinSearch

        return BasinSearch(self.objective, self.hessians)


def _nothing(survey: Survey, problem: str) -> Findings:
    match survey:
        case SketchLandscape():
            landscape = Landscape(
                plane=survey.plane, extent=survey.extent, values=_nowhere(survey.plane, np.nan), problem=problem
            )
            return LandscapeSketched(
                generation=survey.generation, sketch=survey.sketch, landscape=landscape, is_last=True
            )
        case ExamineCurvature():
            return CurvatureExamined(
                generation=survey.generation,
                call=survey.call,
                position=survey.position,
                curvature=None,
                problem=problem,
            )
        case FindCriticalPoints():
            return CriticalPointsFound(generation=survey.generation, call=survey.call, points=(), problem=problem)
        case ColourBasins():
            basins = Basins(
                plane=survey.plane,
                extent=survey.extent,
                ends=_nowhere(survey.plane, -1),
                minima=(),
                losses=(),
                problem=problem,
            )
            return BasinsColoured(generation=survey.generation, sketch=survey.sketch, basins=basins)
        case _:
            assert_never(survey)


def _nowhere(plane: Plane, number: float) -> TensorValue:
    """The smallest grid there is, with nothing found."""
    return whole_value(np.full((2,) * len(plane.directions), number))
