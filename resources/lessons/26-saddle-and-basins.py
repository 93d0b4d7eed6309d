# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "Saddle and basins"
# number = 26
# summary = "Four minima: the start decides, and at a saddle next to nothing does"
#
# [tool.tapeviz.descent]
# racers = [
#   {learning_rate = 0.01, start = {x = 0, y = 0}},
#   {learning_rate = 0.01, start = {x = -1, y = 1}},
#   {learning_rate = 0.01, start = {x = -1, y = -1}},
#   {learning_rate = 0.01, start = {x = 1, y = -1}},
# ]
# iterations = 60
# domain = {x = [-5, 5], y = [-5, 5]}
# minima = [
#   {at = {x = 3, y = 2}, value = 0},
#   {at = {x = -2.805118087, y = 3.131312518}, value = 0},
#   {at = {x = -3.779310253, y = -3.283185991}, value = 0},
#   {at = {x = 3.58442834, y = -1.848126527}, value = 0},
# ]
# log_levels = true
# source = "D. M. Himmelblau, Applied Nonlinear Programming, McGraw-Hill (1972)"
# ///

# %% [markdown]
# # Saddle and basins
#
# Himmelblau's function, (x² + y − 11)² + (x + y² − 7)², is zero at four points.
# Which of them descent finds is a matter of where it starts. All starts that
# end at the same minimum are its basin.
#
# **Predict:** four starts close to the middle, one to each side. Do they end at
# four different minima?

# %%
import tensorflow as tf

x = tf.Variable(0.0)
y = tf.Variable(0.0)
learning_rate = 0.01

for start in ((0, 0), (-1, 1), (-1, -1), (1, -1)):
    x.assign(start[0])
    y.assign(start[1])
    for iteration in range(60):
        with tf.GradientTape() as tape:
            f = (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2
        dx, dy = tape.gradient(f, [x, y])
        x.assign_sub(learning_rate * dx)
        y.assign_sub(learning_rate * dy)
    print(f"from {start!s:8} to ({x.numpy():9.6f}, {y.numpy():9.6f})")

# %% [markdown]
# Between the basins run watersheds, and on a watershed there is a point where
# the slope vanishes: a saddle. One of them lies at about (3.385, 0.074), on the
# way from one minimum to another.
#
# **Predict:** what signs do the eigenvalues of the Hessian have there?

# %%
x.assign(3.385154)
y.assign(0.073852)

with tf.GradientTape(persistent=True) as outer:
    with tf.GradientTape() as inner:
        f = (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2
    slopes = inner.gradient(f, [x, y])
hessian = tf.stack([tf.stack(outer.gradient(slope, [x, y])) for slope in slopes])
del outer

print("f =", f.numpy())
print("the eigenvalues are", tf.linalg.eigvalsh(hessian).numpy())

# %% [markdown]
# One is negative and one positive: down along y, up along x. Descent from here
# would take a long time to leave, and it is a hair's breadth that decides to
# which side.

# %%
for y_start in (0.07, 0.08):
    x.assign(3.385154)
    y.assign(y_start)
    for iteration in range(100):
        with tf.GradientTape() as tape:
            f = (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2
        dx, dy = tape.gradient(f, [x, y])
        x.assign_sub(learning_rate * dx)
        y.assign_sub(learning_rate * dy)
    print(f"from y = {y_start} to ({x.numpy():9.6f}, {y.numpy():9.6f})")

# %% [markdown]
# **Notice** that a saddle is not a trap: any small push along the negative
# curvature grows. In many dimensions saddles are far more common than minima,
# and noise in the gradients is what gets descent past them.
