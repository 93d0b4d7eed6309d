# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "Beale's function"
# number = 4
# group = "surfaces"
# summary = "Nearly flat over most of the plane, with walls at the corners"
#
# [tool.tapeviz.descent]
# racers = [
#   {learning_rate = 0.01},
#   {optimizer = "momentum", learning_rate = 0.005},
#   {optimizer = "adam", learning_rate = 0.05},
# ]
# iterations = 1000
# domain = {x = [-4.5, 4.5], y = [-4.5, 4.5]}
# minima = [
#   {at = {x = 3, y = 0.5}, value = 0},
# ]
# log_levels = true
# source = "E. M. L. Beale, Statistical Techniques Research Group, Princeton, Report 25 (1958)"
# ///

# %% [markdown]
# # Beale's function
#
# Three residuals, squared and added: 1.5 − x + x·y, 2.25 − x + x·y² and 2.625 −
# x + x·y³. All three vanish at one point.
#
# **Predict:** why does y hardly matter at x = 0?

# %%
import tensorflow as tf

x = tf.Variable(1.0)
y = tf.Variable(1.0)

with tf.GradientTape() as tape:
    f = (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2

df_dx, df_dy = tape.gradient(f, [x, y])
print("f     =", f.numpy())
print("df/dx =", df_dx.numpy())
print("df/dy =", df_dy.numpy())

# %% [markdown]
# At y = 1 all three residuals are constants: the slope by x is zero here,
# whatever x is. So the first step goes straight along y.
#
# At the minimum (3, 1/2) the function is flat one way and steep the other.
# Change the start to (4, 4): the cubes and squares make a slope of a hundred
# thousand, and the same rate is far too much.
