"""Lessons that can be mended by a click: NaNs, infinities and warnings."""

from __future__ import annotations

from tests.mending.cases_of_sources import Mended

NUMBERS: tuple[Mended, ...] = (
    Mended(
        "inside block persistent",
        """
x = tf.Variable(2.0)
with tf.GradientTape(persistent=True) as tape:
    y = x * x
    g = tape.gradient(y, x)
""",
        "ask after the block",
        ("    g = tape.gradient(y, x)",),
        ("g = tape.gradient(y, x)",),
    ),
    Mended(
        "NAN log 0",
        """
x = tf.Variable(0.0)
with tf.GradientTape() as tape:
    y = tf.math.log(x) * 2.0
tape.gradient(y, x)
""",
        "keep the argument above 0",
        ("    y = tf.math.log(x) * 2.0",),
        ("    y = tf.math.log(tf.maximum(x, 1e-7)) * 2.0",),
    ),
    Mended(
        "no gradient asked, exp overflow",
        """
x = tf.constant([1.0, 100.0])
p = tf.exp(x) / tf.reduce_sum(tf.exp(x))
print(p)
""",
        "use tf.nn.softmax",
        ("p = tf.exp(x) / tf.reduce_sum(tf.exp(x))",),
        ("p = tf.nn.softmax(x)",),
    ),
    Mended(
        "where branch log named",
        """
x = tf.Variable([0.0, 4.0])
with tf.GradientTape() as tape:
    good = x > 0.0
    logs = tf.math.log(x)
    y = tf.reduce_sum(tf.where(good, logs, 0.0))
tape.gradient(y, x)
""",
        "use the double where",
        ("    logs = tf.math.log(x)",),
        ("    logs = tf.math.log(tf.where(good, x, tf.ones_like(x)))",),
    ),
    Mended(
        "where div",
        """
x = tf.Variable([0.0, 4.0])
with tf.GradientTape() as tape:
    y = tf.reduce_sum(tf.where(x == 0.0, 1.0, tf.sin(x) / x))
tape.gradient(y, x)
""",
        "use the double where",
        ("    y = tf.reduce_sum(tf.where(x == 0.0, 1.0, tf.sin(x) / x))",),
        ("    y = tf.reduce_sum(tf.where(x == 0.0, 1.0, tf.sin(x) / tf.where(x == 0.0, tf.ones_like(x), x)))",),
    ),
    Mended(
        "sqrt 0 backward",
        """
x = tf.Variable(0.0)
with tf.GradientTape() as tape:
    y = tf.sqrt(x)
tape.gradient(y, x)
""",
        "add 1e-12 under the root",
        ("    y = tf.sqrt(x)",),
        ("    y = tf.sqrt(x + 1e-12)",),
    ),
    Mended(
        "norm 0",
        """
x = tf.Variable([0.0, 0.0])
with tf.GradientTape() as tape:
    y = tf.norm(x)
tape.gradient(y, x)
""",
        "add 1e-12 under the root",
        ("    y = tf.norm(x)",),
        ("    y = tf.sqrt(tf.reduce_sum(tf.square(x)) + 1e-12)",),
    ),
    Mended(
        "naive softplus",
        """
x = tf.Variable(100.0)
with tf.GradientTape() as tape:
    y = tf.math.log(1.0 + tf.exp(x))
tape.gradient(y, x)
""",
        "use tf.nn.softplus",
        ("    y = tf.math.log(1.0 + tf.exp(x))",),
        ("    y = tf.nn.softplus(x)",),
    ),
    Mended(
        "naive sigmoid",
        """
x = tf.Variable(-100.0)
with tf.GradientTape() as tape:
    y = 1.0 / (1.0 + tf.exp(-x))
tape.gradient(y, x)
""",
        "use tf.sigmoid",
        ("    y = 1.0 / (1.0 + tf.exp(-x))",),
        ("    y = tf.sigmoid(x)",),
    ),
    Mended(
        "0/0",
        """
x = tf.Variable(0.0)
with tf.GradientTape() as tape:
    y = x / x
tape.gradient(y, x)
""",
        "use tf.math.divide_no_nan",
        ("    y = x / x",),
        ("    y = tf.math.divide_no_nan(x, x)",),
    ),
    Mended(
        "cross entropy by hand",
        """
logits = tf.Variable([[100.0, -50.0]])
with tf.GradientTape() as tape:
    p = tf.nn.softmax(logits)
    loss = -tf.reduce_sum(tf.constant([[0.0, 1.0]]) * tf.math.log(p))
tape.gradient(loss, logits)
""",
        "keep the argument above 0",
        ("    loss = -tf.reduce_sum(tf.constant([[0.0, 1.0]]) * tf.math.log(p))",),
        ("    loss = -tf.reduce_sum(tf.constant([[0.0, 1.0]]) * tf.math.log(tf.maximum(p, 1e-7)))",),
    ),
    Mended(
        "pow half at zero",
        """
x = tf.Variable(0.0)
with tf.GradientTape() as tape:
    y = x ** 0.5
tape.gradient(y, x)
""",
        "add 1e-12 under the root",
        ("    y = x ** 0.5",),
        ("    y = (x + 1e-12) ** 0.5",),
    ),
    Mended(
        "persistent in block",
        """
x = tf.Variable(2.0)
with tf.GradientTape(persistent=True) as tape:
    y = x * x
    g = tape.gradient(y, x)
""",
        "ask after the block",
        ("    g = tape.gradient(y, x)",),
        ("g = tape.gradient(y, x)",),
    ),
    Mended(
        "log of sum of exp",
        """
x = tf.Variable([100.0, 50.0])
with tf.GradientTape() as tape:
    y = tf.math.log(tf.reduce_sum(tf.exp(x)))
tape.gradient(y, x)
""",
        "use tf.reduce_logsumexp",
        ("    y = tf.math.log(tf.reduce_sum(tf.exp(x)))",),
        ("    y = tf.reduce_logsumexp(x)",),
    ),
    Mended(
        "log of softmax",
        """
x = tf.Variable([300.0, 0.0])
with tf.GradientTape() as tape:
    y = -tf.math.log(tf.nn.softmax(x))[1]
tape.gradient(y, x)
""",
        "use tf.nn.log_softmax",
        ("    y = -tf.math.log(tf.nn.softmax(x))[1]",),
        ("    y = -tf.nn.log_softmax(x)[1]",),
    ),
    Mended(
        "where with a reciprocal",
        """
x = tf.Variable([0.0, 4.0])
with tf.GradientTape() as tape:
    y = tf.reduce_sum(tf.where(x > 0.0, 1.0 / x, 0.0))
tape.gradient(y, x)
""",
        "use the double where",
        ("    y = tf.reduce_sum(tf.where(x > 0.0, 1.0 / x, 0.0))",),
        ("    y = tf.reduce_sum(tf.where(x > 0.0, 1.0 / tf.where(x > 0.0, x, tf.ones_like(x)), 0.0))",),
    ),
)
