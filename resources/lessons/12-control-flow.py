# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "Control flow"
# number = 12
# summary = "Only the branch that was taken is on the tape"
# ///

# %% [markdown]
# # Control flow
#
# `while` and `if` are plain Python here. The tape does not see them; it sees
# the operations that ran, one after the other.
#
# The function doubles a number until its size, its norm, reaches 1000. After
# that it takes one of two branches.

# %%
import tensorflow as tf


def amplify(a):
    b = 2 * a
    while tf.abs(b) < 1000:
        b = 2 * b
    if b > 0:
        return b
    return 100 * b


# %% [markdown]
# **Predict** for a = 3: how many doublings are there, and what is the slope?

# %%
a = tf.Variable(3.0)

with tf.GradientTape() as tape:
    d = amplify(a)

slope = tape.gradient(d, a)
print("d =", d.numpy(), " d/a =", (d / a).numpy(), " slope =", slope.numpy())

# %% [markdown]
# Near a = 3 the function is a straight line through the origin, so its slope is
# d/a. That is a check which needs no calculus at all.
#
# With a negative start the other branch runs, and one more product is on the
# tape.

# %%
a = tf.Variable(-3.0)

with tf.GradientTape() as tape:
    d = amplify(a)

slope = tape.gradient(d, a)
print("d =", d.numpy(), " d/a =", (d / a).numpy(), " slope =", slope.numpy())

# %% [markdown]
# **Notice** that the loop has been unrolled: there is no loop in the graph, but
# a chain of nine products. The comparisons hang beside it; no path to d leads
# through them. The branch that was not taken is nowhere.
