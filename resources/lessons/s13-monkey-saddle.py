# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "A monkey saddle"
# number = 13
# group = "surfaces"
# summary = "Three ways down, and a Hessian that says nothing"
#
# [tool.tapeviz.descent]
# racers = [
#   {learning_rate = 0.05, start = {x = 1, y = 0}},
#   {learning_rate = 0.05, start = {x = 1, y = 0.3}},
#   {learning_rate = 0.05, start = {x = 1, y = -0.3}},
# ]
# iterations = 60
# domain = {x = [-1.5, 1.5], y = [-1.5, 1.5]}
# source = "The real part of (x + iy)^3; D. Hilbert, S. Cohn-Vossen, Anschauliche Geometrie (1932)"
# ///

# %% [markdown]
# # A monkey saddle
#
# f = x³ − 3x·y². A rider's saddle has two ways down, for two legs. A monkey
# needs a third one, for the tail.
#
# **Predict:** at the origin the gradient is zero. What is the Hessian there?

# %%
import tensorflow as tf

x = tf.Variable(1.0)
y = tf.Variable(0.0)

with tf.GradientTape() as tape:
    f = x**3 - 3 * x * y**2

df_dx, df_dy = tape.gradient(f, [x, y])
print("f     =", f.numpy())
print("df/dx =", df_dx.numpy())
print("df/dy =", df_dy.numpy())

# %% [markdown]
# It is zero as well, all four elements: to second order the surface is level
# here. Neither "minimum" nor "saddle" can be read off the eigenvalues; one has
# to look at the third order.
#
# Descent from (1, 0) slows down as it comes near, because the slope is 3x²:
# half as far from the middle, a quarter of the step. Starts off the axis turn
# aside and fall.
