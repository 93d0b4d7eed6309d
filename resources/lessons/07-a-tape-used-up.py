# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "A tape used up"
# number = 7
# summary = "The second call on a released tape is an error, on purpose"
# ///

# %% [markdown]
# # A tape used up
#
# An ordinary tape answers once. With that answer it lets go of everything it
# wrote down, so that the memory is free again.

# %%
import tensorflow as tf

x = tf.Variable(3.0)

with tf.GradientTape() as tape:
    y = x**2
    z = y**2

print("dz/dx =", tape.gradient(z, x).numpy())

# %% [markdown]
# **Predict:** what does the second question get: a number, `None`, or an error?
#
# The next cell fails on purpose. Read the message, and then mend it: write
# `tf.GradientTape(persistent=True)` above and run again.

# %%
print("dy/dx =", tape.gradient(y, x).numpy())
