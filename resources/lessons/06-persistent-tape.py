# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "Persistent tape"
# number = 6
# summary = "Several questions to one tape, and letting it go"
# ///

# %% [markdown]
# # Persistent tape
#
# A tape is normally used up by its first `gradient` call. With
# `persistent=True` it stays, and we can ask again.
#
# **Predict** both derivatives at x = 1 before you run the cell.

# %%
import tensorflow as tf

x = tf.Variable(1.0)

with tf.GradientTape(persistent=True) as tape:
    square = x**2
    cube = x**3

print("d square/dx =", tape.gradient(square, x).numpy())
print("d cube/dx   =", tape.gradient(cube, x).numpy())

# %% [markdown]
# A persistent tape holds on to every intermediate value. When the last question
# has been asked, let it go.

# %%
del tape

# %% [markdown]
# Three functions of two variables, on one tape, at (2, 3). Choose the calls one
# after the other: each lights up its own part of the same graph.

# %%
x = tf.Variable(2.0)
y = tf.Variable(3.0)

with tf.GradientTape(persistent=True) as tape:
    bowl = x**2 + y**2
    area = x * y
    wave = tf.sin(x) + tf.cos(y)

for name, target in [("bowl", bowl), ("area", area), ("wave", wave)]:
    gradient_x, gradient_y = tape.gradient(target, [x, y])
    print(f"{name}: {gradient_x.numpy():.4f}, {gradient_y.numpy():.4f}")

del tape

# %% [markdown]
# **Notice** that each call walks back only through the operations that lead to
# its target. The others stay dark.
