# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "The six-hump camel"
# number = 11
# group = "surfaces"
# summary = "Six minima in three pairs, turned around the origin"
#
# [tool.tapeviz.descent]
# racers = [
#   {learning_rate = 0.02, start = {x = 0.5, y = -0.2}},
#   {learning_rate = 0.02, start = {x = -1.8, y = 0.1}},
#   {learning_rate = 0.02, start = {x = 1.9, y = 0.9}},
# ]
# iterations = 200
# domain = {x = [-2, 2], y = [-1, 1]}
# minima = [
#   {at = {x = 0.089842013, y = -0.712656403}, value = -1.031628453},
#   {at = {x = -0.089842013, y = 0.712656403}, value = -1.031628453},
#   {at = {x = 1.703606715, y = -0.796083569}, value = -0.215463824},
#   {at = {x = -1.703606715, y = 0.796083569}, value = -0.215463824},
#   {at = {x = 1.607104753, y = 0.568651455}, value = 2.104250310},
#   {at = {x = -1.607104753, y = -0.568651455}, value = 2.104250310},
# ]
# source = "L. C. W. Dixon, G. P. Szego (ed.), Towards Global Optimisation 2, North-Holland (1978)"
# ///

# %% [markdown]
# # The six-hump camel
#
# f = (4 − 2.1 x² + x⁴/3) x² + x·y + (4 y² − 4) y². All terms are even but for
# x·y, which stays the same when both signs are changed.
#
# **Predict:** if (a, b) is a minimum, which other point must be one?

# %%
import tensorflow as tf

x = tf.Variable(0.5)
y = tf.Variable(-0.2)

with tf.GradientTape() as tape:
    f = (4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + (4 * y**2 - 4) * y**2

df_dx, df_dy = tape.gradient(f, [x, y])
print("f     =", f.numpy())
print("df/dx =", df_dx.numpy())
print("df/dy =", df_dy.numpy())

# %% [markdown]
# (−a, −b). The six minima come in three such pairs, and only one pair is the
# lowest, at −1.0316. Two maxima and seven saddles stand between them; one
# saddle is the origin itself.
#
# Colour the basins, and count.
