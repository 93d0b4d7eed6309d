"""Causes that lie on the path: resets, pauses, stop_gradient, NumPy, state, steps."""

from __future__ import annotations

from tests.connectivity.case import Case

PATHS = (
    Case(
        "reset",
        """
x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    y = x * x
    tape.reset()
    z = y * 2.0
tape.gradient(z, x)
""",
        ("tape_reset",),
        ("`x * x` on line 5", "tape.reset() on line 6"),
    ),
    Case(
        "reset drops the watch",
        """
x = tf.constant(3.0)
with tf.GradientTape() as tape:
    tape.watch(x)
    tape.reset()
    y = x * x
tape.gradient(y, x)
""",
        ("tape_reset",),
    ),
    Case(
        "stopped recording",
        """
x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    with tape.stop_recording():
        y = x * x
    z = y + 1.0
tape.gradient(z, x)
""",
        ("recording_stopped",),
        ("`x * x` on line 6", "tape.stop_recording()"),
        ("Move the computation on line 6 out",),
    ),
    Case(
        "stop_recording of another tape stops nothing here",
        """
x = tf.Variable(3.0)
with tf.GradientTape() as other, tf.GradientTape() as tape:
    with other.stop_recording():
        y = tf.stop_gradient(x) * 2.0
tape.gradient(y, x)
""",
        ("stop_gradient",),
    ),
    Case(
        "stop_gradient",
        """
x = tf.Variable(3.0)
y = tf.Variable(2.0)
with tf.GradientTape() as tape:
    z = tf.stop_gradient(x * x) + y
tape.gradient(z, [x, y])
""",
        ("stop_gradient", "ok"),
        ("tf.stop_gradient on line 6",),
        ("Leave out tf.stop_gradient on line 6",),
    ),
    Case(
        "stop_gradient before the tape comes before the tape's absence",
        """
x = tf.Variable(3.0)
s = tf.stop_gradient(x)
with tf.GradientTape() as tape:
    y = s * 2.0
tape.gradient(y, x)
""",
        ("stop_gradient",),
    ),
    Case(
        "the guide's NumPy mean",
        """
x = tf.Variable([[1.0, 2.0], [3.0, 4.0]], dtype=tf.float32)
with tf.GradientTape() as tape:
    x2 = x**2
    y = np.mean(x2, axis=0)
    y = tf.reduce_mean(y, axis=0)
tape.gradient(y, x)
""",
        ("left_tensorflow",),
        ("leaves TensorFlow on line 6 and comes back on line 7",),
        ("tf.reduce_mean instead of np.mean on line 6",),
    ),
    Case(
        "sine of .numpy()",
        """
x = tf.Variable(3.0)
w = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y = w * np.sin(x.numpy())
tape.gradient(y, x)
""",
        ("left_tensorflow",),
        (),
        ("tf.sin instead of np.sin on line 6",),
    ),
    Case(
        "float() in a function",
        """
def scaled(value, factor):
    plain = float(factor)
    return value * plain

x = tf.Variable(3.0)
w = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y = scaled(w, x)
tape.gradient(y, [x, w])
""",
        ("left_tensorflow", "ok"),
        ("line 4",),
    ),
    Case(
        "numpy_function",
        """
x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    y = tf.numpy_function(np.sin, [x], tf.float32) * 2.0
tape.gradient(y, x)
""",
        ("left_tensorflow",),
    ),
    Case(
        "numpy_function by keywords, under another name",
        """
from tensorflow import numpy_function as call_numpy

def cube(a):
    return (a**3).astype(np.float32)

x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    y = call_numpy(func=cube, inp=[x], Tout=tf.float32) * 2.0
tape.gradient(y, x)
""",
        ("left_tensorflow",),
        ("line 10",),
    ),
    Case(
        "numpy_function on a watched constant, in a function",
        """
def sines(a):
    doubled = a * 2.0
    return tf.numpy_function(np.sin, [doubled], tf.float32)

c = tf.constant([1.0, 2.0])
with tf.GradientTape() as tape:
    tape.watch(c)
    y = tf.reduce_sum(sines(c))
tape.gradient(y, c)
""",
        ("left_tensorflow",),
        ("line 5", "line 10"),
    ),
    Case(
        "numpy_function in a layer that is called as an object",
        """
class Cubes(tf.Module):
    def __init__(self):
        self.w = tf.Variable(1.5)
        self.v = tf.Variable(0.5)

    def __call__(self, a):
        hidden = self.w * a
        return tf.numpy_function(np.cbrt, [hidden], tf.float32) * self.v

cubes = Cubes()
with tf.GradientTape() as tape:
    y = tf.reduce_mean(cubes(2.0))
tape.gradient(y, [cubes.w, cubes.v])
""",
        ("left_tensorflow", "ok"),
        ("line 10",),
        ("Write the function that is called on line 10 with TensorFlow's own ops",),
    ),
    Case(
        "numpy_function that is not on the path",
        """
x = tf.Variable(3.0)
w = tf.Variable(2.0)
with tf.GradientTape() as tape:
    shown = tf.numpy_function(np.sin, [x], tf.float32)
    y = w * 2.0
tape.gradient(y, [x, w])
""",
        ("not_connected", "ok"),
    ),
    Case(
        "the predictions of a Keras model",
        """
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
x = tf.ones([4, 2])
model(x)
with tf.GradientTape() as tape:
    predictions = model.predict(x, verbose=0)
    loss = tf.reduce_mean((predictions - 1.0) ** 2)
tape.gradient(loss, model.trainable_variables)
""",
        ("left_tensorflow", "left_tensorflow"),
        ("leaves TensorFlow on line 7 and comes back on line 8",),
        ("model(x) gives a tensor",),
    ),
    Case(
        "a model that predicts beside the tape",
        """
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
x = tf.ones([4, 2])
w = tf.Variable(1.0)
before = model.predict(x, verbose=0)
with tf.GradientTape() as tape:
    loss = w * 2.0
tape.gradient(loss, model.trainable_variables)
""",
        ("not_connected", "not_connected"),
    ),
    Case(
        "a value that is only printed or compared",
        """
x = tf.Variable(3.0)
w = tf.Variable(2.0)
losses = []
with tf.GradientTape() as tape:
    print(float(x), x.numpy())
    losses.append(x.numpy())
    y = w * 2.0 if x > 0 else w
tape.gradient(y, x)
""",
        ("not_connected",),
        ("y was computed from w",),
    ),
    Case(
        "the guide's assign_add",
        """
x0 = tf.Variable(3.0)
x1 = tf.Variable(0.0)
with tf.GradientTape() as tape:
    x1.assign_add(x0)
    y = x1**2
tape.gradient(y, x0)
""",
        ("stateful",),
        ("the variable x1 on line 6",),
    ),
    Case(
        "a variable filled from another before the tape",
        """
x = tf.Variable(3.0)
v = tf.Variable(0.0)
v.assign(x * 2.0)
with tf.GradientTape() as tape:
    y = v**2
tape.gradient(y, x)
""",
        ("stateful",),
    ),
    Case(
        "round",
        """
x = tf.Variable(3.2)
with tf.GradientTape() as tape:
    y = tf.round(x) * 2.0
tape.gradient(y, x)
""",
        ("not_differentiable",),
        ("`tf.round(x)` on line 5",),
    ),
    Case(
        "floor of an unwatched constant: the step comes first",
        """
x = tf.constant(3.2)
with tf.GradientTape() as tape:
    y = tf.floor(x) * 2.0
tape.gradient(y, x)
""",
        ("not_differentiable",),
    ),
    Case(
        "an input that has no derivative in an op that has one",
        """
a = tf.Variable(0.5)
x = tf.Variable(0.3)
with tf.GradientTape() as tape:
    y = tf.math.zeta(a + 1.5, x)
tape.gradient(y, [a, x])
""",
        ("not_differentiable", "ok"),
        ("`tf.math.zeta(a + 1.5, x)` on line 6",),
    ),
)
