# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "A quadratic bowl"
# number = 1
# group = "surfaces"
# summary = "Round level sets: the gradient points straight at the minimum"
#
# [tool.tapeviz.descent]
# racers = [{learning_rate = 0.1}, {learning_rate = 0.4}, {learning_rate = 0.9}]
# iterations = 50
# domain = {x = [-3, 3], y = [-3, 3]}
# minima = [
#   {at = {x = 0, y = 0}, value = 0},
# ]
# source = "The simplest quadratic form; its Hessian is twice the identity"
# ///

# %% [markdown]
# # A quadratic bowl
#
# f = x² + y² curves equally in every direction. Its level sets are circles, and
# the arrow of steepest descent at any point goes through the middle.
#
# **Predict:** one step of rate 0.5 from anywhere. Where does it end?

# %%
import tensorflow as tf

x = tf.Variable(2.5)
y = tf.Variable(1.5)

with tf.GradientTape() as tape:
    f = x**2 + y**2

df_dx, df_dy = tape.gradient(f, [x, y])
print("f     =", f.numpy())
print("df/dx =", df_dx.numpy())
print("df/dy =", df_dy.numpy())

# %% [markdown]
# The gradient is 2(x, y), so a step of rate r leaves (1 − 2r) of the position:
# a half of the way at 0.25, all of it at 0.5. At 0.9 every step flies over the
# middle to the other side, and still comes closer.
#
# The Hessian has the eigenvalue 2 twice. Rates above 2/2 = 1 lead away from the
# minimum.
