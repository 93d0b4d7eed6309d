# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "Custom gradient"
# number = 28
# summary = "A gradient of one's own: stable where the derived one is NaN, or clipped"
# ///

# %% [markdown]
# # Custom gradient
#
# log(1 + eˣ) is a soft version of max(0, x). Its slope is eˣ/(1 + eˣ), which for
# a large x is nearly 1.
#
# **Predict:** what does the tape answer at x = 100?

# %%
import tensorflow as tf

x = tf.Variable(100.0)

with tf.GradientTape() as tape:
    naive = tf.math.log(1 + tf.exp(x))

print("naive: ", tape.gradient(naive, x).numpy())

# %% [markdown]
# e¹⁰⁰ does not fit into a float32; it becomes infinite. Going back, the
# logarithm divides by it, which leaves 0, and the exponential multiplies by it:
# 0 · ∞ is not a number.
#
# The rule is right, only the order of the arithmetic is not. So we state the
# derivative ourselves, in a form that stays finite: 1 − 1/(1 + eˣ).

# %%


@tf.custom_gradient
def log1pexp(x):
    e = tf.exp(x)

    def backward(upstream):
        return upstream * (1 - 1 / (1 + e))

    return tf.math.log(1 + e), backward


with tf.GradientTape() as tape:
    stable = log1pexp(x)

print("stable:", tape.gradient(stable, x).numpy())

# %% [markdown]
# A gradient of one's own may also do what no derivative does. This function
# hands its input on as it is, and cuts off what comes back.

# %%


@tf.custom_gradient
def clip_on_the_way_back(x):
    def backward(upstream):
        return tf.clip_by_norm(upstream, 1.0)

    return tf.identity(x), backward


w = tf.Variable([3.0, 4.0])

with tf.GradientTape(persistent=True) as tape:
    free = tf.reduce_sum(w**2)
    clipped = tf.reduce_sum(clip_on_the_way_back(w) ** 2)

print("free:   ", tape.gradient(free, w).numpy())
print("clipped:", tape.gradient(clipped, w).numpy())
del tape

# %% [markdown]
# **Notice** that both ways lead to the same value, 25, but not to the same
# gradient. Clipping keeps the direction and sets the length to 1. The tape does
# not ask whether what it is given is a derivative; it multiplies.
