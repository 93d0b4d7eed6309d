"""Landscapes, basins, curvature and critical points of the last run's objectives, in a thread of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, assert_never

import numpy as np

from tapeviz.model.landscape import Basins, Landscape, Plane
from tapeviz.model.tensor import TensorValue, whole_value
from tapeviz.protocol.requests import ColourBasins, ExamineCurvature, FindCriticalPoints, SketchLandscape
from tapeviz.protocol.responses import (
    BasinsColoured,
    CriticalPointsFound,
    CurvatureExamined,
    LandscapeSketched,
)
from tapeviz.worker.desk import Desk
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


class Surveyor(Desk[Survey]):
    """Surveys objectives.

    Parameters
    ----------
    channel : Channel
    find : callable
        Gives the objective of a gradient call: ``find(generation, call)``.
    """

    def __init__(self, channel: Channel, find: Callable[[int, int], Objective]) -> None:
        super().__init__(channel, "tapeviz-surveyor", _TURN)
        self._find = find
        self._instruments: _Instruments | None = None

    def answers(self, survey: Survey, is_wanted: Callable[[], bool]) -> Iterator[Findings]:
        """Survey; a landscape comes coarse first."""
        objective = self._find(survey.generation, survey.call)
        if self._instruments is None or self._instruments.objective is not objective:
            self._instruments = _Instruments(objective)
        instruments = self._instruments
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

    def nothing(self, survey: Survey, problem: str) -> Findings:
        """Find nothing."""
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


def _nowhere(plane: Plane, number: float) -> TensorValue:
    """The smallest grid there is, with nothing found."""
    return whole_value(np.full((2,) * len(plane.directions), number))
