"""Causes that lie in the source or the target: its dtype, a frozen variable, a variable that became a tensor."""

from __future__ import annotations

from tests.connectivity.case import Case

SOURCES = (
    Case(
        "a whole number under a name that was bound elsewhere, too",
        """
x = tf.Variable(2.0)
for _ in range(1):
    x = x + 1
x = tf.constant(10)
with tf.GradientTape() as tape:
    tape.watch(x)
    y = x * x
tape.gradient(y, x)
x = tf.Variable(1.0)
""",
        ("integer_dtype",),
        ("x (line 6) has dtype int32, and TensorFlow takes derivatives of floating point and complex numbers only.",),
        ("Use tf.constant(10.0) with a float.",),
    ),
    Case(
        "integer variable",
        """
x = tf.Variable(3)
with tf.GradientTape() as tape:
    y = x * x
tape.gradient(y, x)
""",
        ("integer_dtype",),
        ("x (line 3) has dtype int32",),
        ("Use tf.Variable(3.0) with a float.",),
    ),
    Case(
        "integer matrix",
        """
x = tf.constant([[1, 2], [3, 4]])
with tf.GradientTape() as tape:
    tape.watch(x)
    y = tf.reduce_sum(x)
tape.gradient(y, x)
""",
        ("integer_dtype",),
        (),
        ("tf.constant([[1.0, 2.0], [3.0, 4.0]])",),
    ),
    Case(
        "string",
        """
x = tf.Variable("three")
with tf.GradientTape() as tape:
    y = tf.strings.length(x)
tape.gradient(y, x)
""",
        ("integer_dtype",),
        ("has dtype string",),
    ),
    Case(
        "integer target",
        """
x = tf.Variable([1.0, 3.0])
with tf.GradientTape() as tape:
    y = tf.argmax(x)
tape.gradient(y, x)
""",
        ("integer_dtype",),
        ("The target y, computed on line 5, has dtype int64",),
    ),
    Case(
        "cast to whole numbers and back",
        """
x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    n = tf.cast(x, tf.int32)
    y = tf.cast(n, tf.float32) ** 2
tape.gradient(y, x)
""",
        ("integer_dtype",),
        ("`tf.cast(x, tf.int32)` on line 5", "int32"),
        ("Leave out the cast to whole numbers on line 5",),
    ),
    Case(
        "position of the largest",
        """
x = tf.Variable([1.0, 3.0])
with tf.GradientTape() as tape:
    y = tf.one_hot(tf.argmax(x), 2) * 2.0
tape.gradient(y, x)
""",
        ("integer_dtype",),
        ("`tf.argmax(x)` on line 5",),
        ("tf.nn.softmax",),
    ),
    Case(
        "comparison",
        """
x = tf.Variable(0.5)
with tf.GradientTape() as tape:
    y = tf.cast(x > 0.1, tf.float32)
tape.gradient(y, x)
""",
        ("integer_dtype",),
        ("gives bool",),
        ("tf.sigmoid",),
    ),
    Case(
        "only the shape is used",
        """
x = tf.Variable([1.0, 2.0])
with tf.GradientTape() as tape:
    y = tf.cast(tf.size(x), tf.float32) * 2.0
tape.gradient(y, x)
""",
        # In eager TensorFlow tf.size is a Python number where the shape is known: no op leads from x to y.
        ("not_connected",),
    ),
    Case(
        "ones of the same shape",
        """
x = tf.Variable([1.0, 2.0])
with tf.GradientTape() as tape:
    y = tf.ones_like(x) * 2.0
tape.gradient(y, x)
""",
        ("not_differentiable",),
    ),
    Case(
        "integer and frozen: the dtype comes first",
        """
x = tf.Variable(3, trainable=False)
with tf.GradientTape() as tape:
    y = tf.cast(x, tf.float32) * 2.0
tape.gradient(y, x)
""",
        ("integer_dtype",),
    ),
    Case(
        "frozen",
        """
x = tf.Variable(3.0, trainable=False)
w = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y = w * x
tape.gradient(y, [x, w])
""",
        ("not_trainable", "ok"),
        ("x is a variable with trainable=False", "the tape on line 5"),
        ("trainable=True", "tape.watch(x)"),
    ),
    Case(
        "frozen and outside: frozen comes first",
        """
x = tf.Variable(3.0, trainable=False)
y = x * x
with tf.GradientTape() as tape:
    z = y + 1.0
tape.gradient(z, x)
""",
        ("not_trainable",),
    ),
    Case(
        "frozen through a branching where",
        """
x = tf.Variable([-1.0, 2.0], trainable=False)
with tf.GradientTape() as tape:
    y = tf.where(x > 0, x, 0.1 * x)
tape.gradient(y, x)
""",
        ("not_trainable",),
    ),
    Case(
        "variable replaced by a tensor",
        """
x = tf.Variable(2.0)
for epoch in range(2):
    with tf.GradientTape() as tape:
        y = x + 1
    g = tape.gradient(y, x)
    x = x + 1
""",
        ("variable_became_tensor",),
        ("x is no longer the variable", "line 8", "`x = x + 1`"),
        ("x.assign_add(1)",),
    ),
    Case(
        "name bound to a constant",
        """
x = tf.Variable(2.0)
x = tf.constant(2.0)
with tf.GradientTape() as tape:
    y = x * x
tape.gradient(y, x)
""",
        ("variable_became_tensor",),
        ("line 4",),
    ),
    Case(
        "descent step that replaces the variable",
        """
x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y = x * x
x = x - 0.1 * tape.gradient(y, x)
with tf.GradientTape() as tape:
    y = x * x
tape.gradient(y, x)
""",
        ("variable_became_tensor",),
        (),
        ("x.assign_sub(0.1 * tape.gradient(y, x))",),
    ),
    Case(
        "the kinds of sources in TensorFlow's guide",
        """
x0 = tf.Variable(3.0, name="x0")
x1 = tf.Variable(3.0, name="x1", trainable=False)
x2 = tf.Variable(2.0, name="x2") + 1.0
x3 = tf.constant(3.0, name="x3")
with tf.GradientTape() as tape:
    y = (x0**2) + (x1**2) + (x2**2)
tape.gradient(y, [x0, x1, x2, x3])
""",
        ("ok", "not_trainable", "variable_became_tensor", "not_connected"),
    ),
)
