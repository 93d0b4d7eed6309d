# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "A Keras model"
# number = 23
# summary = "Layers and an optimizer under a tape: what model.fit does, written out"
# ///

# %% [markdown]
# # A Keras model
#
# Layers make their own variables, and an optimizer knows what to do with
# gradients. Between the two stands a tape, and nothing else: this is what
# `model.fit` does for you.

# %%
import tensorflow as tf

tf.keras.utils.set_random_seed(7)

x = tf.constant([[-1.0], [-0.5], [0.0], [0.5], [1.0]])
wanted = x**2

model = tf.keras.Sequential(
    [
        tf.keras.Input(shape=(1,)),
        tf.keras.layers.Dense(4, activation="tanh"),
        tf.keras.layers.Dense(1),
    ]
)
optimizer = tf.keras.optimizers.SGD(learning_rate=0.1)

# %% [markdown]
# **Predict:** how many trainable variables has the model, and what shapes have
# their gradients?

# %%
for iteration in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - wanted) ** 2)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    print(f"iteration {iteration}  loss {loss.numpy():.4f}")

for variable, gradient in zip(model.trainable_variables, gradients):
    print(f"{variable.path:22} {tuple(variable.shape)}  gradient {tuple(gradient.shape)}")

# %% [markdown]
# **Notice** that nobody told the tape which variables there are. It watches
# every trainable variable that is read while it records, and the layers read
# theirs when the model is called.
#
# After the result, step on: the optimizer gives each variable its new value, and
# plain SGD does nothing more than subtract 0.1 times the gradient. Put Adam in
# its place and look at the same steps again.
