"""Lessons with loops of every kind that folds."""

from __future__ import annotations

VARIABLES = """
w = tf.Variable(0.5)
b = tf.Variable(0.0)
for k in range(30):
    with tf.GradientTape() as tape:
        loss = (w * 2.0 + b - 3.0) ** 2
    gw, gb = tape.gradient(loss, [w, b])
    w.assign_sub(0.05 * gw)
    b.assign_sub(0.05 * gb)
    if k % 10 == 9:
        print(float(loss))
print(float(w), float(b))
"""
PLAIN_STATE = """
x = tf.constant([4.0, -3.0])
velocity = tf.zeros(2)
before = x
losses = []
for k in range(30):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(x ** 2 * [1.0, 3.0])
    g = tape.gradient(y, x)
    velocity = 0.5 * velocity + g
    x, before = x - 0.05 * velocity + 0.1 * (x - before), x
    losses.append(y)
total = tf.add_n(losses)
print(x.numpy(), float(total))
"""
EPOCHS = """
data = tf.constant([[1.0], [2.0], [3.0], [4.0], [5.0]])
w = tf.Variable([[0.1]])
for epoch in range(8):
    for batch in tf.data.Dataset.from_tensor_slices(data).batch(2):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((batch @ w - 3.0 * batch) ** 2)
        w.assign_sub(0.01 * tape.gradient(loss, w))
    print(epoch, float(tf.reduce_mean((data @ w - 3.0 * data) ** 2)))
"""
ADAM = """
import keras
w = tf.Variable([1.0, -2.0, 3.0])
optimizer = keras.optimizers.Adam(0.1)
for k in range(25):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.cos(w) + w ** 2)
    optimizer.apply_gradients(zip(tape.gradient(loss, [w]), [w]))
"""
SECOND_ORDER = """
x = tf.Variable(3.0)
def newton():
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = tf.cosh(x) + 0.3 * x
        first = inner.gradient(y, x)
    second = outer.gradient(first, x)
    x.assign_sub(0.3 * first / second)
    return y
for k in range(25):
    y = newton()
"""
TWO_TAPES = """
a = tf.Variable(1.0)
b = tf.Variable(2.0)
for k in range(25):
    with tf.GradientTape(persistent=True) as tape:
        f = a * b
        h = a + b
    ga, gb = tape.gradient(f, [a, b]), tape.gradient(h, b)
    with tf.GradientTape() as other:
        g = a * tf.exp(-b)
    gb = other.gradient(g, b)
    a.assign_sub(0.01 * ga[0])
    b.assign_add(0.01 * gb)
"""
TURNS = """
x = tf.Variable(1.1)
for k in range(40):
    with tf.GradientTape() as tape:
        y = x * 1.0
        for _ in range(1 + (k // 3) % 3):
            y = y * x
    g = tape.gradient(y, x)
    x.assign(1.0 + 0.01 * (k % 7))
"""
SPARSE = """
table = tf.Variable(tf.reshape(tf.range(12.0), (6, 2)))
unused = tf.Variable(1.0)
for k in range(25):
    with tf.GradientTape() as tape:
        rows = tf.gather(table, [k % 3, k % 2, 1])
        loss = tf.reduce_sum(rows ** 2)
    g, none = tape.gradient(loss, [table, unused])
    table.assign_sub(0.01 * tf.convert_to_tensor(g))
"""
OWN_GRADIENT = """
@tf.custom_gradient
def cube(x):
    def back(upstream):
        return 3.0 * x ** 2 * upstream
    return x ** 3, back
@tf.function
def square(x):
    return x * x
x = tf.Variable(1.5)
for k in range(25):
    c = tf.constant(float(k))
    with tf.GradientTape() as tape:
        y = cube(x) + square(x) * c
    x.assign_sub(0.01 * tape.gradient(y, x))
"""
LESSONS = {
    "variables": VARIABLES,
    "plain state": PLAIN_STATE,
    "epochs": EPOCHS,
    "adam": ADAM,
    "second order": SECOND_ORDER,
    "two tapes": TWO_TAPES,
    "turns": TURNS,
    "sparse": SPARSE,
    "own gradient": OWN_GRADIENT,
}
