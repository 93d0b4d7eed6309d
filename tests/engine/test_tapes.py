"""The tape in all its uses: what TensorFlow's own tests of it try, seen through a recording."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.conftest import Record, Run, array, results, sums


def test_nested_tapes_each_hold_their_own(record: Record) -> None:
    recording = record(
        "x = tf.Variable(2.0)\n"
        "c = tf.constant(5.0)\n"
        "with tf.GradientTape() as outer:\n"
        "    with tf.GradientTape(watch_accessed_variables=False) as inner:\n"
        "        inner.watch(c)\n"
        "        y = x ** 4\n"
        "        z = c * c * y\n"
        "    dz = inner.gradient(z, c)\n"
        "d2z = outer.gradient(dz, x)\n"
    )
    outer, inner = recording.tapes
    assert (inner.parent, outer.parent) == (0, None)
    holders = {recording.tensors[op.outputs[0]].name: op.recorded_by for op in recording.ops if op.outputs}
    assert holders["y"] == (0,)
    assert holders["z"] == (0, 1)
    first, second = recording.gradient_calls
    assert (first.tape, second.tape) == (1, 0)
    assert results(recording, first) == [160.0]
    assert results(recording, second) == [320.0]
    assert first.checked and second.checked
    backward_ops = {c.op for c in second.contributions if recording.ops[c.op].made_by == first.id}
    assert backward_ops, "the outer tape goes back through the inner backward pass"


def test_second_derivative_of_x4(record: Record) -> None:
    recording = record(
        "x = tf.Variable(2.0)\n"
        "with tf.GradientTape() as outer:\n"
        "    with tf.GradientTape() as inner:\n"
        "        y = x ** 4\n"
        "    dy = inner.gradient(y, x)\n"
        "d2y = outer.gradient(dy, x)\n"
    )
    assert [results(recording, call) for call in recording.gradient_calls] == [[32.0], [48.0]]
    assert [tensor.name for tensor in recording.tensors if tensor.name in ("dy", "d2y")] == ["dy", "d2y"]


def test_nested_tapes_with_a_read_inside_another_op(record: Record) -> None:
    recording = record(
        "x = tf.Variable(2.0)\n"
        "c = tf.constant(5.0)\n"
        "with tf.GradientTape(persistent=True) as outer:\n"
        "    outer.watch(c)\n"
        "    with tf.GradientTape() as inner:\n"
        "        inner.watch(c)\n"
        "        y = c ** 3 * x\n"
        "    dy = inner.gradient(y, c)\n"
        "    z = y * dy\n"
        "g = outer.gradient([z, y], [c, x, y])\n"
    )
    call = recording.gradient_calls[-1]
    assert call.checked, call.defect
    assert results(recording, call) == [37650.0, 37625.0, 151.0]


def test_a_persistent_tape_answers_again_and_again(record: Record) -> None:
    recording = record(
        "x = tf.Variable(1.0)\n"
        "with tf.GradientTape(persistent=True) as tape:\n"
        "    a = x ** 2\n"
        "    b = x ** 3\n"
        "g = tape.gradient(a, x), tape.gradient(b, x), tape.gradient(a, x)\n"
    )
    assert [results(recording, call) for call in recording.gradient_calls] == [[2.0], [3.0], [2.0]]
    (tape,) = recording.tapes
    assert tape.persistent and tape.released_at is None
    assert all(call.checked for call in recording.gradient_calls)


def test_a_persistent_tape_is_released_when_it_is_deleted(record: Record) -> None:
    recording = record(
        "x = tf.Variable(1.0)\n"
        "with tf.GradientTape(persistent=True) as tape:\n"
        "    a = x ** 2\n"
        "g = tape.gradient(a, x)\n"
        "del tape\n"
        "b = a + 1.0\n"
    )
    (tape,) = recording.tapes
    assert tape.released_at is not None
    assert tape.released_at == next(op.id for op in recording.ops if op.type == "AddV2")


def test_a_released_tape(run: Run) -> None:
    recording = run(
        "x = tf.Variable(3.0)\n"
        "with tf.GradientTape() as tape:\n"
        "    y = x * x\n"
        "g = tape.gradient(y, x)\n"
        "g = tape.gradient(y, x)\n"
    ).recording
    (call,) = recording.gradient_calls
    assert results(recording, call) == [6.0]
    (error,) = recording.errors
    assert (error.type, error.line, error.column, error.end_column) == ("RuntimeError", 6, 4, 23)
    assert error.hint is not None and "persistent=True" in error.hint
    assert recording.tapes[0].released_at == call.ended_at


def test_watching_and_not_watching(record: Record) -> None:
    recording = record(
        "c = tf.constant(3.0)\n"
        "v = tf.Variable(3.0)\n"
        "with tf.GradientTape() as tape:\n"
        "    y = c * c\n"
        "a = tape.gradient(y, c)\n"
        "with tf.GradientTape(watch_accessed_variables=False) as tape:\n"
        "    tape.watch(c)\n"
        "    y = c * c * v\n"
        "print(tape.watched_variables())\n"
        "b = tape.gradient(y, [c, v])\n"
    )
    unwatched, watched = recording.gradient_calls
    assert results(recording, unwatched) == [None]
    assert results(recording, watched) == [18.0, None]
    assert [tape.watch_accessed_variables for tape in recording.tapes] == [True, False]
    roles = {tensor.name: tensor.role for tensor in recording.tensors if tensor.name}
    assert (roles["c"], roles["v"]) == ("watched", "variable")
    assert recording.output == "()\n"
    why = unwatched.sources[0].why_none
    assert why is not None and why.cause == "not_watched"


def test_stopped_and_reset_tapes(record: Record) -> None:
    recording = record(
        "x = tf.Variable(3.0)\n"
        "with tf.GradientTape(persistent=True) as tape:\n"
        "    y = x * x\n"
        "    with tape.stop_recording():\n"
        "        z = x * x * x\n"
        "    w = y + z\n"
        "a = tape.gradient(w, x)\n"
        "b = tape.gradient(z, x)\n"
        "with tf.GradientTape() as tape:\n"
        "    y = x * x\n"
        "    tape.reset()\n"
        "    w = y + x\n"
        "c = tape.gradient(w, [x, y])\n"
    )
    first, second, third = recording.gradient_calls
    assert [results(recording, call) for call in (first, second, third)] == [[6.0], [None], [1.0, None]]
    assert all(call.checked for call in recording.gradient_calls)
    assert second.sources[0].why_none is not None and second.sources[0].why_none.cause == "recording_stopped"


def test_what_is_asked_of_a_tape_inside_its_block(record: Record) -> None:
    recording = record(
        "x = tf.Variable(3.0)\n"
        "with tf.GradientTape(persistent=True) as tape:\n"
        "    y = x * x\n"
        "    dy = tape.gradient(y, x)\n"
        "d2y = tape.gradient(dy, x)\n"
        "with tf.GradientTape() as tape:\n"
        "    y = x * x\n"
        "    dy = tape.gradient(y, x)\n"
        "    after = x * x\n"
    )
    assert [results(recording, call) for call in recording.gradient_calls] == [[6.0], [2.0], [6.0]]
    assert recording.tapes[1].exited_at == recording.gradient_calls[2].started_at
    assert recording.ops[-1].recorded_by == ()


def test_targets_and_sources_of_all_kinds(record: Record) -> None:
    recording = record(
        "x = tf.Variable(3.0)\n"
        "n = tf.Variable(3)\n"
        "frozen = tf.Variable(2.0, trainable=False)\n"
        "with tf.GradientTape(persistent=True) as tape:\n"
        "    y = x * x * frozen\n"
        "    z = y * 2.0\n"
        "    k = tf.cast(x, tf.int32)\n"
        "    w = tf.cast(n, tf.float32) * x\n"
        "calls = [tape.gradient(y, y), tape.gradient([y, z], x), tape.gradient(z, [x, x]),\n"
        "         tape.gradient(k, x), tape.gradient(w, [n, x]), tape.gradient(y, frozen),\n"
        "         tape.gradient({'a': z, 'b': y}, {'q': (y,), 'p': [x]}), tape.gradient([y, y], x)]\n"
    )
    calls = recording.gradient_calls
    assert [results(recording, call) for call in calls] == [
        *([1.0], [36.0], [24.0, 24.0], [None], [None, 3.0], [None], [36.0, 3.0], [24.0]),
    ]
    assert [source.path for source in calls[6].sources] == [("p", 0), ("q", 0)]
    assert all(call.checked for call in calls), [call.defect for call in calls]
    for call in calls:
        for own, summed in zip(results(recording, call), sums(recording, call), strict=True):
            assert (own is None) == (summed is None)
    trainable = {tensor.name: tensor.trainable for tensor in recording.tensors if tensor.role == "variable"}
    assert trainable == {"x": True, "n": True, "frozen": False}


def test_output_gradients_and_unconnected_zeros(record: Record) -> None:
    recording = record(
        "x = tf.Variable([1.0, 2.0])\n"
        "other = tf.Variable([[1.0]])\n"
        "with tf.GradientTape() as tape:\n"
        "    y = x * x\n"
        "g = tape.gradient(y, {'x': x, 'other': other}, output_gradients=tf.constant([10.0, 100.0]),\n"
        "                  unconnected_gradients=tf.UnconnectedGradients.ZERO)\n"
    )
    (call,) = recording.gradient_calls
    assert call.unconnected_gradients == "zero"
    other, x = results(recording, call)
    np.testing.assert_array_equal(x, [20.0, 400.0])
    np.testing.assert_array_equal(other, [[0.0]])
    np.testing.assert_array_equal(array(recording, call.seed[0]), [10.0, 100.0])
    assert call.checked


def test_sparse_gradients_are_written_out(record: Record) -> None:
    recording = record(
        "table = tf.Variable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])\n"
        "with tf.GradientTape() as tape:\n"
        "    y = tf.reduce_sum(tf.gather(table, [0, 2, 2]) ** 2) + tf.reduce_sum(tf.nn.embedding_lookup(table, [1]))\n"
        "g = tape.gradient(y, table)\n"
        "print(type(g).__name__)\n"
    )
    (call,) = recording.gradient_calls
    assert recording.output == "IndexedSlices\n"
    np.testing.assert_array_equal(results(recording, call)[0], [[2.0, 4.0], [1.0, 1.0], [20.0, 24.0]])
    assert call.checked


def test_complex_numbers(record: Record) -> None:
    recording = record(
        "z = tf.Variable(1.0 + 2.0j)\n"
        "with tf.GradientTape() as tape:\n"
        "    y = tf.abs(z) ** 2 + tf.math.real(z * z)\n"
        "g = tape.gradient(y, z)\n"
        "print(g.numpy())\n"
    )
    (call,) = recording.gradient_calls
    assert results(recording, call) == [complex(recording.output)]
    assert call.checked


def test_custom_gradients_functions_and_recomputation_are_one_op_each(record: Record) -> None:
    recording = record(
        "x = tf.Variable(2.0)\n"
        "@tf.custom_gradient\n"
        "def clipped(a):\n"
        "    return tf.exp(a), lambda upstream: upstream * 0.5\n"
        "@tf.custom_gradient\n"
        "def both(a, b):\n"
        "    return (a * b, a + b), lambda u, v: (u * b + v, u * a + v)\n"
        "@tf.function\n"
        "def compiled(a):\n"
        "    return a * x + 1.0\n"
        "@tf.recompute_grad\n"
        "def again(a):\n"
        "    return tf.sin(a) * x\n"
        "with tf.GradientTape() as tape:\n"
        "    p, s = both(clipped(x), x)\n"
        "    y = compiled(p) * s + again(x)\n"
        "g = tape.gradient(y, x)\n"
        "print(g.numpy())\n"
    )
    (call,) = recording.gradient_calls
    assert len(recording.tapes) == 1, "recomputation makes a tape of its own, which is no tape of the lesson's"
    assert call.checked, call.defect
    assert results(recording, call) == [pytest.approx(float(recording.output))]
    assert sums(recording, call) == [pytest.approx(float(recording.output), rel=1e-6)]
    held = [op for op in recording.ops if op.recorded_by == (0,)]
    for title in ("clipped", "both"):
        (op,) = [op for op in held if op.type == title]
        assert op.attributes == {"custom_gradient": True}
    assert [op.type for op in held if op.type.startswith("__")] == ["__forward_compiled"]
    assert {"inner"} == {op.type for op in held if op.attributes.get("custom_gradient")} - {"clipped", "both"}


def test_a_gradient_call_inside_a_gradient_of_the_lessons_own(record: Record) -> None:
    recording = record(
        "@tf.custom_gradient\n"
        "def cubed(a):\n"
        "    def grad(upstream):\n"
        "        with tf.GradientTape() as inner:\n"
        "            inner.watch(a)\n"
        "            b = a * a * a\n"
        "        return upstream * inner.gradient(b, a)\n"
        "    return a ** 3, grad\n"
        "x = tf.Variable(2.0)\n"
        "with tf.GradientTape() as tape:\n"
        "    y = cubed(x * 1.0) * 2.0\n"
        "g = tape.gradient(y, x)\n"
    )
    outer, inner = recording.gradient_calls
    assert (results(recording, outer), results(recording, inner)) == ([24.0], [12.0])
    assert outer.checked and inner.checked
    assert {op.made_by for op in recording.ops} == {None, outer.id, inner.id}


def test_tapes_in_loops_and_functions_are_a_series(record: Record) -> None:
    recording = record(
        "def descend(w, count):\n"
        "    for _ in range(count):\n"
        "        with tf.GradientTape() as tape:\n"
        "            error = w - 5.0\n"
        "            loss = error ** 2\n"
        "        w.assign_sub(0.1 * tape.gradient(loss, w))\n"
        "weight = tf.Variable(2.0)\n"
        "descend(weight, 10)\n"
    )
    assert len(recording.gradient_calls) == 10
    assert results(recording, recording.gradient_calls[0]) == [-6.0]
    assert array(recording, recording.gradient_calls[0].sources[0].tensor) == 2.0
    assert recording.assignments[0].value.array == pytest.approx(2.6)
    assert [series.iterations for series in recording.series] == [10]
    assert {assignment.line for assignment in recording.assignments} == {7}
    assert {recording.tensors[call.target[0]].name for call in recording.gradient_calls} == {"loss"}
    assert all(recording.tensors[call.sources[0].tensor].name == "weight" for call in recording.gradient_calls)


def test_jacobians_keep_their_results(record: Record) -> None:
    recording = record(
        "x = tf.Variable([1.0, 2.0])\n"
        "with tf.GradientTape(persistent=True) as tape:\n"
        "    y = x ** 2\n"
        "    b = tf.reshape(x, (2, 1)) ** 2\n"
        "j = tape.jacobian(y, x)\n"
        "k = tape.jacobian(y, [x], experimental_use_pfor=False)\n"
        "with tf.GradientTape() as tape:\n"
        "    c = tf.constant([[1.0], [3.0]])\n"
        "    tape.watch(c)\n"
        "    b = c ** 2\n"
        "m = tape.batch_jacobian(b, c)\n"
    )
    assert [call.method for call in recording.gradient_calls] == ["jacobian", "jacobian", "batch_jacobian"]
    first, second, third = (results(recording, call)[0] for call in recording.gradient_calls)
    np.testing.assert_array_equal(first, [[2.0, 0.0], [0.0, 4.0]])
    np.testing.assert_array_equal(second, first)
    np.testing.assert_array_equal(third, [[[2.0]], [[6.0]]])
    assert recording.tensors[recording.gradient_calls[2].target[0]].name == "b"


def test_a_keras_model_and_its_optimizer(record: Record) -> None:
    recording = record(
        "model = tf.keras.Sequential([tf.keras.layers.Dense(3, activation='tanh'), tf.keras.layers.Dense(1)])\n"
        "optimizer = tf.keras.optimizers.SGD(0.1)\n"
        "inputs, wanted = tf.ones((4, 2)), tf.ones((4, 1))\n"
        "for _ in range(2):\n"
        "    with tf.GradientTape() as tape:\n"
        "        loss = tf.reduce_mean((model(inputs) - wanted) ** 2)\n"
        "    gradients = tape.gradient(loss, model.trainable_variables)\n"
        "    optimizer.apply_gradients(zip(gradients, model.trainable_variables))\n"
        "print([tuple(g.shape) for g in gradients])\n",
        seed=0,
    )
    call = recording.gradient_calls[-1]
    assert call.checked
    assert [result.shape for result in results(recording, call)] == [(2, 3), (3,), (3, 1), (1,)]
    assert [source.name for source in call.sources] == [
        *("model.layers[0].kernel", "model.layers[0].bias", "model.layers[1].kernel", "model.layers[1].bias")
    ]
    changed = {recording.tensors[assignment.variable].name for assignment in recording.assignments}
    assert changed >= {source.name for source in call.sources}


def test_tapes_inside_keras_are_recorded(record: Record) -> None:
    recording = record(
        "model = tf.keras.Sequential([tf.keras.layers.Dense(1)])\n"
        "model.compile('sgd', 'mse', run_eagerly=True)\n"
        "model.fit(tf.ones((4, 2)), tf.ones((4, 1)), epochs=1, batch_size=2, verbose=0)\n"
    )
    assert [tape.line for tape in recording.tapes] == [4, 4]
    assert all(call.checked for call in recording.gradient_calls)
    assert [len(call.sources) for call in recording.gradient_calls] == [2, 2]


def test_tensors_of_other_threads_break_nothing(record: Record) -> None:
    recording = record(
        "import threading\n"
        "found = []\n"
        "def work():\n"
        "    v = tf.Variable(2.0)\n"
        "    with tf.GradientTape() as tape:\n"
        "        y = v * v\n"
        "    found.append(tape.gradient(y, v).numpy())\n"
        "thread = threading.Thread(target=work)\n"
        "x = tf.Variable(3.0)\n"
        "with tf.GradientTape() as tape:\n"
        "    thread.start()\n"
        "    thread.join()\n"
        "    y = x * x\n"
        "print(found, tape.gradient(y, x).numpy())\n"
    )
    assert recording.output.split() == ["[4.0]", "6.0"] or "4.0" in recording.output
    other, call = recording.gradient_calls
    assert (other.checked, results(recording, other)) == (True, [4.0])
    assert recording.tapes[other.tape].parent is None
    assert call.checked and results(recording, call) == [6.0]


def test_what_is_sent_to_tensors_that_no_tape_watches_is_dropped_as_tensorflow_drops_it(record: Record) -> None:
    recording = record(
        "x = tf.Variable(3.0)\n"
        "c = tf.constant(2.0)\n"
        "@tf.custom_gradient\n"
        "def f(a, b):\n"
        "    return a * b, lambda u: (u * b, u * a)\n"
        "@tf.function\n"
        "def g(a):\n"
        "    return a * x\n"
        "with tf.GradientTape(persistent=True) as tape:\n"
        "    y = x + c\n"
        "    z = f(x, c) + g(c)\n"
        "calls = tape.gradient(y, [x, c]), tape.gradient(y, c), tape.gradient(z, [x, c]), tape.gradient(z, c)\n"
    )
    calls = recording.gradient_calls
    assert [results(recording, call) for call in calls] == [[1.0, None], [None], [4.0, None], [None]]
    assert [sums(recording, call) for call in calls] == [[1.0, None], [None], [4.0, None], [None]]
    assert all(call.checked for call in calls), [call.defect for call in calls]


def test_a_tape_that_is_left_inside_a_traced_function(run: Run) -> None:
    text = (
        "x = tf.Variable(3.0)\n"
        "tape = tf.GradientTape()\n"
        "tape.__enter__()\n"
        "y = x * x\n"
        "@tf.function\n"
        "def ask():\n"
        "    return tape.gradient(y, x)\n"
        "print(ask().numpy())\n"
        "z = x * x\n"
    )
    recording = run(text).recording
    assert (recording.output, recording.errors) == ("6.0\n", ())
    assert recording.ops[-1].recorded_by == ()
    assert run("print(tf.GradientTape)\n").recording.errors == ()


def test_a_custom_gradient_stands_after_the_reads_of_its_variables(record: Record) -> None:
    recording = record(
        "@tf.custom_gradient\n"
        "def gate(x, y):\n"
        "    return x * y, lambda upstream: (upstream * y, None)\n"
        "a, b = tf.Variable(3.0), tf.Variable(4.0)\n"
        "with tf.GradientTape() as tape:\n"
        "    out = gate(a, b)\n"
        "g = tape.gradient(out, [a, b])\n"
    )
    (call,) = recording.gradient_calls
    assert results(recording, call) == [4.0, None]
    (gate,) = [op for op in recording.ops if op.type == "gate"]
    readers = [recording.ops[recording.tensors[tensor].producer or 0] for tensor in gate.inputs]
    assert [op.type for op in readers] == ["ReadVariableOp", "ReadVariableOp"]
    assert all(op.id < gate.id for op in readers)


def test_forward_mode_beside_a_tape(record: Record) -> None:
    recording = record(
        "x = tf.Variable([1.0, 2.0])\n"
        "with tf.autodiff.ForwardAccumulator(x, tf.constant([1.0, -1.0])) as forward:\n"
        "    with tf.GradientTape() as tape:\n"
        "        y = tf.reduce_sum(x ** 3) * x[0]\n"
        "    g = tape.gradient(y, x)\n"
        "print(forward.jvp(g).numpy().tolist())\n"
    )
    (call,) = recording.gradient_calls
    np.testing.assert_array_equal(results(recording, call)[0], [12.0, 12.0])
    assert call.checked
    for tensor in recording.tensors:
        if tensor.name == "y":
            assert tensor.producer is not None and recording.ops[tensor.producer].type == "Mul"
    made = [
        tensor.producer
        for op in recording.ops
        if op.type == "Pow"
        for tensor in map(recording.tensors.__getitem__, op.outputs)
    ]
    assert None not in made
