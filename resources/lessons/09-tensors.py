# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "Tensors"
# number = 9
# summary = "A vector in: what comes back has the vector's shape"
# ///

# %% [markdown]
# # Tensors
#
# x is now a vector, [0, 1, 2, 3]. Its gradient is a vector of the same shape:
# one partial derivative for each element.

# %%
import tensorflow as tf

x = tf.Variable([0.0, 1.0, 2.0, 3.0])

with tf.GradientTape() as tape:
    y = 2 * tf.tensordot(x, x, axes=1)

print("2 x.x:  ", tape.gradient(y, x).numpy())

# %% [markdown]
# y = 2(x₁² + … + x₄²), so its gradient is 4x.
#
# **Predict** the gradient of the plain sum, x₁ + … + x₄.

# %%
with tf.GradientTape() as tape:
    total = tf.reduce_sum(x)

print("sum:    ", tape.gradient(total, x).numpy())

# %% [markdown]
# Every element counts once, so each gets a 1: the sum hands its cotangent to
# all of them alike.
#
# And if the target is a vector itself? TensorFlow differentiates the *sum* of
# its elements. It starts from ones, not from a single 1.

# %%
with tf.GradientTape() as tape:
    squares = x * x

print("x * x:  ", tape.gradient(squares, x).numpy())

# %% [markdown]
# **Notice** the seed of the last call: four ones, in the shape of the target.
