"""Where ops stand in the lesson, and what is kept of their values."""

from __future__ import annotations

import numpy as np

from tapeviz.model.recording import SourceRange
from tests.engine.conftest import Record, Run, array


def test_ops_stand_where_their_expression_stands(run: Run) -> None:
    text = (
        "# %%\n"
        "größe = tf.Variable(2.0)\n"
        "# %% [markdown]\n"
        "# narration\n"
        "# %%\n"
        "def square(t):\n"
        "    return t * t\n"
        "ä = 'ö'; y = größe * 3.0 + square(größe)\n"
        "z = tf.reduce_sum(\n"
        "    y - 1.0,\n"
        ")\n"
    )
    recording = run(text).recording
    assert not recording.errors
    lines = ("import tensorflow as tf\n" + text).splitlines()

    def text_of(place: SourceRange | None) -> str:
        assert place is not None
        if place.line == place.end_line:
            return lines[place.line - 1][place.column : place.end_column]
        return lines[place.line - 1][place.column :]

    found = {op.type: text_of(op.place) for op in recording.ops}
    assert found["AddV2"] == "größe * 3.0 + square(größe)"
    assert found["Mul"] == "t * t"
    assert found["Sub"] == "y - 1.0"
    assert found["Sum"] == "tf.reduce_sum("
    (total,) = [op for op in recording.ops if op.type == "Sum"]
    assert total.place == SourceRange(line=10, column=4, end_line=12, end_column=1)


def test_name_scopes_and_plain_attributes(record: Record) -> None:
    recording = record(
        "with tf.name_scope('outer'), tf.name_scope('inner'):\n"
        "    a = tf.linalg.matmul(tf.ones((2, 3)), tf.ones((2, 3)), transpose_b=True)\n"
        "b = tf.cast(a, tf.int32)\n"
        "c = tf.nn.conv2d(tf.ones((1, 4, 4, 1)), tf.ones((2, 2, 1, 1)), strides=[1, 2, 2, 1], padding='SAME')\n"
    )
    by_type = {op.type: op for op in recording.ops}
    assert by_type["MatMul"].scope == "outer/inner"
    assert by_type["MatMul"].attributes["transpose_b"] is True
    assert by_type["Cast"].attributes["DstT"] == "int32"
    assert by_type["Conv2D"].attributes["strides"] == (1, 2, 2, 1)
    assert by_type["Conv2D"].attributes["padding"] == "SAME"


def test_values_of_all_kinds(record: Record) -> None:
    recording = record(
        "half = tf.cast([1.5, 2.5], tf.bfloat16) * 2\n"
        "words = tf.strings.join(['ä', 'b'])\n"
        "answer = tf.constant(3.0) > 2.0\n"
        "empty = tf.zeros((0, 3)) + 1.0\n"
        "broken = tf.constant([1.0, 0.0]) / 0.0\n"
    )
    tensors = {tensor.name: tensor for tensor in recording.tensors if tensor.name}
    assert (tensors["half"].dtype, array(recording, tensors["half"].id).tolist()) == ("bfloat16", [3.0, 5.0])
    words = tensors["words"].value
    assert words is not None and words.text == "['äb']" and words.data is None
    assert array(recording, tensors["answer"].id).item() is True
    assert array(recording, tensors["empty"].id).shape == (0, 3)
    np.testing.assert_array_equal(array(recording, tensors["broken"].id), [np.inf, np.nan])


def test_large_values_are_summarised_and_kept_whole_beside(run: Run) -> None:
    result = run("big = tf.reshape(tf.range(10000.0), (100, 100))\nedge = tf.zeros((64, 64)) + 1.0\n")
    tensors = {tensor.name: tensor for tensor in result.recording.tensors if tensor.name}
    big = tensors["big"].value
    assert big is not None and not big.is_whole
    assert big.summary is not None and (big.summary.min, big.summary.max) == (0.0, 9999.0)
    assert big.preview is not None and big.preview.shape == (32, 32)
    np.testing.assert_array_equal(result.arrays[tensors["big"].id], np.arange(10000.0).reshape(100, 100))
    assert tensors["edge"].value is not None and tensors["edge"].value.is_whole
    assert tensors["edge"].id not in result.arrays


def test_a_value_is_the_one_it_had_when_the_op_ran(record: Record) -> None:
    recording = record(
        "v = tf.Variable([1.0, 2.0])\n"
        "before = v + 0.0\n"
        "read = v.read_value()\n"
        "v.assign_add([10.0, 10.0])\n"
        "after = v + 0.0\n"
    )
    values = {
        t.name: array(recording, t.id).tolist() for t in recording.tensors if t.name in ("before", "read", "after")
    }
    assert values == {"before": [1.0, 2.0], "read": [1.0, 2.0], "after": [11.0, 12.0]}
