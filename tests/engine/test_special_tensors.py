"""Indexed slices stay slices, and complex, ragged and sparse tensors give what plain TensorFlow gives."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from tapeviz.storage.contract_json import recording_json
from tests.engine.conftest import Record, array, results

EMBEDDING = (
    "table = tf.Variable(tf.reshape(tf.range(40.0), (20, 2)) / 10)\n"
    "with tf.GradientTape() as tape:\n"
    "    rows = tf.gather(table, [4, 7, 9, 4])\n"
    "    loss = tf.reduce_sum(rows ** 2)\n"
    "g = tape.gradient(loss, table)\n"
)


def test_the_gradient_of_an_embedding_says_which_rows_it_touches(record: Record) -> None:
    recording = record(EMBEDDING)
    (call,) = recording.gradient_calls
    table = tf.Variable(tf.reshape(tf.range(40.0), (20, 2)) / 10)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.gather(table, [4, 7, 9, 4]) ** 2)
    g = tape.gradient(loss, table)
    assert isinstance(g, tf.IndexedSlices)
    dense = tf.convert_to_tensor(g).numpy()
    np.testing.assert_allclose(results(recording, call)[0], dense)
    assert call.checked
    value = recording.tensors[call.sources[0].value or 0].value
    assert value is not None
    assert value.slices is not None
    assert (value.slices.rows, value.slices.touched, value.slices.pieces) == (20, 3, 4)
    assert value.slices.indices == (4, 7, 9)
    np.testing.assert_allclose(value.slices.values.array, dense[[4, 7, 9]])


def test_the_json_form_has_the_dense_value_and_the_rows_beside_it(record: Record) -> None:
    recording = record(EMBEDDING)
    document = recording_json(recording)
    source = document["gradient_calls"][0]["sources"][0]
    assert np.shape(source["value"]) == (20, 2)
    slices = document["tensors"][source["value_tensor"]]["slices"]
    assert (slices["rows"], slices["touched"], tuple(slices["indices"])) == (20, 3, (4, 7, 9))


def test_a_large_embedding_keeps_the_values_of_the_rows_it_touches(record: Record) -> None:
    recording = record(
        "table = tf.Variable(tf.random.normal([10000, 8], seed=1))\n"
        "with tf.GradientTape() as tape:\n"
        "    loss = tf.reduce_sum(tf.nn.embedding_lookup(table, [[17, 4000]]) ** 2)\n"
        "g = tape.gradient(loss, table)\n"
    )
    (call,) = recording.gradient_calls
    value = recording.tensors[call.sources[0].value or 0].value
    assert value is not None
    assert not value.is_whole
    assert value.slices is not None
    assert (value.slices.indices, value.slices.rows) == ((17, 4000), 10000)
    assert value.slices.values.array.shape == (2, 8)
    assert np.all(value.slices.values.array != 0)


def test_complex_gradients_are_conjugated_as_tensorflow_does(record: Record) -> None:
    recording = record(
        "z = tf.Variable(tf.complex(1.0, 2.0))\n"
        "with tf.GradientTape() as tape:\n"
        "    w = z * z * tf.complex(0.0, 1.0)\n"
        "    loss = tf.math.real(w)\n"
        "g = tape.gradient(loss, z)\n"
    )
    (call,) = recording.gradient_calls
    z = tf.Variable(tf.complex(1.0, 2.0))
    with tf.GradientTape() as tape:
        loss = tf.math.real(z * z * tf.complex(0.0, 1.0))
    assert call.checked
    assert results(recording, call) == [tape.gradient(loss, z).numpy()]


def test_ragged_sources_and_targets_are_named_with_their_components(record: Record) -> None:
    recording = record(
        "numbers = tf.constant([1.0, 2.0, 3.0])\n"
        "with tf.GradientTape(persistent=True) as tape:\n"
        "    tape.watch(numbers)\n"
        "    ragged = tf.RaggedTensor.from_row_lengths(numbers * 2.0, [2, 1])\n"
        "    squares = ragged * ragged\n"
        "    loss = tf.reduce_sum(squares)\n"
        "g = tape.gradient(loss, [ragged, numbers])\n"
        "h = tape.gradient(squares, numbers)\n"
    )
    of_loss, of_squares = recording.gradient_calls
    assert of_loss.checked
    assert of_squares.checked
    assert [source.name for source in of_loss.sources] == ["ragged.flat_values", "numbers"]
    assert recording.tensors[of_squares.target[0]].name == "squares.flat_values"
    numbers = tf.constant([1.0, 2.0, 3.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(numbers)
        ragged = tf.RaggedTensor.from_row_lengths(numbers * 2.0, [2, 1])
        squares = ragged * ragged
        loss = tf.reduce_sum(squares)
    expected = [tape.gradient(loss, ragged).flat_values, tape.gradient(loss, numbers)]
    for mine, its in zip(results(recording, of_loss), expected, strict=True):
        np.testing.assert_allclose(mine, its.numpy())
    np.testing.assert_allclose(results(recording, of_squares)[0], tape.gradient(squares, numbers).numpy())


def test_sparse_sources_and_targets_are_what_tensorflow_makes_of_them(record: Record) -> None:
    text = (
        "dense = tf.constant([[1.0, 2.0], [3.0, 4.0]])\n"
        "weights = tf.constant([5.0, 6.0])\n"
        "with tf.GradientTape() as tape:\n"
        "    tape.watch(weights)\n"
        "    sparse = tf.sparse.SparseTensor([[0, 1], [1, 0]], weights, [2, 2])\n"
        "    y = tf.reduce_sum(tf.sparse.sparse_dense_matmul(sparse, dense))\n"
        "g = tape.gradient(y, weights)\n"
    )
    recording = record(text)
    (call,) = recording.gradient_calls
    dense, weights = tf.constant([[1.0, 2.0], [3.0, 4.0]]), tf.constant([5.0, 6.0])
    with tf.GradientTape() as tape:
        tape.watch(weights)
        sparse = tf.sparse.SparseTensor([[0, 1], [1, 0]], weights, [2, 2])
        y = tf.reduce_sum(tf.sparse.sparse_dense_matmul(sparse, dense))
    np.testing.assert_allclose(array(recording, call.sources[0].value), tape.gradient(y, weights).numpy())
    assert call.checked
