"""What a landscape costs: 256 × 256 points of a lesson's objective, beside XLA as one would call it by hand.

``python benchmarks/landscape.py`` takes turns between both within one process, and prints medians.
"""

from __future__ import annotations

import functools
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from tapeviz.engine.basins import BasinSearch
from tapeviz.engine.curvature import Hessians
from tapeviz.engine.landscape import Relief
from tapeviz.engine.lesson_objective import objective_of
from tapeviz.engine.objective import Objective
from tapeviz.engine.runner import Engine
from tapeviz.model.descent import DescentSettings, OptimizerName
from tapeviz.model.landscape import Extent, Plane

SIDE = 256
TURNS = 40
BOUND = 2.0

XY = Plane(origin=(0.0, 0.0), directions=((1.0, 0.0), (0.0, 1.0)), titles=("x", "y"))
EXTENT = Extent(low=(-5.0, -5.0), high=(5.0, 5.0))

HIMMELBLAU = """
import tensorflow as tf
x, y = tf.Variable(1.0), tf.Variable(-1.0)
with tf.GradientTape() as tape:
    f = (x ** 2 + y - 11) ** 2 + (x + y ** 2 - 7) ** 2
tape.gradient(f, [x, y])
"""
ROSENBROCK = """
import tensorflow as tf
w = tf.Variable([-1.5, 2.0])
with tf.GradientTape() as tape:
    f = (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2
tape.gradient(f, w)
"""
LINE = """
import tensorflow as tf
x = tf.random.stateless_normal((100,), (1, 2))
y = 3 * x + 2 + 0.3 * tf.random.stateless_normal((100,), (3, 4))
w, b = tf.Variable(0.0), tf.Variable(0.0)
with tf.GradientTape() as tape:
    loss = tf.reduce_mean((w * x + b - y) ** 2)
tape.gradient(loss, [w, b])
"""


def himmelblau(p: Any) -> Any:
    """Compute it as one would write it for one point."""
    return (p[0] ** 2 + p[1] - 11) ** 2 + (p[0] + p[1] ** 2 - 7) ** 2


def rosenbrock(p: Any) -> Any:
    """Compute it as one would write it for one point."""
    return (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2


def line() -> Callable[[Any], Any]:
    """Write the loss of a line as one would for one point, with the lesson's data."""
    x = tf.random.stateless_normal((100,), (1, 2))
    y = 3 * x + 2 + 0.3 * tf.random.stateless_normal((100,), (3, 4))
    return lambda p: tf.reduce_mean((p[0] * x + p[1] - y) ** 2)


def by_hand(function: Callable[[Any], Any]) -> Callable[[], Any]:
    """Write what is compared with: one compiled ``vectorized_map`` over points that are there already."""
    axis = np.linspace(-5.0, 5.0, SIDE, dtype=np.float32)
    points = tf.constant(np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2))
    compiled = tf.function(lambda given: tf.vectorized_map(function, given), jit_compile=True)
    return lambda: compiled(points).numpy().reshape(SIDE, SIDE)


def by_tapeviz(objective: Objective) -> Callable[[], Any]:
    """Sketch the landscape as the window asks for it."""
    relief = Relief(objective)

    def sketched() -> Any:
        for landscape, _is_last in relief.landscapes(XY, EXTENT, SIDE):
            found = landscape
        return found.values.array

    return sketched


def seconds(run: Callable[[], Any]) -> float:
    """Measure one call."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def compared(title: str, objective: Objective, function: Callable[[Any], Any]) -> float:
    """Measure both ways in turn, print their medians, and return the ratio."""
    ours, theirs = by_tapeviz(objective), by_hand(function)
    first = seconds(ours)
    np.testing.assert_allclose(ours(), theirs(), rtol=1e-3, atol=1e-3)
    ours()  # from now on it comes at once
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(TURNS)]
    mine, hand = (float(statistics.median(column)) for column in zip(*pairs, strict=True))
    print(f"{title}: first {first:.2f} s, then {mine * 1e3:.2f} ms; by hand {hand * 1e3:.2f} ms: {mine / hand:.2f}×")
    return mine / hand


def main() -> int:
    """Measure, print, and say by the exit status whether the bound holds."""
    engine = Engine()
    lessons = [("Himmelblau", HIMMELBLAU, himmelblau), ("Rosenbrock", ROSENBROCK, rosenbrock), ("a line", LINE, line())]
    ratios = [compared(title, objective_of(engine.run("l.py", text), 0), f) for title, text, f in lessons]
    objective = objective_of(engine.run("l.py", HIMMELBLAU), 0)
    search = BasinSearch(objective, Hessians(objective))
    races: tuple[tuple[OptimizerName, float], ...] = (("sgd", 0.005), ("adam", 0.1))
    for optimizer, rate in races:
        settings = DescentSettings(optimizer=optimizer, learning_rate=rate, iterations=1000)
        run = functools.partial(search.coloured, XY, EXTENT, 200, settings)
        first, again = seconds(run), seconds(run)
        print(f"basins of 200 × 200 starts by {optimizer}, 1,000 iterations: first {first:.2f} s, then {again:.2f} s")
    print("within bounds" if max(ratios) <= BOUND else f"out of bounds: more than {BOUND}×")
    return 0 if max(ratios) <= BOUND else 1


if __name__ == "__main__":
    sys.exit(main())
