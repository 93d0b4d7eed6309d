# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "A two-layer network"
# number = 21
# summary = "Backpropagation through a hidden layer, with numbers to check by hand"
# ///

# %% [markdown]
# # A two-layer network
#
# Two inputs, two hidden neurons, two outputs, sigmoids everywhere. The numbers
# are those of a worked example that many have followed with pencil and paper.

# %%
import tensorflow as tf

i1, i2 = tf.constant(0.05), tf.constant(0.10)
target1, target2 = tf.constant(0.01), tf.constant(0.99)

w1, w2, w3, w4 = (tf.Variable(value) for value in (0.15, 0.20, 0.25, 0.30))
w5, w6, w7, w8 = (tf.Variable(value) for value in (0.40, 0.45, 0.50, 0.55))
b1, b2 = tf.constant(0.35), tf.constant(0.60)

# %% [markdown]
# **Predict:** w5 leads from the first hidden neuron to the first output, which
# should be 0.01 and is far too large. Should w5 grow or shrink?

# %%
with tf.GradientTape() as tape:
    h1 = tf.sigmoid(w1 * i1 + w2 * i2 + b1)
    h2 = tf.sigmoid(w3 * i1 + w4 * i2 + b1)
    o1 = tf.sigmoid(w5 * h1 + w6 * h2 + b2)
    o2 = tf.sigmoid(w7 * h1 + w8 * h2 + b2)
    E = 0.5 * (target1 - o1) ** 2 + 0.5 * (target2 - o2) ** 2

weights = [w1, w2, w3, w4, w5, w6, w7, w8]
gradients = tape.gradient(E, weights)

print(f"E       = {E.numpy():.9f}")
for number, gradient in enumerate(gradients, start=1):
    print(f"dE/dw{number}  = {gradient.numpy():.9f}")

# %% [markdown]
# **Notice** the hidden neuron h1. It feeds both outputs, so two contributions
# come back to it, one from each error, and they are added before they go on to
# w1 and w2.
#
# **Notice** also how small the gradients of the first layer are beside those of
# the second: each sigmoid on the way takes its share.
