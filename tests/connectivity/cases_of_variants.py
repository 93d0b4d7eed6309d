"""Variants of the guide's cases: constants, state, draws, positions."""

from __future__ import annotations

from tests.connectivity.case import Case

VARIANTS = (
    Case(
        "tf.Variable list to tensor by np.array",
        """
x = tf.Variable([2.0, 1.0])
with tf.GradientTape() as tape:
    c = np.array(x) * 2.0
    y = tf.reduce_sum(c)
tape.gradient(y, x)
""",
        ("left_tensorflow",),
    ),
    Case(
        "boolean mask count",
        """
x = tf.Variable([0.2, 0.7, 0.9])
with tf.GradientTape() as tape:
    accuracy = tf.reduce_mean(tf.cast(x > 0.5, tf.float32))
tape.gradient(accuracy, x)
""",
        ("integer_dtype",),
    ),
    Case(
        "stop recording whole",
        """
x = tf.Variable(0.5)
tape = tf.GradientTape(persistent=True)
with tape:
    y = x * x
    with tape.stop_recording():
        z = y * y
tape.gradient(z, x)
""",
        ("recording_stopped",),
    ),
    Case(
        "reset",
        """
x = tf.Variable(0.5)
with tf.GradientTape() as t:
    y = x * x
    t.reset()
    z = x * y
t.gradient(y, x)
""",
        ("tape_reset",),
    ),
    Case(
        "embedding wrt ids",
        """
emb = tf.keras.layers.Embedding(5, 2)
ids = tf.constant([1, 3])
with tf.GradientTape() as tape:
    tape.watch(ids)
    y = tf.reduce_sum(emb(ids))
tape.gradient(y, ids)
""",
        ("integer_dtype",),
        (),
        ("differentiate by the table emb.embeddings",),
    ),
    Case(
        "batchnorm moving mean",
        """
layer = tf.keras.layers.BatchNormalization()
x = tf.random.normal([4, 2]); layer(x)
with tf.GradientTape() as tape:
    y = tf.reduce_sum(layer(x, training=True) ** 3)
tape.gradient(y, layer.variables)
""",
        ("ok", "ok", "not_trainable", "not_trainable"),
        (),
        ("Leave layer.moving_mean out of the sources",),
    ),
    Case(
        "dataset",
        """
x = tf.Variable([1.0, 2.0])
with tf.GradientTape() as tape:
    d = tf.data.Dataset.from_tensor_slices(x * 2.0)
    y = tf.constant(0.0)
    for e in d:
        y += e
tape.gradient(y, x)
""",
        ("stateful",),
        ("an iterator of a tf.data.Dataset on line 7",),
    ),
    Case(
        "queue",
        """
x = tf.Variable(2.0)
q = tf.queue.FIFOQueue(3, [tf.float32])
with tf.GradientTape() as tape:
    q.enqueue(x * 2.0)
    y = q.dequeue() ** 2
tape.gradient(y, x)
""",
        ("stateful",),
        ("a tf.queue on line 6",),
    ),
    Case(
        "metric",
        """
m = tf.keras.metrics.Mean()
x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    m.update_state(x * x)
    y = m.result()
tape.gradient(y, x)
""",
        ("stateful",),
    ),
    Case(
        "argmax in accuracy loss",
        """
w = tf.Variable([[1.0, 2.0], [0.5, 0.1]])
with tf.GradientTape() as tape:
    p = tf.argmax(w, axis=1)
    loss = tf.reduce_mean(tf.cast(p, tf.float32) - 1.0)
tape.gradient(loss, w)
""",
        ("integer_dtype",),
    ),
    Case(
        "sort ok, argsort not",
        """
x = tf.Variable([3.0, 1.0])
with tf.GradientTape() as tape:
    y = tf.reduce_sum(tf.cast(tf.argsort(x), tf.float32))
tape.gradient(y, x)
""",
        ("integer_dtype",),
    ),
    Case(
        "one_hot",
        """
x = tf.Variable(1.7)
with tf.GradientTape() as tape:
    y = tf.reduce_sum(tf.one_hot(tf.cast(x, tf.int32), 3))
tape.gradient(y, x)
""",
        ("integer_dtype",),
    ),
    Case(
        "float(loss)",
        """
w = tf.Variable(2.0)
with tf.GradientTape() as tape:
    loss = tf.constant(0.0)
    loss = loss + float(w * w)
tape.gradient(loss, w)
""",
        ("left_tensorflow",),
    ),
    Case(
        "item through python list",
        """
w = tf.Variable([1.0, 2.0])
with tf.GradientTape() as tape:
    parts = [v.numpy() * 2 for v in w]
    y = tf.reduce_sum(parts)
tape.gradient(y, w)
""",
        ("left_tensorflow",),
    ),
    Case(
        "tf.random.poisson / categorical",
        """
logits = tf.Variable([[1.0, 2.0]])
with tf.GradientTape() as tape:
    s = tf.random.categorical(logits, 3)
    y = tf.reduce_mean(tf.cast(s, tf.float32))
tape.gradient(y, logits)
""",
        ("integer_dtype",),
    ),
    Case(
        "linspace/range",
        """
n = tf.Variable(3.0)
with tf.GradientTape() as tape:
    y = tf.reduce_sum(tf.range(0.0, n))
tape.gradient(y, n)
""",
        ("not_differentiable",),
    ),
)
