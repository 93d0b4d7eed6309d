# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "A neuron, by hand"
# number = 19
# summary = "A sigmoid neuron, taken apart into its smallest operations"
# ///

# %% [markdown]
# # A neuron, by hand
#
# A neuron weighs its inputs, adds a bias and squeezes the sum between 0 and 1.
# We write the squeezing out, as 1 / (1 + e⁻ˢ), so that every small rule can be
# seen at work.
#
# **Predict:** the sum is 2·(−1) − 3·(−2) − 3 = 1. Is the output nearer to 0 or
# to 1? Which of the five gradients are negative?

# %%
import tensorflow as tf

w0 = tf.Variable(2.0)
w1 = tf.Variable(-3.0)
w2 = tf.Variable(-3.0)
x0 = tf.Variable(-1.0)
x1 = tf.Variable(-2.0)

with tf.GradientTape() as tape:
    s = w0 * x0 + w1 * x1 + w2
    output = 1 / (1 + tf.exp(-s))

gradients = tape.gradient(output, {"w0": w0, "w1": w1, "w2": w2, "x0": x0, "x1": x1})

print(f"output  {output.numpy():.4f}")
for name, gradient in gradients.items():
    print(f"{name}     {gradient.numpy():8.4f}")

# %% [markdown]
# Follow the cotangent from the right: through the reciprocal, the sum, the
# exponential and the sign. What reaches s is 0.1966, and that is
# output · (1 − output), the slope of the sigmoid.
#
# **Notice** the products at the left. Each weight gets 0.1966 times its input,
# and each input 0.1966 times its weight.
