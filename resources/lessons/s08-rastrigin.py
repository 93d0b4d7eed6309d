# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "Rastrigin's function"
# number = 8
# group = "surfaces"
# summary = "A bowl full of dents: descent ends in the nearest one"
#
# [tool.tapeviz.descent]
# racers = [
#   {learning_rate = 0.002},
#   {optimizer = "momentum", learning_rate = 0.002},
#   {optimizer = "adam", learning_rate = 0.5},
# ]
# iterations = 500
# domain = {x = [-5.12, 5.12], y = [-5.12, 5.12]}
# minima = [
#   {at = {x = 0, y = 0}, value = 0},
# ]
# source = "L. A. Rastrigin, Systems of Extremal Control, Moscow (1974)"
# ///

# %% [markdown]
# # Rastrigin's function
#
# f = 20 + x² + y² − 10 cos 2πx − 10 cos 2πy. The squares make a bowl, the
# cosines a dent at (nearly) every whole number: 121 of them in this square.
#
# **Predict:** from (3.3, −2.4), in which dent do small steps end?

# %%
import math

import tensorflow as tf

x = tf.Variable(3.3)
y = tf.Variable(-2.4)

with tf.GradientTape() as tape:
    f = 20 + x**2 + y**2 - 10 * tf.cos(2 * math.pi * x) - 10 * tf.cos(2 * math.pi * y)

df_dx, df_dy = tape.gradient(f, [x, y])
print("f     =", f.numpy())
print("df/dx =", df_dx.numpy())
print("df/dy =", df_dy.numpy())

# %% [markdown]
# The slope of the cosine is 20π = 62.8 at its steepest, that of the bowl only
# 6.6 here. So the gradient knows of the nearest dent and of nothing else:
# (2.98, −1.99), where f is 12.93 and not 0.
#
# Larger steps and momentum jump out of dents. Whether they jump into a better
# one is luck.
