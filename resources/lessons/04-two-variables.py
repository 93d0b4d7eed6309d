# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "Two variables"
# number = 4
# summary = "Partial derivatives: one walk back gives them all"
# ///

# %% [markdown]
# # Two variables
#
# A function of x and y has two partial derivatives. The tape finds both in a
# single walk back.
#
# We begin with f = x² + y³ at (1, 2), where x and y never meet.

# %%
import tensorflow as tf

x = tf.Variable(1.0)
y = tf.Variable(2.0)

with tf.GradientTape() as tape:
    f = x**2 + y**3

df_dx, df_dy = tape.gradient(f, [x, y])
print("df/dx =", df_dx.numpy())
print("df/dy =", df_dy.numpy())

# %% [markdown]
# Now the two are tied together by a product: g = x² + 3xy + y³ at (2, 3).
#
# **Predict:** does dg/dx depend on y? And dg/dy on x?

# %%
x = tf.Variable(2.0)
y = tf.Variable(3.0)

with tf.GradientTape() as tape:
    g = x**2 + 3 * x * y + y**3

dg_dx, dg_dy = tape.gradient(g, [x, y])
print("dg/dx =", dg_dx.numpy())
print("dg/dy =", dg_dy.numpy())

# %% [markdown]
# **Notice** what happens at the product. Going backward it sends to each factor
# the cotangent *times the other factor*: the two values change places.
