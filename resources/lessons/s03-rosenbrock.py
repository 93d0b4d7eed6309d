# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "Rosenbrock's valley"
# number = 3
# group = "surfaces"
# summary = "A curved valley, easy to find and slow to follow"
#
# [tool.tapeviz.descent]
# racers = [
#   {learning_rate = 0.002},
#   {optimizer = "momentum", learning_rate = 0.001},
#   {optimizer = "adam", learning_rate = 0.1},
# ]
# iterations = 2000
# domain = {x = [-2, 2], y = [-1, 3]}
# minima = [
#   {at = {x = 1, y = 1}, value = 0},
# ]
# log_levels = true
# source = "H. H. Rosenbrock, The Computer Journal 3 (1960), 175-184; start (-1.2, 1) as there"
# ///

# %% [markdown]
# # Rosenbrock's valley
#
# f = (1 − x)² + 100 (y − x²)². The second square is zero all along the parabola
# y = x²; the first one tilts the floor of that valley ever so slightly towards
# x = 1.
#
# **Predict:** from (−1.2, 1), how large is f, and which of the two squares
# makes it so?

# %%
import tensorflow as tf

x = tf.Variable(-1.2)
y = tf.Variable(1.0)

with tf.GradientTape() as tape:
    f = (1 - x) ** 2 + 100 * (y - x**2) ** 2

df_dx, df_dy = tape.gradient(f, [x, y])
print("f     =", f.numpy())
print("df/dx =", df_dx.numpy())
print("df/dy =", df_dy.numpy())

# %% [markdown]
# Any method finds the valley in a few steps. Following it round the bend takes
# the rest of the time: across the floor the curvature is about a thousand,
# along it less than one.
#
# Let SGD, momentum and Adam race here, and look at the logarithm of the loss.
