"""Landscapes, curvature and critical points of a lesson that ran, through the real worker."""

from __future__ import annotations

import numpy as np
import pytest

from tapeviz.model.descent import DescentSettings
from tapeviz.model.landscape import Basins, Extent, Plane
from tapeviz.protocol.requests import ColourBasins, ExamineCurvature, FindCriticalPoints, SketchLandscape
from tapeviz.protocol.responses import (
    BasinsColoured,
    CriticalPointsFound,
    CurvatureExamined,
    LandscapeSketched,
    LessonRecorded,
    OutputPrinted,
)
from tests.client.watcher import WatchedClient

HIMMELBLAU = """\
import tensorflow as tf
x, y = tf.Variable(1.0), tf.Variable(-1.0)
with tf.GradientTape() as tape:
    f = (x ** 2 + y - 11) ** 2 + (x + y ** 2 - 7) ** 2
tape.gradient(f, [x, y])
"""
ASSERTING = """\
import tensorflow as tf
x = tf.Variable(1.0)
with tf.GradientTape() as tape:
    tf.debugging.assert_positive(x, "x has to be positive")
    f = tf.math.log(x)
tape.gradient(f, x)
"""
VECTOR = """\
import tensorflow as tf
x = tf.Variable([1.0, 2.0])
with tf.GradientTape() as tape:
    f = x ** 2
tape.gradient(f, x)
"""
SLOW = """\
import tensorflow as tf
import time
x, y = tf.Variable(1.0), tf.Variable(-1.0)
with tf.GradientTape() as tape:
    time.sleep(0.005)
    f = x * float(y.numpy()) + y
tape.gradient(f, [x, y])
"""
XY = Plane(origin=(0.0, 0.0), directions=((1.0, 0.0), (0.0, 1.0)), titles=("x", "y"))
LINE = Plane(origin=(0.0,), directions=((1.0,),), titles=("x",))
WIDE = Extent(low=(-6.0, -6.0), high=(6.0, 6.0))


def sketch(
    watched: WatchedClient, run: LessonRecorded, number: int, plane: Plane, extent: Extent, resolution: int
) -> LandscapeSketched:
    since = len(watched.heard)
    watched.client.send(
        SketchLandscape(
            generation=run.generation,
            call=0,
            sketch=number,
            plane=plane,
            extent=extent,
            resolution=resolution,
            with_gradients=True,
        )
    )
    return watched.wait_for(LandscapeSketched, lambda answer: answer.sketch == number and answer.is_last, since)


def coloured(watched: WatchedClient, run: LessonRecorded, settings: DescentSettings) -> Basins:
    since = len(watched.heard)
    watched.client.send(
        ColourBasins(
            generation=run.generation, call=0, sketch=1, plane=XY, extent=WIDE, resolution=200, settings=settings
        )
    )
    return watched.wait_for(BasinsColoured, since=since).basins


def test_a_lessons_function_is_sketched_examined_and_searched(watched: WatchedClient) -> None:
    run = watched.run(HIMMELBLAU)
    landscape = sketch(watched, run, 1, XY, WIDE, 128).landscape
    x, y = np.meshgrid(np.linspace(-6, 6, 128), np.linspace(-6, 6, 128))
    expected = (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2
    np.testing.assert_allclose(landscape.values.array, expected, rtol=1e-4, atol=5e-3)
    assert landscape.gradients is not None
    sizes = [each.landscape.values.shape[0] for each in watched.heard if isinstance(each, LandscapeSketched)]
    assert sizes[-3:] == [32, 96, 128]

    watched.client.send(ExamineCurvature(generation=run.generation, call=0, position=(3.0, 2.0)))
    found = watched.wait_for(CurvatureExamined, lambda answer: answer.generation == run.generation).curvature
    assert found is not None
    assert found.kind == "minimum"
    np.testing.assert_allclose(found.eigenvalues, np.linalg.eigvalsh([[74, 20], [20, 34]]), rtol=1e-5)

    watched.client.send(FindCriticalPoints(generation=run.generation, call=0, plane=XY, extent=WIDE))
    points = watched.wait_for(CriticalPointsFound, lambda answer: answer.generation == run.generation).points
    assert [point.kind for point in points] == ["minimum"] * 4 + ["saddle"] * 4 + ["maximum"]

    settings = DescentSettings(learning_rate=0.005, iterations=500)
    basins = coloured(watched, run, settings)
    assert set(np.unique(basins.ends.array)) == {0, 1, 2, 3}
    np.testing.assert_allclose(sorted(basins.minima), sorted(point.position for point in points[:4]), atol=1e-4)
    assert "learning rate" in coloured(watched, run, DescentSettings(learning_rate=-1.0)).problem


def test_where_a_lesson_raises_there_is_no_value(watched: WatchedClient) -> None:
    run = watched.run(ASSERTING)
    half = sketch(watched, run, 2, LINE, Extent(low=(-2.0,), high=(2.0,)), 64).landscape
    assert np.array_equal(np.isnan(half.values.array), np.linspace(-2, 2, 64) <= 0)
    assert half.problem == ""
    nothing = sketch(watched, run, 3, LINE, Extent(low=(-2.0,), high=(-1.0,)), 64).landscape
    assert "x has to be positive" in nothing.problem


def test_a_call_without_an_objective_is_answered_by_a_sentence(watched: WatchedClient) -> None:
    run = watched.run(VECTOR)
    answer = sketch(watched, run, 4, XY, WIDE, 64)
    assert "tf.reduce_sum" in answer.landscape.problem
    watched.client.send(ExamineCurvature(generation=run.generation, call=0, position=(3.0, 2.0)))
    examined = watched.wait_for(CurvatureExamined, lambda answer: answer.generation == run.generation)
    assert (examined.curvature, examined.problem) == (None, answer.landscape.problem)
    watched.client.send(FindCriticalPoints(generation=run.generation, call=0, plane=XY, extent=WIDE))
    found = watched.wait_for(CriticalPointsFound, lambda answer: answer.generation == run.generation)
    assert (found.points, found.problem) == ((), answer.landscape.problem)


@pytest.mark.parametrize("position", [(1.0,), (1.0, 2.0, 3.0)])
def test_a_question_that_makes_no_sense_leaves_the_worker_alive(
    watched: WatchedClient, position: tuple[float, ...]
) -> None:
    run = watched.run(HIMMELBLAU)
    watched.client.send(ExamineCurvature(generation=run.generation, call=0, position=position))
    answer = watched.wait_for(CurvatureExamined, lambda answer: answer.generation == run.generation)
    assert answer.curvature is None
    assert answer.problem == f"A position has 2 coordinates here, not {len(position)}."
    assert sketch(watched, run, 5, XY, WIDE, 16).landscape.problem == ""


def test_a_newer_sketch_ends_an_older_one_and_a_run_ends_both(watched: WatchedClient) -> None:
    run = watched.run(SLOW)
    for number, extent in ((10, WIDE), (11, WIDE)):
        watched.client.send(
            SketchLandscape(generation=run.generation, call=0, sketch=number, plane=XY, extent=extent, resolution=256)
        )
    small = sketch(watched, run, 12, XY, WIDE, 8)
    assert small.landscape.values.shape == (8, 8)
    watched.client.send(
        SketchLandscape(generation=run.generation, call=0, sketch=13, plane=XY, extent=WIDE, resolution=256)
    )
    later = watched.run(HIMMELBLAU)
    assert sketch(watched, later, 14, XY, WIDE, 16).landscape.problem == ""
    finished = {each.sketch for each in watched.heard if isinstance(each, LandscapeSketched) and each.is_last}
    assert {10, 11, 13}.isdisjoint(finished)


def test_nothing_of_all_this_is_printed(watched: WatchedClient) -> None:
    since = len(watched.heard)
    for number in range(20, 32):
        run = watched.run(HIMMELBLAU)
        sketch(watched, run, number, XY, WIDE, 40)
    coloured(watched, run, DescentSettings(learning_rate=0.005, iterations=100))
    watched.run("print('the end')")
    printed = [each.text for each in watched.heard[since:] if isinstance(each, OutputPrinted)]
    assert "".join(printed) == "the end\n"
