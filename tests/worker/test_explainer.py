"""One iteration of a lesson's descent opened by the real worker."""

from __future__ import annotations

import numpy as np

from tapeviz.model.descent import DescentSettings
from tapeviz.model.iterate_story import story_of
from tapeviz.protocol.requests import ExplainIterate
from tapeviz.protocol.responses import IterateExplained
from tests.client.watcher import WatchedClient

RAVINE = """\
import tensorflow as tf
x, y = tf.Variable(-5.0), tf.Variable(-2.0)
with tf.GradientTape() as tape:
    f = x**2 + 2 * y**2
tape.gradient(f, [x, y])
"""


def test_iterations_are_opened_and_what_cannot_be_is_said(watched: WatchedClient) -> None:
    run = watched.run(RAVINE)

    def explain(settings: DescentSettings, iterate: int) -> IterateExplained:
        since = len(watched.heard)
        watched.client.send(
            ExplainIterate(
                generation=run.generation, call=0, race=4, look=2, settings=settings, iterate=iterate, steered=()
            )
        )
        return watched.wait_for(IterateExplained, since=since)

    answer = explain(DescentSettings(optimizer="adam", learning_rate=0.1), 0)
    assert (answer.race, answer.look, answer.iterate, answer.problem) == (4, 2, 0, "")
    assert answer.opened is not None and answer.opened.defect == ""
    np.testing.assert_allclose(answer.opened.following.array, [-4.9, -1.9], rtol=1e-5)
    told = {step.title: step.caption for step in story_of(answer.opened)}
    assert told["Gradient"] == "g = ∇f(x, y) = (−10, −8), where f = 33"
    assert told["First moment"] == "m = 0.9 m + 0.1 g = 0.9 × (0, 0) + 0.1 × (−10, −8) = (−1, −0.8)"

    fast = explain(DescentSettings(optimizer="sgd", learning_rate=1e30, iterations=9), 5)
    assert fast.opened is None
    assert fast.problem.startswith("This descent ended at iterate ")


def test_a_lesson_that_ran_anew_is_told(watched: WatchedClient) -> None:
    run = watched.run(RAVINE)
    settings = DescentSettings()
    request = ExplainIterate(generation=run.generation + 9, call=0, race=1, look=0, settings=settings, iterate=0)
    since = len(watched.heard)
    watched.client.send(request)
    assert "ran anew" in watched.wait_for(IterateExplained, since=since).problem
