"""Questions of TensorFlow's users and variants of the guide's cases, told anew in other code."""

from __future__ import annotations

from tests.connectivity.case import Case

QUESTIONS = (
    Case(
        "list of variables, one of them unused",
        """
ws = [tf.Variable(1.0), tf.Variable(2.0), tf.Variable(3.0)]
with tf.GradientTape() as tape:
    y = ws[0] * ws[1]
tape.gradient(y, ws)
""",
        ("ok", "ok", "not_connected"),
    ),
    Case(
        "a Keras model called outside of the tape (42984)",
        """
model = tf.keras.Sequential([tf.keras.layers.Dense(3, activation="relu"), tf.keras.layers.Dense(1)])
x = tf.random.normal([4, 2])
t = tf.random.normal([4, 1])
prediction = model(x)
with tf.GradientTape() as tape:
    loss = tf.reduce_mean((prediction - t) ** 2)
tape.gradient(loss, model.trainable_variables)
""",
        ("computed_outside_tape", "computed_outside_tape", "computed_outside_tape", "computed_outside_tape"),
        ("prediction was computed on line 6, before the tape on line 7 began.",),
        ("Move line 6",),
    ),
    Case(
        "a generator whose output goes through NumPy (31919)",
        """
G = tf.keras.Sequential([tf.keras.layers.Dense(3), tf.keras.layers.Dense(4)])
D = tf.keras.Sequential([tf.keras.layers.Dense(2), tf.keras.layers.Dense(1)])
bce = tf.keras.losses.BinaryCrossentropy(from_logits=True)
noise = tf.random.normal([2, 3])
with tf.GradientTape() as tape:
    fake = G(noise)
    decision = D(fake.numpy().reshape((2, 4)))
    loss = bce(tf.ones_like(decision), decision)
tape.gradient(loss, G.trainable_variables)
""",
        ("left_tensorflow", "left_tensorflow", "left_tensorflow", "left_tensorflow"),
        ("leaves TensorFlow on line 9",),
    ),
    Case(
        "moments by numpy",
        """
def moments(d):
    mean = np.mean(d)
    std = np.std(d)
    return np.array([mean, std], np.float32)
G = tf.keras.Sequential([tf.keras.layers.Dense(3)])
D = tf.keras.Sequential([tf.keras.layers.Dense(1)])
noise = tf.random.normal([2, 3])
with tf.GradientTape() as tape:
    fake = G(noise)
    decision = D(moments(fake.numpy()).reshape((1, 2)))
    loss = tf.reduce_mean(decision)
tape.gradient(loss, G.trainable_variables)
""",
        ("left_tensorflow", "left_tensorflow"),
    ),
    Case(
        "the weights of a copy set to a step of the first (61199)",
        """
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
copy = tf.keras.Sequential([tf.keras.layers.Dense(1)])
x = tf.random.normal([4, 2]); model(x); copy(x)
with tf.GradientTape() as outer:
    with tf.GradientTape() as inner:
        loss = tf.reduce_mean(model(x) ** 2)
    grads = inner.gradient(loss, model.trainable_variables)
    copy.set_weights([w - 0.1 * g for w, g in zip(model.get_weights(), grads)])
    outer_loss = tf.reduce_mean(copy(x) ** 2)
outer.gradient(outer_loss, model.trainable_variables)
""",
        ("stateful", "stateful"),
        ("state of the variable copy.layers[0].kernel on line 10",),
    ),
    Case(
        "maml: assign",
        """
w = tf.Variable(2.0)
fast = tf.Variable(0.0)
with tf.GradientTape() as outer:
    with tf.GradientTape() as inner:
        loss = (w - 1.0) ** 2
    g = inner.gradient(loss, w)
    fast.assign(w - 0.1 * g)
    meta = (fast - 1.0) ** 2
outer.gradient(meta, w)
""",
        ("stateful",),
    ),
    Case(
        "maml: optimizer apply then",
        """
w = tf.Variable(2.0)
opt = tf.keras.optimizers.SGD(0.1)
w0 = tf.identity(w)
with tf.GradientTape() as outer:
    outer.watch(w0)
    w.assign(w0)
    with tf.GradientTape() as inner:
        loss = (w - 1.0) ** 2
    opt.apply_gradients([(inner.gradient(loss, w), w)])
    meta = (w - 1.0) ** 2
outer.gradient(meta, w0)
""",
        ("stateful",),
    ),
    Case(
        "the gradient by a layer's output, and the model called anew (41510)",
        """
inputs = tf.keras.Input([4])
h = tf.keras.layers.Dense(3, name="h")(inputs)
o = tf.keras.layers.Dense(2)(h)
model = tf.keras.Model(inputs, o)
hidden = tf.keras.Model(inputs, model.get_layer("h").output)
x = tf.random.normal([1, 4])
with tf.GradientTape() as tape:
    features = hidden(x)
    score = model(x)[:, 0]
tape.gradient(score, features)
""",
        ("not_connected",),
        ("features was computed on line 10, but score was not computed from it",),
    ),
    Case(
        "a layer's output computed before the tape",
        """
inputs = tf.keras.Input([4])
h = tf.keras.layers.Dense(3, name="h")(inputs)
o = tf.keras.layers.Dense(2)(h)
both = tf.keras.Model(inputs, [h, o])
x = tf.random.normal([1, 4])
features, score = both(x)
with tf.GradientTape() as tape:
    s = score[:, 0]
tape.gradient(s, features)
""",
        ("variable_became_tensor",),
        ("There is a second cut: score was computed on line 8, before the tape on line 9 began.",),
        ("Move line 8 inside",),
    ),
    Case(
        "class attribute not a variable",
        """
class Line:
    def __init__(self):
        self.w = tf.constant(2.0)
    def __call__(self, x):
        return self.w * x
line = Line()
with tf.GradientTape() as tape:
    y = line(3.0)
tape.gradient(y, line.w)
""",
        ("not_watched",),
    ),
    Case(
        "class attribute replaced by a step",
        """
class Line:
    def __init__(self):
        self.w = tf.Variable(2.0)
    def __call__(self, x):
        return self.w * x
    def step(self, g):
        self.w = self.w - 0.1 * g
line = Line()
for i in range(2):
    with tf.GradientTape() as tape:
        y = line(3.0)
    g = tape.gradient(y, line.w)
    if g is not None:
        line.step(g)
""",
        ("variable_became_tensor",),
        (),
        ("Write `self.w.assign_sub(0.1 * g)` instead of",),
    ),
    Case(
        "loop with list replaced",
        """
ws = [tf.Variable(1.0), tf.Variable(2.0)]
for i in range(2):
    with tf.GradientTape() as tape:
        y = ws[0] * ws[1]
    g = tape.gradient(y, ws)
    if g[0] is not None:
        ws = [w - 0.1 * d for w, d in zip(ws, g)]
""",
        ("variable_became_tensor", "variable_became_tensor"),
        (),
        ("for w, d in zip(ws, g): w.assign_sub(0.1 * d)",),
    ),
    Case(
        "numpy in a loss function",
        """
def loss_of(pred, t):
    return np.mean((pred - t) ** 2)
w = tf.Variable([1.0, 2.0])
with tf.GradientTape() as tape:
    loss = tf.convert_to_tensor(loss_of(w * 2.0, np.array([1.0, 1.0], np.float32)))
tape.gradient(loss, w)
""",
        ("left_tensorflow",),
    ),
    Case(
        "variable created inside the tape from a tensor",
        """
x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    v = tf.Variable(x * 3.0)
    y = v * v
tape.gradient(y, x)
""",
        ("stateful",),
    ),
    Case(
        "tf.constant(x)",
        """
x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    c = tf.constant(x)
    y = c * c
tape.gradient(y, x)
""",
        ("left_tensorflow",),
        (),
        ("tf.convert_to_tensor instead of tf.constant on line 5",),
    ),
    Case(
        "tf.constant of numpy of x",
        """
x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    c = tf.constant(x.numpy())
    y = c * c
tape.gradient(y, x)
""",
        ("left_tensorflow",),
    ),
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
