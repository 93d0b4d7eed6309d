# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "Frozen variable"
# number = 16
# summary = "With trainable=False the tape does not follow a variable"
# ///

# %% [markdown]
# # Frozen variable
#
# Sometimes a part of a model is not to be trained. A variable that is made with
# `trainable=False` is one that tapes do not follow by themselves.
#
# **Predict:** the line w·x + b depends on w. What is the gradient with respect
# to w if w is frozen?

# %%
import tensorflow as tf

w = tf.Variable(2.0, trainable=False)
b = tf.Variable(1.0)
x = tf.constant(3.0)

with tf.GradientTape() as tape:
    y = w * x + b

dy_dw, dy_db = tape.gradient(y, [w, b])
print("frozen:  dy/dw =", dy_dw, "  dy/db =", dy_db.numpy())

# %% [markdown]
# `None` again, although w is plainly part of the computation. The tape can
# still be told to follow it, for this once.

# %%
with tf.GradientTape() as tape:
    tape.watch(w)
    y = w * x + b

dy_dw, dy_db = tape.gradient(y, [w, b])
print("watched: dy/dw =", dy_dw.numpy(), "  dy/db =", dy_db.numpy())

# %% [markdown]
# **Notice** that `None` does not mean that w has no influence. It means that
# the tape was told not to look.
