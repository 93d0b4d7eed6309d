# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "Gradients as a dictionary"
# number = 5
# summary = "Ask with a dictionary and the gradients come back as one"
# ///

# %% [markdown]
# # Gradients as a dictionary
#
# With many variables, a list of gradients is easily mixed up. `tape.gradient`
# keeps whatever structure it is given: a list, a tuple, or a dictionary.
#
# The function is the one of the last lesson, x² + 3xy + y³ at (2, 3).

# %%
import tensorflow as tf

x = tf.Variable(2.0)
y = tf.Variable(3.0)

with tf.GradientTape() as tape:
    f = x**2 + 3 * x * y + y**3

# %% [markdown]
# **Predict:** which type does the answer have, and which keys?

# %%
gradients = tape.gradient(f, {"x": x, "y": y})

print("df/dx =", gradients["x"].numpy())
print("df/dy =", gradients["y"].numpy())

# %% [markdown]
# **Notice** that the graph and the numbers are those of the list. Only the
# wrapping has changed.
