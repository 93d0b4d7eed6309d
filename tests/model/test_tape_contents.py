"""What tapes hold, over real recordings: sizes by arithmetic, what was read by calculus, reasons by construction."""

from __future__ import annotations

import pytest

from tapeviz.engine.runner import Engine
from tapeviz.model.recording import Recording
from tapeviz.model.subjects import name_of
from tapeviz.model.tape_contents import TapeContents, size_text, tape_contents


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


def recorded(engine: Engine, text: str) -> Recording:
    recording = engine.run("lesson.py", "import tensorflow as tf\n" + text).recording
    assert not recording.errors, recording.errors
    return recording


def kept(recording: Recording, contents: TapeContents) -> dict[str, tuple[int | None, bool | None]]:
    """Each value that is kept, by its name: its size, and whether the backward pass read it."""
    return {name_of(recording, value.tensor): (value.size, value.is_read) for value in contents.values}


def reasons(recording: Recording, contents: TapeContents) -> dict[int, str]:
    """Why ops were left out, by their lines."""
    return {recording.ops[each.op].line or 0: each.reason for each in contents.left_out}


def test_what_is_kept_is_what_calculus_needs_and_only_part_of_it_is_read(engine: Engine) -> None:
    recording = recorded(
        engine,
        """x = tf.Variable(tf.ones((3, 5)))
c = tf.constant(2.0)
with tf.GradientTape() as tape:
    a = x * c
    b = tf.exp(a)
    loss = tf.reduce_sum(b)
tape.gradient(loss, x)
""",
    )
    (contents,) = tape_contents(recording)
    held = kept(recording, contents)
    # d(xc)/dx = c, and nobody asks for d/dc, so x itself is kept but not read; d eᵃ = eᵃ: the result is read, a is not
    # kept; of Σb only the shape counts.
    assert {name: held[name] for name in ("x", "c", "b")} == {"x": (60, False), "c": (4, True), "b": (60, True)}
    assert "a" not in held
    assert contents.size == sum(size or 0 for size, _ in held.values())
    assert contents.read_size == 64
    assert contents.ending == "released by the gradient call on line 8"


def test_a_sum_with_broadcasting_keeps_its_terms_for_their_shapes_alone(engine: Engine) -> None:
    recording = recorded(
        engine,
        """x, b = tf.Variable(tf.ones((4, 3))), tf.Variable(tf.ones(3))
with tf.GradientTape() as tape:
    y = x + b
tape.gradient(y, [x, b])
""",
    )
    (contents,) = tape_contents(recording)
    found = {name_of(recording, value.tensor): (value.is_read, value.is_shape_read) for value in contents.values}
    assert found == {"x": (False, True), "b": (False, True)}
    assert contents.read_size == 0


def test_each_op_that_is_left_out_is_told_why(engine: Engine) -> None:
    recording = recorded(
        engine,
        """x, frozen = tf.Variable(2.0), tf.Variable(1.0, trainable=False)
c, early = tf.constant(3.0), tf.sin(x)
with tf.GradientTape(persistent=True) as tape:
    n = tf.cast(x, tf.int32) + 1
    s = tf.stop_gradient(x)
    t = c * 2.0
    f = frozen * 2.0
    e = early * 2.0
    with tape.stop_recording():
        r = x * x
    d = t * 2.0
    forgotten = tf.cos(x)
    tape.reset()
    after = forgotten * 2.0
    z = tf.zeros(()) + tf.range(3.0)
del tape
""",
    )
    (contents,) = tape_contents(recording)
    told = reasons(recording, contents)
    assert "int32" in told[5]
    assert "never records stop_gradient" in told[6]
    assert told[7] == "Nothing that goes into it is followed: c is a constant that nobody watched."
    assert told[8] == "Nothing that goes into it is followed: frozen is a variable with trainable=False."
    assert told[9] == "Nothing that goes into it is followed: early was computed before the tape began."
    assert told[11] == "It ran under tape.stop_recording()."
    assert told[12] == "Nothing that goes into it is followed: t is not on the tape either."
    assert told[13] == "It was recorded, and forgotten when tape.reset() was called."
    assert told[15] == "Nothing that goes into it is followed: forgotten was computed before tape.reset()."
    assert contents.ending == "let go after line 16"


def test_a_tape_that_watches_only_what_it_is_told_to_says_so_of_each_variable(engine: Engine) -> None:
    recording = recorded(
        engine,
        """x = tf.Variable(2.0)
with tf.GradientTape(watch_accessed_variables=False) as tape:
    before = x * x
    tape.watch(x)
    y = x * x
with tf.GradientTape(watch_accessed_variables=False) as other:
    y = x * x
""",
    )
    first, second = tape_contents(recording)
    assert reasons(recording, first) == {4: "Nothing that goes into it is followed: x was watched only later."}
    (reason,) = reasons(recording, second).values()
    assert "watch_accessed_variables=False" in reason
    assert second.values == ()
    assert first.ending == "never asked for a gradient, still held at the end"
    assert [value.is_read for value in first.values] == [None]


def test_the_tapes_of_a_loop_are_one_and_reads_of_a_variable_share_its_memory(engine: Engine) -> None:
    recording = recorded(
        engine,
        """w = tf.Variable(tf.ones(100))
for _ in range(4):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(w * w * w)
    w.assign_sub(tape.gradient(loss, w))
""",
    )
    (first,) = tape_contents(recording)
    (third,) = tape_contents(recording, shown=2)
    assert (first.iterations, first.tape.id, third.tape.id) == (4, 0, 2)
    assert first.calls == (0,)
    names = [name_of(recording, value.tensor) for value in first.values]
    assert names.count("w") == 1
    assert first.size == third.size == 2 * 400 + 400 + 4  # w, w·w and w·w·w, whose shape the sum needs, and its axis


def test_of_an_op_with_a_gradient_of_its_own_what_was_read_is_known(engine: Engine) -> None:
    recording = recorded(
        engine,
        """x = tf.Variable(2.0)
@tf.function
def f(a):
    return tf.sin(a) * a
with tf.GradientTape() as tape:
    y = f(x)
tape.gradient(y, x)
""",
    )
    (contents,) = tape_contents(recording)
    (own,) = contents.own_ops
    assert recording.ops[own].type.startswith("__forward_f")
    assert contents.values
    assert all(value.is_read and value.kept_by == (own,) for value in contents.values)


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (12_345, "12.3 kB"), (3_100_000, "3.1 MB"), (None, "")],
)
def test_sizes_read_well(size: int | None, text: str) -> None:
    assert size_text(size) == text
