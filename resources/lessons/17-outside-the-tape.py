# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "Outside the tape"
# number = 17
# summary = "What ran before the tape began is not on it"
# ///

# %% [markdown]
# # Outside the tape
#
# A tape knows what happens inside its `with` block. Here the square is computed
# one line too early.
#
# **Predict:** z = 3x², so dz/dx = 6x = 18 at x = 3. What does the tape say?

# %%
import tensorflow as tf

x = tf.Variable(3.0)

y = x**2
with tf.GradientTape() as tape:
    z = 3 * y

dz_dx = tape.gradient(z, x)
print("computed too early:", dz_dx)

# %% [markdown]
# To this tape, y is a number that came from nowhere. There is no path from z
# back to x. Move the line into the block, and there is one.

# %%
with tf.GradientTape() as tape:
    y = x**2
    z = 3 * y

dz_dx = tape.gradient(z, x)
print("inside the tape:   ", dz_dx.numpy())

# %% [markdown]
# **Notice** that z is 27 both times. A result that is right says nothing about
# whether its derivative can be found.
