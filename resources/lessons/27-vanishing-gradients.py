# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow", "matplotlib"]
#
# [tool.tapeviz]
# title = "Vanishing gradients"
# number = 27
# summary = "Ten sigmoids in a row let almost nothing through; ten ReLUs let everything through"
# ///

# %% [markdown]
# # Vanishing gradients
#
# A chain of ten layers, one neuron each. Going back, every layer multiplies the
# cotangent by the slope of its activation. The slope of a sigmoid is never more
# than ¼.
#
# **Predict:** how much smaller is the gradient of the first weight than that of
# the last?

# %%
import matplotlib.pyplot as plt
import tensorflow as tf

DEPTH = 10


def gradients_of_chain(activation):
    weights = [tf.Variable(1.0) for _ in range(DEPTH)]
    with tf.GradientTape() as tape:
        signal = tf.constant(1.0)
        for weight in weights:
            signal = activation(weight * signal)
    return [float(gradient) for gradient in tape.gradient(signal, weights)]


sigmoid = gradients_of_chain(tf.sigmoid)
relu = gradients_of_chain(tf.nn.relu)

for name, found in (("sigmoid", sigmoid), ("ReLU", relu)):
    print(f"{name:8} first {found[0]:.3e}  last {found[-1]:.3e}  ratio {found[0] / found[-1]:.1e}")

# %%
layers = range(1, DEPTH + 1)
plt.semilogy(layers, sigmoid, "o-", label="sigmoid")
plt.semilogy(layers, relu, "s-", label="ReLU")
plt.xlabel("layer")
plt.ylabel("gradient of its weight")
plt.title("Ten layers deep")
plt.legend()
plt.show()

# %% [markdown]
# The sigmoid's line is straight on a logarithmic scale: the gradient loses the
# same factor in every layer. With a learning rate that suits the last layer the
# first one hardly moves.
#
# **Notice** the slope of ReLU: it is 1 wherever its input is positive, however
# many of them follow one another. Where the input is negative it is 0, and then
# nothing comes through at all. Try −1.0 for one of the weights.
