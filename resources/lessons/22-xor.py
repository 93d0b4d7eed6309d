# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow", "matplotlib"]
#
# [tool.tapeviz]
# title = "XOR"
# number = 22
# summary = "A small network learns what no single neuron can, and its loss falls below 0.01"
# ///

# %% [markdown]
# # XOR
#
# One or the other, but not both. A single neuron draws one straight line, and
# no straight line parts these four points. Three hidden neurons are enough.

# %%
import matplotlib.pyplot as plt
import tensorflow as tf

x = tf.constant([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
wanted = tf.constant([[0.0], [1.0], [1.0], [0.0]])

W = tf.Variable([[0.5, -0.5, 1.0], [0.4, 0.6, -1.0]])
b = tf.Variable([0.0, 0.0, 0.0])
V = tf.Variable([[0.5], [-0.5], [1.0]])
c = tf.Variable([0.0])
weights = [W, b, V, c]


def network(x):
    hidden = tf.tanh(x @ W + b)
    return tf.sigmoid(hidden @ V + c)


# %% [markdown]
# **Predict:** who answers 0.5 to everything has a loss of 0.25. Is the network
# better or worse than that before it has learned anything?
#
# Each iteration records one tape, asks it for the gradients of all weights, and
# takes a step against them. It stops when the loss is small enough.

# %%
learning_rate = 4.0
losses = []

for iteration in range(1000):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((network(x) - wanted) ** 2)
    losses.append(loss.numpy())
    if loss < 0.01:
        break
    for weight, gradient in zip(weights, tape.gradient(loss, weights)):
        weight.assign_sub(learning_rate * gradient)

print(f"the first loss is {losses[0]:.4f}")
print(f"after {iteration} iterations it is {losses[-1]:.4f}")
for point, answer in zip(x.numpy(), network(x).numpy()):
    print(point, f"{answer[0]:.2f}")

# %%
plt.plot(losses)
plt.axhline(0.01, color="gray", linestyle=":")
plt.yscale("log")
plt.xlabel("iteration")
plt.ylabel("loss")
plt.title("The network learns XOR")
plt.show()

# %% [markdown]
# **Notice** the shape of the curve. For a while little happens: the hidden
# neurons still do much the same as each other. Once they differ, the loss falls
# quickly, and then ever more slowly, as the sigmoid at the end saturates.
#
# Try to begin with zeros for W and V. By symmetry no gradient can then tell the
# hidden neurons apart, and the network learns nothing.
