"""Descents on lessons that were run, one worker for all: sentences, starts, limits."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import numpy as np
import pytest

from tapeviz.client import LessonRunner
from tapeviz.client.descents import Raced, TookTooLongError, descend_on_call, picture_of
from tapeviz.model.descent import DescentSettings, ObjectiveFacts
from tapeviz.model.descent_start import Nested
from tapeviz.model.recording import Recording
from tapeviz.protocol.requests import RunLesson
from tapeviz.storage.library import find_lesson

HEAD = "import time\nimport tensorflow as tf\nx = tf.Variable(1.0)\n"
TWO_CALLS = f"""{HEAD}w = tf.Variable([[1.0, -2.0]])
with tf.GradientTape() as tape:
    loss = x**2 + tf.reduce_sum(w**4)
tape.gradient(loss, [x, w])
with tf.GradientTape() as tape:
    other = tf.cosh(x)
tape.gradient(other, x)
"""


def block(line: str) -> str:
    return f"{HEAD}with tf.GradientTape() as tape:\n    {line}\ntape.gradient(y, x)\n"


class Bench:
    """Runs lessons in one worker and descends on them."""

    def __init__(self, runner: LessonRunner) -> None:
        self.runner = runner
        self._generations = count(1)
        self.generation = 0

    def record(self, text: str) -> Recording:
        self.generation = next(self._generations)
        return self.runner.run(RunLesson(generation=self.generation, name="lesson.py", text=text))

    def descend(
        self,
        text: str,
        *,
        call: int = 0,
        start: dict[str, Nested] | None = None,
        timeout: float | None = None,
        settings: DescentSettings | None = None,
    ) -> tuple[ObjectiveFacts, Raced]:
        recording = self.record(text)
        wanted = settings or DescentSettings(iterations=20)
        return descend_on_call(self.runner, recording, self.generation, call, wanted, start or {}, timeout=timeout)


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with LessonRunner() as runner:
        yield Bench(runner)


REFUSED: dict[str, tuple[str, dict[str, Nested], int, str]] = {
    "no scalar": (block("y = x * [1.0, 2.0]"), {}, 0, "so it is no single number to make small"),
    "no gradient": (block("y = tf.constant(3.0)"), {}, 0, "Every gradient of this call is None"),
    "no call": ("x = 1\n", {}, 0, "It asks no tape for a gradient"),
    "no such call": (block("y = x * x"), {}, 3, "no gradient call 3: it makes only one gradient call, number 0"),
    "no such call of two": (TWO_CALLS, {}, 2, "no gradient call 2: it makes gradient calls 0 to 1"),
    "an unknown start": (block("y = x * x"), {"z": 1.0}, 0, "no `z` to start at: the objective depends on `x`"),
    "a start of another shape": (block("y = x * x"), {"x": (1.0, 2.0)}, 0, "`x` is a single number"),
}


@pytest.mark.parametrize(("text", "start", "call", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_descended_on_is_said_in_a_sentence(
    bench: Bench, text: str, start: dict[str, Nested], call: int, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        bench.descend(text, call=call, start=start)


def test_a_start_outside_the_domain_and_batches_without_data_are_refused(bench: Bench) -> None:
    lesson = find_lesson("rosenbrock")
    assert lesson is not None
    with pytest.raises(ValueError, match="The start 7 of `x` is outside its domain, from -2 to 2"):
        bench.descend(lesson.text, start={"x": 7.0})
    with pytest.raises(ValueError, match="There is no data in f"):
        bench.descend(lesson.text, settings=DescentSettings(batch_size=3))


def test_another_call_is_another_objective(bench: Bench) -> None:
    facts, raced = bench.descend(TWO_CALLS, call=1)
    assert [parameter.name for parameter in facts.parameters] == ["x"]
    (trajectory,) = raced.trajectories
    assert trajectory.count == 21
    np.testing.assert_allclose(trajectory.losses, np.cosh(trajectory.positions[:, 0]), rtol=1e-6)


def test_a_descent_that_takes_too_long_is_stopped_and_kept(bench: Bench) -> None:
    slow = block("time.sleep(0.01); y = float(x) * x * x")
    settings = DescentSettings(iterations=100_000, learning_rate=1e-4)
    _, raced = bench.descend(slow, settings=settings, timeout=2.0)
    (trajectory,) = raced.trajectories
    assert raced.cut_short == "timeout"
    assert 1 < trajectory.count < 100_000
    assert bench.record(block("y = x * x")).ended_by == "finished"


def test_an_objective_without_end_is_given_up_and_holds_up_no_lesson() -> None:
    """The lesson itself goes through the block once; whoever computes it again waits for ever."""
    text = block("y = x * x; runs.append(0); [time.sleep(3600) for _ in runs[1:]]").replace(HEAD, f"{HEAD}runs = []\n")
    with LessonRunner() as runner:
        bench = Bench(runner)
        with pytest.raises(TookTooLongError, match="stopped by its time limit before the first iterate"):
            bench.descend(text, timeout=1.0)
        assert bench.record(block("y = x * x")).ended_by == "finished"


def test_a_picture_has_the_landscape_around_the_trajectory(bench: Bench) -> None:
    facts, raced = bench.descend(TWO_CALLS, start={"w": ((0.5, 1.0),)})
    (trajectory,) = raced.trajectories
    picture = picture_of(bench.runner, bench.generation, 0, facts, [trajectory], is_log_level=True)
    assert picture.choice.kind == "principal"
    assert picture.landscape is not None
    values = picture.landscape.values.array
    assert values.shape == (256, 256)
    assert np.isfinite(values).all()
    assert values.min() <= trajectory.losses.min() * 1.05
