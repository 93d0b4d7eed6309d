# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "Descent by hand"
# number = 13
# summary = "The whole of gradient descent: a loop, a tape, and a subtraction"
# ///

# %% [markdown]
# # Descent by hand
#
# The loss (x − 5)² is smallest at x = 5. We start at x = 2 and know nothing but
# the slope under our feet.
#
# **Predict:** which sign has the first gradient, and to which side do we go?

# %%
import tensorflow as tf

x = tf.Variable(2.0)
learning_rate = 0.1

for iteration in range(10):
    with tf.GradientTape() as tape:
        loss = (x - 5) ** 2
    gradient = tape.gradient(loss, x)
    x.assign_sub(learning_rate * gradient)
    print(f"{iteration + 1:2}  gradient {gradient.numpy():8.4f}  x {x.numpy():.4f}")

# %% [markdown]
# The first gradient is 2(2 − 5) = −6: the loss falls to the right. We go
# 0.1 · 6 = 0.6 that way and stand at 2.6.
#
# **Notice** the pattern in the gradients. Each one is 0.8 times the last, so x
# comes closer and closer to 5 and never quite arrives.
#
# Try a learning rate of 0.5, and then one of 1.
