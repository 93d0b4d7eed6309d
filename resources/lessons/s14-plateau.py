# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "A plateau"
# number = 14
# group = "surfaces"
# summary = "A hole in a plain: where the slope vanishes, so do the steps"
#
# [tool.tapeviz.descent]
# racers = [
#   {learning_rate = 0.5},
#   {optimizer = "momentum", learning_rate = 0.5},
#   {optimizer = "adam", learning_rate = 0.1},
# ]
# iterations = 400
# domain = {x = [-4, 4], y = [-4, 4]}
# minima = [
#   {at = {x = 0, y = 0}, value = 0},
# ]
# source = "One minus a Gaussian bell"
# ///

# %% [markdown]
# # A plateau
#
# f = 1 − exp(−(x² + y²)/2). One hole at the origin; everywhere else the
# function is 1, to many digits.
#
# **Predict:** how large is the gradient at (2.8, 2.2), three and a half units
# from the middle?

# %%
import tensorflow as tf

x = tf.Variable(2.8)
y = tf.Variable(2.2)

with tf.GradientTape() as tape:
    f = 1 - tf.exp(-(x**2 + y**2) / 2)

df_dx, df_dy = tape.gradient(f, [x, y])
print("f     =", f.numpy())
print("df/dx =", df_dx.numpy())
print("df/dy =", df_dy.numpy())

# %% [markdown]
# The slope is the position times exp(−6.34), not even one percent. Plain
# descent stands still at first although nothing is wrong: no minimum, no
# saddle, just a slope too small for the rate.
#
# Adam divides each slope by its own recent size, so it walks at the same pace
# anywhere.
