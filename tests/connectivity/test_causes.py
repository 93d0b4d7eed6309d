"""Each cause of the contract on a recording written by hand, and the order in which they are asked."""

from __future__ import annotations

from tapeviz.model.facts import Departure, Rebinding, RunFacts, TapeReset
from tests.connectivity.building import RecordingBuilder


def test_a_whole_number_variable_is_named_with_the_float_that_mends_it() -> None:
    run = RecordingBuilder(
        "x = tf.Variable(3)\nwith tf.GradientTape() as tape:\n    y = x * x\ng = tape.gradient(y, x)"
    )
    x = run.variable("x", dtype="int32")
    run.enter(2)
    y = run.op("Mul", [run.read(x, 3, recorded=False)] * 2, 3, name="y", dtype="int32", recorded=False)
    run.leave()
    why = run.why(y, x, 4)
    assert why.cause == "integer_dtype"
    assert why.message.startswith("x (line 1) has dtype int32")
    assert why.fix == "Use tf.Variable(3.0) with a float."


def test_a_cast_on_the_way_is_where_the_path_is_cut() -> None:
    run = RecordingBuilder(
        "with tf.GradientTape() as tape:\n    i = tf.cast(x, tf.int32)\n    y = tf.cast(i, tf.float32)\n"
    )
    x = run.variable("x")
    run.enter(1)
    whole = run.op("Cast", [run.read(x, 2)], 2, name="i", dtype="int32")
    y = run.op("Cast", [whole], 3, name="y", recorded=False)
    run.leave()
    why = run.why(y, x, 3)
    assert (why.cause, why.cut_at) == ("integer_dtype", 1)
    assert "`tf.cast(x, tf.int32)` on line 2" in why.message


def test_a_frozen_variable_comes_before_what_lies_on_the_path() -> None:
    run = RecordingBuilder("with tf.GradientTape() as tape:\n    y = tf.stop_gradient(x)\n")
    x = run.variable("x", trainable=False)
    run.enter(1)
    y = run.op("StopGradient", [run.read(x, 2, recorded=False)], 2, name="y", recorded=False)
    run.leave()
    assert run.why(y, x, 2).cause == "not_trainable"


def test_a_frozen_variable_that_is_watched_is_cut_elsewhere() -> None:
    run = RecordingBuilder("with tf.GradientTape() as tape:\n    y = tf.stop_gradient(x)\n")
    x = run.variable("x", trainable=False)
    run.enter(1, watched=[x])
    y = run.op("StopGradient", [run.read(x, 2)], 2, name="y", recorded=False)
    run.leave()
    assert run.why(y, x, 2).cause == "stop_gradient"


def test_a_name_that_lost_its_variable_is_told_to_assign() -> None:
    run = RecordingBuilder("x = tf.Variable(2.0)\nx = x + 1\nwith tf.GradientTape() as tape:\n    y = x * x\n")
    variable = run.variable("x")
    x = run.op("AddV2", [run.read(variable, 2, recorded=False), run.tensor()], 2, name="x", recorded=False)
    run.enter(3)
    y = run.op("Mul", [x, x], 4, name="y", recorded=False)
    run.leave()
    rebinding = Rebinding(name="x", variable=variable, tensor=x, line=2)
    why = run.why(y, x, 4, RunFacts(rebindings=(rebinding,)))
    assert (why.cause, why.cut_at) == ("variable_became_tensor", 1)
    assert "x.assign_add(1)" in why.fix
    assert run.why(y, x, 4).cause == "variable_became_tensor"


def test_a_reset_drops_what_was_recorded() -> None:
    run = RecordingBuilder("with tf.GradientTape() as tape:\n    y = x * x\n    tape.reset()\n    z = y + 1.0\n")
    x = run.variable("x")
    run.enter(1)
    y = run.op("Mul", [run.read(x, 2)] * 2, 2, name="y")
    z = run.op("AddV2", [y, run.tensor()], 4, name="z", recorded=False)
    run.leave()
    why = run.why(z, x, 4, RunFacts(resets=(TapeReset(tape=0, at=2, line=3),)))
    assert (why.cause, why.cut_at) == ("tape_reset", 0)
    assert "tape.reset() on line 3" in why.message


def test_a_watch_that_a_reset_dropped_counts_as_reset() -> None:
    run = RecordingBuilder("with tf.GradientTape() as tape:\n    tape.watch(x)\n    tape.reset()\n    y = x * x\n")
    x = run.tensor("x", role="watched")
    run.enter(1, watched=[x])
    y = run.op("Mul", [x, x], 4, name="y", recorded=False)
    run.leave()
    assert run.why(y, x, 4, RunFacts(resets=(TapeReset(tape=0, at=0, line=3),))).cause == "tape_reset"


def test_stopped_recording_names_the_op() -> None:
    run = RecordingBuilder("with tf.GradientTape() as tape:\n    with tape.stop_recording():\n        y = x * x\n")
    x = run.variable("x")
    run.enter(1)
    y = run.op("Mul", [run.read(x, 3, recorded=False)] * 2, 3, name="y", recorded=False)
    run.leave()
    why = run.why(y, x, 3, RunFacts(stopped_ops=frozenset({0, 1})))
    assert why.cause == "recording_stopped"
    assert why.fix == "Move the computation on line 3 out of the `with tape.stop_recording()` block."


def test_numbers_that_come_back_from_numpy_are_followed_through_the_text() -> None:
    run = RecordingBuilder(
        "import numpy as np\nwith tf.GradientTape() as tape:\n    h = np.sin(x.numpy())\n    k = 2 * h\n    y = k * w\n"
    )
    x, w = run.variable("x"), run.variable("w")
    run.enter(2)
    left = run.read(x, 3)
    y = run.op("Mul", [run.tensor(), run.read(w, 5)], 5, name="y")
    run.leave()
    why = run.why(y, x, 5, RunFacts(departures=(Departure(tensor=left, at=1, line=3),)))
    assert (why.cause, why.cut_at) == ("left_tensorflow", 0)
    assert "leaves TensorFlow on line 3 and comes back on line 5" in why.message
    assert "tf.sin instead of np.sin" in why.fix


def test_a_printed_number_links_nothing() -> None:
    run = RecordingBuilder("with tf.GradientTape() as tape:\n    print(float(x))\n    y = 2.0 * w\n")
    x, w = run.variable("x"), run.variable("w")
    run.enter(1)
    left = run.read(x, 2)
    y = run.op("Mul", [run.tensor(), run.read(w, 3)], 3, name="y")
    run.leave()
    why = run.why(y, x, 3, RunFacts(departures=(Departure(tensor=left, at=1, line=2),)))
    assert why.cause == "not_connected"
    assert "y was computed from w" in why.message


def test_what_is_assigned_to_a_variable_is_not_on_the_tape() -> None:
    run = RecordingBuilder("with tf.GradientTape() as tape:\n    v.assign_add(x)\n    y = v * v\n")
    x, v = run.variable("x"), run.variable("v")
    run.enter(1)
    run.op("AssignAddVariableOp", [v, run.read(x, 2)], 2, recorded=False)
    y = run.op("Mul", [run.read(v, 3)] * 2, 3, name="y")
    run.leave()
    why = run.why(y, x, 3)
    assert (why.cause, why.cut_at) == ("stateful", 1)
    assert "variable v" in why.message


def test_rounding_sends_nothing_back() -> None:
    run = RecordingBuilder("with tf.GradientTape() as tape:\n    y = tf.round(x)\n")
    x = run.variable("x")
    run.enter(1)
    y = run.op("Round", [run.read(x, 2)], 2, name="y")
    run.leave()
    why = run.why(y, x, 2)
    assert (why.cause, why.cut_at) == ("not_differentiable", 1)
    assert "`tf.round(x)` on line 2" in why.message


def test_a_line_before_the_tape_is_to_be_moved_inside() -> None:
    run = RecordingBuilder("x = tf.Variable(3.0)\ny = x * x\nwith tf.GradientTape() as tape:\n    z = 2.0 * y\n")
    x = run.variable("x")
    y = run.op("Mul", [run.read(x, 2, recorded=False)] * 2, 2, name="y", recorded=False)
    run.enter(3)
    z = run.op("Mul", [run.tensor(), y], 4, name="z", recorded=False)
    run.leave()
    why = run.why(z, x, 5)
    assert (why.cause, why.cut_at) == ("computed_outside_tape", 0)
    assert why.message == "y was computed on line 2, before the tape on line 3 began."
    assert why.fix == "Move line 2 inside the `with` block."


def test_a_tensor_must_be_watched() -> None:
    run = RecordingBuilder("x = tf.constant(3.0)\nwith tf.GradientTape() as t:\n    y = x * x\n")
    x = run.tensor("x")
    run.enter(2)
    y = run.op("Mul", [x, x], 3, name="y", recorded=False)
    run.leave()
    why = run.why(y, x, 4)
    assert (why.cause, why.cut_at) == ("not_watched", 0)
    assert why.fix.startswith("Call t.watch(x)")


def test_a_late_watch_leaves_the_earlier_use_unwatched() -> None:
    run = RecordingBuilder("with tf.GradientTape() as t:\n    y = x * x\n    t.watch(x)\n")
    x = run.tensor("x", role="watched")
    run.enter(1, watched=[x])
    y = run.op("Mul", [x, x], 2, name="y", recorded=False)
    run.leave()
    why = run.why(y, x, 4)
    assert why.cause == "not_watched"
    assert "before x was watched" in why.message


def test_a_branch_that_did_not_run_is_named() -> None:
    text = "with tf.GradientTape() as t:\n    if a > 0:\n        y = a * a\n    else:\n        y = a * b\n"
    run = RecordingBuilder(text)
    a, b = run.variable("a"), run.variable("b")
    run.enter(1)
    y = run.op("Mul", [run.read(a, 3)] * 2, 3, name="y")
    run.leave()
    why = run.why(y, b, 6)
    assert why.cause == "branch_not_taken"
    assert "b is used only on line 5" in why.message


def test_a_branch_within_a_called_function_is_found() -> None:
    text = (
        "def f(p, q):\n    if p > 0:\n        return p * p\n    return p * q if p < -9 else -p\n"
        "with tf.GradientTape() as t:\n    y = f(a, b)\n"
    )
    run = RecordingBuilder(text)
    a, b = run.variable("a"), run.variable("b")
    run.enter(5)
    y = run.op("Mul", [run.read(a, 3)] * 2, 3, name="y")
    run.leave()
    assert run.why(y, b, 6).cause == "branch_not_taken"


def test_paths_cut_in_two_ways_are_both_named_under_the_first_cause() -> None:
    text = "with tf.GradientTape() as t:\n    s = tf.stop_gradient(x)\n    r = tf.round(x)\n    y = s + r\n"
    run = RecordingBuilder(text)
    x = run.variable("x")
    run.enter(1)
    read = run.read(x, 2)
    stopped = run.op("StopGradient", [read], 2, name="s", recorded=False)
    rounded = run.op("Round", [read], 3, name="r")
    y = run.op("AddV2", [stopped, rounded], 4, name="y")
    run.leave()
    why = run.why(y, x, 5)
    assert (why.cause, why.cut_at) == ("stop_gradient", 1)
    assert "tf.stop_gradient on line 2" in why.message
    assert "`tf.round(x)` on line 3" in why.message


def test_one_cause_for_all_paths_comes_before_a_cause_of_some() -> None:
    run = RecordingBuilder("with tf.GradientTape() as t:\n    y = tf.where(x > 0, x, 0.2 * x)\n")
    x = run.tensor("x")
    run.enter(1)
    condition = run.op("Greater", [x, run.tensor()], 2, dtype="bool", recorded=False)
    scaled = run.op("Mul", [run.tensor(), x], 2, recorded=False)
    y = run.op("SelectV2", [condition, x, scaled], 2, name="y", recorded=False)
    run.leave()
    assert run.why(y, x, 3).cause == "not_watched"
