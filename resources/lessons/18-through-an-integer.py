# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "Through an integer"
# number = 18
# summary = "Whole numbers have no slope: a cast to integer cuts the path"
# ///

# %% [markdown]
# # Through an integer
#
# We buy whole metres of rope: the length is cast to an integer and back.
# Nudge the length a little, and the number of metres stays the same.
#
# **Predict:** is the gradient of the price 4, 0, or `None`?

# %%
import tensorflow as tf

length = tf.Variable(2.75)

with tf.GradientTape() as tape:
    metres = tf.cast(length, tf.int32)
    tape.watch(metres)
    price = 4 * tf.cast(metres, tf.float32)

gradients = tape.gradient(price, [length, metres])
print("price =", price.numpy(), " gradients:", gradients)

# %% [markdown]
# TensorFlow lets us compute with integers, but it does not differentiate
# through them: there is no "a little more" for a whole number. So both answers
# are `None`. When we asked the tape to watch one, TensorFlow even warned us;
# you find the warning in the output.
#
# Without the cast the price has a slope everywhere.

# %%
with tf.GradientTape() as tape:
    price = 4 * length

gradient = tape.gradient(price, length)
print("price =", price.numpy(), " gradient:", gradient.numpy())

# %% [markdown]
# **Notice** that the type of a value decides this, and not the value: 2 as an
# integer cuts the path, and 2.0 as a float does not.
