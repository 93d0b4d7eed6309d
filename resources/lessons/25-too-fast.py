# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "Too fast"
# number = 25
# summary = "A rate above two over the curvature leads away from the minimum, and why"
#
# [tool.tapeviz.descent]
# racers = [{learning_rate = 1.1}, {learning_rate = 0.9}, {learning_rate = 0.1}]
# iterations = 20
# domain = {x = [-40, 40]}
# minima = [
#   {at = {x = 0}, value = 0},
# ]
# ///

# %% [markdown]
# # Too fast
#
# The simplest of all losses, x², from x = 1. Only the learning rate is a little
# large: 1.1.
#
# **Predict:** where is x after one step? After two?

# %%
import tensorflow as tf

x = tf.Variable(1.0)
learning_rate = 1.1

for iteration in range(20):
    with tf.GradientTape() as tape:
        loss = x**2
    slope = tape.gradient(loss, x)
    x.assign_sub(learning_rate * slope)
    if iteration < 5:
        print(f"{iteration + 1:2}  slope {slope.numpy():8.4f}  x {x.numpy():8.4f}")

print(f"after 20 iterations x is {x.numpy():.2f}")

# %% [markdown]
# One step makes x − 1.1 · 2x = −1.2x of x. It flies over the minimum and lands
# further away than it was. There the slope is steeper, so the next step is
# longer still.
#
# What matters is rate times curvature. The curvature is the second derivative,
# and a tape around the tape finds it.

# %%
with tf.GradientTape() as outer:
    with tf.GradientTape() as inner:
        loss = x**2
    slope = inner.gradient(loss, x)
curvature = outer.gradient(slope, x)

print("the curvature is", curvature.numpy(), "and the limit of the rate", 2 / curvature.numpy())

# %% [markdown]
# Each step multiplies x by 1 − rate · 2.
#
# **Predict** for the rates 0.1, 0.5, 0.9 and 1: who arrives, who bounces, who
# stays in the same two places?

# %%
for rate in (0.1, 0.5, 0.9, 1.0, 1.1):
    x.assign(1.0)
    for iteration in range(10):
        with tf.GradientTape() as tape:
            loss = x**2
        x.assign_sub(rate * tape.gradient(loss, x))
    print(f"rate {rate}: x is {x.numpy():8.4f} after 10 iterations")

# %% [markdown]
# Up to 0.5 x comes from one side; at 0.5 the first step hits the minimum. From
# there to 1 it bounces and still arrives, the slower the nearer to 1. At 1 it
# goes to and fro between 1 and −1 for ever, and above 1 there is no holding it.
#
# With more variables the largest eigenvalue of the Hessian takes the place of
# the curvature: the steepest direction decides.
