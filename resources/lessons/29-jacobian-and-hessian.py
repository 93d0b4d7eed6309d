# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "Jacobian and Hessian"
# number = 29
# summary = "One backward pass per row, and second derivatives by a tape around a tape"
# ///

# %% [markdown]
# # Jacobian and Hessian
#
# A gradient belongs to a single number. Where the target has several elements,
# each has a gradient of its own; written one below the other they are the
# Jacobian.
#
# eˣ, element by element. **Predict** where the zeros are.

# %%
import tensorflow as tf

x = tf.Variable([0.0, 1.0, 2.0])

with tf.GradientTape() as tape:
    y = tf.exp(x)

J = tape.jacobian(y, x)
print(J.numpy().round(4))

# %% [markdown]
# Every element of y depends on one element of x alone, so all that is off the
# diagonal is 0. That is why `gradient`, which adds the rows up, is enough for
# functions that work element by element.
#
# Now the second derivatives of f = x²y, all four of them. The inner tape finds
# the gradient (2xy, x²). It has two elements, and the outer tape gives the
# Jacobian of it: the Hessian of f.

# %%
v = tf.Variable([3.0, 5.0])

with tf.GradientTape() as outer:
    with tf.GradientTape() as inner:
        f = v[0] ** 2 * v[1]
    g = inner.gradient(f, v)

H = outer.jacobian(g, v)
print("gradient", g.numpy())
print("Hessian")
print(H.numpy())

# %% [markdown]
# By hand: ∂²f/∂x² = 2y = 10, ∂²f/∂x∂y = 2x = 6, and ∂²f/∂y² = 0.
#
# **Notice** the symmetry. It does not matter by which of the two one
# differentiates first, and the two 6 come out of different rows, by different
# ways through the graph.
