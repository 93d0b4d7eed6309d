# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow"]
#
# [tool.tapeviz]
# title = "The Styblinski-Tang function"
# number = 10
# group = "surfaces"
# summary = "Each coordinate has a deep valley and a shallow one; w is a vector"
#
# [tool.tapeviz.descent]
# racers = [
#   {learning_rate = 0.01, start = {w = [0, 0]}},
#   {learning_rate = 0.01, start = {w = [1, -1]}},
#   {learning_rate = 0.01, start = {w = [-1, 1]}},
#   {learning_rate = 0.01, start = {w = [1, 1]}},
# ]
# iterations = 200
# domain = {w = [-5, 5]}
# minima = [
#   {at = {w = [-2.903534028, -2.903534028]}, value = -78.33233141},
#   {at = {w = [2.746802771, -2.903534028]}, value = -64.19561236},
#   {at = {w = [-2.903534028, 2.746802771]}, value = -64.19561236},
#   {at = {w = [2.746802771, 2.746802771]}, value = -50.05889331},
# ]
# source = "M. A. Styblinski, T.-S. Tang, Neural Networks 3 (1990), 467-483"
# ///

# %% [markdown]
# # The Styblinski-Tang function
#
# Half the sum of w⁴ − 16 w² + 5 w over the elements of a vector. No element
# knows of another.
#
# **Predict:** a curve of degree four has two valleys. How many minima does that
# make with two elements? And with ten?

# %%
import tensorflow as tf

w = tf.Variable([0.0, 0.0])

with tf.GradientTape() as tape:
    f = tf.reduce_sum(w**4 - 16 * w**2 + 5 * w) / 2

df_dw = tape.gradient(f, w)
print("f     =", f.numpy())
print("df/dw =", df_dw.numpy())

# %% [markdown]
# Two to the power of the number of elements: 4 here, 1,024 with ten. Only one
# is the lowest, −39.166 for each element, at −2.9035. The term 5w decides it.
#
# At 0 the curve goes down towards the better side, so the start at the origin
# is a lucky one. Start at (1, 1), and both elements end in their shallow
# valley.
