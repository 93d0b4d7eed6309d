# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "Watching a constant"
# number = 3
# summary = "A tape follows variables by itself; a constant has to be watched"
# ///

# %% [markdown]
# # Watching a constant
#
# A tape follows every `tf.Variable` it meets. A `tf.constant` is just a number
# to it, unless we ask.
#
# **Predict:** what does `tape.gradient` return for a constant: 6, 0, or
# something else?

# %%
import tensorflow as tf

x = tf.constant(3.0)

with tf.GradientTape() as tape:
    y = x**2

unwatched = tape.gradient(y, x)
print("without watch:", unwatched)

# %% [markdown]
# The answer is `None`: not "the slope is zero" but "I was not looking". The
# square ran, and the tape kept no note of it; it is drawn grey and dashed.
#
# One line mends it.

# %%
with tf.GradientTape() as tape:
    tape.watch(x)
    y = x**2

watched = tape.gradient(y, x)
print("with watch:   ", watched.numpy())

# %% [markdown]
# **Notice** that the function and the number are the same both times. The only
# difference is what the tape was asked to follow.
