# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "Second derivative"
# number = 8
# summary = "A tape around a tape: the derivative is computed too, so it can be recorded"
# ///

# %% [markdown]
# # Second derivative
#
# A derivative is computed like anything else: by operations. So a second tape,
# around the first, can record *them*, and differentiate once more.
#
# y = x⁴ at x = 2. **Predict** the first and the second derivative.

# %%
import tensorflow as tf

x = tf.Variable(2.0)

with tf.GradientTape() as outer:
    with tf.GradientTape() as inner:
        y = x**4
    slope = inner.gradient(y, x)
curvature = outer.gradient(slope, x)

print("x^4:      ", slope.numpy(), curvature.numpy())

# %% [markdown]
# The inner `gradient` call must stand *inside* the outer tape. Otherwise no one
# writes down how the slope was found.
#
# Now a product, y = eˣ sin x at x = 1. On paper it takes the product rule
# twice, and the second derivative collapses to 2eˣ cos x.

# %%
x = tf.Variable(1.0)

with tf.GradientTape() as outer:
    with tf.GradientTape() as inner:
        y = tf.exp(x) * tf.sin(x)
    slope = inner.gradient(y, x)
curvature = outer.gradient(slope, x)

print("e^x sin x:", slope.numpy(), curvature.numpy())

# %% [markdown]
# One more to check by head: y = x³ at x = 1.

# %%
x = tf.Variable(1.0)

with tf.GradientTape() as outer:
    with tf.GradientTape() as inner:
        y = x**3
    slope = inner.gradient(y, x)
curvature = outer.gradient(slope, x)

print("x^3:      ", slope.numpy(), curvature.numpy())

# %% [markdown]
# **Notice** how much longer the second graph is than the first. Each derivative
# is a new function, with operations of its own.
