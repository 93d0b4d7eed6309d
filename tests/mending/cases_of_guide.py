"""Gradients that are None and can be mended by a click: variants of the guide's cases."""

from __future__ import annotations

from tests.mending.cases_of_sources import Mended

GUIDE: tuple[Mended, ...] = (
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
        "make x a tf.Variable",
        ("x = tf.constant(2.0)",),
        ("x = tf.Variable(2.0)",),
    ),
    Mended(
        "two lines before the tape, in a function that is called",
        """
def squared(v):
    return v * v

x = tf.Variable(3.0)
y = squared(x)
u = y + 1.0
other = 5.0
with tf.GradientTape() as tape:
    z = u * 2.0
tape.gradient(z, x)
""",
        "move lines 7, 8 inside",
        ("y = squared(x)", "u = y + 1.0"),
        ("    y = squared(x)", "    u = y + 1.0"),
    ),
    Mended(
        "after the block",
        """
x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    y = x * x
scale = 2.0
z = y * scale
tape.gradient(z, x)
""",
        "move lines 6, 7 inside",
        ("scale = 2.0", "z = y * scale"),
        ("    scale = 2.0", "    z = y * scale"),
    ),
    Mended(
        "the target in the gradient call",
        """
def f(x):
    return x**2

x = tf.convert_to_tensor(9.0)
with tf.GradientTape() as t:
    t.watch(x)
t.gradient(f(x), x)
""",
        "compute the target inside",
        ("t.gradient(f(x), x)",),
        ("    y = f(x)", "t.gradient(y, x)"),
    ),
    Mended(
        "a slice in the gradient call",
        """
a = tf.constant([[1.0, 2.0], [2.0, 3.0]])
with tf.GradientTape() as tape:
    tape.watch(a)
    c = a * a
tape.gradient(c[:, 0], a)
""",
        "compute the target inside",
        ("tape.gradient(c[:, 0], a)",),
        ("    y = c[:, 0]", "tape.gradient(y, a)"),
    ),
    Mended(
        "frozen",
        """
x = tf.Variable(3.0, trainable=False)
with tf.GradientTape() as tape:
    y = x * x
tape.gradient(y, x)
""",
        "trainable=True",
        ("x = tf.Variable(3.0, trainable=False)",),
        ("x = tf.Variable(3.0, trainable=True)",),
    ),
    Mended(
        "frozen",
        """
x = tf.Variable(3.0, trainable=False)
with tf.GradientTape() as tape:
    y = x * x
tape.gradient(y, x)
""",
        "watch x",
        (),
        ("    tape.watch(x)",),
    ),
    Mended(
        "stop_gradient in a product",
        """
x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    y = tf.stop_gradient(x + 1.0) * 2.0
tape.gradient(y, x)
""",
        "leave out stop_gradient",
        ("    y = tf.stop_gradient(x + 1.0) * 2.0",),
        ("    y = (x + 1.0) * 2.0",),
    ),
    Mended(
        "watched too late",
        """
x = tf.constant(3.0)
with tf.GradientTape() as tape:
    y = x * x
    tape.watch(x)
tape.gradient(y, x)
""",
        "watch x",
        ("    tape.watch(x)",),
        ("    tape.watch(x)",),
    ),
    Mended(
        "watched too late",
        """
x = tf.constant(3.0)
with tf.GradientTape() as tape:
    y = x * x
    tape.watch(x)
tape.gradient(y, x)
""",
        "make x a tf.Variable",
        ("x = tf.constant(3.0)",),
        ("x = tf.Variable(3.0)",),
    ),
    Mended(
        "watch in one line",
        """
x = tf.constant(3.0)
with tf.GradientTape() as tape: y = x * x
tape.gradient(y, x)
""",
        "watch x",
        ("with tf.GradientTape() as tape: y = x * x",),
        ("with tf.GradientTape() as tape: tape.watch(x); y = x * x",),
    ),
    Mended(
        "watch in one line",
        """
x = tf.constant(3.0)
with tf.GradientTape() as tape: y = x * x
tape.gradient(y, x)
""",
        "make x a tf.Variable",
        ("x = tf.constant(3.0)",),
        ("x = tf.Variable(3.0)",),
    ),
    Mended(
        "watch an intermediate of the block",
        """
x = tf.constant([3.0, 1.0])
with tf.GradientTape(persistent=True) as tape:
    h = x * 2.0
    y = h * h
tape.gradient(y, h)
""",
        "watch h",
        (),
        ("    tape.watch(h)",),
    ),
    Mended(
        "not watched variables by hand",
        """
x = tf.Variable(3.0)
with tf.GradientTape(watch_accessed_variables=False) as tape:
    y = x * x
tape.gradient(y, x)
""",
        "watch x",
        (),
        ("    tape.watch(x)",),
    ),
    Mended(
        "whole numbers in a matrix",
        """
x = tf.Variable([[1, 2], [3, 4]])
with tf.GradientTape() as tape:
    y = tf.cast(x, tf.float32) * 2.0
tape.gradient(y, x)
""",
        "make x floating",
        ("x = tf.Variable([[1, 2], [3, 4]])",),
        ("x = tf.Variable([[1.0, 2.0], [3.0, 4.0]])",),
    ),
    Mended(
        "whole numbers with a dtype",
        """
x = tf.constant([1, 2], dtype=tf.int32)
with tf.GradientTape() as tape:
    tape.watch(x)
    y = x * x
tape.gradient(y, x)
""",
        "make x floating",
        ("x = tf.constant([1, 2], dtype=tf.int32)",),
        ("x = tf.constant([1.0, 2.0], dtype=tf.float32)",),
    ),
    Mended(
        "cast there and back",
        """
x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    n = tf.cast(x, tf.int32)
    y = tf.cast(n, tf.float32) ** 2
tape.gradient(y, x)
""",
        "leave out the cast",
        ("    n = tf.cast(x, tf.int32)",),
        ("    n = x",),
    ),
    Mended(
        "the guide's replaced variable",
        """
x = tf.Variable(2.0)
for epoch in range(2):
    with tf.GradientTape() as tape:
        y = x + 1
    tape.gradient(y, x)
    x = x + 1
""",
        "x.assign_add(...)",
        ("    x = x + 1",),
        ("    x.assign_add(1)",),
    ),
    Mended(
        "name bound to a constant",
        """
x = tf.Variable(2.0)
x = tf.constant(3.0)
with tf.GradientTape() as tape:
    y = x * x
tape.gradient(y, x)
""",
        "x.assign(...)",
        ("x = tf.constant(3.0)",),
        ("x.assign(tf.constant(3.0))",),
    ),
    Mended(
        "the guide's numpy mean",
        """
x = tf.Variable([[1.0, 2.0], [3.0, 4.0]], dtype=tf.float32)
with tf.GradientTape() as tape:
    x2 = x**2
    y = np.mean(x2, axis=0)
    y = tf.reduce_mean(y, axis=0)
tape.gradient(y, x)
""",
        "stay in TensorFlow",
        ("    y = np.mean(x2, axis=0)",),
        ("    y = tf.reduce_mean(x2, axis=0)",),
    ),
    Mended(
        "the guide's state",
        """
x0 = tf.Variable(3.0)
x1 = tf.Variable(0.0)
with tf.GradientTape() as tape:
    x1.assign_add(x0)
    y = x1**2
tape.gradient(y, x0)
""",
        "compute with new_x1",
        ("    x1.assign_add(x0)", "    y = x1**2"),
        ("    new_x1 = x1 + x0", "    x1.assign(new_x1)", "    y = new_x1**2"),
    ),
    Mended(
        "numpy_function",
        """
x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    y = tf.numpy_function(np.sin, [x], tf.float32) * 2.0
tape.gradient(y, x)
""",
        "stay in TensorFlow",
        ("    y = tf.numpy_function(np.sin, [x], tf.float32) * 2.0",),
        ("    y = tf.sin(x) * 2.0",),
    ),
    Mended(
        "the predictions of a model",
        """
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
x = tf.ones([4, 2])
model(x)
with tf.GradientTape() as tape:
    predictions = model.predict(x, verbose=0)
    loss = tf.reduce_mean((predictions - 1.0) ** 2)
tape.gradient(loss, model.trainable_variables)
""",
        "stay in TensorFlow",
        ("    predictions = model.predict(x, verbose=0)",),
        ("    predictions = model(x)",),
    ),
    Mended(
        "branch",
        """
a = tf.Variable(2.0)
b = tf.Variable(3.0)
with tf.GradientTape() as tape:
    y = a * a if a > 0 else a * b
tape.gradient(y, [a, b])
""",
        "zero where nothing links",
        ("tape.gradient(y, [a, b])",),
        ("tape.gradient(y, [a, b], unconnected_gradients=tf.UnconnectedGradients.ZERO)",),
    ),
    Mended(
        "watch within a function",
        """
def slope(f, at):
    with tf.GradientTape() as tape:
        value = f(at)
    return tape.gradient(value, at)

slope(tf.sin, tf.constant(1.0))
""",
        "watch at",
        (),
        ("        tape.watch(at)",),
    ),
)
