# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "Stop gradient"
# number = 11
# summary = "A path that is cut on purpose"
# ///

# %% [markdown]
# # Stop gradient
#
# `tf.stop_gradient` lets the value through going forward and nothing going
# backward. It says: take this as a fixed number.
#
# z = stop(x²) · x at x = 3. Its value is x³ = 27.
#
# **Predict:** is the derivative 3x² = 27, x² = 9, or 2x² = 18?

# %%
import tensorflow as tf

x = tf.Variable(3.0)

with tf.GradientTape() as tape:
    square = x**2
    frozen = tf.stop_gradient(square)
    z = frozen * x

dz_dx = tape.gradient(z, x)

print("z     =", z.numpy())
print("dz/dx =", dz_dx.numpy())

# %% [markdown]
# There are two paths from x to z, and only one of them is open. It brings back
# the other factor, x² = 9. The path through the square would have brought 18
# more, and 9 + 18 is the 27 of x³.
#
# **Notice** that the value of z is right all the same. Only the derivative was
# changed, so this is easy to overlook in a program of your own.
