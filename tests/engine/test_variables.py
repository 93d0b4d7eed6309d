"""Variables: what they held at first, what they were given since, and what they are called."""

from __future__ import annotations

import numpy as np

from tests.engine.conftest import Record, array


def test_every_kind_of_assignment_is_kept_with_the_new_value(record: Record) -> None:
    recording = record(
        "v = tf.Variable([1.0, 2.0])\n"
        "v.assign([3.0, 4.0])\n"
        "v.assign_add([1.0, 1.0])\n"
        "v.assign_sub([0.5, 0.5])\n"
        "v[0].assign(9.0)\n"
        "v.scatter_add(tf.IndexedSlices(tf.constant([1.0]), tf.constant([1])))\n"
        "tf.raw_ops.ResourceApplyGradientDescent(var=v.handle, alpha=0.1, delta=[1.0, 10.0])\n"
        "@tf.function\n"
        "def double():\n"
        "    v.assign(v * 2.0)\n"
        "@tf.function\n"
        "def look():\n"
        "    return v + 1.0\n"
        "double()\n"
        "look()\n"
        "print(v.numpy().tolist())\n"
    )
    values = [assignment.value.array.tolist() for assignment in recording.assignments]
    expected = [[3.0, 4.0], [4.0, 5.0], [3.5, 4.5], [9.0, 4.5], [9.0, 5.5], [8.9, 4.5], [17.8, 9.0]]
    np.testing.assert_allclose(values, expected, rtol=1e-6)
    assert [assignment.line for assignment in recording.assignments] == [3, 4, 5, 6, 7, 8, 15]
    (variable,) = [tensor for tensor in recording.tensors if tensor.role == "variable"]
    assert {assignment.variable for assignment in recording.assignments} == {variable.id}
    np.testing.assert_array_equal(array(recording, variable.id), [1.0, 2.0])


def test_a_variable_is_called_what_the_lesson_calls_it(record: Record) -> None:
    recording = record(
        "class Model(tf.Module):\n"
        "    def __init__(self):\n"
        "        self.w = tf.Variable(3.0)\n"
        "        self.parts = [tf.Variable(4.0)]\n"
        "plain = tf.Variable(1.0)\n"
        "alias = plain\n"
        "params = {'bias': tf.Variable(2.0)}\n"
        "model = Model()\n"
        "for passing in (plain, params['bias']):\n"
        "    passing.assign_add(0.0)\n"
        "def hidden():\n"
        "    own = tf.Variable(5.0)\n"
        "    return own * 1.0\n"
        "def use(parameter):\n"
        "    return parameter * 2.0\n"
        "use(plain)\n"
        "hidden()\n"
        "unnamed = [tf.Variable(6.0, name='weight') * 2.0]\n"
    )
    names = {float(array(recording, t.id)): t.name for t in recording.tensors if t.role == "variable"}
    assert names == {
        1.0: "plain",
        2.0: "params['bias']",
        3.0: "model.w",
        4.0: "model.parts[0]",
        5.0: "own",
        6.0: "weight",
    }


def test_tensors_are_called_what_they_were_bound_to_even_inside_functions(record: Record) -> None:
    recording = record(
        "x = tf.Variable(2.0)\n"
        "def network(inputs):\n"
        "    hidden = inputs * 3.0\n"
        "    return tf.exp(hidden)\n"
        "with tf.GradientTape() as tape:\n"
        "    y = network(x)\n"
        "    for _ in range(3):\n"
        "        y = y * 2.0\n"
        "    total = y + 1.0\n"
        "gradients = [tape.gradient(total, x)]\n"
    )
    named = {(tensor.name, float(array(recording, tensor.id))) for tensor in recording.tensors if tensor.name}
    e6 = float(np.exp(np.float32(6.0)))
    ys = sorted(value for name, value in named if name == "y")
    np.testing.assert_allclose(ys, [e6, 2 * e6, 4 * e6, 8 * e6], rtol=1e-6)
    assert ("hidden", 6.0) in named
    assert {"total", "gradients[0]", "x"} <= {name for name, _ in named}


def test_a_frozen_variable_and_one_that_was_never_read(record: Record) -> None:
    recording = record(
        "a = tf.Variable(1.0, trainable=False)\nb = tf.Variable([1, 2])\nc = a * 2.0\nb.assign([3, 4])\n"
    )
    variables = {tensor.name: tensor for tensor in recording.tensors if tensor.role == "variable"}
    assert variables["a"].trainable is False
    assert (variables["b"].dtype, variables["b"].shape) == ("int32", (2,))
    assert variables["b"].trainable is True
