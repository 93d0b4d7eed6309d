"""Causes that lie in when and where the source is used, and paths cut in several ways."""

from __future__ import annotations

from tests.connectivity.case import Case

USE = (
    Case(
        "computed before the tape",
        """
x = tf.Variable(3.0)
y = x * x
with tf.GradientTape() as tape:
    z = y + 1.0
tape.gradient(z, x)
""",
        ("computed_outside_tape",),
        ("y was computed on line 4, before the tape on line 5 began.",),
        ("Move line 4 inside the `with` block.",),
    ),
    Case(
        "computed after the tape",
        """
x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    y = x * x
z = y + 1.0
tape.gradient(z, x)
""",
        ("computed_outside_tape",),
        ("z was computed on line 6, after the block of the tape on line 4 ended.",),
        ("Move line 6 inside the `with` block.",),
    ),
    Case(
        "several lines before the tape",
        """
x = tf.Variable(3.0)
y = x * x
u = y + 1.0
with tf.GradientTape() as tape:
    z = u * 2.0
tape.gradient(z, x)
""",
        ("computed_outside_tape",),
        ("y was computed on line 4, before the tape on line 6 began.",),
        ("Move lines 4 and 5 inside the `with` block.",),
    ),
    Case(
        "a slice of the variable as source",
        """
x = tf.Variable([3.0, 1.0])
with tf.GradientTape() as tape:
    y = x[0] ** 2
tape.gradient(y, x[0])
""",
        ("variable_became_tensor",),
        ("the variable x on line 6",),
        ("Differentiate by the variable x itself",),
    ),
    Case(
        "sliced after the tape",
        """
a = tf.constant([[1.0, 2.0], [2.0, 3.0]])
with tf.GradientTape() as tape1, tf.GradientTape() as tape2:
    tape1.watch(a)
    tape2.watch(a)
    c = a * a
tape2.gradient(c[:, 0], a)
""",
        ("computed_outside_tape",),
        ("`c[:, 0]` was computed on line 8",),
        ("Compute `c[:, 0]` inside the `with` block, before the gradient is asked for on line 8.",),
    ),
    Case(
        "the function is called where the gradient is asked for",
        """
def f(x):
    return x**2

x = tf.convert_to_tensor(9.0)
with tf.GradientTape() as t:
    t.watch(x)
t.gradient(f(x), x)
""",
        ("computed_outside_tape",),
        (),
        ("Call f inside the `with` block.",),
    ),
    Case(
        "unwatched constant",
        """
x = tf.constant(3.0)
with tf.GradientTape() as g:
    y = x * x
g.gradient(y, x)
""",
        ("not_watched",),
        ("x is a tensor, not a variable", "the tape on line 4"),
        ("Call g.watch(x)", "tf.Variable"),
    ),
    Case(
        "unwatched input of a network",
        """
x = tf.random.normal([4, 3])
w = tf.Variable(tf.random.normal([3, 2]))
with tf.GradientTape() as tape:
    y = tf.reduce_mean(tf.nn.relu(x @ w))
tape.gradient(y, [x, w])
""",
        ("not_watched", "ok"),
    ),
    Case(
        "variables are not watched by themselves",
        """
x = tf.Variable(3.0)
with tf.GradientTape(watch_accessed_variables=False) as tape:
    y = x * x
tape.gradient(y, x)
""",
        ("not_watched",),
        ("watch_accessed_variables=False",),
    ),
    Case(
        "watched too late",
        """
x = tf.constant(3.0)
with tf.GradientTape() as tape:
    y = x * x
    tape.watch(x)
tape.gradient(y, x)
""",
        ("not_watched",),
        ("`x * x` on line 5", "before x was watched"),
    ),
    Case(
        "branch not taken",
        """
a = tf.Variable(2.0)
b = tf.Variable(3.0)
with tf.GradientTape() as tape:
    if a > 0:
        y = a * a
    else:
        y = a * b
tape.gradient(y, [a, b])
""",
        ("ok", "branch_not_taken"),
        ("b is used only on line 9, in a branch that did not run",),
    ),
    Case(
        "branch not taken in a function",
        """
def f(p, q):
    y = p
    while tf.norm(y) < 10.0:
        y = y * 2.0
    if tf.reduce_sum(y) > 0:
        return y
    return q * y

a = tf.Variable([1.0, 1.0])
b = tf.Variable(3.0)
with tf.GradientTape() as tape:
    d = f(a, b)
tape.gradient(d, [a, b])
""",
        ("ok", "branch_not_taken"),
    ),
    Case(
        "code behind an early return",
        """
def f(p, q):
    if tf.reduce_sum(p) > 0:
        return p / 3.0
    scaled = p * q
    return scaled + 1.0

a = tf.Variable([1.0, 1.0])
b = tf.Variable(3.0)
with tf.GradientTape() as tape:
    d = f(a, b)
tape.gradient(d, [a, b])
""",
        ("ok", "branch_not_taken"),
        (),
        ("Choose values for which the branch with line 6 runs",),
    ),
    Case(
        "a function that sees the variable from outside",
        """
def f(p):
    if p > 0:
        return p * 2.0
    return p * b

a = tf.Variable(1.0)
b = tf.Variable(3.0)
with tf.GradientTape() as tape:
    d = f(a)
tape.gradient(d, [a, b])
""",
        ("ok", "branch_not_taken"),
        ("b is used only on line 6",),
    ),
    Case(
        "a branch within a model",
        """
class Model(tf.Module):
    def __init__(self):
        self.w = tf.Variable(3.0)

    def __call__(self, x, flip=False):
        if flip:
            return self.w * x
        return x * 2.0

m = Model()
x = tf.Variable(1.0)
with tf.GradientTape() as tape:
    y = m(x)
tape.gradient(y, [x, m.w])
""",
        ("ok", "branch_not_taken"),
        ("m.w is used only on line 9",),
    ),
    Case(
        "used in a loop, but not for this target",
        """
w = tf.Variable(1.0)
u = tf.Variable(2.0)
for i in range(2):
    with tf.GradientTape() as tape:
        loss = (w - 3.0) ** 2
    w.assign_sub(0.1 * tape.gradient(loss, w))
    u.assign_add(loss)
with tf.GradientTape() as tape:
    y = w * 2.0
tape.gradient(y, u)
""",
        ("not_connected",),
    ),
    Case(
        "the guide's control flow",
        """
x = tf.constant(1.0)
v0 = tf.Variable(2.0)
v1 = tf.Variable(2.0)
with tf.GradientTape(persistent=True) as tape:
    tape.watch(x)
    if x > 0.0:
        result = v0
    else:
        result = v1**2
tape.gradient(result, [v0, v1, x])
""",
        ("ok", "branch_not_taken", "not_connected"),
    ),
    Case(
        "nothing links them",
        """
x = tf.Variable(2.0)
y = tf.Variable(3.0)
with tf.GradientTape() as tape:
    z = y * y
tape.gradient(z, x)
""",
        ("not_connected",),
        ("Nothing links z to x: z was computed from y.",),
        ("UnconnectedGradients.ZERO",),
    ),
    Case(
        "two constants that never meet",
        """
ones = tf.ones([1, 4, 4, 1], tf.float32)
with tf.GradientTape() as tape:
    class_channel = tf.constant([4.4328732], dtype=tf.float32)
    tape.gradient(class_channel, ones)
""",
        ("not_connected",),
        ("Nothing links class_channel to ones",),
    ),
    Case(
        "used outside, but not by the target",
        """
x = tf.Variable(2.0)
w = tf.Variable(1.0)
square = x * x
with tf.GradientTape() as tape:
    y = w * 3.0
tape.gradient(y, x)
""",
        ("not_connected",),
    ),
    Case(
        "the second derivative of a line",
        """
x = tf.Variable(2.0)
with tf.GradientTape() as outer:
    with tf.GradientTape() as inner:
        y = 3.0 * x
    slope = inner.gradient(y, x)
outer.gradient(slope, x)
""",
        ("not_connected",),
    ),
    Case(
        "the first derivative taken outside the outer tape",
        """
x = tf.Variable(2.0)
with tf.GradientTape() as outer:
    with tf.GradientTape() as inner:
        y = x**3
slope = inner.gradient(y, x)
outer.gradient(slope, x)
""",
        ("computed_outside_tape",),
        ("slope was computed on line 7",),
    ),
    Case(
        "two paths, each cut in its own way",
        """
x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    a = tf.stop_gradient(x)
    b = tf.round(x)
    y = a * b
tape.gradient(y, x)
""",
        ("stop_gradient",),
        ("tf.stop_gradient on line 5", "`tf.round(x)` on line 6"),
        ("line 5", "line 6"),
    ),
    Case(
        "two paths, one of them out of TensorFlow and through whole numbers",
        """
x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y = tf.math.floor(x) + tf.cast(x, tf.int32).numpy()
tape.gradient(y, x)
""",
        ("integer_dtype",),
        ("`tf.cast(x, tf.int32)` on line 5", "`tf.math.floor(x)` on line 5"),
    ),
    Case(
        "two paths through the same kind of cut",
        """
x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y = tf.stop_gradient(x)
    z = y + tf.stop_gradient(3.0 * x)
tape.gradient(z, x)
""",
        ("stop_gradient",),
        ("on line 5", "on line 6"),
    ),
    Case(
        "a custom gradient that sends nothing",
        """
@tf.custom_gradient
def gate(x):
    return x * 2.0, lambda upstream: None

x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y = gate(x * 1.0)
tape.gradient(y, x)
""",
        ("not_differentiable",),
    ),
    Case(
        "a compiled function that stops the gradient",
        """
@tf.function
def f(x):
    return tf.stop_gradient(x) * 2.0

x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y = f(x)
tape.gradient(y, x)
""",
        ("stop_gradient",),
        ("Inside f: ", "runs through tf.stop_gradient on line 5"),
        ("Leave out tf.stop_gradient on line 5",),
    ),
    Case(
        "a jacobian",
        """
x = tf.Variable([2.0, 1.0])
w = tf.Variable([1.0, 1.0])
with tf.GradientTape() as tape:
    y = tf.stop_gradient(x) * w
tape.jacobian(y, [x, w])
""",
        ("stop_gradient", "ok"),
    ),
    Case(
        "branch not taken, and the source in its condition",
        """
a = tf.Variable(1.0)
b = tf.Variable(2.0)
with tf.GradientTape() as tape:
    if b > 5.0:
        y = a * b
    else:
        y = a * 3.0
tape.gradient(y, [a, b])
""",
        ("ok", "branch_not_taken"),
        ("Apart from a condition, b is used only on line 7, in a branch that did not run",),
    ),
    Case(
        "branch of tf.cond not taken, and the source in its condition",
        """
a = tf.Variable(1.0)
b = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y = tf.cond(b > 5.0, lambda: b * 2.0, lambda: a * 3.0)
tape.gradient(y, [a, b])
""",
        ("ok", "branch_not_taken"),
    ),
    Case(
        "the source in a condition alone",
        """
a = tf.Variable(1.0)
b = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y = a * 2.0 if b > 5.0 else a * 3.0
tape.gradient(y, [a, b])
""",
        ("ok", "not_connected"),
    ),
)
