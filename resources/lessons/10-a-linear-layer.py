# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "A linear layer"
# number = 10
# summary = "Matrix product, a bias that is broadcast, and the mean square"
# ///

# %% [markdown]
# # A linear layer
#
# Two samples with three features each go through one layer with two outputs:
# x is 2×3, W is 3×2 and b has 2 elements. The same b is added to both rows; it
# is *broadcast*.
#
# **Predict** the shapes of the two gradients.

# %%
import tensorflow as tf

x = tf.constant([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
W = tf.Variable([[0.5, -1.0], [1.5, 0.0], [-0.5, 2.0]])
b = tf.Variable([0.5, -0.5])

with tf.GradientTape() as tape:
    y = x @ W + b
    loss = tf.reduce_mean(y**2)

dW, db = tape.gradient(loss, [W, b])

print("loss =", loss.numpy())
print("dW", dW.shape, dW.numpy().tolist())
print("db", db.shape, db.numpy().tolist())

# %% [markdown]
# Each gradient has the shape of its variable. It could not be otherwise: the
# next step of training subtracts the one from the other.
#
# **Notice** what happens to b. It was copied to two rows going forward, so the
# cotangents of the two rows are *added up* going backward. And the matrix
# product answers with another one: dW is xᵀ times the cotangent of y.
