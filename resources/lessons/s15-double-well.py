# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "A double well"
# number = 15
# group = "surfaces"
# summary = "One variable, two valleys, and a hill to get over"
#
# [tool.tapeviz.descent]
# racers = [
#   {learning_rate = 0.02},
#   {optimizer = "momentum", learning_rate = 0.02},
# ]
# iterations = 200
# domain = {x = [-2, 2]}
# minima = [
#   {at = {x = -1.057453771}, value = -1.514753641},
#   {at = {x = 0.930402927}, value = -0.516748508},
# ]
# source = "A quartic with a tilt; its slope is zero at the roots of 4x^3 - 4x + 1/2"
# ///

# %% [markdown]
# # A double well
#
# f = x⁴ − 2x² + x/2. Without the last term both valleys would be equally deep;
# it tilts the curve, and the left one wins.
#
# **Predict:** a ball released at x = 1.8 rolls to the left. In which valley
# does descent stop? And with momentum?

# %%
import tensorflow as tf

x = tf.Variable(1.8)

with tf.GradientTape() as tape:
    f = x**4 - 2 * x**2 + x / 2

df_dx = tape.gradient(f, x)
print("f     =", f.numpy())
print("df/dx =", df_dx.numpy())

# %% [markdown]
# Plain descent stops in the first valley, at 0.930, because beyond it the slope
# says "go back". With momentum it arrives there at speed, runs over the hill at
# 0.127, and comes to rest at −1.057, a whole unit lower.
#
# With another rate it may swing back. Look for one.
