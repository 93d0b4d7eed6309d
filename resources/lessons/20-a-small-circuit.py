# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "A small circuit"
# number = 20
# summary = "Add shares, multiply swaps, max chooses"
# ///

# %% [markdown]
# # A small circuit
#
# f = 2(xy + max(z, w)) at (3, −4, 2, −1). Three operations, and three
# characters. Going backward,
#
# - **add** hands its cotangent on to both inputs,
# - **multiply** swaps its inputs and scales by them,
# - **max** gives all to the larger input.
#
# **Predict** the four gradients with these three rules alone.

# %%
import tensorflow as tf

x = tf.Variable(3.0)
y = tf.Variable(-4.0)
z = tf.Variable(2.0)
w = tf.Variable(-1.0)

with tf.GradientTape() as tape:
    product = x * y
    larger = tf.maximum(z, w)
    f = 2 * (product + larger)

gradients = tape.gradient(f, [x, y, z, w])

print("f =", f.numpy())
print("gradients:", [gradient.numpy().item() for gradient in gradients])

# %% [markdown]
# **Notice** that the gradient of w is 0 and not `None`. There is a path from f
# to w; the maximum merely sends nothing along it, because z is the larger one.
