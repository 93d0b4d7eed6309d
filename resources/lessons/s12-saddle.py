# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "A saddle"
# number = 12
# group = "surfaces"
# summary = "Down one way, up the other: descent that arrives is lost"
#
# [tool.tapeviz.descent]
# racers = [
#   {learning_rate = 0.1, start = {x = -2, y = 0}},
#   {learning_rate = 0.1, start = {x = -2, y = 0.0001}},
# ]
# iterations = 55
# domain = {x = [-3, 3], y = [-3, 3]}
# source = "The standard saddle; its Hessian has the eigenvalues 2 and -2"
# ///

# %% [markdown]
# # A saddle
#
# f = x² − y². At the origin the slope is zero, and yet it is no minimum: along
# x the surface curves up, along y down.
#
# **Predict:** we start at (−2, 0), exactly on the ridge. Will descent ever
# leave it?

# %%
import tensorflow as tf

x = tf.Variable(-2.0)
y = tf.Variable(0.0)

with tf.GradientTape() as tape:
    f = x**2 - y**2

df_dx, df_dy = tape.gradient(f, [x, y])
print("f     =", f.numpy())
print("df/dx =", df_dx.numpy())
print("df/dy =", df_dy.numpy())

# %% [markdown]
# Never: the slope by y is −2y, and that is zero on all of the ridge. Descent
# glides into the saddle and stops there, with a gradient of zero.
#
# Now start at y = 0.0001. Each step of rate 0.1 multiplies x by 0.8 and y by
# 1.2, so the error of a ten-thousandth grows, and f falls below any bound. That
# is how saddles are left in practice: by noise.
