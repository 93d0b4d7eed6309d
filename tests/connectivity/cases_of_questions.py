"""Questions of TensorFlow's users and variants of the guide's cases, told anew in other code."""

from __future__ import annotations

from tests.connectivity.case import Case

QUESTIONS = (
    Case(
        "list of variables, one of them unused",
        """
ws = [tf.Variable(1.0), tf.Variable(2.0), tf.Variable(3.0)]
with tf.GradientTape() as tape:
    y = ws[0] * ws[1]
tape.gradient(y, ws)
""",
        ("ok", "ok", "not_connected"),
    ),
    Case(
        "a Keras model called outside of the tape (42984)",
        """
model = tf.keras.Sequential([tf.keras.layers.Dense(3, activation="relu"), tf.keras.layers.Dense(1)])
x = tf.random.normal([4, 2])
t = tf.random.normal([4, 1])
prediction = model(x)
with tf.GradientTape() as tape:
    loss = tf.reduce_mean((prediction - t) ** 2)
tape.gradient(loss, model.trainable_variables)
""",
        ("computed_outside_tape", "computed_outside_tape", "computed_outside_tape", "computed_outside_tape"),
        ("prediction was computed on line 6, before the tape on line 7 began.",),
        ("Move line 6",),
    ),
    Case(
        "a generator whose output goes through NumPy (31919)",
        """
G = tf.keras.Sequential([tf.keras.layers.Dense(3), tf.keras.layers.Dense(4)])
D = tf.keras.Sequential([tf.keras.layers.Dense(2), tf.keras.layers.Dense(1)])
bce = tf.keras.losses.BinaryCrossentropy(from_logits=True)
noise = tf.random.normal([2, 3])
with tf.GradientTape() as tape:
    fake = G(noise)
    decision = D(fake.numpy().reshape((2, 4)))
    loss = bce(tf.ones_like(decision), decision)
tape.gradient(loss, G.trainable_variables)
""",
        ("left_tensorflow", "left_tensorflow", "left_tensorflow", "left_tensorflow"),
        ("leaves TensorFlow on line 9",),
    ),
    Case(
        "moments by numpy",
        """
def moments(d):
    mean = np.mean(d)
    std = np.std(d)
    return np.array([mean, std], np.float32)
G = tf.keras.Sequential([tf.keras.layers.Dense(3)])
D = tf.keras.Sequential([tf.keras.layers.Dense(1)])
noise = tf.random.normal([2, 3])
with tf.GradientTape() as tape:
    fake = G(noise)
    decision = D(moments(fake.numpy()).reshape((1, 2)))
    loss = tf.reduce_mean(decision)
tape.gradient(loss, G.trainable_variables)
""",
        ("left_tensorflow", "left_tensorflow"),
    ),
    Case(
        "the weights of a copy set to a step of the first (61199)",
        """
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
copy = tf.keras.Sequential([tf.keras.layers.Dense(1)])
x = tf.random.normal([4, 2]); model(x); copy(x)
with tf.GradientTape() as outer:
    with tf.GradientTape() as inner:
        loss = tf.reduce_mean(model(x) ** 2)
    grads = inner.gradient(loss, model.trainable_variables)
    copy.set_weights([w - 0.1 * g for w, g in zip(model.get_weights(), grads)])
    outer_loss = tf.reduce_mean(copy(x) ** 2)
outer.gradient(outer_loss, model.trainable_variables)
""",
        ("stateful", "stateful"),
        ("state of the variable copy.layers[0].kernel on line 10",),
    ),
    Case(
        "maml: assign",
        """
w = tf.Variable(2.0)
fast = tf.Variable(0.0)
with tf.GradientTape() as outer:
    with tf.GradientTape() as inner:
        loss = (w - 1.0) ** 2
    g = inner.gradient(loss, w)
    fast.assign(w - 0.1 * g)
    meta = (fast - 1.0) ** 2
outer.gradient(meta, w)
""",
        ("stateful",),
    ),
    Case(
        "maml: optimizer apply then",
        """
w = tf.Variable(2.0)
opt = tf.keras.optimizers.SGD(0.1)
w0 = tf.identity(w)
with tf.GradientTape() as outer:
    outer.watch(w0)
    w.assign(w0)
    with tf.GradientTape() as inner:
        loss = (w - 1.0) ** 2
    opt.apply_gradients([(inner.gradient(loss, w), w)])
    meta = (w - 1.0) ** 2
outer.gradient(meta, w0)
""",
        ("stateful",),
    ),
    Case(
        "the gradient by a layer's output, and the model called anew (41510)",
        """
inputs = tf.keras.Input([4])
h = tf.keras.layers.Dense(3, name="h")(inputs)
o = tf.keras.layers.Dense(2)(h)
model = tf.keras.Model(inputs, o)
hidden = tf.keras.Model(inputs, model.get_layer("h").output)
x = tf.random.normal([1, 4])
with tf.GradientTape() as tape:
    features = hidden(x)
    score = model(x)[:, 0]
tape.gradient(score, features)
""",
        ("not_connected",),
        ("features was computed on line 10, but score was not computed from it",),
    ),
    Case(
        "a layer's output computed before the tape",
        """
inputs = tf.keras.Input([4])
h = tf.keras.layers.Dense(3, name="h")(inputs)
o = tf.keras.layers.Dense(2)(h)
both = tf.keras.Model(inputs, [h, o])
x = tf.random.normal([1, 4])
features, score = both(x)
with tf.GradientTape() as tape:
    s = score[:, 0]
tape.gradient(s, features)
""",
        ("variable_became_tensor",),
        ("There is a second cut: score was computed on line 8, before the tape on line 9 began.",),
        ("Move line 8 inside",),
    ),
    Case(
        "class attribute not a variable",
        """
class Line:
    def __init__(self):
        self.w = tf.constant(2.0)
    def __call__(self, x):
        return self.w * x
line = Line()
with tf.GradientTape() as tape:
    y = line(3.0)
tape.gradient(y, line.w)
""",
        ("not_watched",),
    ),
    Case(
        "class attribute replaced by a step",
        """
class Line:
    def __init__(self):
        self.w = tf.Variable(2.0)
    def __call__(self, x):
        return self.w * x
    def step(self, g):
        self.w = self.w - 0.1 * g
line = Line()
for i in range(2):
    with tf.GradientTape() as tape:
        y = line(3.0)
    g = tape.gradient(y, line.w)
    if g is not None:
        line.step(g)
""",
        ("variable_became_tensor",),
        (),
        ("Write `self.w.assign_sub(0.1 * g)` instead of",),
    ),
    Case(
        "loop with list replaced",
        """
ws = [tf.Variable(1.0), tf.Variable(2.0)]
for i in range(2):
    with tf.GradientTape() as tape:
        y = ws[0] * ws[1]
    g = tape.gradient(y, ws)
    if g[0] is not None:
        ws = [w - 0.1 * d for w, d in zip(ws, g)]
""",
        ("variable_became_tensor", "variable_became_tensor"),
        (),
        ("for w, d in zip(ws, g): w.assign_sub(0.1 * d)",),
    ),
    Case(
        "numpy in a loss function",
        """
def loss_of(pred, t):
    return np.mean((pred - t) ** 2)
w = tf.Variable([1.0, 2.0])
with tf.GradientTape() as tape:
    loss = tf.convert_to_tensor(loss_of(w * 2.0, np.array([1.0, 1.0], np.float32)))
tape.gradient(loss, w)
""",
        ("left_tensorflow",),
    ),
    Case(
        "variable created inside the tape from a tensor",
        """
x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    v = tf.Variable(x * 3.0)
    y = v * v
tape.gradient(y, x)
""",
        ("stateful",),
    ),
    Case(
        "tf.constant(x)",
        """
x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    c = tf.constant(x)
    y = c * c
tape.gradient(y, x)
""",
        ("left_tensorflow",),
        (),
        ("tf.convert_to_tensor instead of tf.constant on line 5",),
    ),
    Case(
        "tf.constant of numpy of x",
        """
x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    c = tf.constant(x.numpy())
    y = c * c
tape.gradient(y, x)
""",
        ("left_tensorflow",),
    ),
)
