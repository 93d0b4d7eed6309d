"""Gradients that are None and can be mended by a click: the button, and the lines that are changed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mended:
    """A lesson, the mend that is offered for it, the lines it takes away, and those it puts in."""

    name: str
    lesson: str
    title: str
    without: tuple[str, ...]
    instead: tuple[str, ...]


SOURCES: tuple[Mended, ...] = (
    Mended(
        "list of variables, one of them unused",
        """
ws = [tf.Variable(1.0), tf.Variable(2.0), tf.Variable(3.0)]
with tf.GradientTape() as tape:
    y = ws[0] * ws[1]
tape.gradient(y, ws)
""",
        "zero where nothing links",
        ("tape.gradient(y, ws)",),
        ("tape.gradient(y, ws, unconnected_gradients=tf.UnconnectedGradients.ZERO)",),
    ),
    Mended(
        "keras model called outside the tape (42984)",
        """
model = tf.keras.Sequential([tf.keras.layers.Dense(3, activation="relu"), tf.keras.layers.Dense(1)])
x = tf.random.normal([4, 2])
t = tf.random.normal([4, 1])
prediction = model(x)
with tf.GradientTape() as tape:
    loss = tf.reduce_mean((prediction - t) ** 2)
tape.gradient(loss, model.trainable_variables)
""",
        "move line 6 inside",
        ("prediction = model(x)",),
        ("    prediction = model(x)",),
    ),
    Mended(
        "generator loss through numpy (31919)",
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
        "stay in TensorFlow",
        ("    decision = D(fake.numpy().reshape((2, 4)))",),
        ("    decision = D(tf.reshape(fake, (2, 4)))",),
    ),
    Mended(
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
        "stay in TensorFlow",
        (
            "    mean = np.mean(d)",
            "    std = np.std(d)",
            "    return np.array([mean, std], np.float32)",
            "    decision = D(moments(fake.numpy()).reshape((1, 2)))",
        ),
        (
            "    mean = tf.reduce_mean(d)",
            "    std = tf.math.reduce_std(d)",
            "    return tf.convert_to_tensor([mean, std], np.float32)",
            "    decision = D(tf.reshape(moments(fake), (1, 2)))",
        ),
    ),
    Mended(
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
        "compute with new_fast",
        ("    fast.assign(w - 0.1 * g)", "    meta = (fast - 1.0) ** 2"),
        ("    new_fast = w - 0.1 * g", "    fast.assign(new_fast)", "    meta = (new_fast - 1.0) ** 2"),
    ),
    Mended(
        "gradcam where conv output computed outside",
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
        "move line 8 inside",
        ("features, score = both(x)",),
        ("    features, score = both(x)",),
    ),
    Mended(
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
        "watch line.w",
        (),
        ("    tape.watch(line.w)",),
    ),
    Mended(
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
        "self.w.assign_sub(...)",
        ("        self.w = self.w - 0.1 * g",),
        ("        self.w.assign_sub(0.1 * g)",),
    ),
    Mended(
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
        "change it in place",
        ("        ws = [w - 0.1 * d for w, d in zip(ws, g)]",),
        ("        for w, d in zip(ws, g): w.assign_sub(0.1 * d)",),
    ),
    Mended(
        "numpy in a loss function",
        """
def loss_of(pred, t):
    return np.mean((pred - t) ** 2)
w = tf.Variable([1.0, 2.0])
with tf.GradientTape() as tape:
    loss = tf.convert_to_tensor(loss_of(w * 2.0, np.array([1.0, 1.0], np.float32)))
tape.gradient(loss, w)
""",
        "stay in TensorFlow",
        ("    return np.mean((pred - t) ** 2)",),
        ("    return tf.reduce_mean((pred - t) ** 2)",),
    ),
    Mended(
        "variable created inside the tape from a tensor",
        """
x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    v = tf.Variable(x * 3.0)
    y = v * v
tape.gradient(y, x)
""",
        "make v a tensor",
        ("    v = tf.Variable(x * 3.0)",),
        ("    v = x * 3.0",),
    ),
    Mended(
        "tf.constant(x)",
        """
x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    c = tf.constant(x)
    y = c * c
tape.gradient(y, x)
""",
        "stay in TensorFlow",
        ("    c = tf.constant(x)",),
        ("    c = tf.convert_to_tensor(x)",),
    ),
    Mended(
        "tf.constant of numpy of x",
        """
x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    c = tf.constant(x.numpy())
    y = c * c
tape.gradient(y, x)
""",
        "stay in TensorFlow",
        ("    c = tf.constant(x.numpy())",),
        ("    c = tf.convert_to_tensor(x)",),
    ),
    Mended(
        "tf.Variable list to tensor by np.array",
        """
x = tf.Variable([2.0, 1.0])
with tf.GradientTape() as tape:
    c = np.array(x) * 2.0
    y = tf.reduce_sum(c)
tape.gradient(y, x)
""",
        "stay in TensorFlow",
        ("    c = np.array(x) * 2.0",),
        ("    c = tf.convert_to_tensor(x) * 2.0",),
    ),
    Mended(
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
        "keep recording",
        ("    with tape.stop_recording():", "        z = y * y"),
        ("    z = y * y",),
    ),
    Mended(
        "reset",
        """
x = tf.Variable(0.5)
with tf.GradientTape() as t:
    y = x * x
    t.reset()
    z = x * y
t.gradient(y, x)
""",
        "leave out reset",
        ("    t.reset()",),
        (),
    ),
    Mended(
        "batchnorm moving mean",
        """
layer = tf.keras.layers.BatchNormalization()
x = tf.random.normal([4, 2]); layer(x)
with tf.GradientTape() as tape:
    y = tf.reduce_sum(layer(x, training=True) ** 3)
tape.gradient(y, layer.variables)
""",
        "ask for trainable_variables",
        ("tape.gradient(y, layer.variables)",),
        ("tape.gradient(y, layer.trainable_variables)",),
    ),
    Mended(
        "float(loss)",
        """
w = tf.Variable(2.0)
with tf.GradientTape() as tape:
    loss = tf.constant(0.0)
    loss = loss + float(w * w)
tape.gradient(loss, w)
""",
        "stay in TensorFlow",
        ("    loss = loss + float(w * w)",),
        ("    loss = loss + (w * w)",),
    ),
    Mended(
        "item through python list",
        """
w = tf.Variable([1.0, 2.0])
with tf.GradientTape() as tape:
    parts = [v.numpy() * 2 for v in w]
    y = tf.reduce_sum(parts)
tape.gradient(y, w)
""",
        "stay in TensorFlow",
        ("    parts = [v.numpy() * 2 for v in w]",),
        ("    parts = [v * 2 for v in w]",),
    ),
    Mended(
        "integer target",
        """
x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    n = tf.cast(x * 2.0, tf.int32)
tape.gradient(n, x)
""",
        "leave out the cast",
        ("    n = tf.cast(x * 2.0, tf.int32)",),
        ("    n = x * 2.0",),
    ),
    Mended(
        "optimizer one of two none (warning)",
        """
w = tf.Variable(2.0)
b = tf.Variable(2.0)
opt = tf.keras.optimizers.SGD(0.1)
with tf.GradientTape() as tape:
    loss = (w - 1.0) ** 2
grads = tape.gradient(loss, [w, b])
opt.apply_gradients(zip(grads, [w, b]))
""",
        "zero where nothing links",
        ("grads = tape.gradient(loss, [w, b])",),
        ("grads = tape.gradient(loss, [w, b], unconnected_gradients=tf.UnconnectedGradients.ZERO)",),
    ),
    Mended(
        "jacobian of none",
        """
x = tf.Variable(2.0)
w = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y = x * 2.0
tape.jacobian(y, w)
""",
        "zero where nothing links",
        ("tape.jacobian(y, w)",),
        ("tape.jacobian(y, w, unconnected_gradients=tf.UnconnectedGradients.ZERO)",),
    ),
    Mended(
        "jit outer: forward accum",
        """
x = tf.constant(2.0)
with tf.GradientTape(watch_accessed_variables=False) as tape:
    y = x * x
tape.gradient(y, x)
""",
        "watch x",
        (),
        ("    tape.watch(x)",),
    ),
    Mended(
        "watch a variable twice / watch in other tape",
        """
x = tf.constant(2.0)
with tf.GradientTape() as a:
    with tf.GradientTape() as b:
        a.watch(x)
        y = x * x
    g = b.gradient(y, x)
""",
        "watch x",
        (),
        ("        b.watch(x)",),
    ),
)
