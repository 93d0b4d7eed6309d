# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow", "matplotlib"]
#
# [tool.tapeviz]
# title = "Fitting a line"
# number = 14
# summary = "A hundred points, a slope and an intercept: descent finds the line of least squares"
#
# [tool.tapeviz.descent]
# learning_rate = 0.1
# iterations = 100
# domain = {w = [-1, 7], b = [-2, 6]}
# ///

# %% [markdown]
# # Fitting a line
#
# Someone has measured y = 3x + 2 a hundred times, not very carefully. We are
# given the points and want the line back.

# %%
import matplotlib.pyplot as plt
import tensorflow as tf

x = tf.linspace(-2.0, 2.0, 100)
noise = tf.random.stateless_normal([100], seed=[3, 2], stddev=0.5)
y = 3 * x + 2 + noise

w = tf.Variable(0.0)
b = tf.Variable(0.0)

# %% [markdown]
# The loss is the mean of the squared residuals. Its two partial derivatives say
# how to turn the line and how to lift it.
#
# **Predict:** the line starts level, at 0. Which of w and b gets the larger
# gradient? And can the loss become 0 at all?

# %%
learning_rate = 0.1
losses = []

for iteration in range(100):
    with tf.GradientTape() as tape:
        predicted = w * x + b
        loss = tf.reduce_mean((y - predicted) ** 2)
    dw, db = tape.gradient(loss, [w, b])
    w.assign_sub(learning_rate * dw)
    b.assign_sub(learning_rate * db)
    losses.append(loss.numpy())
    if iteration % 20 == 0:
        print(f"{iteration:3}  loss {loss.numpy():7.4f}  w {w.numpy():.4f}  b {b.numpy():.4f}")

print(f"w = {w.numpy():.4f}, b = {b.numpy():.4f}, loss = {losses[-1]:.4f}")

# %%
plt.scatter(x, y, s=8)
plt.plot(x, w * x + b, color="C1")
plt.xlabel("x")
plt.ylabel("y")
plt.title(f"y = {w.numpy():.2f} x + {b.numpy():.2f}")
plt.show()

# %% [markdown]
# The loss stops at 0.1975. That is the noise of these hundred points, squared;
# no line can do away with it, and ours does not come out at 3 and 2 exactly. It
# is the best line for *these* points, the one of least squares.
#
# **Notice** that the loss is a quadratic function of w and b, whatever the
# data. Its landscape is a bowl, and here, as the x lie evenly around 0, one
# that stands straight: w and b do not disturb each other.
#
# Move the points to the right, `x = tf.linspace(0.0, 4.0, 100)`, and look at
# the bowl again.
