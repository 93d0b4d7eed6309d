# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "First tape"
# number = 1
# summary = "One variable, a quadratic, and the derivative that the tape finds"
# ///

# %% [markdown]
# # First tape
#
# A gradient tape writes down every operation while it happens. Afterwards it
# can be read backwards, and that gives the derivative.
#
# Our function is y = x² + 2x + 1, and we stand at x = 3.
#
# **Predict:** what is dy/dx there? Work it out on paper first.

# %%
import tensorflow as tf

x = tf.Variable(3.0)

with tf.GradientTape() as tape:
    y = x**2 + 2 * x + 1

# %% [markdown]
# Nothing has been differentiated yet: the tape only knows what was computed,
# and in which order. Step forward and watch 16 appear at y.
#
# Now the tape is read backwards, from y to x.

# %%
dy_dx = tape.gradient(y, x)

print("y     =", y.numpy())
print("dy/dx =", dy_dx.numpy())

# %% [markdown]
# **Notice** that x feeds two operations, so two contributions come back to it:
# 2x = 6 from the square and 2 from the product. Their sum is 8.
