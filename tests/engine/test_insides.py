"""Compiled functions open into what they did: real values, held against plain TensorFlow, and nothing done twice."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tapeviz.model.recording import Inside, Recording
from tests.engine.conftest import Record, array, results


def inside(recording: Recording, title: str) -> Inside:
    """The first thing of this title, however deep it lies, that opens."""
    return next(each for each in everything(recording) if each.title == title and each.recording is not None)


def opened(recording: Recording, title: str) -> Recording:
    within = inside(recording, title).recording
    assert within is not None
    return within


def everything(recording: Recording) -> Iterator[Inside]:
    for each in recording.insides:
        yield each
        if each.recording is not None:
            yield from everything(each.recording)


def types(recording: Recording) -> list[str]:
    """The types of the forward ops, without what hands values on."""
    return [op.type for op in recording.ops if op.made_by is None and op.type not in ("Identity", "ReadVariableOp")]


def plain(text: str, *names: str) -> list[Any]:
    """What names of a lesson hold after it ran in plain TensorFlow, functions run op by op."""
    space: dict[str, Any] = {"tf": tf}
    tf.config.run_functions_eagerly(True)
    try:
        exec(textwrap.dedent(text), space)
    finally:
        tf.config.run_functions_eagerly(False)
    return [space[name] for name in names]


def assert_checked(recording: Recording) -> None:
    for each in everything(recording):
        if each.recording is not None:
            assert [call.defect for call in each.recording.gradient_calls] == [None] * len(each.calls)
            assert all(call.checked for call in each.recording.gradient_calls)


SQUARES = """
x = tf.Variable([1.0, 2.0, 3.0])

@tf.function
def square_sum(v):
    squares = v * v
    return tf.reduce_sum(squares)

with tf.GradientTape() as tape:
    y = 2.0 * square_sum(x)
gradient = tape.gradient(y, x)
"""


def test_a_function_opens_into_its_ops_with_their_values_lines_and_names(record: Record) -> None:
    recording = record(SQUARES)
    (found,) = recording.insides
    assert (found.kind, found.title, found.calls) == ("function", "square_sum", (0,))
    within = opened(recording, "square_sum")
    product = next(op for op in within.ops if op.type == "Mul")
    assert types(within) == ["Mul", "Sum"]
    assert product.line == 7
    assert within.tensors[product.outputs[0]].name == "squares"
    np.testing.assert_array_equal(array(within, product.outputs[0]), [1.0, 4.0, 9.0])


def test_its_backward_pass_begins_with_what_came_in_and_ends_with_what_went_out(record: Record) -> None:
    recording = record(SQUARES)
    within = opened(recording, "square_sum")
    (call,) = within.gradient_calls
    assert array(within, call.seed[0]) == 2.0
    np.testing.assert_array_equal(results(within, call)[0], [4.0, 8.0, 12.0])
    np.testing.assert_array_equal(results(within, call)[0], plain(SQUARES, "gradient")[0])
    assert_checked(recording)


CONTROL = """
w = tf.Variable(1.5)

@tf.function
def inner(a):
    return a * a + tf.sin(a)

@tf.function
def f(x, n):
    z = x * w
    for k in tf.range(n):
        z = z * w + 1.0
    if tf.reduce_sum(z) > 3.0:
        z = inner(z) * 2.0
    else:
        z = z - 1.0
    return tf.sin(z)

x = tf.constant([0.1, 0.2])
with tf.GradientTape() as tape:
    tape.watch(x)
    y = f(x, tf.constant(3))
dx, dw = tape.gradient(y, [x, w], tf.constant([1.0, 3.0]))
"""


def test_loops_branches_and_inner_functions_open_in_turn(record: Record) -> None:
    recording = record(CONTROL)
    titles = [each.title for each in everything(recording)]
    assert titles == ["f", "while · 3 turns", "turn 1", "turn 2", "turn 3", "if: True", "inner"]
    assert types(opened(recording, "turn 2"))[:2] == ["Mul", "AddV2"]
    assert types(opened(recording, "inner")) == ["Mul", "Sin", "AddV2"]
    f = opened(recording, "f")
    dx, dw, y = plain(CONTROL, "dx", "dw", "y")
    np.testing.assert_allclose(results(f, f.gradient_calls[0])[0], dx, rtol=1e-5)
    np.testing.assert_allclose(results(f, f.gradient_calls[0])[1], dw, rtol=1e-5)
    np.testing.assert_allclose(array(f, f.gradient_calls[0].target[0]), y, rtol=1e-5)
    assert_checked(recording)


def test_each_turn_of_a_loop_hands_on_what_the_next_one_takes(record: Record) -> None:
    loop = opened(record(CONTROL), "while · 3 turns")
    turns = [op for op in loop.ops if op.type == "Turn"]
    assert len(turns) == 3
    for before, after in itertools.pairwise(turns):
        assert set(before.outputs) & set(after.inputs)
    z, expected = np.array([0.1, 0.2], np.float32) * np.float32(1.5), []
    for _ in range(3):
        z = z * np.float32(1.5) + 1
        expected.append(z)
    found = [next(array(loop, tensor) for tensor in turn.outputs if loop.tensors[tensor].name == "z") for turn in turns]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


ASSIGNING = """
w = tf.Variable(2.0)
count = tf.Variable(0)

@tf.function
def f(x):
    before = x * w
    w.assign_add(1.0)
    count.assign_add(1)
    tf.print("once")
    return before + x * w

with tf.GradientTape(persistent=True) as tape:
    x = tf.constant(3.0)
    tape.watch(x)
    y = f(x)
first = tape.gradient(y, [x, w])
second = tape.gradient(y, [x, w], tf.constant(10.0))
held = w.numpy(), count.numpy()
"""


def test_nothing_is_done_twice_and_variables_are_as_they_were(
    record: Record, capfd: pytest.CaptureFixture[str]
) -> None:
    recording = record(ASSIGNING + "print(held)")
    assert recording.output.strip().endswith("(3.0, 1)") or "(" in recording.output
    assert capfd.readouterr().err.count("once") == 1
    within = opened(recording, "f")
    reads = [array(within, op.outputs[0]) for op in within.ops if op.type == "ReadVariableOp"]
    assert [float(read) for read in reads] == [2.0, 3.0]
    assert [float(each.value.array) for each in within.assignments] == [3.0, 1.0]


def test_two_calls_on_a_persistent_tape_are_two_passes_within(record: Record) -> None:
    recording = record(ASSIGNING)
    found = inside(recording, "f")
    assert found.calls == (0, 1)
    within = opened(recording, "f")
    first, second = plain(ASSIGNING, "first", "second")
    assert [float(each) for each in results(within, within.gradient_calls[0])] == [float(each) for each in first]
    assert [float(each) for each in results(within, within.gradient_calls[1])] == [float(each) for each in second]
    assert_checked(recording)


RANDOM = """
tf.random.set_seed(5)

@tf.function
def noisy(x):
    return x * tf.random.normal(())

with tf.GradientTape() as tape:
    x = tf.constant(1.0)
    tape.watch(x)
    y = noisy(x)
gradient = tape.gradient(y, x)
after = tf.random.normal(())
"""


def test_what_draws_random_numbers_stays_shut_says_why_and_draws_as_in_plain_tensorflow(record: Record) -> None:
    recording = record(RANDOM + "print(float(gradient), float(after))")
    (found,) = recording.insides
    assert found.recording is None
    assert "random numbers" in found.note
    space: dict[str, Any] = {"tf": tf}
    exec(RANDOM, space)
    assert recording.output.split() == [str(float(space["gradient"])), str(float(space["after"]))]


def test_python_code_within_a_function_is_not_called_again(record: Record) -> None:
    recording = record("""
calls = []
def double(v):
    calls.append(1)
    return 2.0 * v

@tf.function
def f(x):
    return tf.py_function(double, [x], tf.float32) + 1.0

y = f(tf.constant(3.0))
print(len(calls), float(y))
""")
    assert recording.output.split() == ["1", "7.0"]
    assert [(each.recording, "Python code" in each.note) for each in recording.insides] == [(None, True)]


def test_of_many_calls_on_one_line_the_first_three_and_the_last_open(record: Record) -> None:
    recording = record("""
x = tf.Variable(1.0)

@tf.function
def double(v):
    return 2.0 * v

for _ in range(7):
    with tf.GradientTape() as tape:
        y = double(x)
    x.assign(y)
    g = tape.gradient(y, x)
""")
    assert [each.recording is not None for each in recording.insides] == [True] * 3 + [False] * 3 + [True]
    assert all("first 3" in each.note for each in recording.insides if each.recording is None)
    last = recording.insides[-1].recording
    assert last is not None
    read = next(op for op in last.ops if op.type == "ReadVariableOp")
    assert array(last, read.outputs[0]) == 64.0


LOG1PEXP = """
@tf.custom_gradient
def log1pexp(x):
    e = tf.exp(x)
    def grad(upstream):
        return upstream * (1 - 1 / (1 + e))
    return tf.math.log(1 + e), grad

@tf.function
def f(x):
    return log1pexp(x) * 3.0

x = tf.Variable(100.0)
with tf.GradientTape() as tape:
    y = f(x)
gradient = tape.gradient(y, x)
"""


def test_a_gradient_of_the_codes_own_is_used_within_a_function(record: Record) -> None:
    recording = record(LOG1PEXP)
    within = opened(recording, "f")
    assert "log1pexp" in types(within)
    assert float(results(within, within.gradient_calls[0])[0]) == 3.0 == float(plain(LOG1PEXP, "gradient")[0])
    assert_checked(recording)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("f = tf.function(lambda v: tf.reduce_sum(tf.exp(v) * w), jit_compile=True)\ny = f(x)", "lambda"),
        ("y = tf.reduce_sum(tf.vectorized_map(lambda v: v * v * w, x))", "vectorized_map"),
        ("f = tf.function(lambda v: tf.reduce_sum(tf.map_fn(lambda u: u * w * u, v)))\ny = f(x)", "lambda"),
        ("f = tf.function(lambda v: tf.scan(lambda a, u: a * u + w, v)[-1])\ny = f(x)", "lambda"),
        ("f = tf.function(lambda v: tf.reduce_sum(tf.gather(v, [0, 0]) * w))\ny = f(x)", "lambda"),
        (
            "f = tf.function(lambda v: tf.switch_case(tf.constant(1), [lambda: v[0], lambda: v[1] * w]))\ny = f(x)",
            "lambda",
        ),
        ("f = tf.function(tf.recompute_grad(lambda v: tf.reduce_sum(tf.sin(v) * w)))\ny = f(x)", "recompute"),
    ],
)
def test_it_opens_and_agrees_with_plain_tensorflow(record: Record, text: str, title: str) -> None:
    given = "x = tf.Variable([0.5, 1.0])\nw = tf.Variable(3.0)\nwith tf.GradientTape() as tape:\n"
    lesson = given + textwrap.indent(text, "    ") + "\ng = tape.gradient(y, [x, w])\n"
    recording = record(lesson)
    assert [each.note for each in recording.insides if each.recording is None] == []
    found = recording.insides[0]
    assert found.recording is not None
    space: dict[str, Any] = {"tf": tf}
    exec(lesson, space)
    expected = {"x": tf.convert_to_tensor(space["g"][0]), "w": space["g"][1]}
    (call,) = found.recording.gradient_calls
    if title != "vectorized_map":  # the sum is outside, so its ones are what comes in
        assert array(found.recording, call.seed[0]) == 1.0
    for source, result in zip(call.sources, results(found.recording, call), strict=True):
        if source.name in expected:
            np.testing.assert_allclose(result, expected[source.name], rtol=1e-5)
    assert_checked(recording)


def test_a_function_without_any_tape_opens_into_its_forward_ops(record: Record) -> None:
    recording = record("f = tf.function(lambda v: tf.exp(v) + 1.0)\ny = f(tf.constant(0.0))")
    within = opened(recording, "lambda")
    assert types(within) == ["Exp", "AddV2"]
    assert within.gradient_calls == ()


@pytest.mark.parametrize(
    ("body", "cause", "line", "says"),
    [
        ("return tf.stop_gradient(a) * b", "stop_gradient", 7, "tf.stop_gradient on line 7"),
        ("return tf.cast(tf.cast(a, tf.int32), tf.float32) * b", "integer_dtype", 7, "int32"),
    ],
)
def test_what_cuts_a_path_within_a_function_is_named(
    record: Record, body: str, cause: str, line: int, says: str
) -> None:
    recording = record(f"""
x = tf.Variable(2.0)
w = tf.Variable(3.0)
@tf.function
def f(a, b):
    {body}
with tf.GradientTape() as tape:
    y = f(x, w)
g = tape.gradient(y, [x, w])
""")
    lost, found = recording.gradient_calls[0].sources
    assert lost.why_none is not None
    assert lost.why_none.cause == cause
    assert lost.why_none.message.startswith("Inside f: ")
    assert says in lost.why_none.message
    assert lost.why_none.cuts[0].line == line
    assert found.value is not None
    op = recording.ops[recording.insides[0].op]
    assert lost.why_none.cut_at == op.id


def test_a_python_function_of_tensorflow_says_why_it_does_not_open(record: Record) -> None:
    recording = record("""
x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    y = tf.py_function(lambda v: v * v, [x], tf.float32)
print(float(tape.gradient(y, x)))
""")
    assert recording.output.strip() == "6.0"
    (inside,) = recording.insides
    assert (inside.title, inside.recording) == ("py_function", None)
    assert "a tape of its own" in inside.note


def test_opening_a_function_that_counts_warns_of_nothing(record: Record, caplog: pytest.LogCaptureFixture) -> None:
    """Keras counts its iterations in a whole-numbered variable; to watch it would print a warning into the lesson."""
    tf.get_logger().addHandler(caplog.handler)
    recording = record(
        "count = tf.Variable(0, dtype=tf.int64)\n"
        "w = tf.Variable(2.0)\n"
        "@tf.function\n"
        "def f():\n"
        "    with tf.GradientTape() as tape:\n"
        "        y = w**2\n"
        "    w.assign_sub(0.1 * tape.gradient(y, w))\n"
        "    count.assign_add(1)\n"
        "f()\n"
    )
    assert inside(recording, "f").recording is not None
    tf.get_logger().removeHandler(caplog.handler)
    assert caplog.messages == []
