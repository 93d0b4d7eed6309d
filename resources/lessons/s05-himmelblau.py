# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "Himmelblau's function"
# number = 5
# group = "surfaces"
# summary = "Four minima of the same height: the start decides"
#
# [tool.tapeviz.descent]
# racers = [
#   {learning_rate = 0.01, start = {x = 0, y = 0}},
#   {learning_rate = 0.01, start = {x = -1, y = 1}},
#   {learning_rate = 0.01, start = {x = -1, y = -1}},
#   {learning_rate = 0.01, start = {x = 1, y = -1}},
# ]
# iterations = 200
# domain = {x = [-5, 5], y = [-5, 5]}
# minima = [
#   {at = {x = 3, y = 2}, value = 0},
#   {at = {x = -2.805118087, y = 3.131312518}, value = 0},
#   {at = {x = -3.779310253, y = -3.283185991}, value = 0},
#   {at = {x = 3.58442834, y = -1.848126527}, value = 0},
# ]
# log_levels = true
# source = "D. M. Himmelblau, Applied Nonlinear Programming, McGraw-Hill (1972)"
# ///

# %% [markdown]
# # Himmelblau's function
#
# f = (x² + y − 11)² + (x + y² − 7)². It is zero where two parabolas cross, and
# they cross four times.
#
# **Predict:** from (0, 0), to which side does the first step go?

# %%
import tensorflow as tf

x = tf.Variable(0.0)
y = tf.Variable(0.0)

with tf.GradientTape() as tape:
    f = (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2

df_dx, df_dy = tape.gradient(f, [x, y])
print("f     =", f.numpy())
print("df/dx =", df_dx.numpy())
print("df/dy =", df_dy.numpy())

# %% [markdown]
# The gradient at the origin is (−14, −22), so descent leaves to the upper right
# and ends at (3, 2). Starts a little to the left or below end elsewhere: colour
# the basins.
#
# Near the middle is a maximum, at about (−0.27, −0.92), and a saddle lies
# between each two neighbouring minima.
