# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow", "matplotlib"]
#
# [tool.tapeviz]
# title = "A polynomial with L2"
# number = 15
# summary = "A loss of two terms, four parameters, and what the residuals tell"
#
# [tool.tapeviz.descent]
# learning_rate = 0.01
# iterations = 200
# domain = {a = [-1, 2], b = [-4, 1], c = [-2, 4], d = [-2, 4]}
# ///

# %% [markdown]
# # A polynomial with L2
#
# Now the truth is a cubic, y = 0.5x³ − 2x² + x + 1, and the model has four
# parameters. The loss has two terms: how far the model is from the points, and
# how large the parameters are.

# %%
import matplotlib.pyplot as plt
import tensorflow as tf

x = tf.linspace(-2.0, 2.0, 50)
noise = tf.random.stateless_normal([50], seed=[1, 5], stddev=0.3)
y = 0.5 * x**3 - 2 * x**2 + x + 1 + noise

a = tf.Variable(0.0)
b = tf.Variable(0.0)
c = tf.Variable(0.0)
d = tf.Variable(0.0)
parameters = [a, b, c, d]

strength = 0.001

# %% [markdown]
# **Predict:** the gradient of a sum is the sum of the gradients. What does the
# penalty, strength · (a² + b² + c² + d²), send back to a? And at the very
# start, where a is 0?

# %%
learning_rate = 0.01

for iteration in range(200):
    with tf.GradientTape() as tape:
        predicted = a * x**3 + b * x**2 + c * x + d
        residuals = y - predicted
        error = tf.reduce_mean(residuals**2)
        penalty = strength * (a**2 + b**2 + c**2 + d**2)
        loss = error + penalty
    for parameter, gradient in zip(parameters, tape.gradient(loss, parameters)):
        parameter.assign_sub(learning_rate * gradient)
    if iteration % 40 == 0:
        print(f"{iteration:3}  error {error.numpy():8.4f}  penalty {penalty.numpy():.5f}")

print("after 200 iterations:", *(f"{parameter.numpy():.4f}" for parameter in parameters))
print(f"the largest residual is {tf.reduce_max(tf.abs(residuals)).numpy():.3f}")

# %%
figure, (above, below) = plt.subplots(2, 1, sharex=True, height_ratios=[2, 1])
above.scatter(x, y, s=8)
above.plot(x, a * x**3 + b * x**2 + c * x + d, color="C1")
above.set_title("The points and the cubic")
below.stem(x, residuals)
below.set_title("Residuals")
plt.show()

# %% [markdown]
# None of the four has arrived; c and d are furthest from their 1. On the
# landscape one sees why: x³ reaches 8 at the ends, so the loss is steep along a
# and flat along d. A single rate has to suit the steepest direction, and the
# others wait.
#
# **Notice** the residuals. Noise alone would scatter them around 0 everywhere.
# Ours still have a shape, and a shape means that something is left to learn:
# run 2,000 iterations, and look again.
#
# Then make the strength 1, and see how the penalty pulls all four towards 0.
