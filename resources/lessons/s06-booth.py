# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "Booth's function"
# number = 6
# group = "surfaces"
# summary = "Two lines that cross, squared: a slanted ellipse"
#
# [tool.tapeviz.descent]
# racers = [
#   {learning_rate = 0.1},
#   {optimizer = "momentum", learning_rate = 0.02},
#   {optimizer = "newton", learning_rate = 1.0},
# ]
# iterations = 200
# domain = {x = [-10, 10], y = [-10, 10]}
# minima = [
#   {at = {x = 1, y = 3}, value = 0},
# ]
# source = "M. Jamil, X.-S. Yang, Int. J. Math. Model. Numer. Optim. 4 (2013), 150-194"
# ///

# %% [markdown]
# # Booth's function
#
# Two linear equations, x + 2y = 7 and 2x + y = 5, written as one loss: the sum
# of the squared residuals.
#
# **Predict:** where is it zero? Solve the equations by head.

# %%
import tensorflow as tf

x = tf.Variable(-8.0)
y = tf.Variable(-6.0)

with tf.GradientTape() as tape:
    f = (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2

df_dx, df_dy = tape.gradient(f, [x, y])
print("f     =", f.numpy())
print("df/dx =", df_dx.numpy())
print("df/dy =", df_dy.numpy())

# %% [markdown]
# The Hessian is the same everywhere, [[10, 8], [8, 10]], with the eigenvalues
# 18 along the diagonal and 2 across it. That is why rates above 2/18 = 0.111
# fail.
#
# Newton's method divides by the Hessian. On a quadratic function that lands on
# the minimum (1, 3) in a single step.
