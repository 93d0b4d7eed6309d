# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "Ravine"
# number = 24
# summary = "Steep one way and flat the other, then round a bend: optimizers side by side"
#
# [tool.tapeviz.descent]
# racers = [
#   {learning_rate = 0.1},
#   {optimizer = "momentum", learning_rate = 0.1, hyperparameters = {momentum = 0.5}},
#   {optimizer = "adam", learning_rate = 0.5},
# ]
# iterations = 20
# domain = {x1 = [-6, 2], x2 = [-3, 3], x = [-2, 2], y = [-1, 3]}
# minima = [
#   {at = {x1 = 0, x2 = 0}, value = 0},
#   {at = {x = 1, y = 1}, value = 0},
# ]
# ///

# %% [markdown]
# # Ravine
#
# f = x₁² + 2x₂² curves twice as much along x₂ as along x₁. Its level sets are
# ellipses, and the gradient points at the middle only from the axes.
#
# We start at (−5, −2) and go twenty steps with a rate of 0.1.
#
# **Predict:** which of the two coordinates arrives first?

# %%
import tensorflow as tf

x1 = tf.Variable(-5.0)
x2 = tf.Variable(-2.0)
learning_rate = 0.1

for iteration in range(20):
    with tf.GradientTape() as tape:
        f = x1**2 + 2 * x2**2
    d1, d2 = tape.gradient(f, [x1, x2])
    x1.assign_sub(learning_rate * d1)
    x2.assign_sub(learning_rate * d2)

print(f"after 20 steps: ({x1.numpy():.7f}, {x2.numpy():.7f})")

# %% [markdown]
# The gradient is (2x₁, 4x₂), so each step leaves 0.8 of x₁ and 0.6 of x₂. After
# twenty steps 0.8²⁰ = 0.0115 is left of one and 0.6²⁰ = 0.00004 of the other:
# they do not disturb each other, and they do not help each other either.
#
# Rosenbrock's function is a ravine with a bend, f = (1 − x)² + 100 (y − x²)².
# It is zero at (1, 1). Three optimizers of Keras start at the same point.
#
# **Predict:** who comes closest in 300 iterations?

# %%
x = tf.Variable(-1.2)
y = tf.Variable(1.0)

optimizers = {
    "SGD": tf.keras.optimizers.SGD(0.002),
    "momentum": tf.keras.optimizers.SGD(0.001, momentum=0.9),
    "Adam": tf.keras.optimizers.Adam(0.3),
}

for name, optimizer in optimizers.items():
    x.assign(-1.2)
    y.assign(1.0)
    for iteration in range(300):
        with tf.GradientTape() as tape:
            f = (1 - x) ** 2 + 100 * (y - x**2) ** 2
        gradients = tape.gradient(f, [x, y])
        optimizer.apply_gradients(zip(gradients, [x, y]))
    print(f"{name:9} x {x.numpy():7.4f}  y {y.numpy():7.4f}  f {f.numpy():.5f}")

# %% [markdown]
# All of them find the floor of the ravine within a few steps. Along the floor
# the slope is small: plain SGD creeps, momentum gathers speed, and Adam
# stretches the small slopes by dividing them by their own size. These two are
# nearly there, by quite different ways.
#
# **Notice** that none of the rates is fair to the others. Each was chosen about
# as large as that optimizer bears.
