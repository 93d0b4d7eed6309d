# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "Cubic"
# number = 2
# summary = "A variable used three times: its contributions are added up"
# ///

# %% [markdown]
# # Cubic
#
# y = 3x³ + 2x² + x + 1 uses x three times. In the graph, three edges leave x:
# this is called *fan-out*.
#
# **Predict:** how many contributions will come back to x, and which is the
# largest one at x = 2?

# %%
import tensorflow as tf

x = tf.Variable(2.0)

with tf.GradientTape() as tape:
    y = 3 * x**3 + 2 * x**2 + x + 1

# %% [markdown]
# Going backward, fan-out turns into a sum. Step slowly and watch the running
# total at x: each term of the polynomial adds its own share, 9x², 4x and 1.

# %%
dy_dx = tape.gradient(y, x)

print("y     =", y.numpy())
print("dy/dx =", dy_dx.numpy())

# %% [markdown]
# **Notice** that the order in which the shares arrive does not matter. Only
# their sum, 36 + 8 + 1 = 45, is the derivative.
