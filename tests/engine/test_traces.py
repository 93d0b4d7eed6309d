"""Tracings of compiled functions: how many there were, why, and a warning where there are too many."""

from __future__ import annotations

import pytest
import tensorflow as tf

from tests.engine.conftest import Record

SEVERAL = """
@tf.function
def power(v, p=2):
    return tf.reduce_sum(v ** p)

power(tf.constant(2.0))
power(tf.constant([1.0, 2.0]))
power(tf.constant([3.0, 4.0]))
power(tf.constant([1.0, 2.0]), 3)
power(tf.constant([1, 2]))
print(power.experimental_get_tracing_count())
"""


def test_each_tracing_says_what_was_new(record: Record) -> None:
    recording = record(SEVERAL)
    assert recording.output.strip() == str(len(recording.traces)) == "4"
    assert [(trace.function, trace.number, trace.line) for trace in recording.traces] == [
        ("power", 1, 7),
        ("power", 2, 8),
        ("power", 3, 10),
        ("power", 4, 11),
    ]
    first, second, third, fourth = (trace.reason for trace in recording.traces)
    assert first == ""
    assert "v was first a float32 scalar, now it is a float32 tensor of shape (2,)" in second
    assert "p was first the Python value 2, now it is the Python value 3" in third
    assert "now it is an int32 tensor of shape (2,)" in fourth


def test_a_call_says_which_tracing_it_ran(record: Record) -> None:
    recording = record(SEVERAL)
    notes = [inside.note for inside in recording.insides]
    assert ["Trace 2 of power" in note for note in notes] == [False, True, True, False, False]
    assert recording.findings == ()


def test_a_function_that_is_made_anew_each_time_is_warned_of(record: Record) -> None:
    recording = record("""
w = tf.Variable(2.0)
for k in range(6):
    f = tf.function(lambda v: v * w)
    y = f(tf.constant(1.0))
""")
    (finding,) = recording.findings
    assert (finding.kind, finding.cause, finding.line) == ("warning", "retracing", 6)
    assert "6 times" in finding.title
    assert "tf.function was called again" in finding.message


@pytest.mark.parametrize("count", [4, 5])
def test_the_warning_begins_at_five(record: Record, count: int) -> None:
    recording = record(f"""
f = tf.function(lambda v: v * 2)
for k in range({count}):
    f(k)
""")
    assert len(recording.traces) == count
    assert len(recording.findings) == (count >= 5)


def test_what_tensorflow_traces_for_itself_is_not_told(record: Record) -> None:
    recording = record("y = tf.vectorized_map(lambda v: v * v, tf.constant([1.0, 2.0]))")
    assert recording.traces == ()
    assert tf.executing_eagerly()
