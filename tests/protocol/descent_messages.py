"""One of each message about a descent."""

from __future__ import annotations

import numpy as np

from tapeviz.model.descent import (
    Clipping,
    DescentSettings,
    DescentStatus,
    IterateBatch,
    ObjectiveFacts,
    Parameter,
    Schedule,
)
from tapeviz.model.fit import Fit, FitFacts, FitLine
from tapeviz.model.iterate_story import OpenedIterate
from tapeviz.model.landscape import Basins, Curvature, Extent, Landscape, Plane
from tapeviz.model.own_trajectory import LiveIterates
from tapeviz.model.tensor import value_of_array
from tapeviz.protocol.requests import (
    ColourBasins,
    DescribeFit,
    DescribeObjective,
    EvaluateFit,
    ExamineCurvature,
    ExplainIterate,
    FindCriticalPoints,
    OpenIterate,
    Request,
    SketchLandscape,
    StartRace,
    SteerRace,
    StopRace,
)
from tapeviz.protocol.responses import (
    BasinsColoured,
    CriticalPointsFound,
    CurvatureExamined,
    FitDescribed,
    FitEvaluated,
    IterateExplained,
    IterateOpened,
    IteratesComputed,
    LandscapeSketched,
    ObjectiveDescribed,
    OwnIterates,
    RaceEnded,
    Response,
)
from tests.model.builder import quadratic_in_two_variables

PLANE = Plane(origin=(0.0, 0.0), directions=((1.0, 0.0), (0.0, 1.0)), titles=("x", "y"))
EXTENT = Extent(low=(-2.0, -1.0), high=(2.0, 3.0))
SETTINGS = DescentSettings(
    optimizer="adam",
    learning_rate=0.5,
    start=(1.0, 2.0),
    iterations=20,
    hyperparameters={"beta_1": 0.8},
    schedule=Schedule(kind="piecewise", numbers={"boundaries": (5.0,), "values": (0.1, 0.01)}),
    clipping=Clipping(kind="norm", limit=1.0),
    batch_size=8,
    noise=0.1,
    seed=4,
)
CURVATURE = Curvature(
    position=(1.0, 1.0),
    eigenvalues=(0.4, 1001.6),
    eigenvectors=((0.4, 0.9), (-0.9, 0.4)),
    gradient_norm=0.0,
    condition=2508.0,
    largest_stable_rate=0.002,
    kind="minimum",
)
LINES = (FitLine(look=0, iterate=3, is_current=False), FitLine(look=None, iterate=7, is_current=True))
GRID = value_of_array(np.array([[0.0, 1.0], [np.nan, 3.0]]))

DESCENT_REQUESTS: tuple[Request, ...] = (
    DescribeObjective(generation=7, call=0),
    StartRace(generation=7, call=0, race=3, racers=(SETTINGS, DescentSettings()), until=10, pace=30.0),
    SteerRace(race=3, until=None, pace=None, rates=(0.2, None)),
    StopRace(race=3),
    ExplainIterate(generation=7, call=0, race=3, look=1, settings=SETTINGS, iterate=4, steered=((2, 0.25), (3, 0.125))),
    SketchLandscape(generation=7, call=0, sketch=2, plane=PLANE, extent=EXTENT, resolution=256, with_gradients=True),
    ColourBasins(generation=7, call=0, sketch=2, plane=PLANE, extent=EXTENT, resolution=200, settings=SETTINGS),
    ExamineCurvature(generation=7, call=0, position=(1.0, 1.0)),
    FindCriticalPoints(generation=7, call=0, plane=PLANE, extent=EXTENT),
    DescribeFit(generation=7, call=0),
    EvaluateFit(generation=7, call=0, positions=GRID, lines=LINES),
    OpenIterate(generation=7, call=0, look=2, iterate=37, position=(1.0, 1.5), settings=SETTINGS),
)
DESCENT_RESPONSES: tuple[Response, ...] = (
    ObjectiveDescribed(
        generation=7,
        call=0,
        objective=ObjectiveFacts(
            title="loss",
            parameters=(Parameter(name="w", shape=(2,), dtype="float32", start=GRID, domain=(-1.0, 1.0)),),
            value=2.5,
            reason="it prints",
            examples=100,
        ),
        problem="",
    ),
    IteratesComputed(
        race=3,
        racer=1,
        batch=IterateBatch(first=10, losses=GRID, norms=GRID, rates=GRID, kept=GRID, positions=GRID, gradients=GRID),
        status=DescentStatus(kind="diverged", sentence="too fast"),
    ),
    OwnIterates(
        generation=7,
        iterates=LiveIterates(
            loop=2,
            title="loss",
            line=None,
            parameters=(Parameter(name="w", shape=(2,), dtype="float32", start=GRID),),
            batch=IterateBatch(first=0, losses=GRID, norms=GRID, rates=GRID, kept=GRID, positions=GRID, gradients=GRID),
        ),
    ),
    RaceEnded(race=3, problem="it was ended"),
    IterateExplained(race=3, look=1, iterate=4, opened=None, problem="it ended before"),
    IterateExplained(
        race=3,
        look=1,
        iterate=4,
        opened=OpenedIterate(
            settings=SETTINGS,
            iterate=4,
            position=GRID,
            following=GRID,
            loss=1.5,
            numbers={"rate": 0.5, "beta_1": 0.8},
            before={"m": GRID, "θ": GRID},
            results=(GRID, GRID),
            title="loss",
            parameters=("w", "b"),
            defect="",
        ),
    ),
    LandscapeSketched(
        generation=7,
        sketch=2,
        landscape=Landscape(plane=PLANE, extent=EXTENT, values=GRID, gradients=GRID, problem="it raised"),
        is_last=True,
    ),
    BasinsColoured(
        generation=7,
        sketch=2,
        basins=Basins(plane=PLANE, extent=EXTENT, ends=GRID, minima=((3.0, 2.0),), losses=(0.0,)),
    ),
    CurvatureExamined(generation=7, call=0, position=(1.0, 1.0), curvature=CURVATURE),
    CriticalPointsFound(generation=7, call=0, points=(CURVATURE,), problem=""),
    FitDescribed(
        generation=7,
        call=0,
        facts=FitFacts(
            kind="classes",
            x=GRID,
            y=GRID,
            x_title="x",
            y_title="y",
            title="model(x)",
            low=(0.0, 0.0),
            high=(1.0, 1.0),
            examples=2,
            classes=(0.0, 1.0),
            threshold=0.5,
        ),
    ),
    FitEvaluated(generation=7, call=0, fit=Fit(positions=GRID, at_grid=GRID, at_data=GRID, lines=LINES)),
    IterateOpened(generation=7, call=0, look=2, iterate=37, recording=quadratic_in_two_variables()),
)
