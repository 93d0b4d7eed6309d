# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "Branin's function"
# number = 7
# group = "surfaces"
# summary = "A parabola with a cosine along it: three equal minima"
#
# [tool.tapeviz.descent]
# racers = [
#   {learning_rate = 0.02, start = {x = -4, y = 13}},
#   {learning_rate = 0.02, start = {x = 0, y = 5}},
#   {learning_rate = 0.02, start = {x = 8, y = 12}},
# ]
# iterations = 300
# domain = {x = [-5, 10], y = [0, 15]}
# minima = [
#   {at = {x = -3.141592654, y = 12.275}, value = 0.3978873577},
#   {at = {x = 3.141592654, y = 2.275}, value = 0.3978873577},
#   {at = {x = 9.424777961, y = 2.475}, value = 0.3978873577},
# ]
# log_levels = true
# source = "F. H. Branin, IBM Journal of Research and Development 16 (1972), 504-522"
# ///

# %% [markdown]
# # Branin's function
#
# The square is zero along a parabola, as in Rosenbrock's valley. Here a cosine
# of x makes waves on the floor of it.
#
# **Predict:** where along the valley are the lowest points? When is cos x = −1?

# %%
import math

import tensorflow as tf

x = tf.Variable(0.0)
y = tf.Variable(5.0)

with tf.GradientTape() as tape:
    f = (y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6) ** 2 \
        + 10 * (1 - 1 / (8 * math.pi)) * tf.cos(x) + 10

df_dx, df_dy = tape.gradient(f, [x, y])
print("f     =", f.numpy())
print("df/dx =", df_dx.numpy())
print("df/dy =", df_dy.numpy())

# %% [markdown]
# At x = −π, π and 3π the cosine is −1 and the square can be zero: three minima,
# all of the height 10/(8π) = 0.3979. Between them, at x = 0 and 2π, the valley
# has passes: minima across, maxima along, which is what a saddle is.
