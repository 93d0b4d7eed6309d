"""Lessons run under the real tape, once per test process: what the pictures are made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from tapeviz.engine.runner import Engine
from tapeviz.layout.service import Arrangement, arrange
from tapeviz.layout.sizes import Direction, PictureSizes
from tapeviz.model.folding import build_graph
from tapeviz.model.frame import Frame, build_frame
from tapeviz.model.graph import OpGraph
from tapeviz.model.group_folding import fold_groups
from tapeviz.model.groups import with_groups
from tapeviz.model.recording import Recording
from tapeviz.model.subjects import subjects
from tapeviz.model.timeline import Timeline, build_timeline
from tapeviz.paint.measure import measure

LESSONS = {
    "quadratic": """
x = tf.Variable(2.0)
y = tf.Variable(3.0)
with tf.GradientTape() as tape:
    f = x**2 + 3*x*y + y**3
grads = tape.gradient(f, [x, y])
""",
    "quadratic elsewhere": """
x = tf.Variable(-2.125)
y = tf.Variable(31.5)
with tf.GradientTape() as tape:
    f = x**2 + 3*x*y + y**3
grads = tape.gradient(f, [x, y])
""",
    "quadratic far away": """
x = tf.Variable(-0.000012345)
y = tf.Variable(-8765.4321)
with tf.GradientTape() as tape:
    f = x**2 + 3*x*y + y**3
grads = tape.gradient(f, [x, y])
""",
    "network": """
X = tf.constant([[1.0, 2.0, -1.0], [0.5, -0.3, 2.0]])
t = tf.constant([[1.0], [0.0]])
W1 = tf.Variable([[0.1, -0.4], [0.7, 0.2], [-0.3, 0.5]])
b1 = tf.Variable([0.1, -0.1])
W2 = tf.Variable([[0.6], [-0.8]])
b2 = tf.Variable([0.05])
with tf.GradientTape() as tape:
    h = tf.tanh(X @ W1 + b1)
    out = tf.sigmoid(h @ W2 + b2)
    loss = tf.reduce_mean((out - t) ** 2)
g = tape.gradient(loss, [W1, b1, W2, b2])
""",
    "large tensors": """
X = tf.ones([32, 10])
W = tf.Variable(tf.reshape(tf.range(80.0), [10, 8]) / 80.0)
b = tf.Variable(tf.zeros([8]))
with tf.GradientTape() as tape:
    loss = tf.reduce_mean(tf.square(tf.nn.relu(X @ W + b)))
g = tape.gradient(loss, [W, b])
""",
    "fan-out": """
x = tf.Variable(1.5)
with tf.GradientTape() as tape:
    y = x**2 + tf.sin(x) + tf.exp(x) + 3*x + x**3 + tf.tanh(x)
g = tape.gradient(y, x)
""",
    "chain": """
x = tf.Variable(0.7)
with tf.GradientTape() as tape:
    y = x
    for k in range(5):
        y = tf.exp(tf.sin(tf.sqrt(tf.square(y) + 1.0)))
g = tape.gradient(y, x)
""",
    "shut": """
@tf.function
def noisy(v):
    return v * tf.random.uniform([])

x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y = noisy(x) + 1.0
g = tape.gradient(y, x)
""",
    "none": """
x = tf.Variable(2.0)
z = tf.Variable(5.0)
with tf.GradientTape() as tape:
    y = tf.stop_gradient(x**2) * x
g = tape.gradient(y, [x, z])
""",
    "nested": """
x = tf.Variable(2.0)
with tf.GradientTape() as outer:
    with tf.GradientTape() as inner:
        y = x**4
    dy = inner.gradient(y, x)
d2 = outer.gradient(dy, x)
""",
    "nested tape": """
x = tf.Variable(1.0)
with tf.GradientTape() as outer:
    with tf.GradientTape() as inner:
        y = tf.exp(x) * tf.sin(x)
    slope = inner.gradient(y, x)
outer.gradient(slope, x)
""",
    "layers": """
tf.keras.utils.set_random_seed(3)
model = tf.keras.Sequential([tf.keras.layers.Dense(3, activation="tanh"), tf.keras.layers.Dense(2)], name="net")
x = tf.constant([[1.0, -2.0, 0.5], [0.25, 1.0, -1.0]])
model.build((None, 3))
with tf.GradientTape() as tape:
    loss = tf.reduce_mean(tf.square(model(x) - 1.0))
g = tape.gradient(loss, model.trainable_variables)
""",
}

LONG_CHAIN = 160

LARGE_LESSONS = {
    "long chain": f"""
x = tf.Variable(0.7)
with tf.GradientTape() as tape:
    y = x
    for k in range({LONG_CHAIN}):
        y = tf.sin(y)
g = tape.gradient(y, x)
""",
    "deep model": """
tf.keras.utils.set_random_seed(0)
dense, sequence = tf.keras.layers.Dense, tf.keras.Sequential
model = sequence([sequence([dense(8, activation="tanh") for _ in range(4)]) for _ in range(12)])
x = tf.ones((2, 8))
model.build((2, 8))
with tf.GradientTape() as tape:
    loss = tf.reduce_mean(model(x) ** 2)
g = tape.gradient(loss, model.trainable_variables)
""",
}


@dataclass(frozen=True)
class Recorded:
    """A recording and what the model derives from it."""

    recording: Recording
    graph: OpGraph
    timeline: Timeline

    def frame(self, playhead: int) -> Frame:
        return build_frame(self.recording, self.graph, self.timeline, playhead)

    @property
    def last(self) -> Frame:
        return self.frame(self.timeline.last)

    def sizes(self) -> PictureSizes:
        return measure(self.graph, self.last)

    def arranged(self, direction: Direction = "right") -> Arrangement:
        return arrange(self.graph, self.sizes(), direction)

    def node(self, symbol: str) -> str:
        return next(node.id for node in self.graph.nodes if node.symbol == symbol)


@cache
def recorded(name: str) -> Recorded:
    """Record one of the lessons above; what is looked at is its last gradient call."""
    recording = _engine().run(name, f"# %%\nimport tensorflow as tf\n{(LESSONS | LARGE_LESSONS)[name]}").recording
    assert not recording.errors, recording.errors
    whole = with_groups(recording, build_graph(recording, subjects(recording)[-1], is_folded=True), "parts")
    graph = fold_groups(recording, whole, frozenset())
    return Recorded(recording=recording, graph=graph, timeline=build_timeline(recording, graph))


@cache
def _engine() -> Engine:
    return Engine()
