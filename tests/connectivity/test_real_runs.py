"""The reason of a None in lessons that run under the real tape, the questions of TensorFlow's users among them.

Each lesson ends with one gradient call. What is expected is written beside it: for every source the cause, or ``ok``
where there is a gradient; the words that the first message must hold; and the words that its fix must hold.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tapeviz.engine.runner import Engine
from tapeviz.model.recording import WhyNone

HEAD = "import numpy as np\nimport tensorflow as tf\n"


@dataclass(frozen=True)
class Case:
    """`lesson` follows on the two imports, so that its first line is line 3."""

    name: str
    lesson: str
    causes: tuple[str, ...]
    says: tuple[str, ...] = ()
    mends: tuple[str, ...] = ()


CASES = (
    Case(
        "integer variable",
        """
x = tf.Variable(3)
with tf.GradientTape() as tape:
    y = x * x
tape.gradient(y, x)
""",
        ("integer_dtype",),
        ("x (line 3) has dtype int32",),
        ("Use tf.Variable(3.0) with a float.",),
    ),
    Case(
        "integer matrix",
        """
x = tf.constant([[1, 2], [3, 4]])
with tf.GradientTape() as tape:
    tape.watch(x)
    y = tf.reduce_sum(x)
tape.gradient(y, x)
""",
        ("integer_dtype",),
        (),
        ("tf.constant([[1.0, 2.0], [3.0, 4.0]])",),
    ),
    Case(
        "string",
        """
x = tf.Variable("three")
with tf.GradientTape() as tape:
    y = tf.strings.length(x)
tape.gradient(y, x)
""",
        ("integer_dtype",),
        ("has dtype string",),
    ),
    Case(
        "integer target",
        """
x = tf.Variable([1.0, 3.0])
with tf.GradientTape() as tape:
    y = tf.argmax(x)
tape.gradient(y, x)
""",
        ("integer_dtype",),
        ("The target y, computed on line 5, has dtype int64",),
    ),
    Case(
        "cast to whole numbers and back",
        """
x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    n = tf.cast(x, tf.int32)
    y = tf.cast(n, tf.float32) ** 2
tape.gradient(y, x)
""",
        ("integer_dtype",),
        ("`tf.cast(x, tf.int32)` on line 5", "int32"),
        ("Leave out the cast to whole numbers on line 5",),
    ),
    Case(
        "position of the largest",
        """
x = tf.Variable([1.0, 3.0])
with tf.GradientTape() as tape:
    y = tf.one_hot(tf.argmax(x), 2) * 2.0
tape.gradient(y, x)
""",
        ("integer_dtype",),
        ("`tf.argmax(x)` on line 5",),
        ("tf.nn.softmax",),
    ),
    Case(
        "comparison",
        """
x = tf.Variable(0.5)
with tf.GradientTape() as tape:
    y = tf.cast(x > 0.1, tf.float32)
tape.gradient(y, x)
""",
        ("integer_dtype",),
        ("gives bool",),
        ("tf.sigmoid",),
    ),
    Case(
        "only the shape is used",
        """
x = tf.Variable([1.0, 2.0])
with tf.GradientTape() as tape:
    y = tf.cast(tf.size(x), tf.float32) * 2.0
tape.gradient(y, x)
""",
        # In eager TensorFlow tf.size is a Python number where the shape is known: no op leads from x to y.
        ("not_connected",),
    ),
    Case(
        "ones of the same shape",
        """
x = tf.Variable([1.0, 2.0])
with tf.GradientTape() as tape:
    y = tf.ones_like(x) * 2.0
tape.gradient(y, x)
""",
        ("not_differentiable",),
    ),
    Case(
        "integer and frozen: the dtype comes first",
        """
x = tf.Variable(3, trainable=False)
with tf.GradientTape() as tape:
    y = tf.cast(x, tf.float32) * 2.0
tape.gradient(y, x)
""",
        ("integer_dtype",),
    ),
    Case(
        "frozen",
        """
x = tf.Variable(3.0, trainable=False)
w = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y = w * x
tape.gradient(y, [x, w])
""",
        ("not_trainable", "ok"),
        ("x is a variable with trainable=False", "the tape on line 5"),
        ("trainable=True", "tape.watch(x)"),
    ),
    Case(
        "frozen and outside: frozen comes first",
        """
x = tf.Variable(3.0, trainable=False)
y = x * x
with tf.GradientTape() as tape:
    z = y + 1.0
tape.gradient(z, x)
""",
        ("not_trainable",),
    ),
    Case(
        "frozen through a branching where",
        """
x = tf.Variable([-1.0, 2.0], trainable=False)
with tf.GradientTape() as tape:
    y = tf.where(x > 0, x, 0.1 * x)
tape.gradient(y, x)
""",
        ("not_trainable",),
    ),
    Case(
        "variable replaced by a tensor",
        """
x = tf.Variable(2.0)
for epoch in range(2):
    with tf.GradientTape() as tape:
        y = x + 1
    g = tape.gradient(y, x)
    x = x + 1
""",
        ("variable_became_tensor",),
        ("x is no longer the variable", "line 8", "`x = x + 1`"),
        ("x.assign_add(1)",),
    ),
    Case(
        "name bound to a constant",
        """
x = tf.Variable(2.0)
x = tf.constant(2.0)
with tf.GradientTape() as tape:
    y = x * x
tape.gradient(y, x)
""",
        ("variable_became_tensor",),
        ("line 4",),
    ),
    Case(
        "descent step that replaces the variable",
        """
x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y = x * x
x = x - 0.1 * tape.gradient(y, x)
with tf.GradientTape() as tape:
    y = x * x
tape.gradient(y, x)
""",
        ("variable_became_tensor",),
        (),
        ("x.assign_sub(0.1 * tape.gradient(y, x))",),
    ),
    Case(
        "the kinds of sources in TensorFlow's guide",
        """
x0 = tf.Variable(3.0, name="x0")
x1 = tf.Variable(3.0, name="x1", trainable=False)
x2 = tf.Variable(2.0, name="x2") + 1.0
x3 = tf.constant(3.0, name="x3")
with tf.GradientTape() as tape:
    y = (x0**2) + (x1**2) + (x2**2)
tape.gradient(y, [x0, x1, x2, x3])
""",
        ("ok", "not_trainable", "variable_became_tensor", "not_connected"),
    ),
    Case(
        "reset",
        """
x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    y = x * x
    tape.reset()
    z = y * 2.0
tape.gradient(z, x)
""",
        ("tape_reset",),
        ("`x * x` on line 5", "tape.reset() on line 6"),
    ),
    Case(
        "reset drops the watch",
        """
x = tf.constant(3.0)
with tf.GradientTape() as tape:
    tape.watch(x)
    tape.reset()
    y = x * x
tape.gradient(y, x)
""",
        ("tape_reset",),
    ),
    Case(
        "stopped recording",
        """
x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    with tape.stop_recording():
        y = x * x
    z = y + 1.0
tape.gradient(z, x)
""",
        ("recording_stopped",),
        ("`x * x` on line 6", "tape.stop_recording()"),
        ("Move the computation on line 6 out",),
    ),
    Case(
        "stop_recording of another tape stops nothing here",
        """
x = tf.Variable(3.0)
with tf.GradientTape() as other, tf.GradientTape() as tape:
    with other.stop_recording():
        y = tf.stop_gradient(x) * 2.0
tape.gradient(y, x)
""",
        ("stop_gradient",),
    ),
    Case(
        "stop_gradient",
        """
x = tf.Variable(3.0)
y = tf.Variable(2.0)
with tf.GradientTape() as tape:
    z = tf.stop_gradient(x * x) + y
tape.gradient(z, [x, y])
""",
        ("stop_gradient", "ok"),
        ("tf.stop_gradient on line 6",),
        ("Leave out tf.stop_gradient on line 6",),
    ),
    Case(
        "stop_gradient before the tape comes before the tape's absence",
        """
x = tf.Variable(3.0)
s = tf.stop_gradient(x)
with tf.GradientTape() as tape:
    y = s * 2.0
tape.gradient(y, x)
""",
        ("stop_gradient",),
    ),
    Case(
        "the guide's NumPy mean",
        """
x = tf.Variable([[1.0, 2.0], [3.0, 4.0]], dtype=tf.float32)
with tf.GradientTape() as tape:
    x2 = x**2
    y = np.mean(x2, axis=0)
    y = tf.reduce_mean(y, axis=0)
tape.gradient(y, x)
""",
        ("left_tensorflow",),
        ("leaves TensorFlow on line 6 and comes back on line 7",),
        ("tf.reduce_mean instead of np.mean on line 6",),
    ),
    Case(
        "sine of .numpy()",
        """
x = tf.Variable(3.0)
w = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y = w * np.sin(x.numpy())
tape.gradient(y, x)
""",
        ("left_tensorflow",),
        (),
        ("tf.sin instead of np.sin on line 6",),
    ),
    Case(
        "float() in a function",
        """
def scaled(value, factor):
    plain = float(factor)
    return value * plain

x = tf.Variable(3.0)
w = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y = scaled(w, x)
tape.gradient(y, [x, w])
""",
        ("left_tensorflow", "ok"),
        ("line 4",),
    ),
    Case(
        "numpy_function",
        """
x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    y = tf.numpy_function(np.sin, [x], tf.float32) * 2.0
tape.gradient(y, x)
""",
        ("left_tensorflow",),
    ),
    Case(
        "the predictions of a Keras model",
        """
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
x = tf.ones([4, 2])
model(x)
with tf.GradientTape() as tape:
    predictions = model.predict(x, verbose=0)
    loss = tf.reduce_mean((predictions - 1.0) ** 2)
tape.gradient(loss, model.trainable_variables)
""",
        ("left_tensorflow", "left_tensorflow"),
        ("leaves TensorFlow on line 7 and comes back on line 8",),
        ("model(x) gives a tensor",),
    ),
    Case(
        "a model that predicts beside the tape",
        """
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
x = tf.ones([4, 2])
w = tf.Variable(1.0)
before = model.predict(x, verbose=0)
with tf.GradientTape() as tape:
    loss = w * 2.0
tape.gradient(loss, model.trainable_variables)
""",
        ("not_connected", "not_connected"),
    ),
    Case(
        "a value that is only printed or compared",
        """
x = tf.Variable(3.0)
w = tf.Variable(2.0)
losses = []
with tf.GradientTape() as tape:
    print(float(x), x.numpy())
    losses.append(x.numpy())
    y = w * 2.0 if x > 0 else w
tape.gradient(y, x)
""",
        ("not_connected",),
        ("y was computed from w",),
    ),
    Case(
        "the guide's assign_add",
        """
x0 = tf.Variable(3.0)
x1 = tf.Variable(0.0)
with tf.GradientTape() as tape:
    x1.assign_add(x0)
    y = x1**2
tape.gradient(y, x0)
""",
        ("stateful",),
        ("the variable x1 on line 6",),
    ),
    Case(
        "a variable filled from another before the tape",
        """
x = tf.Variable(3.0)
v = tf.Variable(0.0)
v.assign(x * 2.0)
with tf.GradientTape() as tape:
    y = v**2
tape.gradient(y, x)
""",
        ("stateful",),
    ),
    Case(
        "round",
        """
x = tf.Variable(3.2)
with tf.GradientTape() as tape:
    y = tf.round(x) * 2.0
tape.gradient(y, x)
""",
        ("not_differentiable",),
        ("`tf.round(x)` on line 5",),
    ),
    Case(
        "floor of an unwatched constant: the step comes first",
        """
x = tf.constant(3.2)
with tf.GradientTape() as tape:
    y = tf.floor(x) * 2.0
tape.gradient(y, x)
""",
        ("not_differentiable",),
    ),
    Case(
        "an input that has no derivative in an op that has one",
        """
a = tf.Variable(0.5)
x = tf.Variable(0.3)
with tf.GradientTape() as tape:
    y = tf.math.zeta(a + 1.5, x)
tape.gradient(y, [a, x])
""",
        ("not_differentiable", "ok"),
        ("`tf.math.zeta(a + 1.5, x)` on line 6",),
    ),
    Case(
        "computed before the tape",
        """
x = tf.Variable(3.0)
y = x * x
with tf.GradientTape() as tape:
    z = y + 1.0
tape.gradient(z, x)
""",
        ("computed_outside_tape",),
        ("y was computed on line 4, before the tape on line 5 began.",),
        ("Move line 4 inside the `with` block.",),
    ),
    Case(
        "computed after the tape",
        """
x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    y = x * x
z = y + 1.0
tape.gradient(z, x)
""",
        ("computed_outside_tape",),
        ("z was computed on line 6, after the block of the tape on line 4 ended.",),
        ("Move line 6 inside the `with` block.",),
    ),
    Case(
        "several lines before the tape",
        """
x = tf.Variable(3.0)
y = x * x
u = y + 1.0
with tf.GradientTape() as tape:
    z = u * 2.0
tape.gradient(z, x)
""",
        ("computed_outside_tape",),
        ("y was computed on line 4, before the tape on line 6 began.",),
        ("Move lines 4 and 5 inside the `with` block.",),
    ),
    Case(
        "a slice of the variable as source",
        """
x = tf.Variable([3.0, 1.0])
with tf.GradientTape() as tape:
    y = x[0] ** 2
tape.gradient(y, x[0])
""",
        ("variable_became_tensor",),
        ("the variable x on line 6",),
        ("Differentiate by the variable x itself",),
    ),
    Case(
        "sliced after the tape",
        """
a = tf.constant([[1.0, 2.0], [2.0, 3.0]])
with tf.GradientTape() as tape1, tf.GradientTape() as tape2:
    tape1.watch(a)
    tape2.watch(a)
    c = a * a
tape2.gradient(c[:, 0], a)
""",
        ("computed_outside_tape",),
        ("`c[:, 0]` was computed on line 8",),
        ("Compute `c[:, 0]` inside the `with` block, before the gradient is asked for on line 8.",),
    ),
    Case(
        "the function is called where the gradient is asked for",
        """
def f(x):
    return x**2

x = tf.convert_to_tensor(9.0)
with tf.GradientTape() as t:
    t.watch(x)
t.gradient(f(x), x)
""",
        ("computed_outside_tape",),
        (),
        ("Call f inside the `with` block.",),
    ),
    Case(
        "unwatched constant",
        """
x = tf.constant(3.0)
with tf.GradientTape() as g:
    y = x * x
g.gradient(y, x)
""",
        ("not_watched",),
        ("x is a tensor, not a variable", "the tape on line 4"),
        ("Call g.watch(x)", "tf.Variable"),
    ),
    Case(
        "unwatched input of a network",
        """
x = tf.random.normal([4, 3])
w = tf.Variable(tf.random.normal([3, 2]))
with tf.GradientTape() as tape:
    y = tf.reduce_mean(tf.nn.relu(x @ w))
tape.gradient(y, [x, w])
""",
        ("not_watched", "ok"),
    ),
    Case(
        "variables are not watched by themselves",
        """
x = tf.Variable(3.0)
with tf.GradientTape(watch_accessed_variables=False) as tape:
    y = x * x
tape.gradient(y, x)
""",
        ("not_watched",),
        ("watch_accessed_variables=False",),
    ),
    Case(
        "watched too late",
        """
x = tf.constant(3.0)
with tf.GradientTape() as tape:
    y = x * x
    tape.watch(x)
tape.gradient(y, x)
""",
        ("not_watched",),
        ("`x * x` on line 5", "before x was watched"),
    ),
    Case(
        "branch not taken",
        """
a = tf.Variable(2.0)
b = tf.Variable(3.0)
with tf.GradientTape() as tape:
    if a > 0:
        y = a * a
    else:
        y = a * b
tape.gradient(y, [a, b])
""",
        ("ok", "branch_not_taken"),
        ("b is used only on line 9, in a branch that did not run",),
    ),
    Case(
        "branch not taken in a function",
        """
def f(p, q):
    y = p
    while tf.norm(y) < 10.0:
        y = y * 2.0
    if tf.reduce_sum(y) > 0:
        return y
    return q * y

a = tf.Variable([1.0, 1.0])
b = tf.Variable(3.0)
with tf.GradientTape() as tape:
    d = f(a, b)
tape.gradient(d, [a, b])
""",
        ("ok", "branch_not_taken"),
    ),
    Case(
        "code behind an early return",
        """
def f(p, q):
    if tf.reduce_sum(p) > 0:
        return p / 3.0
    scaled = p * q
    return scaled + 1.0

a = tf.Variable([1.0, 1.0])
b = tf.Variable(3.0)
with tf.GradientTape() as tape:
    d = f(a, b)
tape.gradient(d, [a, b])
""",
        ("ok", "branch_not_taken"),
        (),
        ("Choose values for which the branch with line 6 runs",),
    ),
    Case(
        "a branch within a model",
        """
class Model(tf.Module):
    def __init__(self):
        self.w = tf.Variable(3.0)

    def __call__(self, x, flip=False):
        if flip:
            return self.w * x
        return x * 2.0

m = Model()
x = tf.Variable(1.0)
with tf.GradientTape() as tape:
    y = m(x)
tape.gradient(y, [x, m.w])
""",
        ("ok", "branch_not_taken"),
        ("m.w is used only on line 9",),
    ),
    Case(
        "used in a loop, but not for this target",
        """
w = tf.Variable(1.0)
u = tf.Variable(2.0)
for i in range(2):
    with tf.GradientTape() as tape:
        loss = (w - 3.0) ** 2
    w.assign_sub(0.1 * tape.gradient(loss, w))
    u.assign_add(loss)
with tf.GradientTape() as tape:
    y = w * 2.0
tape.gradient(y, u)
""",
        ("not_connected",),
    ),
    Case(
        "the guide's control flow",
        """
x = tf.constant(1.0)
v0 = tf.Variable(2.0)
v1 = tf.Variable(2.0)
with tf.GradientTape(persistent=True) as tape:
    tape.watch(x)
    if x > 0.0:
        result = v0
    else:
        result = v1**2
tape.gradient(result, [v0, v1, x])
""",
        ("ok", "branch_not_taken", "not_connected"),
    ),
    Case(
        "nothing links them",
        """
x = tf.Variable(2.0)
y = tf.Variable(3.0)
with tf.GradientTape() as tape:
    z = y * y
tape.gradient(z, x)
""",
        ("not_connected",),
        ("Nothing links z to x: z was computed from y.",),
        ("UnconnectedGradients.ZERO",),
    ),
    Case(
        "two constants that never meet",
        """
ones = tf.ones([1, 4, 4, 1], tf.float32)
with tf.GradientTape() as tape:
    class_channel = tf.constant([4.4328732], dtype=tf.float32)
    tape.gradient(class_channel, ones)
""",
        ("not_connected",),
        ("Nothing links class_channel to ones",),
    ),
    Case(
        "used outside, but not by the target",
        """
x = tf.Variable(2.0)
w = tf.Variable(1.0)
square = x * x
with tf.GradientTape() as tape:
    y = w * 3.0
tape.gradient(y, x)
""",
        ("not_connected",),
    ),
    Case(
        "the second derivative of a line",
        """
x = tf.Variable(2.0)
with tf.GradientTape() as outer:
    with tf.GradientTape() as inner:
        y = 3.0 * x
    slope = inner.gradient(y, x)
outer.gradient(slope, x)
""",
        ("not_connected",),
    ),
    Case(
        "the first derivative taken outside the outer tape",
        """
x = tf.Variable(2.0)
with tf.GradientTape() as outer:
    with tf.GradientTape() as inner:
        y = x**3
slope = inner.gradient(y, x)
outer.gradient(slope, x)
""",
        ("computed_outside_tape",),
        ("slope was computed on line 7",),
    ),
    Case(
        "two paths, each cut in its own way",
        """
x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    a = tf.stop_gradient(x)
    b = tf.round(x)
    y = a * b
tape.gradient(y, x)
""",
        ("stop_gradient",),
        ("tf.stop_gradient on line 5", "`tf.round(x)` on line 6"),
        ("line 5", "line 6"),
    ),
    Case(
        "two paths, one of them out of TensorFlow and through whole numbers",
        """
x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y = tf.math.floor(x) + tf.cast(x, tf.int32).numpy()
tape.gradient(y, x)
""",
        ("integer_dtype",),
        ("`tf.cast(x, tf.int32)` on line 5", "`tf.math.floor(x)` on line 5"),
    ),
    Case(
        "two paths through the same kind of cut",
        """
x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y = tf.stop_gradient(x)
    z = y + tf.stop_gradient(3.0 * x)
tape.gradient(z, x)
""",
        ("stop_gradient",),
        ("on line 5", "on line 6"),
    ),
    Case(
        "a custom gradient that sends nothing",
        """
@tf.custom_gradient
def gate(x):
    return x * 2.0, lambda upstream: None

x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y = gate(x * 1.0)
tape.gradient(y, x)
""",
        ("not_differentiable",),
    ),
    Case(
        "a compiled function that stops the gradient",
        """
@tf.function
def f(x):
    return tf.stop_gradient(x) * 2.0

x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y = f(x)
tape.gradient(y, x)
""",
        ("not_differentiable",),
        ("`f(x)` on line 9, whose gradient sent nothing back that way",),
        ("tf.config.run_functions_eagerly(True)",),
    ),
    Case(
        "a jacobian",
        """
x = tf.Variable([2.0, 1.0])
w = tf.Variable([1.0, 1.0])
with tf.GradientTape() as tape:
    y = tf.stop_gradient(x) * w
tape.jacobian(y, [x, w])
""",
        ("stop_gradient", "ok"),
    ),
)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_cause_is_the_first_true_one(case: Case, engine: Engine) -> None:
    recording = engine.run(name="lesson.py", text=HEAD + case.lesson.lstrip("\n"), seed=1).recording
    assert recording.errors == ()
    sources = recording.gradient_calls[-1].sources
    assert tuple(source.why_none.cause if source.why_none else "ok" for source in sources) == case.causes
    reasons = [source.why_none for source in sources if source.why_none]
    assert reasons
    for words in case.says:
        assert words in reasons[0].message
    for words in case.mends:
        assert words in reasons[0].fix
    for reason in reasons:
        _is_well_said(reason)


def _is_well_said(reason: WhyNone) -> None:
    assert reason.message.endswith(".")
    assert reason.fix.endswith(".")
    assert "None," not in reason.message
    assert "unnamed" not in reason.message
