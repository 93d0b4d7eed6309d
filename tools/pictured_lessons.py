"""The lessons of the pictures in the guide, as a lecturer would write them."""

CUT_PATH = """import tensorflow as tf

price = tf.Variable(3.7)
rate = tf.Variable(0.2)

with tf.GradientTape() as tape:
    whole = tf.cast(tf.cast(price, tf.int32), tf.float32)
    tax = whole * rate

gradients = tape.gradient(tax, [price, rate])
"""

NOT_A_NUMBER = """import tensorflow as tf

x = tf.Variable(0.0)

with tf.GradientTape() as tape:
    logarithm = tf.math.log(x)
    y = tf.where(x > 0.0, logarithm, 2.0 * x)

slope = tape.gradient(y, x)
"""

JACOBIAN = """import tensorflow as tf

x = tf.Variable([1.0, 2.0, 3.0])

with tf.GradientTape() as tape:
    watched = tf.identity(x)
    y = tf.sin(watched) * tf.reduce_sum(watched**2)

jacobian = tape.jacobian(y, x)
"""

DEEP_MODEL = """import tensorflow as tf

tf.keras.utils.set_random_seed(1)


def block(name):
    up = tf.keras.layers.Dense(8, activation="relu", name="up")
    norm = tf.keras.layers.LayerNormalization(name="norm")
    down = tf.keras.layers.Dense(8, activation="tanh", name="down")
    return tf.keras.Sequential([up, norm, down], name=name)


h = inputs = tf.keras.Input((8,))
for k in range(24):
    h = tf.keras.layers.Add(name=f"skip_{k}")([h, block(f"block_{k}")(h)])
model = tf.keras.Model(inputs, tf.keras.layers.Dense(1, name="head")(h), name="deep")

x, t = tf.random.normal((4, 8)), tf.random.normal((4, 1))
with tf.GradientTape() as tape:
    loss = tf.reduce_mean((model(x) - t) ** 2)
gradients = tape.gradient(loss, model.trainable_variables)
"""
