"""What a lesson does in threads of its own is recorded, each with its own tapes, as plain TensorFlow keeps them."""

from __future__ import annotations

import builtins
import threading

import tensorflow as tf

from tapeviz.model.recording import Recording
from tests.engine.conftest import Record, array, results

POOL = """
from concurrent.futures import ThreadPoolExecutor
w = tf.Variable(3.0)
def slope(k):
    with tf.GradientTape() as tape:
        y = w ** 2 * tf.constant(float(k))
    return tape.gradient(y, w)
with ThreadPoolExecutor(max_workers=3) as pool:
    slopes = list(pool.map(slope, range(1, 9)))
print([float(s) for s in slopes])
"""


def types_in(recording: Recording, tape: int) -> list[str]:
    return [op.type for op in recording.ops if tape in op.recorded_by]


def test_tapes_in_a_pool_of_threads_give_the_numbers_of_plain_tensorflow(record: Record) -> None:
    recording = record(POOL)
    assert recording.output == f"{[6.0 * k for k in range(1, 9)]}\n"
    assert len(recording.tapes) == len(recording.gradient_calls) == 8
    assert all(call.checked for call in recording.gradient_calls)
    assert sorted(float(results(recording, call)[0]) for call in recording.gradient_calls) == [
        6.0 * k for k in range(1, 9)
    ]
    assert {tuple(sorted(types_in(recording, tape.id))) for tape in recording.tapes} == {
        ("Mul", "Pow", "ReadVariableOp")
    }
    assert all(tape.parent is None for tape in recording.tapes)
    names = {op.thread for op in recording.ops if op.recorded_by}
    assert names
    assert all(name.startswith("ThreadPoolExecutor") for name in names)


def test_a_tape_does_not_hear_of_another_thread(record: Record) -> None:
    text = (
        "import threading\n"
        "x = tf.Variable(2.0)\n"
        "made = {}\n"
        "def elsewhere():\n"
        "    made['z'] = x * 5.0\n"
        "with tf.GradientTape(persistent=True) as tape:\n"
        "    y = x * 3.0\n"
        "    thread = threading.Thread(target=elsewhere, name='helper')\n"
        "    thread.start()\n"
        "    thread.join()\n"
        "dy = tape.gradient(y, x)\n"
        "dz = tape.gradient(made['z'], x)\n"
    )
    recording = record(text)
    x = tf.Variable(2.0)
    made: dict[str, tf.Tensor] = {}
    with tf.GradientTape(persistent=True) as tape:
        y = x * 3.0
        thread = threading.Thread(target=lambda: made.update(z=x * 5.0))
        thread.start()
        thread.join()
    assert tape.gradient(made["z"], x) is None
    first, second = recording.gradient_calls
    assert results(recording, first) == [tape.gradient(y, x).numpy()]
    assert results(recording, second) == [None]
    (helped,) = [op for op in recording.ops if op.thread and op.type == "Mul"]
    assert (helped.thread, helped.line, helped.recorded_by) == ("helper", 6, ())


def test_a_gradient_asked_for_in_another_thread_is_followed(record: Record) -> None:
    recording = record(
        "import threading\n"
        "x = tf.Variable(2.0)\n"
        "with tf.GradientTape() as tape:\n"
        "    y = x ** 3\n"
        "found = []\n"
        "class Asker(threading.Thread):\n"
        "    def run(self):\n"
        "        found.append(tape.gradient(y, x))\n"
        "asker = Asker()\n"
        "asker.start()\n"
        "asker.join()\n"
        "print(float(found[0]), 'run' in vars(asker))\n"
    )
    (call,) = recording.gradient_calls
    assert call.checked
    assert results(recording, call) == [12.0]
    assert recording.output == "12.0 False\n"


def test_accumulators_belong_to_their_threads(record: Record) -> None:
    recording = record(
        "import threading\n"
        "x = tf.constant(2.0)\n"
        "found = {}\n"
        "def forward(k):\n"
        "    with tf.autodiff.ForwardAccumulator(x, tf.constant(float(k))) as acc:\n"
        "        y = x * x\n"
        "    found[k] = acc.jvp(y)\n"
        "threads = [threading.Thread(target=forward, args=(k,)) for k in (1, 2, 3)]\n"
        "for thread in threads: thread.start()\n"
        "for thread in threads: thread.join()\n"
        "print({k: float(v) for k, v in sorted(found.items())})\n"
    )
    assert recording.output == "{1: 4.0, 2: 8.0, 3: 12.0}\n"
    assert all(accumulator.checked for accumulator in recording.accumulators)
    assert all(accumulator.parent is None for accumulator in recording.accumulators)
    answers = [float(array(recording, a.answers[0].value)) for a in recording.accumulators]
    assert sorted(answers) == [4.0, 8.0, 12.0]


def test_a_thread_that_outlives_the_run_leaves_the_next_one_alone(record: Record) -> None:
    first = record(
        "import threading\n"
        "go = threading.Event()\n"
        "def later():\n"
        "    go.wait(30)\n"
        "    tf.constant(2.0) * 3.0\n"
        "thread = threading.Thread(target=later, daemon=True)\n"
        "thread.start()\n"
        "import builtins\n"
        "builtins._left_behind = go, thread\n"
    )

    go, thread = vars(builtins).pop("_left_behind")
    second = record("go_on = tf.constant(4.0) + 1.0\n")
    go.set()
    thread.join(30)
    assert not thread.is_alive()
    assert [op.type for op in first.ops] == []
    assert [op.type for op in second.ops] == ["AddV2"]
    assert threading.Thread.start.__module__ == "threading"


def test_a_jacobian_in_a_thread_has_rows(record: Record) -> None:
    recording = record(
        "from concurrent.futures import ThreadPoolExecutor\n"
        "x = tf.Variable([1.0, 2.0])\n"
        "def whole():\n"
        "    with tf.GradientTape() as tape:\n"
        "        y = x ** 2\n"
        "    return tape.jacobian(y, x)\n"
        "with ThreadPoolExecutor(1) as pool:\n"
        "    j = pool.submit(whole).result()\n"
    )
    (call,) = recording.gradient_calls
    assert call.checked
    assert len(call.rows) == 2
