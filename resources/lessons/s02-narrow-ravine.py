# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "A narrow ravine"
# number = 2
# group = "surfaces"
# summary = "Steep across, flat along: one rate has to serve both directions"
#
# [tool.tapeviz.descent]
# racers = [
#   {learning_rate = 0.09},
#   {optimizer = "momentum", learning_rate = 0.02},
#   {optimizer = "adam", learning_rate = 0.3},
# ]
# iterations = 100
# domain = {x = [-5, 5], y = [-2, 2]}
# minima = [
#   {at = {x = 0, y = 0}, value = 0},
# ]
# source = "A quadratic form with the curvatures 1 and 20"
# ///

# %% [markdown]
# # A narrow ravine
#
# f = x²/2 + 10 y² is a long, narrow valley: twenty times as curved across as
# along.
#
# **Predict:** at (−4, 1) the minimum lies almost straight to the right. Which
# way does the gradient point?

# %%
import tensorflow as tf

x = tf.Variable(-4.0)
y = tf.Variable(1.0)

with tf.GradientTape() as tape:
    f = x**2 / 2 + 10 * y**2

df_dx, df_dy = tape.gradient(f, [x, y])
print("f     =", f.numpy())
print("df/dx =", df_dx.numpy())
print("df/dy =", df_dy.numpy())

# %% [markdown]
# Downhill is −gradient = (4, −20): nearly straight across the valley. Descent
# bounces from wall to wall and creeps along the floor.
#
# The steepest direction sets the limit, 2/20 = 0.1 for the rate; the flattest
# one sets the pace. Their ratio, 20, is the condition number. Momentum adds up
# what the steps agree on and lets cancel what they do not.
