"""Lessons that can be mended by a click: errors."""

from __future__ import annotations

from tests.mending.cases_of_sources import Mended

ERRORS: tuple[Mended, ...] = (
    Mended(
        "released",
        """
x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y = x * x
    z = y * y
tape.gradient(y, x)
tape.gradient(z, x)
""",
        "persistent=True",
        ("with tf.GradientTape() as tape:",),
        ("with tf.GradientTape(persistent=True) as tape:",),
    ),
    Mended(
        "inside block non persistent, and what is after it",
        """
x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y = x * x
    g = tape.gradient(y, x)
    z = y * 3.0
g2 = tape.gradient(z, x)
""",
        "persistent=True",
        ("with tf.GradientTape() as tape:",),
        ("with tf.GradientTape(persistent=True) as tape:",),
    ),
    Mended(
        "source a numpy array",
        """
x = np.array([1.0, 2.0])
with tf.GradientTape() as tape:
    tape.watch(x)
    y = tf.reduce_sum(x ** 2)
tape.gradient(y, x)
""",
        "make x a tf.Variable",
        ("x = np.array([1.0, 2.0])",),
        ("x = tf.Variable(np.array([1.0, 2.0]))",),
    ),
    Mended(
        "source a string name",
        """
x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y = x * 2.0
tape.gradient(y, "x")
""",
        "give x itself",
        ('tape.gradient(y, "x")',),
        ("tape.gradient(y, x)",),
    ),
    Mended(
        "optimizer none",
        """
w = tf.Variable(2.0)
opt = tf.keras.optimizers.SGD(0.1)
x = tf.constant(3.0)
pred = w * x
with tf.GradientTape() as tape:
    loss = (pred - 1.0) ** 2
grads = tape.gradient(loss, [w])
opt.apply_gradients(zip(grads, [w]))
""",
        "move line 6 inside",
        ("pred = w * x",),
        ("    pred = w * x",),
    ),
    Mended(
        "none minus",
        """
w = tf.Variable(2.0)
b = tf.Variable(2.0)
with tf.GradientTape() as tape:
    loss = (w - 1.0) ** 2
g = tape.gradient(loss, b)
b.assign_sub(0.1 * g)
""",
        "zero where nothing links",
        ("g = tape.gradient(loss, b)",),
        ("g = tape.gradient(loss, b, unconnected_gradients=tf.UnconnectedGradients.ZERO)",),
    ),
    Mended(
        "matmul shape",
        """
w = tf.Variable(tf.ones([2, 3]))
x = tf.ones([2, 3])
with tf.GradientTape() as tape:
    y = x @ w
""",
        "transpose w",
        ("    y = x @ w",),
        ("    y = x @ tf.transpose(w)",),
    ),
    Mended(
        "assign on tensor",
        """
x = tf.Variable(2.0)
for i in range(2):
    with tf.GradientTape() as tape:
        y = x * x
    g = tape.gradient(y, x)
    x = x - 0.1 * g
x.assign_sub(1.0)
""",
        "x.assign_sub(...)",
        ("    x = x - 0.1 * g",),
        ("    x.assign_sub(0.1 * g)",),
    ),
    Mended(
        "target none",
        """
def f(x):
    y = x * x
x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y = f(x)
tape.gradient(y, x)
""",
        "return from f",
        (),
        ("    return y",),
    ),
    Mended(
        "target numpy",
        """
x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y = np.sin(x)
tape.gradient(y, x)
""",
        "stay in TensorFlow",
        ("    y = np.sin(x)",),
        ("    y = tf.sin(x)",),
    ),
    Mended(
        "target python float",
        """
x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y = float(x * x)
tape.gradient(y, x)
""",
        "stay in TensorFlow",
        ("    y = float(x * x)",),
        ("    y = (x * x)",),
    ),
    Mended(
        "int var times float",
        """
x = tf.Variable(3)
with tf.GradientTape() as tape:
    y = x * 2.5
tape.gradient(y, x)
""",
        "make x floating",
        ("x = tf.Variable(3)",),
        ("x = tf.Variable(3.0)",),
    ),
    Mended(
        "keras loss numpy fit",
        """
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
def loss(t, p):
    return tf.constant(np.mean((t - p.numpy())**2))
model.compile("sgd", loss, run_eagerly=True)
model.fit(np.ones([4, 2], np.float32), np.ones([4, 1], np.float32), verbose=0)
""",
        "stay in TensorFlow",
        ("    return tf.constant(np.mean((t - p.numpy())**2))",),
        ("    return tf.convert_to_tensor(tf.reduce_mean((t - p)**2))",),
    ),
)
