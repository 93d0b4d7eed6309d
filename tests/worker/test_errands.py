"""What is asked about a run after it, and while the next one goes on."""

from __future__ import annotations

import numpy as np

from tapeviz.model.descent import DescentSettings
from tapeviz.protocol.requests import (
    CompleteName,
    DeriveSymbolic,
    DescribeObjective,
    FetchTensor,
    OpenIterate,
    VerifyCall,
)
from tapeviz.protocol.responses import (
    CallVerified,
    IterateOpened,
    NamesCompleted,
    ObjectiveDescribed,
    SymbolicDerived,
    TensorFetched,
)
from tests.client.watcher import WatchedClient

LARGE = """\
import tensorflow as tf
x = tf.Variable(tf.reshape(tf.range(10_000.0), [100, 100]))
with tf.GradientTape() as tape:
    y = tf.sqrt(x + 1.0)
gradient = tape.gradient(y, x)
"""
CUBIC = """\
import tensorflow as tf
x, y = tf.Variable(2.0), tf.Variable(3.0)
with tf.GradientTape() as tape:
    f = x ** 2 + 3 * x * y + y ** 3
tape.gradient(f, [x, y])
"""


def fetch(watched: WatchedClient, generation: int, tensor: int) -> TensorFetched:
    since = len(watched.heard)
    watched.client.send(FetchTensor(generation=generation, tensor=tensor))
    return watched.wait_for(TensorFetched, lambda answer: answer.tensor == tensor, since)


def complete(watched: WatchedClient, request_id: int, prefix: str) -> tuple[str, ...]:
    watched.client.send(CompleteName(request_id=request_id, prefix=prefix))
    return watched.wait_for(NamesCompleted, lambda answer: answer.request_id == request_id).names


def test_a_value_that_travelled_summarised_is_fetched_whole(watched: WatchedClient) -> None:
    recorded = watched.run(LARGE)
    (source,) = recorded.recording.gradient_calls[0].sources
    assert source.value is not None
    value = recorded.recording.tensors[source.value].value
    assert value is not None
    assert not value.is_whole
    fetched = fetch(watched, recorded.generation, source.value)
    assert fetched.generation == recorded.generation
    assert fetched.value is not None
    expected = 0.5 / np.sqrt(np.arange(10_000, dtype=np.float64).reshape(100, 100) + 1.0)
    np.testing.assert_allclose(fetched.value.array, expected, rtol=1e-6)


def test_a_value_of_another_run_or_of_no_tensor_is_gone(watched: WatchedClient) -> None:
    older = watched.run(LARGE)
    newer = watched.run(LARGE)
    stale = fetch(watched, older.generation, 0)
    assert stale.generation == older.generation
    assert stale.value is None
    assert fetch(watched, newer.generation, 10_000).value is None


def test_names_are_completed_from_what_the_last_run_left(watched: WatchedClient) -> None:
    watched.run("import tensorflow as tf\nlearning_rate = 0.1\n")
    assert any("learning_rate" in name for name in complete(watched, 1, "learning_r"))
    assert any("layers" in name for name in complete(watched, 2, "tf.keras.lay"))
    assert complete(watched, 3, "nothing.of_the_kind") == ()


def test_a_completion_is_answered_while_a_lesson_runs(watched: WatchedClient) -> None:
    watched.run("learning_rate = 0.1\n")
    generation = watched.begin("import time\nprint('busy', flush=True)\ntime.sleep(3600)")
    watched.wait_for_print(generation, "busy")
    assert any("learning_rate" in name for name in complete(watched, 77, "learning_r"))
    since = len(watched.heard)
    watched.client.stop()
    watched.wait_for_event("interrupted", since)


def test_the_symbolic_twin_gives_the_numbers_of_calculus(watched: WatchedClient) -> None:
    recorded = watched.run(CUBIC)
    watched.client.send(DeriveSymbolic(generation=recorded.generation, call=0))
    answer = watched.wait_for(SymbolicDerived, lambda answer: answer.generation == recorded.generation)
    x, y = 2.0, 3.0
    assert [derivative and derivative.value for derivative in answer.derivatives] == [2 * x + 3 * y, 3 * x + 3 * y**2]


def verified(watched: WatchedClient, generation: int, call: int = 0) -> CallVerified:
    since = len(watched.heard)
    watched.client.send(VerifyCall(generation=generation, call=call))
    return watched.wait_for(CallVerified, lambda answer: answer.generation == generation, since)


def test_a_call_is_verified_when_it_is_asked_for(watched: WatchedClient) -> None:
    recorded = watched.run(CUBIC)
    verification = verified(watched, recorded.generation).verification
    assert verification is not None
    assert verification.verdict == "agrees"
    x, y = 2.0, 3.0
    centrals = [check.central or 0.0 for check in verification.checks]
    np.testing.assert_allclose(centrals, [2 * x + 3 * y, 3 * x + 3 * y**2], rtol=1e-9)


def test_a_call_of_an_older_run_is_not_verified(watched: WatchedClient) -> None:
    older = watched.run(CUBIC)
    watched.run(CUBIC)
    assert verified(watched, older.generation).verification is None


def test_verifying_gives_way_to_the_next_run(watched: WatchedClient) -> None:
    recorded = watched.run(CUBIC)
    since = len(watched.heard)
    generation = watched.begin("import time\nprint('busy', flush=True)\ntime.sleep(3600)")
    watched.wait_for_print(generation, "busy")
    watched.client.send(VerifyCall(generation=recorded.generation, call=0))
    answer = watched.wait_for(CallVerified, lambda answer: answer.generation == recorded.generation, since)
    assert answer.verification is None
    since = len(watched.heard)
    watched.client.stop()
    watched.wait_for_event("interrupted", since)


def test_an_errand_that_fails_is_answered_and_the_clerk_goes_on(watched: WatchedClient) -> None:
    recorded = watched.run(CUBIC)
    since = len(watched.heard)
    watched.client.send(DeriveSymbolic(generation=recorded.generation, call=99))
    assert watched.wait_for(SymbolicDerived, lambda answer: answer.call == 99, since).derivatives == ()
    assert fetch(watched, recorded.generation, 0).value is not None


def test_an_override_that_cannot_be_is_a_sentence(watched: WatchedClient) -> None:
    recording = watched.run(CUBIC, overrides={"z": "1"}).recording
    assert recording.ended_by == "error"
    assert "no variable 'z'" in recording.errors[0].message


def describe(watched: WatchedClient, generation: int, call: int) -> ObjectiveDescribed:
    since = len(watched.heard)
    watched.client.send(DescribeObjective(generation=generation, call=call))
    return watched.wait_for(ObjectiveDescribed, lambda answer: answer.generation == generation, since)


def test_the_function_that_a_call_differentiates_is_described(watched: WatchedClient) -> None:
    recorded = watched.run(CUBIC)
    described = describe(watched, recorded.generation, 0)
    assert described.problem == ""
    assert described.objective is not None
    assert described.objective.title == "f"
    assert described.objective.value == 2**2 + 3 * 2 * 3 + 3**3
    starts = {parameter.name: float(parameter.start.array) for parameter in described.objective.parameters}
    assert starts == {"x": 2.0, "y": 3.0}


def test_what_is_no_objective_comes_with_a_sentence_and_the_worker_lives(watched: WatchedClient) -> None:
    recorded = watched.run(CUBIC.replace("f = x ** 2", "f = tf.constant([1.0, 2.0]) * x ** 2"))
    described = describe(watched, recorded.generation, 0)
    assert described.objective is None
    assert "shape (2,)" in described.problem
    older = recorded.generation
    newer = watched.run(CUBIC)
    assert "ran anew" in describe(watched, older, 0).problem
    assert describe(watched, newer.generation, 0).objective is not None


def test_a_large_start_travels_summarised(watched: WatchedClient) -> None:
    recorded = watched.run(LARGE.replace("y = tf.sqrt(x + 1.0)", "y = tf.reduce_sum(tf.sqrt(x + 1.0))"))
    described = describe(watched, recorded.generation, 0)
    assert described.objective is not None
    (parameter,) = described.objective.parameters
    assert parameter.shape == (100, 100)
    assert not parameter.start.is_whole


def open_iterate(watched: WatchedClient, generation: int, position: tuple[float, ...]) -> IterateOpened:
    since = len(watched.heard)
    request = OpenIterate(
        generation=generation, call=0, look=0, iterate=3, position=position, settings=DescentSettings()
    )
    watched.client.send(request)
    return watched.wait_for(IterateOpened, lambda answer: answer.generation == generation, since)


def test_an_iterate_is_opened_as_a_recording_and_the_lesson_stays_as_it_was(watched: WatchedClient) -> None:
    recorded = watched.run(CUBIC)
    opened = open_iterate(watched, recorded.generation, (1.0, -1.0))
    assert opened.problem == ""
    assert opened.recording is not None
    (call,) = opened.recording.gradient_calls
    values = [opened.recording.tensors[source.value or 0].value for source in call.sources]
    # of x² + 3xy + y³: 2x + 3y and 3x + 3y²
    assert [float(value.array) for value in values if value is not None] == [-1.0, 6.0]
    assert opened.recording.source == recorded.recording.source
    assert describe(watched, recorded.generation, 0).objective is not None
    again = open_iterate(watched, recorded.generation, (2.0, 3.0)).recording
    assert again is not None
    assert [op.type for op in again.ops] == [op.type for op in opened.recording.ops]


def test_an_iterate_that_cannot_be_opened_comes_with_a_sentence(watched: WatchedClient) -> None:
    recorded = watched.run(CUBIC)
    opened = open_iterate(watched, recorded.generation, (1.0, 2.0, 3.0))
    assert opened.recording is None
    assert "2 coordinates" in opened.problem
    watched.run(CUBIC)
    assert "ran anew" in open_iterate(watched, recorded.generation, (1.0, 2.0)).problem


def test_a_run_ends_an_iterate_that_does_not_come_to_its_end(watched: WatchedClient) -> None:
    endless = CUBIC.replace("f = x ** 2", "_ = [None for _ in iter(lambda: x.numpy() < 0, False)]\n    f = x ** 2")
    recorded = watched.run(endless)
    since = len(watched.heard)
    request = OpenIterate(
        generation=recorded.generation, call=0, look=0, iterate=1, position=(-1.0, 1.0), settings=DescentSettings()
    )
    watched.client.send(request)
    describe(watched, recorded.generation, 7)
    newer = watched.run(CUBIC)
    left = watched.wait_for(IterateOpened, lambda answer: answer.generation == recorded.generation, since)
    assert left.recording is None
    assert "left" in left.problem
    assert newer.recording.ended_by == "finished"
