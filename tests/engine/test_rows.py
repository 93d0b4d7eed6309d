"""The rows of a Jacobian: each is the gradient that plain TensorFlow gives with a one at that element of the target."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tapeviz.engine import row_tap, rows
from tapeviz.model.recording import GradientCall, JacobianRow, Recording
from tests.engine.conftest import Record, Run, array


def only_call(recording: Recording) -> GradientCall:
    (call,) = recording.gradient_calls
    return call


def row_values(recording: Recording, row: JacobianRow) -> list[Any]:
    return [None if result is None else array(recording, result) for result in row.results]


def test_each_row_is_the_gradient_of_that_element_alone(record: Record) -> None:
    recording = record(
        "w = tf.Variable([[1.0, 2.0], [0.5, -1.0], [2.0, 0.0]])\n"
        "x = tf.Variable([0.3, -0.2])\n"
        "with tf.GradientTape() as tape:\n"
        "    y = tf.tanh(tf.linalg.matvec(w, x)) * tf.reduce_sum(x)\n"
        "j = tape.jacobian(y, {'w': w, 'x': x})\n"
    )
    call = only_call(recording)
    assert call.checked
    assert (call.defect, call.note) == (None, "")
    assert [row.index for row in call.rows] == [(0,), (1,), (2,)]
    w = tf.Variable([[1.0, 2.0], [0.5, -1.0], [2.0, 0.0]])
    x = tf.Variable([0.3, -0.2])
    for place, row in enumerate(call.rows):
        with tf.GradientTape() as tape:
            y = (tf.tanh(tf.linalg.matvec(w, x)) * tf.reduce_sum(x))[place]
        for mine, its in zip(row_values(recording, row), tape.gradient(y, [w, x]), strict=True):
            np.testing.assert_allclose(mine, its.numpy(), rtol=1e-6)
        assert array(recording, row.seed[0]).tolist() == np.eye(3)[place].tolist()


@pytest.mark.parametrize(("shape", "method"), [((0,), "jacobian"), ((1, 0), "batch_jacobian"), ((0, 2), "jacobian")])
def test_a_jacobian_without_elements_has_nothing_left_to_check(
    shape: tuple[int, ...], method: str, record: Record
) -> None:
    recording = record(
        f"x = tf.Variable(tf.zeros({shape}))\nwith tf.GradientTape() as tape:\n    y = x**2\nj = tape.{method}(y, x)\n"
    )
    call = only_call(recording)
    assert (call.checked, call.defect, call.rows) == (True, None, ())


def test_contributions_of_a_row_add_up_to_its_result(record: Record) -> None:
    recording = record(
        "x = tf.Variable([1.0, 2.0])\n"
        "with tf.GradientTape() as tape:\n"
        "    y = x * x + tf.sin(x)\n"
        "j = tape.jacobian(y, x)\n"
    )
    call = only_call(recording)
    for row in call.rows:
        sent = [
            array(recording, share.value)
            for share in row.contributions
            if share.tensor == call.sources[0].tensor and share.value is not None
        ]
        np.testing.assert_allclose(sum(sent), row_values(recording, row)[0], rtol=1e-6)
    assert {recording.ops[share.op].type for share in call.rows[0].contributions} >= {"Mul", "Sin", "AddV2"}


def test_batch_rows_take_the_same_element_of_every_example(record: Record) -> None:
    recording = record(
        "c = tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])\n"
        "with tf.GradientTape() as tape:\n"
        "    tape.watch(c)\n"
        "    b = c ** 2 * c[:, ::-1]\n"
        "m = tape.batch_jacobian(b, c)\n"
    )
    call = only_call(recording)
    assert call.checked
    assert [row.index for row in call.rows] == [(0,), (1,)]
    c = tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    with tf.GradientTape() as tape:
        tape.watch(c)
        b = c**2 * c[:, ::-1]
    whole = tape.batch_jacobian(b, c).numpy()
    for place, row in enumerate(call.rows):
        np.testing.assert_allclose(row_values(recording, row)[0], whole[:, place], rtol=1e-6)


@pytest.mark.parametrize("use_pfor", [True, False])
@pytest.mark.parametrize("unconnected", ["none", "zero"])
def test_unconnected_sources_are_as_tensorflow_returned_them(record: Record, unconnected: str, use_pfor: bool) -> None:
    recording = record(
        "x, u, n = tf.Variable([1.0, 2.0]), tf.Variable(3.0), tf.constant([1.0, 2.0])\n"
        "with tf.GradientTape(persistent=True) as tape:\n"
        "    tape.watch(x)\n"
        "    y = x ** 3\n"
        f"j = tape.jacobian(y, [x, u, n, x], unconnected_gradients='{unconnected}', "
        f"experimental_use_pfor={use_pfor})\n"
    )
    call = only_call(recording)
    assert call.defect is None
    assert call.checked
    nothing, zeros = (0.0, [0.0, 0.0]) if unconnected == "zero" else (None, None)
    expected = [[3.0, 0.0], nothing, zeros, [3.0, 0.0]]
    for result, number in zip(row_values(recording, call.rows[0]), expected, strict=True):
        assert (None if result is None else result.tolist()) == number


def test_a_target_that_is_a_source_has_the_identity_for_its_rows(record: Record) -> None:
    recording = record(
        "x = tf.constant([1.0, 2.0, 3.0])\n"
        "with tf.GradientTape() as tape:\n"
        "    tape.watch(x)\n"
        "j = tape.jacobian(x, x)\n"
    )
    call = only_call(recording)
    assert call.checked
    assert [row_values(recording, row)[0].tolist() for row in call.rows] == np.eye(3).tolist()


def test_a_tape_that_is_not_persistent_is_used_up_as_ever(run: Run) -> None:
    recording = run(
        "x = tf.Variable([1.0, 2.0])\n"
        "with tf.GradientTape() as tape:\n"
        "    y = x ** 2\n"
        "j = tape.jacobian(y, x)\n"
        "g = tape.gradient(y, x)\n"
    ).recording
    assert [error.type for error in recording.errors] == ["RuntimeError"]
    assert not recording.tapes[0].persistent
    assert len(recording.gradient_calls[0].rows) == 2


def test_rows_leave_no_op_no_random_number_and_no_trace_behind(run: Run) -> None:
    text = (
        "x = tf.Variable([1.0, 2.0, 3.0])\n"
        "with tf.GradientTape() as outer:\n"
        "    with tf.GradientTape() as tape:\n"
        "        y = x ** 2 * tf.random.uniform([3])\n"
        "    j = tape.jacobian(y, x)\n"
        "    total = tf.reduce_sum(j)\n"
        "h = outer.gradient(total, x)\n"
        "print(tf.random.uniform([2]).numpy().tolist(), h.numpy().tolist())\n"
    )
    recording = run(text, seed=5).recording
    tf.keras.utils.set_random_seed(5)
    x = tf.Variable([1.0, 2.0, 3.0])
    with tf.GradientTape() as outer:
        with tf.GradientTape() as tape:
            y = x**2 * tf.random.uniform([3])
        total = tf.reduce_sum(tape.jacobian(y, x))
    h = outer.gradient(total, x)
    assert recording.output == f"{tf.random.uniform([2]).numpy().tolist()} {h.numpy().tolist()}\n"
    inner, following = recording.gradient_calls
    assert len(inner.rows) == 3
    assert inner.checked
    assert following.checked


def test_the_hessian_by_a_jacobian_of_a_gradient_has_rows(record: Record) -> None:
    recording = record(
        "x = tf.Variable([2.0, 3.0])\n"
        "with tf.GradientTape() as outer:\n"
        "    with tf.GradientTape() as inner:\n"
        "        y = x[0] ** 2 * x[1]\n"
        "    g = inner.gradient(y, x)\n"
        "h = outer.jacobian(g, x)\n"
    )
    call = recording.gradient_calls[1]
    assert call.checked
    assert [row_values(recording, row)[0].tolist() for row in call.rows] == [[6.0, 4.0], [4.0, 0.0]]


def test_code_of_the_lesson_is_not_run_again(record: Record) -> None:
    recording = record(
        "@tf.custom_gradient\n"
        "def double(x):\n"
        "    def grad(upstream):\n"
        "        print('backward')\n"
        "        return 2.0 * upstream\n"
        "    return 2.0 * x, grad\n"
        "x = tf.Variable([1.0, 2.0, 3.0])\n"
        "with tf.GradientTape() as tape:\n"
        "    y = double(x)\n"
        "j = tape.jacobian(y, x)\n"
    )
    call = only_call(recording)
    assert recording.output.count("backward") == 1
    assert call.rows == ()
    assert call.note == rows.OWN_CODE
    assert not call.checked


def test_a_gradient_function_of_tensorflow_itself_may_run_again(record: Record) -> None:
    recording = record(
        "x = tf.Variable([1.0, -2.0])\n"
        "with tf.GradientTape() as tape:\n"
        "    y = tf.nn.silu(x)\n"
        "j = tape.jacobian(y, x)\n"
    )
    call = only_call(recording)
    assert call.checked
    assert len(call.rows) == 2


def test_a_compiled_function_has_rows_unless_it_has_effects(record: Record) -> None:
    recording = record(
        "@tf.function\n"
        "def square(x):\n"
        "    return x ** 2\n"
        "x = tf.Variable([1.0, 2.0])\n"
        "with tf.GradientTape() as tape:\n"
        "    y = square(x)\n"
        "j = tape.jacobian(y, x)\n"
    )
    call = only_call(recording)
    assert call.checked
    assert [row_values(recording, row)[0].tolist() for row in call.rows] == [[2.0, 0.0], [0.0, 4.0]]


def test_only_the_first_rows_of_a_large_jacobian_are_kept(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MAX_ROWS", 4)
    recording = record(
        "x = tf.Variable(tf.range(10.0))\nwith tf.GradientTape() as tape:\n    y = x ** 2\nj = tape.jacobian(y, x)\n"
    )
    call = only_call(recording)
    assert [row.index for row in call.rows] == [(0,), (1,), (2,), (3,)]
    assert call.note == "4 of its 10 rows are kept and checked."
    assert call.checked


def test_a_row_that_is_not_what_the_jacobian_says_is_a_defect(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = row_tap.row_gradient

    def wrong(*args: Any) -> Any:
        return [result * 1.01 for result in honest(*args)]

    monkeypatch.setattr(row_tap, "row_gradient", wrong)
    recording = record(
        "x = tf.Variable([1.0, 2.0])\nwith tf.GradientTape() as tape:\n    y = x ** 2\nj = tape.jacobian(y, x)\n"
    )
    call = only_call(recording)
    assert not call.checked
    assert call.defect is not None


def test_an_integer_target_has_no_rows_and_no_defect(record: Record) -> None:
    recording = record(
        "x = tf.Variable([1.0, 2.0])\n"
        "with tf.GradientTape() as tape:\n"
        "    y = tf.cast(x, tf.int32)\n"
        "j = tape.jacobian(y, x)\n"
    )
    call = only_call(recording)
    assert call.sources[0].value is None
    assert (call.rows, call.defect, call.note) == ((), None, "")


def test_an_integer_source_gets_what_plain_tensorflow_gives(record: Record) -> None:
    recording = record(
        "x, n = tf.Variable([1.0, 2.0]), tf.constant([1, 2])\n"
        "with tf.GradientTape() as tape:\n"
        "    y = x * tf.cast(n, tf.float32)\n"
        "j = tape.jacobian(y, [x, n])\n"
    )
    call = only_call(recording)
    x, n = tf.Variable([1.0, 2.0]), tf.constant([1, 2])
    with tf.GradientTape() as tape:
        y = x * tf.cast(n, tf.float32)
    of_x, of_n = tape.jacobian(y, [x, n])
    assert of_n is None
    assert call.sources[1].value is None
    np.testing.assert_allclose(array(recording, call.sources[0].value), of_x.numpy())
    assert call.checked
    assert [row.results[1] for row in call.rows] == [None, None]


def test_a_target_that_is_a_variable_says_why_it_has_no_rows(record: Record) -> None:
    recording = record(
        "x = tf.Variable([1.0, 2.0])\nwith tf.GradientTape() as tape:\n    y = x\nj = tape.jacobian(y, x)\n"
    )
    call = only_call(recording)
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        pass
    np.testing.assert_array_equal(array(recording, call.sources[0].value), tape.jacobian(x, x).numpy())
    assert (call.rows, call.checked, call.defect, call.note) == ((), False, None, rows.VARIABLE_TARGET)
