"""Runs leave no trace: in TensorFlow, in Python, in the next run; and an interrupt loses nothing."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.eager import backprop, context, imperative_grad
from tensorflow.python.eager import record as tape_record
from tensorflow.python.framework import ops

from tapeviz.engine import recorder
from tapeviz.engine.runner import Engine
from tests.engine.conftest import Record, Run, array, results

INTERRUPT = "import signal\nsignal.raise_signal(signal.SIGINT)\n"


def hooks() -> list[Any]:
    return [
        *(vars(backprop.GradientTape)[name] for name in ("gradient", "_push_tape", "_pop_tape", "watch", "reset")),
        imperative_grad.imperative_grad,
        tape_record.record_operation,
        vars(ops._EagerTensorBase)["numpy"],
        list(context.context().op_callbacks),
    ]


@pytest.mark.parametrize("ending", ["", "1 / 0\n", "raise SystemExit\n", INTERRUPT, "x = (\n"])
def test_a_run_leaves_tensorflow_and_python_as_they_were(ending: str, run: Run) -> None:
    before = hooks()
    surroundings = sys.modules["__main__"], sys.argv, list(sys.path), sys.stdout
    run("x = tf.Variable(2.0)\ntape = tf.GradientTape()\ntape.__enter__()\ny = x * x\n" + ending)
    assert hooks() == before
    assert (sys.modules["__main__"], sys.argv, sys.path, sys.stdout) == surroundings
    v = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = v * v
    assert tape.gradient(y, v).numpy() == 6.0


def test_an_interrupt_keeps_what_was_recorded(run: Run) -> None:
    recording = run(
        "x = tf.Variable(2.0)\n"
        "for step in range(1000):\n"
        "    with tf.GradientTape() as tape:\n"
        "        y = x * x\n"
        "    g = tape.gradient(y, x)\n"
        "    if step == 3:\n"
        "        import signal\n"
        "        signal.raise_signal(signal.SIGINT)\n"
    ).recording
    assert recording.ended_by == "interrupted"
    assert not recording.errors
    assert len(recording.gradient_calls) == 4 and all(call.checked for call in recording.gradient_calls)


@pytest.mark.parametrize(
    "loses_it",
    [
        "class Finalised:\n    def __del__(self):\n        signal.raise_signal(signal.SIGINT)\nFinalised()\n",
        "import weakref\n"
        "class Told(set):\n    def discard(self, item):\n        signal.raise_signal(signal.SIGINT)\n"
        "class Kept:\n    pass\n"
        "kept, seen = Kept(), weakref.WeakSet()\nseen.data = Told()\nseen.add(kept)\ndel kept\n",
        "import weakref\n"
        "class Kept:\n    pass\n"
        "kept = Kept()\nweakref.finalize(kept, signal.raise_signal, signal.SIGINT)\ndel kept\n",
    ],
    ids=["finaliser", "weak set", "finalize"],
)
def test_an_interrupt_where_python_loses_it_is_heeded_when_it_comes_again(run: Run, loses_it: str) -> None:
    recording = run(f"import signal\n{loses_it}signal.raise_signal(signal.SIGINT)\nx = tf.Variable(2.0)\n").recording
    assert recording.ended_by == "interrupted"
    assert not recording.errors


def test_an_interrupt_in_the_middle_of_a_gradient_call(run: Run) -> None:
    recording = run(
        "import signal\n"
        "@tf.custom_gradient\n"
        "def stops(x):\n"
        "    def grad(upstream):\n"
        "        signal.raise_signal(signal.SIGINT)\n"
        "        return upstream\n"
        "    return x * 1.0, grad\n"
        "x = tf.Variable(2.0)\n"
        "with tf.GradientTape() as tape:\n"
        "    y = tf.exp(stops(x)) * 2.0\n"
        "g = tape.gradient(y, x)\n"
    ).recording
    assert recording.ended_by == "interrupted"
    assert recording.gradient_calls == ()
    assert [tensor.name for tensor in recording.tensors if tensor.name == "y"] == ["y"]


def test_every_run_has_a_namespace_of_its_own(engine: Engine) -> None:
    engine.run("first.py", "left = 1\nimport tensorflow as tf\nprint(__name__, __file__)")
    result = engine.run("second.py", "print(__name__, __file__, 'left' in globals(), 'tf' in globals())")
    assert result.recording.output == "__main__ second.py False False\n"
    assert "left" not in result.namespace


def test_a_seeded_lesson_gives_the_numbers_of_plain_tensorflow(record: Record) -> None:
    text = (
        "a = tf.random.normal((3,))\n"
        "b = tf.random.uniform((2,))\n"
        "w = tf.keras.layers.Dense(2)\n"
        "c = w(tf.ones((1, 2)))\n"
    )
    recording = record(text, seed=7)
    again = record(text, seed=7)
    tf.keras.utils.set_random_seed(7)
    namespace: dict[str, Any] = {"tf": tf}
    exec(text, namespace)
    for name in ("a", "b", "c"):
        for one in (recording, again):
            (tensor,) = [tensor for tensor in one.tensors if tensor.name == name]
            np.testing.assert_array_equal(array(one, tensor.id), namespace[name].numpy())


def test_the_lesson_sees_the_tape_it_knows(record: Record) -> None:
    recording = record(
        "import inspect\n"
        "tape = tf.GradientTape(persistent=True)\n"
        "print(type(tape) is tf.GradientTape, isinstance(tape, tf.GradientTape), vars(tape))\n"
        "print(inspect.signature(tf.GradientTape.gradient), tf.GradientTape.gradient.__name__)\n"
        "x = tf.Variable(2.0)\n"
        "with tape as entered:\n"
        "    y = x * x\n"
        "print(entered is tape, type(tape.gradient(y, [x])), type(tape.gradient(y, (x,))))\n"
        "print(tape.watched_variables()[0] is x)\n"
        "for bad in (lambda: tape.gradient(), lambda: tape.gradient(y, x, unconnected_gradients='maybe')):\n"
        "    try:\n"
        "        bad()\n"
        "    except Exception as error:\n"
        "        print(type(error).__name__, error)\n"
    )
    first, second, third, watched, fourth, fifth = recording.output.splitlines()
    assert first.startswith("True True {'_tape': None, '_persistent': True,")
    assert first.count(":") == 5, "no attribute is added"
    assert second.startswith("(self, target, sources, output_gradients=None") and second.endswith(" gradient")
    assert (third, watched) == ("True <class 'list'> <class 'tuple'>", "True")
    assert fourth.startswith("TypeError") and "missing 2 required positional arguments" in fourth
    assert fifth == "ValueError Unknown value for unconnected_gradients: 'maybe'"


def test_autograph_and_dataclasses_find_the_lesson_they_stand_in(record: Record) -> None:
    recording = record(
        "import dataclasses, inspect\n"
        "@dataclasses.dataclass\n"
        "class Point:\n"
        "    x: 'float' = 1.0\n"
        "@tf.function\n"
        "def collatz(n):\n"
        "    count = 0\n"
        "    while n > 1:\n"
        "        n = n // 2 if n % 2 == 0 else 3 * n + 1\n"
        "        count += 1\n"
        "    return count\n"
        "print(Point(), collatz(tf.constant(6)).numpy(), inspect.getsource(collatz.python_function).count('\\n'))\n"
    )
    assert recording.output == "Point(x=1.0) 8 7\n"


def test_functions_that_run_eagerly_are_opened(record: Record) -> None:
    recording = record(
        "tf.config.run_functions_eagerly(True)\n"
        "@tf.function\n"
        "def f(x):\n"
        "    return tf.sin(x)\n"
        "x = tf.Variable(1.0)\n"
        "with tf.GradientTape() as tape:\n"
        "    y = f(x)\n"
        "g = tape.gradient(y, x)\n"
        "tf.config.run_functions_eagerly(False)\n"
    )
    assert "Sin" in {op.type for op in recording.ops if op.recorded_by}
    assert results(recording, recording.gradient_calls[0]) == [pytest.approx(np.cos(1.0))]


def test_an_endless_lesson_is_not_kept_whole_and_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "MAX_OPS", 50)
    recording = run(
        "x = tf.Variable(2.0)\n"
        "for _ in range(100):\n"
        "    with tf.GradientTape() as tape:\n"
        "        y = x * x\n"
        "    g = tape.gradient(y, x)\n"
        "print('done')\n"
    ).recording
    assert len(recording.ops) == 50
    (error,) = recording.errors
    assert error.type == "RecordingLimit" and "50 ops" in error.message
    assert recording.output == "done\n"
    assert recording.gradient_calls and all(call.checked for call in recording.gradient_calls)


def test_the_callers_own_output_is_asked_for(run: Run) -> None:
    assert run("print('shown')\n", output_of_run=lambda: "kept elsewhere").recording.output == "kept elsewhere"


def test_a_heavy_lesson_lets_large_values_go_and_stays_right(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "w = tf.Variable(tf.ones((80, 80)) * 0.01)\n"
        "table = tf.Variable(tf.ones((100, 60)))\n"
        "for _ in range(12):\n"
        "    with tf.GradientTape(persistent=True) as tape:\n"
        "        hidden = tf.tanh(w @ w) + w\n"
        "        loss = tf.reduce_sum(hidden ** 2) + tf.reduce_sum(tf.gather(table, [1, 1]))\n"
        "    gradient, rows = tape.gradient(loss, [w, table])\n"
        "    again = tape.gradient(hidden, w)\n"
        "    w.assign_sub(0.01 * gradient)\n"
        "print(float(tf.reduce_sum(w)))\n"
    )
    whole = run(text)
    monkeypatch.setattr(recorder, "MAX_BYTES", 500_000)
    light = run(text)
    assert len(light.arrays) < len(whole.arrays) / 2
    assert light.recording.output == whole.recording.output
    assert light.recording.tensors == whole.recording.tensors
    assert light.recording.gradient_calls == whole.recording.gradient_calls
    assert all(call.checked for call in light.recording.gradient_calls)


def test_a_run_begins_as_in_a_fresh_process(record: Record) -> None:
    record("import random\nimport numpy as np\nrandom.seed(1)\nnp.random.seed(1)\ntf.random.set_seed(1)\n")
    text = "import random\nimport numpy as np\nprint(random.random(), np.random.rand(), float(tf.random.uniform(())))\n"
    drawn = [record(text).output.split() for _ in range(2)]
    assert all(first != second for first, second in zip(*drawn, strict=True))
    layer = "tf.config.run_functions_eagerly(True)\nprint(tf.keras.layers.Dense(1).name)\n"
    assert [record(layer).output for _ in range(2)] == ["dense\n", "dense\n"]
    assert record("print(tf.config.functions_run_eagerly())\n").output == "False\n"


def test_tapes_that_are_left_recording_do_not_record_the_next_lesson(record: Record) -> None:
    record("tape = tf.GradientTape()\ntape.__enter__()\ntf.GradientTape(persistent=True).__enter__()\n")
    assert tape_record.could_possibly_record() is False
    assert all(op.recorded_by == () for op in record("x = tf.Variable(2.0)\ny = x * x\n").ops)


def test_a_variable_of_unknown_shape(record: Record) -> None:
    recording = record("v = tf.Variable([1.0, 2.0], shape=tf.TensorShape(None))\nv.assign([[3.0]])\ny = v * 2.0\n")
    (variable,) = [tensor for tensor in recording.tensors if tensor.role == "variable"]
    assert (variable.name, variable.shape) == ("v", (2,))
    assert recording.assignments[0].value.shape == (1, 1)


def test_a_failed_check_of_the_lesson_is_a_clear_error(run: Run) -> None:
    text = "x = tf.constant([1.0, -2.0])\ntf.debugging.assert_positive(x, message='x must be positive')"
    (error,) = run(text).recording.errors
    assert error.line == 3
    assert error.message.startswith("x must be positive")
    assert error.hint is not None
    assert "a check that the lesson makes itself" in error.hint
