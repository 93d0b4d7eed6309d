# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "Ackley's function"
# number = 9
# group = "surfaces"
# summary = "A field of ripples around one deep hole, with a point at its bottom"
#
# [tool.tapeviz.descent]
# racers = [
#   {learning_rate = 0.02},
#   {optimizer = "momentum", learning_rate = 0.05},
#   {optimizer = "adam", learning_rate = 0.5},
# ]
# iterations = 500
# domain = {x = [-5, 5], y = [-5, 5]}
# minima = [
#   {at = {x = 0, y = 0}, value = 0},
# ]
# source = "D. H. Ackley, A Connectionist Machine for Genetic Hillclimbing, Kluwer (1987)"
# ///

# %% [markdown]
# # Ackley's function
#
# The first exponential falls with the distance from the middle, like a tent;
# the second one lays cosine ripples over it.
#
# **Predict:** the lowest point is (0, 0), with f = 0. What does the tape say
# there about the derivative of a square root?

# %%
import math

import tensorflow as tf

x = tf.Variable(2.6)
y = tf.Variable(-1.7)

with tf.GradientTape() as tape:
    f = 20 - 20 * tf.exp(-0.2 * tf.sqrt((x**2 + y**2) / 2)) + math.e \
        - tf.exp((tf.cos(2 * math.pi * x) + tf.cos(2 * math.pi * y)) / 2)

df_dx, df_dy = tape.gradient(f, [x, y])
print("f     =", f.numpy())
print("df/dx =", df_dx.numpy())
print("df/dy =", df_dy.numpy())

# %% [markdown]
# Far out the tent is nearly level, and the ripples hold every small step.
#
# At the very bottom the tent has a point, like |x|. The square root of 0 has an
# infinite slope, times the slope 0 of x² + y²: set x and y to 0 and the tape
# answers NaN. The minimum is there all the same; a gradient is not.
