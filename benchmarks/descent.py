"""How fast a descent delivers its iterates, against loops that a lesson would write.

``python benchmarks/descent.py [ITERATIONS]`` descends on Rosenbrock's function through the real worker, until every
iterate (position, loss, gradient) stands in the arrays that the plot is drawn from, and compares the medians with an
eager loop and with a hand-written single ``tf.function`` loop that keeps nothing but the positions. The ways take
turns. Then six optimizers race over 10,000 iterations each. The exit status says whether the bounds hold.
"""

from __future__ import annotations

import os
import queue
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import tensorflow as tf

from tapeviz.client import EngineClient
from tapeviz.model.descent import DescentSettings, OptimizerName, Trajectory
from tapeviz.model.trajectory import begun, grown
from tapeviz.protocol.requests import RunLesson, StartRace
from tapeviz.protocol.responses import IteratesComputed, LessonRecorded, RaceEnded, Response

ROUNDS = 7
EAGER_ITERATIONS = 500
RATE = 1e-5
RACE_ITERATIONS = 10_000
RACERS: tuple[OptimizerName, ...] = ("sgd", "momentum", "nesterov", "rmsprop", "adagrad", "adam")
BOUNDS = {("sgd", "eager"): 50.0, ("sgd", "graph"): 0.8, ("adam", "eager"): 25.0, ("adam", "graph"): 0.4}
LESSON = """
import tensorflow as tf
x, y = tf.Variable(-1.2), tf.Variable(1.0)
with tf.GradientTape() as tape:
    f = (1 - x) ** 2 + 100 * (y - x**2) ** 2
tape.gradient(f, [x, y])
"""


class Course:
    """A worker that has run the lesson, and races on its objective."""

    def __init__(self) -> None:
        self._answers: queue.SimpleQueue[Response] = queue.SimpleQueue()
        self._client = EngineClient(self._answers.put, print, has_standby=False)
        self._race = 0

    def __enter__(self) -> Course:
        self._client.__enter__()
        self._client.send(RunLesson(generation=1, name="lesson.py", text=LESSON))
        while not isinstance(self._answers.get(), LessonRecorded):
            pass
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def race(self, *racers: DescentSettings) -> tuple[list[Trajectory], float]:
        """Race to the end; return what came of each racer, and after how many seconds its first update was there."""
        self._race += 1
        paths = [begun(settings, 2) for settings in racers]
        started, first = time.perf_counter(), 0.0
        self._client.send(StartRace(generation=1, call=0, race=self._race, racers=racers))
        while not isinstance(answer := self._answers.get(), RaceEnded):
            if isinstance(answer, IteratesComputed):
                paths[answer.racer] = grown(paths[answer.racer], answer.batch, answer.status)
                if not first and paths[answer.racer].count > 1:
                    first = time.perf_counter() - started
        assert not answer.problem, answer.problem
        return paths, first

    def descend(self, optimizer: OptimizerName, iterations: int) -> None:
        """Run one racer alone and make sure that every iterate came."""
        settings = DescentSettings(optimizer=optimizer, learning_rate=RATE, iterations=iterations)
        (path,), _ = self.race(settings)
        assert path.count == len(path.positions) == iterations + 1, path.status


def eager_loop() -> None:
    """Go down as a lesson does: a tape and two updates in each iteration."""
    x, y = tf.Variable(-1.2), tf.Variable(1.0)
    for _ in range(EAGER_ITERATIONS):
        with tf.GradientTape() as tape:
            f = (1 - x) ** 2 + 100 * (y - x**2) ** 2
        df_dx, df_dy = tape.gradient(f, [x, y])
        x.assign_sub(RATE * df_dx)
        y.assign_sub(RATE * df_dy)


def graph_loop(*, is_fused: bool) -> Callable[[int], None]:
    """Make the loop that a careful hand would write: one ``tf.function`` that keeps nothing but the positions."""

    def go(x: Any, y: Any, iterations: int) -> Any:
        positions = tf.TensorArray(tf.float32, iterations, element_shape=(2,))
        for k in tf.range(iterations):
            with tf.GradientTape() as tape:
                tape.watch([x, y])
                f = (1 - x) ** 2 + 100 * (y - x**2) ** 2
            df_dx, df_dy = tape.gradient(f, [x, y])
            positions = positions.write(k, tf.stack([x, y]))
            x, y = x - RATE * df_dx, y - RATE * df_dy
        return positions.stack()

    compiled = tf.function(go, jit_compile=is_fused)
    return lambda iterations: compiled(tf.constant(-1.2), tf.constant(1.0), iterations).numpy()


def rates(ways: Mapping[str, tuple[Callable[[], None], int]]) -> dict[str, float]:
    """Measure how many iterations a second each way makes, in turn, once each is compiled."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(ROUNDS + 1):
        for name, (work, _) in ways.items():
            started = time.perf_counter()
            work()
            if turn:
                seconds[name].append(time.perf_counter() - started)
    return {name: ways[name][1] / statistics.median(spent) for name, spent in seconds.items()}


def main(iterations: int) -> int:
    """Measure, print, and say by the exit status whether the bounds hold."""
    with Course() as course:
        _, first = course.race(DescentSettings(learning_rate=RATE, iterations=100))
        print(f"the first update of a race that has to be compiled is there after {first * 1e3:.0f} ms")
        graph, fused = graph_loop(is_fused=False), graph_loop(is_fused=True)
        found = rates(
            {
                "eager": (eager_loop, EAGER_ITERATIONS),
                "graph": (lambda: graph(iterations), iterations),
                "fused": (lambda: fused(iterations), iterations),
                "sgd": (lambda: course.descend("sgd", iterations), iterations),
                "adam": (lambda: course.descend("adam", iterations), iterations),
            }
        )
        race = tuple(DescentSettings(optimizer=name, learning_rate=RATE, iterations=RACE_ITERATIONS) for name in RACERS)
        spent = []
        for _ in range(ROUNDS + 1):
            started = time.perf_counter()
            paths, _ = course.race(*race)
            spent.append(time.perf_counter() - started)
            assert all(path.count == RACE_ITERATIONS + 1 for path in paths)
    print(f"{iterations:,} iterations, medians of {ROUNDS}, iterations per second:")
    for name, rate in found.items():
        print(f"  {name:5}  {rate:12,.0f}")
    print(f"six racers, {RACE_ITERATIONS:,} iterations each: {spent[0] * 1e3:.0f} ms with compiling, then", end=" ")
    print(f"{statistics.median(spent[1:]) * 1e3:.0f} ms")
    is_broken = False
    for (ours, other), bound in BOUNDS.items():
        ratio = found[ours] / found[other]
        is_broken |= ratio < bound
        print(f"{ours} against {other}: {ratio:.1f} (at least {bound})")
    return 1 if is_broken else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
